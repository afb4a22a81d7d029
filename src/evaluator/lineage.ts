/** Which command covers a process: known for what asked here, inherited through the process tree. Unknown is the stricter reading. */
import { closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { AGENT, type Subject } from '../model/request.ts';

interface Entry {
  readonly subject: Subject;
  /** Start time in clock ticks, so that a reused pid is not taken for the old process (proc_pid_stat(5), field 22). */
  readonly started: string;
  /** Generations below the agent; -1 for the guard, which adopts orphans. */
  readonly depth: number;
  /** It counts once the guard saw the new program start: until then it may fail to, and the old one go on. */
  isPending: boolean;
}

export interface ProcessFacts {
  readonly ppid: number;
  readonly started: string;
}

/** What is known of a process that asks. */
export interface Standing {
  readonly subject: Subject;
  /** Generations below the agent. */
  readonly depth: number;
  /** Undefined when it is gone. */
  readonly facts: ProcessFacts | undefined;
}

/** Processes whose files are kept open. */
const PARENTS_LIMIT = 128;
/**
 * Milliseconds for which what was read of a process is taken to hold. A number is given to another process only after all others were
 * (pid_max is 32768 at least), which takes seconds; its parent may end meanwhile, and then the one that it had is the better answer.
 */
const FRESH_MS = 20;
/** Processes whose facts are kept for that time. */
const FRESH_LIMIT = 256;
/** Bound on remembered processes; the oldest are dropped, and what descends from them is read strictly. */
const ENTRIES_LIMIT = 20_000;
/** Generations looked up before a process counts as unknown. */
const DEPTH_LIMIT = 64;

export class Lineage {
  readonly #entries = new Map<number, Entry>();

  /** Files of processes that others descend from: a read of an open one costs a third, and fails once its process is gone. */
  readonly #parents = new Map<number, number>();
  readonly #fresh = new Map<number, { readonly facts: ProcessFacts; readonly until: number; executable?: string | undefined }>();

  readonly #subjectOf: ((standing: number) => Subject | undefined) | undefined;

  /** `subjectOf`: who a standing stands for, as the guard wrote it on a process; left out where there is no guard. */
  constructor(subjectOf?: (standing: number) => Subject | undefined) {
    this.#subjectOf = subjectOf;
  }

  /** `pid` is about to become, or has become, what `subject` says. */
  register(pid: number, subject: Subject, depth = 0, facts = readProcess(pid), isPending = false): void {
    if (facts === undefined) return;
    this.#entries.delete(pid);
    this.#entries.set(pid, { subject, started: facts.started, depth, isPending });
    if (this.#entries.size > ENTRIES_LIMIT) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  /** The process's own standing or the nearest ancestor's; the agent's when nothing is known. `told`: the number that is written on it, where the guard said so. */
  find(pid: number, told?: number): Standing {
    let facts = this.#read(pid, readProcess);
    const own = facts;
    let at = pid;
    for (let depth = 0; depth < DEPTH_LIMIT && facts !== undefined; depth++) {
      const entry = this.#entries.get(at);
      if (entry !== undefined && entry.started === facts.started && this.#holds(at, entry, at === pid ? told : undefined)) {
        // A program that the guard let start by itself is not entered here: who covers it, and what it starts, is written on it.
        if (depth === 0 || entry.subject.role !== 'agent' || this.#subjectOf === undefined) return { subject: entry.subject, depth: entry.depth + depth, facts: own };
        const subject = this.#written(pid, told) ?? (entry.depth < 0 ? AGENT : entry.subject);
        this.register(pid, subject, entry.depth + depth, own);
        return { subject, depth: entry.depth + depth, facts: own };
      }
      at = facts.ppid;
      facts = at > 1 ? this.#read(at, (parent) => this.#readParent(parent)) : undefined;
    }
    return { subject: AGENT, depth: 0, facts: own };
  }

  /** Who will cover it once the program that was just allowed has started. */
  next(pid: number): Subject {
    const entry = this.#entries.get(pid);
    return entry !== undefined && entry.started === this.#read(pid, readProcess)?.started ? entry.subject : this.find(pid).subject;
  }

  #holds(pid: number, entry: Entry, told: number | undefined): boolean {
    if (!entry.isPending) return true;
    entry.isPending = (told ?? readStanding(pid)) === 0;
    if (entry.isPending) this.#entries.delete(pid);
    return !entry.isPending;
  }

  /** Whom it descends from may not be known (orphans are the guard's children), but its standing is written on it. */
  #written(pid: number, told: number | undefined): Subject | undefined {
    const standing = told ?? readStanding(pid);
    return standing > 0 ? this.#subjectOf?.(standing) : undefined;
  }

  /**
   * Who asked for a program that `pid` has become by now, and may have ceased to be: what was known of it, or of its parent. What it
   * was is forgotten.
   */
  before(pid: number, ppid: number): Standing {
    const known = this.#entries.has(pid) ? this.find(pid) : undefined;
    this.#entries.delete(pid);
    if (known?.facts !== undefined) return known;
    const { subject, depth } = this.find(ppid);
    return { subject, depth: depth + 1, facts: { ppid, started: '' } };
  }

  /** The kernel adds up the times of all threads for each read: many questions of one process come close together. */
  #read(pid: number, read: (pid: number) => ProcessFacts | undefined): ProcessFacts | undefined {
    const now = performance.now();
    const known = this.#fresh.get(pid);
    if (known !== undefined && now < known.until) return known.facts;
    const facts = read(pid);
    if (this.#fresh.size >= FRESH_LIMIT) this.#fresh.clear();
    if (facts === undefined) this.#fresh.delete(pid);
    else this.#fresh.set(pid, { facts, until: now + FRESH_MS });
    return facts;
  }

  /** For the record: what the process runs, as far as that is known from a moment ago. */
  executable(pid: number): string | undefined {
    const known = this.#fresh.get(pid);
    if (known === undefined || performance.now() >= known.until) return executableOf(pid);
    known.executable ??= executableOf(pid);
    return known.executable;
  }

  /** It is about to run something else. */
  changes(pid: number): void {
    const known = this.#fresh.get(pid);
    if (known !== undefined) known.executable = undefined;
  }

  #readParent(pid: number): ProcessFacts | undefined {
    const open = this.#parents.get(pid);
    if (open !== undefined) {
      const facts = readStat(open);
      if (facts !== undefined) return facts;
      // ESRCH: that process is gone, and its number may be another's by now.
      this.#forget(pid, open);
    }
    const fd = openStat(pid);
    if (fd === undefined) return undefined;
    const [oldest] = this.#parents;
    if (oldest !== undefined && this.#parents.size >= PARENTS_LIMIT) this.#forget(...oldest);
    this.#parents.set(pid, fd);
    return readStat(fd);
  }

  #forget(pid: number, fd: number): void {
    this.#parents.delete(pid);
    closeSync(fd);
  }

  close(): void {
    for (const [pid, fd] of this.#parents) this.#forget(pid, fd);
  }
}

const buffer = Buffer.alloc(1024);

/** Undefined when the process is gone, or the system has no /proc. */
export function readProcess(pid: number): ProcessFacts | undefined {
  const fd = openStat(pid);
  if (fd === undefined) return undefined;
  const facts = readStat(fd);
  closeSync(fd);
  return facts;
}

function openStat(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return undefined;
  }
}

function readStat(fd: number): ProcessFacts | undefined {
  try {
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    const stat = buffer.toString('latin1', 0, length);
    // The name in parentheses may hold anything, also `)`: the fields begin after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 20);
    return { ppid: Number(fields[1]), started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** What is added to a standing where the guard writes it (native/guard.h). */
const STANDING_MARK = 2 ** 40;

/** The standing that the kernel guard wrote on a process as its limit of file locks, which the kernel does not use; 0 for none. */
function readStanding(pid: number): number {
  try {
    const limit = /^Max file locks +\d+ +(\d+) /m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1];
    const standing = limit === undefined ? 0 : Number(limit) - STANDING_MARK;
    return Number.isSafeInteger(standing) && standing > 0 ? standing : 0;
  } catch {
    return 0;
  }
}

export function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** The words that it was started with; none when it is gone. */
export function commandLineOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
