/**
 * What passed unasked under fail-closed, as the guard wrote it down before (native/ahead.c): lines `NUMBER MILLISECONDS NOTICE` in two
 * halves, each up to its zero. The log has them a moment later, with their numbers; only a session that was killed leaves some here alone.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';

/** As in native/ahead.c. */
const HALF_BYTES = 128 * 1024;

interface AheadConnection {
  readonly host: string;
  readonly port: number;
  /** Of a request of HTTP: its path, without its first `/`, without what could be a secret. */
  readonly path: string;
}

interface AheadAction {
  readonly action: string;
  /** The file, or the program. */
  readonly real: string;
}

export type AheadLine = (AheadConnection | AheadAction) & {
  readonly number: number;
  /** ISO 8601. */
  readonly time: string;
  readonly pid: number;
};

export function aheadFile(log: string): string {
  return log.replace(/\.jsonl$/, '.ahead');
}

/** Numbers of lines that the log has: in a row from 1 on, unless some could not be put into it. */
export class AheadNumbers {
  #upTo = 0;
  readonly #beyond = new Set<number>();

  add(number: number): void {
    this.#beyond.add(number);
    while (this.#beyond.delete(this.#upTo + 1)) this.#upTo++;
  }

  has(number: number): boolean {
    return number <= this.#upTo || this.#beyond.has(number);
  }
}

/** Lines that the log has not, in order. What follows a line that was not finished is older. */
export function readAhead(file: string, recorded = new AheadNumbers()): AheadLine[] {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const halves = [bytes.subarray(0, HALF_BYTES), bytes.subarray(HALF_BYTES)].flatMap(linesOfHalf);
  return halves.filter(({ number }) => !recorded.has(number)).sort((a, b) => a.number - b.number);
}

function linesOfHalf(half: Buffer): AheadLine[] {
  const end = half.indexOf(0);
  const found: AheadLine[] = [];
  for (const text of half.toString('utf8', 0, end < 0 ? half.length : end).split('\n')) {
    const line = parse(text);
    const before = found.at(-1);
    if (line === undefined || (before !== undefined && line.number <= before.number)) break;
    found.push(line);
  }
  return found;
}

function parse(text: string): AheadLine | undefined {
  const [, number, time, notice] = /^(\d{1,15}) (\d{1,15}) (\{.*\})$/.exec(text) ?? [];
  if (notice === undefined) return undefined;
  try {
    const { pid, host, port, path, action, exe, real = exe } = JSON.parse(notice) as Partial<Record<string, unknown>>;
    if (typeof pid !== 'number') return undefined;
    const line = { number: Number(number), time: new Date(Number(time)).toISOString(), pid };
    if (typeof action === 'string' && typeof real === 'string') return { ...line, action, real };
    return typeof host === 'string' && typeof port === 'number' && typeof path === 'string' ? { ...line, host, port, path } : undefined;
  } catch {
    return undefined;
  }
}

/** At the end of a session whose log has all of it. What it does not have stays. */
export function removeAhead(file: string, recorded: AheadNumbers): void {
  if (readAhead(file, recorded).length === 0) rmSync(file, { force: true });
}
