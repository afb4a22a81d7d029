/** The audit log for people: log, search, tail, show, why, sessions. */
import type { Command } from 'commander';
import type { AuditEvent } from '../../audit/event.ts';
import { followLog } from '../../audit/follow.ts';
import type { AuditIndex, EventFilter } from '../../audit/index/filter.ts';
import { findSession } from '../../audit/reader.ts';
import { PatchworkError } from '../../model/errors.ts';
import { printable } from '../../model/printable.ts';
import { denialsOfThisSession } from '../../session/denials-file.ts';
import { quoteWords } from '../../shell/quote.ts';
import { print, say } from '../output.ts';
import { printPaged } from '../pager.ts';
import { renderEvent, renderEvents, renderTable, safeJson } from '../render/events.ts';
import { renderLineage, renderSession, withoutEnd } from '../render/session.ts';
import { count, type LogOptions, runningIds, styleOfOutput, toFilter, withFilters, withIndex } from './log-options.ts';

const DEFAULT_LIMIT = 50;
/** Events read at a time. */
const PAGE = 10_000;

/** Returns the command `log`, which others hang their own below. */
export function addLogCommands(program: Command): Command {
  const log = withFilters(program.command('log').description('what happened, newest last'))
    .option('-n, --number <count>', 'at most this many', count)
    .option('--json', 'one event a line, as it stands in the log')
    .addHelpText('after', '\nExamples:\n  patchwork log --risk high\n  patchwork log --status denied --since 2h\n  patchwork log --session 2026 --action network_request --json')
    .action((options: LogOptions) => show(toFilter(options), options));
  withFilters(program.command('search').description('events by their words').argument('<words...>'))
    .option('-n, --number <count>', 'at most this many', count)
    .option('--json', 'one event a line, as it stands in the log')
    .addHelpText('after', '\nAll words, in any order; "words in a row"; begin*; AND, OR, NOT (or -word), parentheses. Filters narrow it down.\n\nExamples:\n  patchwork search denied npmrc\n  patchwork search \'"git push" OR deploy*\' --since 7d\n  patchwork search -- env -NOT')
    .action((words: string[], options: LogOptions) => show({ ...toFilter(options), text: words.join(' ') }, options));
  withFilters(program.command('tail').description('events as they happen (Ctrl-C ends it)'))
    .option('--json', 'one event a line, as it stands in the log')
    .action(async (options: LogOptions) => {
      const style = styleOfOutput();
      await followLog(toFilter(options), (event) => print(options.json ? safeJson(event) : renderEvents([event], style)));
    });
  program
    .command('show')
    .description('one event in full, with its decision and the processes it came from; or a session')
    .argument('<id>', 'an event, as `patchwork log` names it, or a session')
    .option('--json', 'for programs')
    .action((id: string, options: LogOptions) => withIndex(async (index) => showOne(index, id, options.json ?? false, await runningIds())));
  program
    .command('why')
    .description('the last denial, or that of an event, in full: what, by which rule, and how to look at the rule')
    .argument('[id]')
    .option('--session <id>', 'the last one of this session')
    .option('--json', 'as it stands in the log')
    .addHelpText('after', '\nInside a session: its last denials.\n\nExample:\n  patchwork why')
    .action((id: string | undefined, options: LogOptions) => {
      const inside = id === undefined ? denialsOfThisSession(process.env) : undefined;
      return inside === undefined ? withIndex((index) => why(index, id === undefined ? lastDenial(index, options) : neededEvent(index, id), options.json)) : print(inside.trimEnd() || 'patchwork: nothing was denied in this session yet');
    });
  program
    .command('sessions')
    .description('all sessions in the log, oldest first')
    .option('--json', 'for programs')
    .action((options: LogOptions) => withIndex(async (index) => sessions(index, options.json ?? false, await runningIds())));
  return log;
}

function show(filter: EventFilter, { number = DEFAULT_LIMIT, json = false }: LogOptions): Promise<void> {
  return withIndex((index) => {
    const events = newestEvents(index, filter, number).reverse();
    if (json) {
      for (const event of events) print(safeJson(event));
    } else if (events.length === 0) say('patchwork: no event matches');
    else printPaged(renderEvents(events, styleOfOutput()));
  });
}

