/** Checks the hash chain of one log: nothing changed, nothing missing in between, nothing added. */
import { basename } from 'node:path';
import { type AuditEvent, GENESIS_HASH, hashEvent } from './event.ts';
import { parseEvent, readLines } from './reader.ts';

export interface VerifyResult {
  readonly events: number;
  /** Line (from 1) and what is wrong with it; the chain is sound up to there. */
  readonly problems: readonly { readonly line: number; readonly what: string }[];
  /** False when the session was killed, is still running, or its end was cut off. */
  readonly isComplete: boolean;
}

export function verifyLog(file: string): VerifyResult {
  const problems: { line: number; what: string }[] = [];
  let previous = GENESIS_HASH;
  let last: AuditEvent | undefined;
  const lines = readLines(file);
  for (const [index, line] of lines.entries()) {
    const event = parseEvent(line);
    const number = index + 1;
    if (event === undefined) {
      problems.push({ line: number, what: index === lines.length - 1 ? 'the last line is cut off' : 'the line is no event' });
      continue;
    }
    const { hash, ...bare } = event;
    if (event.prev_hash !== previous) problems.push({ line: number, what: 'an event before it was changed, removed or added' });
    // The line itself, not only what a parser makes of it: a key written twice would be read one way here, another there.
    if (JSON.stringify(event) !== line) problems.push({ line: number, what: 'the line is not as it was written' });
    if (event.session_id !== basename(file, '.jsonl')) problems.push({ line: number, what: 'the event belongs to another session' });
    if (hashEvent(bare) !== hash) problems.push({ line: number, what: 'the event was changed after it was written' });
    if (index === 0 && event.action !== 'session_start') problems.push({ line: number, what: 'the log does not begin with the start of its session' });
    previous = hash;
    last = event;
  }
  return { events: lines.length, problems, isComplete: last?.action === 'session_end' };
}
