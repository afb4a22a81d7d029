/** The audit log for people: log, search, tail, show, sessions, verify. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { AuditEvent, EventAction, EventStatus } from '../../audit/event.ts';
import { followLog } from '../../audit/follow.ts';
import { parseSince, type Query, queryEvents } from '../../audit/query.ts';
import { findSession, listSessions, readEnds } from '../../audit/reader.ts';
import { verifyLog } from '../../audit/verify.ts';
import { PatchworkError } from '../../model/errors.ts';
import { printable } from '../../model/printable.ts';
import { ACTIONS } from '../../model/request.ts';
import { RISK_LEVELS, type RiskLevel } from '../../model/risk.ts';
import { quoteWords } from '../../shell/quote.ts';
import { print, say } from '../output.ts';
import { renderEvent, renderEvents, renderTable, safeJson } from '../render/events.ts';

interface Options {
  readonly number?: number;
  readonly risk?: RiskLevel;
  readonly action?: EventAction;
  readonly status?: EventStatus;
  readonly session?: string;
  readonly agent?: string;
  readonly since?: Date;
  readonly target?: string;
  readonly json?: boolean;
}

const DEFAULT_LIMIT = 50;

function choice<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new InvalidArgumentError(`One of: ${values.join(', ')}.`);
    return found;
  };
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A number from 1 on.');
  return number;
}

function since(text: string): Date {
  const date = parseSince(text);
  if (date === undefined) throw new InvalidArgumentError('A span such as 30m, 2h, 3d, or a date.');
  return date;
}

function withFilters(command: Command): Command {
  return command
    .option('--risk <level>', 'this level or above', choice(RISK_LEVELS))
    .option('--action <action>', 'one action', choice([...ACTIONS, 'session_start', 'session_end'] as const))
    .option('--status <status>', 'completed, denied or error', choice(['completed', 'denied', 'error'] as const))
    .option('--session <id>', 'one session (the beginning or end of its id will do)')
    .option('--agent <name>', 'one agent')
    .option('--since <time>', 'from this time on: 30m, 2h, 3d, or a date', since)
    .option('--target <text>', 'part of the path, command or host')
    .option('--json', 'one event a line, as it stands in the log');
}

export function addLogCommands(program: Command, onExit: (code: number) => void): void {
  withFilters(program.command('log').description('what happened, newest last'))
    .option('-n, --number <count>', 'at most this many', count)
    .addHelpText('after', '\nExamples:\n  patchwork log --risk high\n  patchwork log --status denied --since 2h\n  patchwork log --session 2026 --action network_request --json')
    .action((options: Options) => show(queryEvents(toQuery(options)), options.json));
  withFilters(program.command('search').description('events that contain every word, anywhere').argument('<text...>'))
    .option('-n, --number <count>', 'at most this many', count)
    .addHelpText('after', '\nExample:\n  patchwork search "denied"')
    .action((words: string[], options: Options) => show(queryEvents({ ...toQuery(options), text: words.join(' ') }), options.json));
  withFilters(program.command('tail').description('events as they happen (Ctrl-C ends it)')).action(async (options: Options) => {
    await followLog(toQuery(options), (event) => print(options.json ? safeJson(event) : renderEvents([event]).trimEnd()));
  });
  program.command('show').description('one event in full').argument('<id>').option('--json', 'as it stands in the log').action((id: string, options: Options) => {
    const event = findEvent(id);
    print(options.json ? safeJson(event, 2) : renderEvent(event));
  });
  program
    .command('why')
    .description('the last denial, or that of an event, in full: what, by which rule, and how to look at the rule')
    .argument('[id]')
    .option('--session <id>', 'the last one of this session')
    .option('--json', 'as it stands in the log')
    .addHelpText('after', '\nExample:\n  patchwork why')
    .action((id: string | undefined, options: Options) => why(id === undefined ? lastDenial(options.session) : findEvent(id), options.json));
  program.command('sessions').description('all sessions in the log').option('--json', 'for programs').action((options: Options) => sessions(options.json ?? false));
  program.command('verify').description('check that no log was changed').argument('[session]').action((session: string | undefined) => onExit(verify(session)));
}

function toQuery(options: Options): Query {
  const { number, json, ...rest } = options;
  return { ...rest, limit: number ?? DEFAULT_LIMIT };
}

function show(events: readonly AuditEvent[], json = false): void {
  if (json) {
    for (const event of events) print(safeJson(event));
  } else if (events.length === 0) say('patchwork: no event matches');
  else print(renderEvents(events));
}

function findEvent(id: string): AuditEvent {
  const found = queryEvents({}).filter((event) => event.id === id || event.id.endsWith(id));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new PatchworkError('PW_AUDIT_READ', found.length === 0 ? `no event is called ${id}` : `${found.length} events are called …${id}`, { hint: 'the ids stand in the first column of: patchwork log' });
}

function lastDenial(session: string | undefined): AuditEvent {
  const [last] = queryEvents({ status: 'denied', limit: 1, ...(session === undefined ? {} : { session }) });
  if (last !== undefined) return last;
  throw new PatchworkError('PW_AUDIT_READ', 'nothing was denied', { hint: 'what happened stands in: patchwork log' });
}

function why(event: AuditEvent, json = false): void {
  if (json) return print(safeJson(event));
  print(renderEvent(event));
  if (event.decision.source !== undefined) say(`the rule stands at ${printable(event.decision.source)}`);
  const { command, abs_path: path, host } = event.target;
  const question = command === undefined ? `${event.action} ${quoteWords([path ?? host ?? ''])}` : `-- ${quoteWords([command])}`;
  if (path !== undefined || command !== undefined || host !== undefined) say(`the same question, step by step: patchwork policy explain ${printable(question, 2000)}`);
}

function sessions(json: boolean): void {
  const rows = listSessions().map(({ id, file }) => {
    const { first, last } = readEnds(file);
    return { id, agent: first?.agent ?? '?', started: first?.timestamp ?? '?', ended: last?.action === 'session_end' ? last.timestamp : null, project: first?.project.path ?? '?', command: first?.target.command ?? '?', outcome: last?.action === 'session_end' ? last.decision.reason : 'no end recorded (running, or killed)', file };
  });
  if (json) {
    for (const row of rows) print(JSON.stringify(row));
  } else if (rows.length === 0) say('patchwork: there is no session yet');
  else print(renderTable(rows.map((row) => [row.id, printable(row.agent, 20), printable(row.project, 40), printable(row.command, 40), printable(row.outcome, 60)])));
}

/** Exit 0 when every log is sound. */
function verify(session: string | undefined): number {
  const logs = session === undefined ? listSessions() : [findSession(session)];
  let problems = 0;
  for (const { id, file } of logs) {
    const result = verifyLog(file);
    problems += result.problems.length;
    print(`${id}: ${result.problems.length === 0 ? `${result.events} events, unbroken${result.isComplete ? '' : ' (no end recorded)'}` : 'NOT SOUND'}`);
    for (const problem of result.problems.slice(0, 10)) print(`  ${file}:${problem.line}: ${problem.what}`);
  }
  return problems === 0 ? 0 : 1;
}
