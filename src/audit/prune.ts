/** Removes old logs, and keeps a signed statement of what each of them was. */
import { rmSync, statSync } from 'node:fs';
import { aheadFile } from './ahead.ts';
import { readLedger } from './ledger.ts';
import { listSessions, readEnds } from './reader.ts';
import { SealKey } from './seal-key.ts';
import { appendLedger, makeSeal, sealsFile } from './seals.ts';
import { verifyLog } from './verify.ts';

export interface Pruned {
  readonly session: string;
  readonly last: string;
  readonly events: number;
  /** Why it stays, undefined when it went (or would go). */
  readonly kept: string | undefined;
}

export interface PruneOptions {
  readonly folder: string;
  /** Sessions whose last event is older go. */
  readonly before: Date;
  readonly isDryRun: boolean;
  /** Sessions that are running. */
  readonly running: ReadonlySet<string>;
  readonly now?: () => Date;
}

/** A log that is not sound stays: its removal would hide that. */
export function pruneLogs({ folder, before, isDryRun, running, now = () => new Date() }: PruneOptions): Pruned[] {
  const old = listSessions(folder).flatMap((log) => {
    const { last } = readEnds(log.file);
    return last !== undefined && new Date(last.timestamp) < before && !running.has(log.id) ? [{ ...log, last }] : [];
  });
  if (old.length === 0) return [];
  const key = isDryRun ? SealKey.find(folder) : SealKey.open(folder);
  const ledger = readLedger(folder, key);
  return old.map(({ id, file, last }) => {
    const { problems, events } = verifyLog(file, { key, ledger: ledger.bySession.get(id) ?? [] });
    const kept = problems[0] === undefined ? undefined : `line ${problems[0].line}: ${problems[0].what}`;
    if (kept === undefined && !isDryRun && key !== undefined) {
      // First what proves it, on the disk; then it goes.
      appendLedger(folder, makeSeal(key, { kind: 'pruned', session: id, events, head: last.hash, bytes: statSync(file).size, time: now().toISOString() }));
      rmSync(file);
      for (const beside of [sealsFile(file), aheadFile(file)]) rmSync(beside, { force: true });
    }
    return { session: id, last: last.timestamp, events, kept };
  });
}
