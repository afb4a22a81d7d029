/** Which command covers a process: known for what asked here, inherited through the process tree. Unknown is the stricter reading. */
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import { AGENT, type Subject } from '../model/request.ts';

interface Entry {
  readonly subject: Subject;
  /** Start time in clock ticks, so that a reused pid is not taken for the old process (proc_pid_stat(5), field 22). */
  readonly started: string;
  /** Generations below the agent. */
  readonly depth: number;
}

export interface ProcessFacts {
  readonly ppid: number;
  readonly started: string;
}

/** Bound on remembered processes; the oldest are dropped, and what descends from them is read strictly. */
const ENTRIES_LIMIT = 20_000;
/** Generations looked up before a process counts as unknown. */
const DEPTH_LIMIT = 64;

export class Lineage {
  readonly #entries = new Map<number, Entry>();

  /** `pid` is about to become, or has become, what `subject` says. */
  register(pid: number, subject: Subject, depth = 0): void {
    const facts = readProcess(pid);
    if (facts === undefined) return;
    this.#entries.delete(pid);
    this.#entries.set(pid, { subject, started: facts.started, depth });
    if (this.#entries.size > ENTRIES_LIMIT) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  /** The process's own standing or the nearest ancestor's; the agent's when nothing is known. `depth` counts generations. */
  subjectOf(pid: number): { readonly subject: Subject; readonly depth: number } {
    let at = pid;
    for (let depth = 0; depth < DEPTH_LIMIT && at > 1; depth++) {
      const facts = readProcess(at);
      if (facts === undefined) break;
      const entry = this.#entries.get(at);
      if (entry !== undefined && entry.started === facts.started) return { subject: entry.subject, depth: entry.depth + depth };
      at = facts.ppid;
    }
    return { subject: AGENT, depth: 0 };
  }
}

const buffer = Buffer.alloc(1024);

/** Undefined when the process is gone, or the system has no /proc. */
export function readProcess(pid: number): ProcessFacts | undefined {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return undefined;
  }
  try {
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    const stat = buffer.toString('latin1', 0, length);
    // The name in parentheses may hold anything, also `)`: the fields begin after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 20);
    return { ppid: Number(fields[1]), started: fields[19] ?? '' };
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

export function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}
