/** What the ledger knows of all sessions: which there were, how far they came, which were pruned. */
import type { SealKey } from './seal-key.ts';
import { ledgerFile, parseSeal, readSealLines, type SignedSeal, sealProblem } from './seals.ts';

export interface Ledger {
  readonly file: string;
  readonly bySession: ReadonlyMap<string, readonly SignedSeal[]>;
  /** Lines that are no entries, or wrongly signed. */
  readonly problems: readonly { readonly line: number; readonly what: string }[];
}

export function readLedger(sessions: string, key: SealKey | undefined): Ledger {
  const file = ledgerFile(sessions);
  const bySession = new Map<string, SignedSeal[]>();
  const problems: { line: number; what: string }[] = [];
  for (const [index, line] of readSealLines(file).entries()) {
    const entry = parseSeal(line);
    const what = entry === undefined ? 'the line is no entry' : sealProblem(key, entry);
    if (what !== undefined) problems.push({ line: index + 1, what });
    if (entry === undefined || what !== undefined) continue;
    bySession.set(entry.session, [...(bySession.get(entry.session) ?? []), entry]);
  }
  return { file, bySession, problems };
}

export function prunedSeal(seals: readonly SignedSeal[]): SignedSeal | undefined {
  return seals.find(({ kind }) => kind === 'pruned');
}
