/** `verify` and `log prune`: whether the logs are what was written, and what is kept of those that go. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type AheadLine, aheadFile, readAhead } from '../../audit/ahead.ts';
import { sessionsFolder } from '../../audit/folder.ts';
import { prunedSeal, readLedger } from '../../audit/ledger.ts';
import { pruneLogs } from '../../audit/prune.ts';
import { findSession, listSessions } from '../../audit/reader.ts';
import { SealKey } from '../../audit/seal-key.ts';
import type { SignedSeal } from '../../audit/seals.ts';
import { type Problem, type VerifyResult, verifyLog } from '../../audit/verify.ts';
import { PatchworkError } from '../../model/errors.ts';
import { printable } from '../../model/printable.ts';
import { findSessions } from '../../session/runtime-folder.ts';
import { print, say } from '../output.ts';
import { renderTable, safeJson } from '../render/events.ts';
import { moment } from './log-options.ts';

const PROBLEMS_SHOWN = 10;

type State = 'sound' | 'running' | 'killed' | 'unsealed' | 'not_sound' | 'missing' | 'pruned';

interface Verdict {
  readonly session: string;
  readonly file: string;
  readonly state: State;
  /** In words. */
  readonly says: string;
  readonly events: number;
  readonly sealed_events: number;
  readonly last_seal: string | null;
  readonly first_bad: Problem | null;
  readonly problems: readonly Problem[];
  /** Connections, requests, changes of files and programs that passed, and of which the log has nothing: the session was killed a moment later. */
  readonly passed: readonly AheadLine[];
}

const BAD: ReadonlySet<State> = new Set(['not_sound', 'missing']);

export function addVerifyCommands(program: Command, log: Command, onExit: (code: number) => void): void {
  program
    .command('verify')
    .description('check that no log was changed, cut, rewritten or removed; names the first bad event')
    .argument('[session]')
    .option('--all', 'every session that the ledger knows, the pruned ones too (as without a session)')
    .option('--json', 'for programs: one session a line')
    .addHelpText('after', '\nExit status: 0 all sound, 1 not.\n\nExample:\n  patchwork verify --all --json')
    .action((session: string | undefined, { json = false }: { json?: boolean }) => onExit(verify(session, json)));
  log
    .command('prune')
    .description('remove old logs, and keep a signed statement of what each was')
    .requiredOption('--older-than <time>', 'sessions whose last event is older: 90d, 12w, or a date', moment)
    .option('--dry-run', 'only say what would go')
    .option('--json', 'for programs: one session a line')
    .action((options: { olderThan: Date; dryRun?: boolean; json?: boolean }) => onExit(prune(options)));
}

function verify(session: string | undefined, json: boolean): number {
  const folder = sessionsFolder();
  const key = SealKey.find(folder);
  const ledger = readLedger(folder, key);
  const running = new Set(findSessions().running.map(({ id }) => id));
  const logs = session === undefined ? listSessions() : [findSession(session)];
  const verdicts = logs.map(({ id, file }) => judge(id, file, { key, ledger: ledger.bySession.get(id) ?? [], isRunning: running.has(id) }));
  if (session === undefined) {
    for (const [id, seals] of ledger.bySession) if (!existsSync(`${folder}/${id}.jsonl`)) verdicts.push(absent(id, `${folder}/${id}.jsonl`, seals));
    for (const { line, what } of ledger.problems) verdicts.push({ session: 'the ledger', file: ledger.file, state: 'not_sound', says: 'NOT SOUND', events: 0, sealed_events: 0, last_seal: null, first_bad: { line, event: '', what }, problems: [{ line, event: '', what }], passed: [] });
  }
  for (const verdict of verdicts) {
    if (json) print(safeJson(verdict));
    else {
      print(`${verdict.session}: ${verdict.says}`);
      for (const line of verdict.passed) print(`  passed: ${line.time} process ${line.pid} ${describe(line)}`);
      for (const { line, what } of verdict.problems.slice(0, PROBLEMS_SHOWN)) print(`  ${printable(verdict.file)}:${line}: ${printable(what, 1000)}`);
    }
  }
  return verdicts.some(({ state }) => BAD.has(state)) ? 1 : 0;
}

