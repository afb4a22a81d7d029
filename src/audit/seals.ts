/**
 * Seals: signed statements of how far a session's log had come. One a line, in a file for each session beside the folder of logs. Whoever
 * rewrites a log and all its hashes cannot make the seals that fit.
 *
 * The ledger, in the keys' folder, holds the first and the last seal of every session, and one of each that was pruned:
 * a log that was removed, or whose seals were, is missed there.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { canonical } from './event.ts';
import { besideLogs } from './folder.ts';
import type { SealKey } from './seal-key.ts';

export type SealKind = 'start' | 'interval' | 'end';

/** What is signed. */
export interface Seal {
  readonly v: 1;
  readonly kind: SealKind | 'pruned';
  readonly session: string;
  /** Events up to here, and the hash of the last of them. */
  readonly events: number;
  readonly head: string;
  /** Bytes of the log up to here. */
  readonly bytes: number;
  /** ISO 8601. */
  readonly time: string;
  readonly key: string;
}

export interface SignedSeal extends Seal {
  readonly signature: string;
}

export function sealsFile(log: string): string {
  return join(besideLogs('seals', dirname(log)), basename(log));
}

/** In the keys' folder, not among the logs: what removes a log does not remove its entry. */
export function ledgerFile(sessions: string): string {
  return join(besideLogs('keys', sessions), 'ledger.jsonl');
}

export function makeSeal(key: SealKey, facts: Omit<Seal, 'v' | 'key'>): SignedSeal {
  const seal: Seal = { v: 1, ...facts, key: key.id };
  return { ...seal, signature: key.sign(canonical(seal)) };
}

/** Undefined when it is sound. */
export function sealProblem(key: SealKey | undefined, { signature, ...seal }: SignedSeal): string | undefined {
  if (key === undefined) return 'the key that it was signed with is gone';
  if (seal.key !== key.id) return `it was signed with another key (${seal.key})`;
  return key.isSignedBy(canonical(seal), signature) ? undefined : 'its signature is wrong';
}

/** Durable when it returns: a seal is the last thing that is believed. */
export function appendSeal(log: string, seal: SignedSeal): void {
  appendDurably(sealsFile(log), `${JSON.stringify(seal)}\n`);
}

/** Several sessions write here at once: each line is one write(2) at the end of the file. */
export function appendLedger(sessions: string, seal: SignedSeal): void {
  appendDurably(ledgerFile(sessions), `${JSON.stringify(seal)}\n`);
}

/** Lines of seals; none when there is no file. A last line that was cut off while it was written is left out. */
export function readSealLines(file: string): string[] {
  try {
    const text = readFileSync(file, 'utf8');
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function parseSeal(line: string): SignedSeal | undefined {
  try {
    const seal = JSON.parse(line) as Partial<SignedSeal> | null;
    return typeof seal?.session === 'string' && typeof seal.head === 'string' && Number.isSafeInteger(seal.events) && typeof seal.signature === 'string' && typeof seal.time === 'string' ? (seal as SignedSeal) : undefined;
  } catch {
    return undefined;
  }
}

function appendDurably(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fd = openSync(file, 'a', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
