/** The filters that all commands on the log share, and the index that answers them. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { EventAction, EventStatus } from '../../audit/event.ts';
import type { AuditIndex, EventFilter, Progress } from '../../audit/index/filter.ts';
import { parseSince } from '../../audit/query.ts';
import { findSession } from '../../audit/reader.ts';
import { ACTIONS } from '../../model/request.ts';
import { RISK_LEVELS, type RiskLevel } from '../../model/risk.ts';
import { say, sayOver } from '../output.ts';
import { PLAIN, type Style, terminalStyle } from '../render/style.ts';

export interface LogOptions {
  readonly number?: number;
  readonly risk?: RiskLevel;
  readonly action?: EventAction;
  readonly status?: EventStatus;
  readonly session?: string;
  readonly agent?: string;
  readonly rule?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly target?: string;
  readonly json?: boolean;
}

export function choice<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new InvalidArgumentError(`One of: ${values.join(', ')}.`);
    return found;
  };
}

export function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A number from 1 on.');
  return number;
}

export function moment(text: string): Date {
  const date = parseSince(text);
  if (date === undefined) throw new InvalidArgumentError('A span such as 30m, 2h, 3d, or a date.');
  return date;
}

export function withFilters(command: Command): Command {
  return command
    .option('--risk <level>', 'this level or above', choice(RISK_LEVELS))
    .option('--action <action>', 'one action', choice([...ACTIONS, 'system_call', 'session_start', 'session_end'] as const))
    .option('--status <status>', 'completed, denied or error', choice(['completed', 'denied', 'error'] as const))
    .option('--session <id>', 'one session (the beginning or end of its id will do)')
    .option('--agent <name>', 'one agent')
    .option('--rule <rule>', 'one rule, as events name it')
    .option('--since <time>', 'from this time on: 30m, 2h, 3d, or a date', moment)
    .option('--until <time>', 'before this time', moment)
    .option('--target <words>', 'words in a row of the path, command or host; the last may be unfinished');
}

export function toFilter(options: LogOptions): EventFilter {
  const { number: _, json: __, session, ...rest } = options;
  return session === undefined ? rest : { ...rest, session: findSession(session).id };
}

export function styleOfOutput(): Style {
  return process.stdout.isTTY === true ? terminalStyle(new Date(), process.env['NO_COLOR'] === undefined) : PLAIN;
}

/** Of the sessions whose processes live: a log without an end is else that of a killed one. */
export async function runningIds(): Promise<ReadonlySet<string>> {
  const { findSessions } = await import('../../session/runtime-folder.ts');
  return new Set(findSessions().running.map(({ id }) => id));
}

/** Brings the index up to date first; where that takes long, says so on a terminal. */
export async function withIndex<T>(work: (index: AuditIndex) => T | Promise<T>): Promise<T> {
  const { openIndex, refreshed } = await import('../../audit/index/open.ts');
  const tell = (error: unknown): void => {
    say(`patchwork: the logs are read without an index, which is slower: ${String((error as Error).message).split('\n')[0]}`);
  };
  const begun = Date.now();
  let hasShown = false;
  const onProgress = ({ bytes, indexed }: Progress): void => {
    if (Date.now() - begun < 500 || process.stderr.isTTY !== true) return;
    hasShown = true;
    sayOver(`patchwork: indexing the log: ${Math.floor((100 * indexed) / Math.max(1, bytes))} %`);
  };
  const index = await refreshed(await openIndex(undefined, tell), { onProgress }, tell);
  try {
    if (hasShown) sayOver('');
    return await work(index);
  } finally {
    index.close();
  }
}