function describe(line: AheadLine): string {
  if ('real' in line) return `${line.action} ${printable(line.real)}`;
  return `to ${line.host}:${line.port}${line.path === '' ? '' : printable(` /${line.path}`)}`;
}

interface Circumstances {
  readonly key: SealKey | undefined;
  readonly ledger: readonly SignedSeal[];
  readonly isRunning: boolean;
}

function judge(session: string, file: string, { key, ledger, isRunning }: Circumstances): Verdict {
  const result = verifyLog(file, { key, ledger });
  const isPruned = prunedSeal(ledger) !== undefined;
  const { state, says } = stateOf(result, isRunning);
  const passed = isRunning ? [] : readAhead(aheadFile(file), result.ahead);
  const more = passed.length === 0 ? '' : `; ${passed.length} more passed, and stand in ${aheadFile(file)} only`;
  return { session, file, state, says: `${says}${more}${isPruned ? '; it was pruned before, and is back' : ''}`, events: result.events, sealed_events: result.seals.events, last_seal: result.seals.last ?? null, first_bad: result.problems[0] ?? null, problems: result.problems, passed };
}

function stateOf({ problems, events, isComplete, seals }: VerifyResult, isRunning: boolean): { state: State; says: string } {
  if (problems.length > 0) return { state: 'not_sound', says: 'NOT SOUND' };
  const sealed = seals.count === 0 ? 'no seal' : `sealed up to event ${seals.events}`;
  if (isRunning) return { state: 'running', says: `${events} events so far, unbroken; ${sealed}` };
  if (!isComplete) return { state: 'killed', says: `${events} events, unbroken (no end recorded): the session was killed, or its end was cut off after the last seal; ${sealed}` };
  if (!seals.isFinal) return { state: 'unsealed', says: `${events} events, unbroken, but without a seal at its end (${sealed}): nothing shows that the events after it were not rewritten` };
  return { state: 'sound', says: `${events} events, unbroken, sealed at its end` };
}

function absent(session: string, file: string, seals: readonly SignedSeal[]): Verdict {
  const pruned = prunedSeal(seals);
  const last = seals.reduce((latest, each) => (each.time > latest.time ? each : latest));
  const common = { session, file, events: last.events, sealed_events: last.events, last_seal: last.time };
  if (pruned !== undefined) return { ...common, state: 'pruned', says: `pruned at ${pruned.time}: ${pruned.events} events, the last with hash ${pruned.head}`, first_bad: null, problems: [], passed: [] };
  const problem: Problem = { line: 0, event: session, what: `the log is gone: it had ${last.events} events when it was sealed at ${last.time}` };
  return { ...common, state: 'missing', says: 'NOT SOUND', first_bad: problem, problems: [problem], passed: [] };
}

function prune({ olderThan, dryRun = false, json = false }: { olderThan: Date; dryRun?: boolean; json?: boolean }): number {
  if (process.env['PATCHWORK_SESSION'] !== undefined) throw new PatchworkError('PW_AUDIT_READ', 'logs are not pruned inside a session');
  const running = new Set(findSessions().running.map(({ id }) => id));
  const pruned = pruneLogs({ folder: sessionsFolder(), before: olderThan, isDryRun: dryRun, running });
  if (json) for (const each of pruned) print(safeJson({ ...each, kept: each.kept ?? null, dry_run: dryRun }));
  else if (pruned.length === 0) say('patchwork: no log is older');
  else print(renderTable(pruned.map(({ session, last, events, kept }) => [session, last, `${events} events`, kept === undefined ? (dryRun ? 'would go' : 'gone; its seal stays in the ledger') : `KEPT, not sound: ${printable(kept, 300)}`])));
  return pruned.some(({ kept }) => kept !== undefined) ? 1 : 0;
}
