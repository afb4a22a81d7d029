/**
 * What a shim or the preload was just allowed, so that the guard, which sees the same action a moment later in the kernel,
 * gets the same answer without a second event in the log.
 */
import { statSync } from 'node:fs';
import type { CommandQuestion } from './protocol.cts';

/** Milliseconds between the answer and the call. A launcher that was stopped in between is asked about anew. */
const MEMORY_MS = 5000;
const ENTRIES_LIMIT = 2048;

interface Entry {
  readonly text: string;
  readonly until: number;
}

export class RecentAllows {
  readonly #commands = new Map<number, Entry & { readonly exe: string; readonly args: string }>();
  readonly #others = new Map<string, number>();
  readonly #ownPreload: string;

  constructor(ownPreload: string) {
    this.#ownPreload = ownPreload;
  }

  addCommand(question: CommandQuestion): void {
    bound(this.#commands);
    this.#commands.set(question.pid, { text: this.#textOf(question), exe: question.exe, args: JSON.stringify(question.argv.slice(1)), until: performance.now() + MEMORY_MS });
  }

  /** The same file with the same words in the same folder, under the same variables. */
  hasCommand(question: CommandQuestion): boolean {
    const entry = this.#commands.get(question.pid);
    if (entry === undefined || entry.until < performance.now()) return false;
    if (entry.text === this.#textOf(question)) return true;
    this.#commands.delete(question.pid);
    // A text without `#!` failed before and is handed to the shell now (execvp(3)): that is the same command.
    return question.exe === '/bin/sh' && question.argv[1] === entry.exe && JSON.stringify(question.argv.slice(2)) === entry.args;
  }

  /** The launcher puts our preload into the variables between the two questions. */
  #textOf({ argv, exe, file, cwd, env }: CommandQuestion): string {
    const variables = env.map((entry) => entry.replaceAll(this.#ownPreload, '').trim()).filter((entry) => entry !== 'NODE_OPTIONS=');
    return JSON.stringify([argv, file, changeOf(exe), cwd, variables]);
  }

  add(pid: number, action: string, target: string): void {
    bound(this.#others);
    this.#others.set(`${pid} ${action} ${target}`, performance.now() + MEMORY_MS);
  }

  has(pid: number, action: string, target: string): boolean {
    return (this.#others.get(`${pid} ${action} ${target}`) ?? 0) >= performance.now();
  }
}

/** A file with other content, or other rights, is not what was allowed. */
function changeOf(file: string): string {
  try {
    return String(statSync(file, { bigint: true, throwIfNoEntry: false })?.ctimeNs);
  } catch {
    return '';
  }
}

function bound(map: Map<unknown, unknown>): void {
  if (map.size < ENTRIES_LIMIT) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