function newestEvents(index: AuditIndex, filter: EventFilter, limit: number): AuditEvent[] {
  const found: AuditEvent[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = index.events(filter, cursor, Math.min(PAGE, limit - found.length));
    for (const event of page.events) found.push(event);
    if (page.cursor === undefined || found.length >= limit) return found;
    cursor = page.cursor;
  }
}

/** Undefined when the text names no event. Throws when its session is not there. */
function findEvent(index: AuditIndex, id: string): AuditEvent | undefined {
  const parts = /^(.*[^-])-(\d+)$/.exec(id);
  if (parts === null) return undefined;
  return index.event(findSession(parts[1] ?? '').id, Number(parts[2]));
}

function neededEvent(index: AuditIndex, id: string): AuditEvent {
  const event = findEvent(index, id);
  if (event !== undefined) return event;
  throw new PatchworkError('PW_AUDIT_READ', `no event is called ${id}`, { hint: 'the ids stand in the first column of: patchwork log' });
}

function showOne(index: AuditIndex, id: string, json: boolean, running: ReadonlySet<string>): void {
  // A session's id has the form of an event's only where its end is all digits: then the event is looked for first.
  const event = isSessionId(id) ? undefined : neededEvent(index, id);
  if (event === undefined) return showSession(index, findSession(id).id, json, running);
  const lineage = index.lineage(event.session_id, event.process.pid);
  if (json) return print(safeJson(event, 2));
  print(renderEvent(event));
  if (lineage.length > 0) print(renderLineage(lineage));
}

function isSessionId(id: string): boolean {
  return /^\d{8}T\d{6}(?:-[0-9a-f]{6})?$/.test(id) || (/^[0-9a-f]{6}$/.test(id) && !id.includes('-'));
}

function showSession(index: AuditIndex, session: string, json: boolean, running: ReadonlySet<string>): void {
  const [summary] = index.sessions({ session });
  if (summary === undefined) throw new PatchworkError('PW_AUDIT_READ', `the log of session ${session} has no event`);
  const facts = { summary, isRunning: running.has(session), rules: index.rules({ session }), denials: index.events({ session, status: 'denied' }, undefined, 20).events, processes: index.processes(session, 200) };
  if (json) print(safeJson({ ...facts.summary, rules: facts.rules, denials: facts.denials, processes: facts.processes }, 2));
  else printPaged(renderSession(facts, styleOfOutput()));
}

function lastDenial(index: AuditIndex, { session }: LogOptions): AuditEvent {
  const [last] = index.events({ status: 'denied', ...(session === undefined ? {} : { session: findSession(session).id }) }, undefined, 1).events;
  if (last !== undefined) return last;
  throw new PatchworkError('PW_AUDIT_READ', 'nothing was denied', { hint: 'what happened stands in: patchwork log' });
}

function why(index: AuditIndex, event: AuditEvent, json = false): void {
  if (json) return print(safeJson(event));
  print(renderEvent(event));
  const lineage = index.lineage(event.session_id, event.process.pid);
  if (lineage.length > 0) print(renderLineage(lineage));
  // Our own, which no policy has a part in.
  if (event.decision.layer === 'builtin') return say('no policy opens this');
  if (event.decision.source !== undefined) say(`the rule stands at ${printable(event.decision.source)}`);
  const { command, abs_path: path, host } = event.target;
  const question = command === undefined ? `${event.action} ${quoteWords([path ?? host ?? ''])}` : `-- ${quoteWords([command])}`;
  if (path !== undefined || command !== undefined || host !== undefined) say(`the same question, step by step: patchwork policy explain ${printable(question, 2000)}`);
}

function sessions(index: AuditIndex, json: boolean, running: ReadonlySet<string>): void {
  const rows = index.sessions().reverse().map(({ id, agent, started, ended, project, command, outcome, events, denied, file }) => ({ id, agent, started, ended: ended ?? null, project: project.path, command, outcome: outcome ?? withoutEnd(running.has(id)), events, denied, file }));
  if (json) {
    for (const row of rows) print(safeJson(row));
  } else if (rows.length === 0) say('patchwork: there is no session yet');
  else printPaged(renderTable(rows.map((row) => [row.id, styleOfOutput().time(row.started), printable(row.agent, 20), printable(row.project, 40), printable(row.command, 40), printable(row.outcome, 60)])));
}
