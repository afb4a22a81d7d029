/** Checks one log: its chain (nothing changed, missing in between, or added) and its seals (not rewritten or cut as a whole). */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { PatchworkError } from '../model/errors.ts';
import { AheadNumbers } from './ahead.ts';
import { type AuditEvent, GENESIS_HASH, hashEvent } from './event.ts';
import { linesFrom } from './index/line-pieces.ts';
import { parseEvent } from './reader.ts';
import type { SealKey } from './seal-key.ts';
import { parseSeal, readSealLines, type SignedSeal, sealProblem, sealsFile } from './seals.ts';

export interface Problem {
  /** From 1; 0 for the log as a whole. */
  readonly line: number;
  /** The event that stands there, or should. */
  readonly event: string;
  readonly what: string;
}

export interface VerifyResult {
  readonly events: number;
  /** The first one names where it begins: the chain is sound up to there. */
  readonly problems: readonly Problem[];
  /** What was written ahead (ahead.ts) and the log has. */
  readonly ahead: AheadNumbers;
  /** False when the session was killed, is still running, or its end was cut off. */
  readonly isComplete: boolean;
  readonly seals: {
    readonly count: number;
    /** Events that a sound seal covers. */
    readonly events: number;
    readonly last: string | undefined;
    /** The session ended in order, and sealed its log when it did. */
    readonly isFinal: boolean;
  };
}

export interface VerifyOptions {
  readonly key?: SealKey | undefined;
  /** Of this session, from the ledger. */
  readonly ledger?: readonly SignedSeal[];
}

/** Problems kept of one log: the first counts, the others follow from it. */
const PROBLEMS_LIMIT = 100;

/** Throws PW_AUDIT_READ. */
export function verifyLog(file: string, { key, ledger = [] }: VerifyOptions = {}): VerifyResult {
  const session = basename(file, '.jsonl');
  const problems: Problem[] = [];
  const seals = readSeals(file, session, { key, ledger }, problems);
  const chain = new Chain(session, problems, seals);
  let end = 0;
  try {
    for (const { text, at, length } of linesFrom(file, 0)) {
      chain.add(text);
      end = at + length + 1;
    }
    const { size } = statSync(file);
    if (size > end) chain.report(chain.lines + 1, `the last line is cut off: ${size - end} bytes without an end, of an event that was being written`);
  } catch (error) {
    throw new PatchworkError('PW_AUDIT_READ', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  chain.finish();
  // By line: seals are compared while the lines are read, but some problems are found only at the end.
  problems.sort((a, b) => a.line - b.line);
  const covered = [...seals.keys()].filter((events) => events <= chain.lines);
  const last = [...seals.values()].map(({ time }) => time).sort().at(-1);
  return { events: chain.lines, problems, ahead: chain.ahead, isComplete: chain.isComplete, seals: { count: seals.size, events: Math.max(0, ...covered), last, isFinal: [...seals.values()].some(({ kind, events }) => kind === 'end' && events === chain.lines) } };
}

function readSeals(file: string, session: string, { key, ledger = [] }: VerifyOptions, problems: Problem[]): Map<number, SignedSeal> {
  const seals = new Map<number, SignedSeal>();
  const lines = readSealLines(sealsFile(file));
  const report = (what: string): void => void problems.push({ line: 0, event: session, what });
  for (const [index, line] of lines.entries()) {
    const seal = parseSeal(line);
    if (seal === undefined) report(`${sealsFile(file)}:${index + 1}: the line is no seal`);
    else if (seal.session !== session) report(`${sealsFile(file)}:${index + 1}: the seal belongs to another session`);
    else addSeal(seal, `${sealsFile(file)}:${index + 1}`);
  }
  for (const seal of ledger) {
    // What the ledger has was written beside the log before.
    if (seal.kind !== 'pruned' && !lines.some((line) => parseSeal(line)?.signature === seal.signature)) report(`the seal of ${seal.time} was removed from ${sealsFile(file)}`);
    addSeal(seal, 'the ledger');
  }
  function addSeal(seal: SignedSeal, where: string): void {
    const problem = sealProblem(key, seal);
    if (problem !== undefined) report(`${where}: the seal of ${seal.time} is not sound: ${problem}`);
    else seals.set(seal.events, seal);
  }
  return seals;
}

class Chain {
  lines = 0;
  readonly ahead = new AheadNumbers();
  isComplete = false;
  readonly #session: string;
  readonly #problems: Problem[];
  readonly #seals: ReadonlyMap<number, SignedSeal>;
  #previous = GENESIS_HASH;
  #lastSealed = 0;

  constructor(session: string, problems: Problem[], seals: ReadonlyMap<number, SignedSeal>) {
    this.#session = session;
    this.#problems = problems;
    this.#seals = seals;
  }

  report(line: number, what: string): void {
    if (this.#problems.length < PROBLEMS_LIMIT) this.#problems.push({ line, event: `${this.#session}-${line}`, what });
  }

  add(text: string): void {
    const line = ++this.lines;
    const event = parseEvent(text);
    if (event === undefined) {
      this.report(line, 'the line is no event');
      this.#previous = '';
      return;
    }
    if (this.isComplete) this.report(line, 'there is an event after the end of the session');
    const faults = [...this.#faults(event, text)];
    for (const what of faults) this.report(line, what);
    // Sound in itself and in its place, but chained to another event than the one before it: that one is not the one that was written.
    if (faults.length === 0 && event.prev_hash !== this.#previous) this.report(Math.max(1, line - 1), line === 1 ? 'an event before it was removed' : `the event was changed after it was written: event ${line} is chained to another one`);
    this.#previous = event.hash;
    if (event.decision?.ahead !== undefined) this.ahead.add(event.decision.ahead);
    this.isComplete = event.action === 'session_end';
    const seal = this.#seals.get(line);
    if (seal === undefined) return;
    if (seal.head !== event.hash) this.report(line, `it is not the event that was sealed at ${seal.time}: the log was rewritten after event ${this.#lastSealed} and up to here`);
    else this.#lastSealed = line;
  }

  *#faults(event: AuditEvent, text: string): Generator<string> {
    const line = this.lines;
    const { hash, ...bare } = event;
    const seq = Number(String(event.id).slice(String(event.id).lastIndexOf('-') + 1));
    if (event.session_id !== this.#session) yield 'the event belongs to another session';
    else if (event.id !== `${this.#session}-${line}`) yield seq > line ? `event ${line} is missing: event ${seq} stands in its place` : `event ${seq} stands here, where event ${line} should`;
    // The line itself, not only what a parser makes of it: a key written twice would be read one way here, another there.
    if (JSON.stringify(event) !== text) yield 'the line is not as it was written';
    if (hashEvent(bare) !== hash) yield 'the event was changed after it was written';
    if (line === 1 && event.action !== 'session_start') yield 'the log does not begin with the start of its session';
  }

  finish(): void {
    for (const seal of [...this.#seals.values()].sort((a, b) => a.events - b.events)) {
      if (seal.events <= this.lines) continue;
      this.report(this.lines + 1, `the log was cut: it had ${seal.events} events when it was sealed at ${seal.time}, and has ${this.lines}`);
      return;
    }
    const hasEndSeal = [...this.#seals.values()].some(({ kind, events }) => kind === 'end' && events < this.lines);
    if (hasEndSeal) this.report([...this.#seals.values()].filter(({ kind }) => kind === 'end').reduce((least, { events }) => Math.min(least, events), this.lines) + 1, 'there are events after the last seal of a session that had ended');
  }
}
