/** `summary`, `stats` and `export`: what happened in a span of time, and the events in the forms of other programs. */
import type { Command } from 'commander';
import { Argument } from 'commander';
import type { AuditIndex, EventFilter, Grouping } from '../../audit/index/filter.ts';
import { type ExportFormat, EXPORT_FORMATS, exportEvents } from '../../audit/export.ts';
import { findSession } from '../../audit/reader.ts';
import { printable } from '../../model/printable.ts';
import { targetText } from '../../audit/query.ts';
import { print, say } from '../output.ts';
import { printPaged } from '../pager.ts';
import { renderEvents, renderTable, safeJson } from '../render/events.ts';
import { renderRules } from '../render/session.ts';
import { choice, count, type LogOptions, styleOfOutput, toFilter, withFilters, withIndex } from './log-options.ts';

const DAY_MS = 86_400_000;
/** Rows of each part of a summary. */
const ROWS = 10;
const GROUPINGS: readonly Grouping[] = ['status', 'risk', 'rule', 'agent', 'action', 'session'];

export function addReportCommands(program: Command): void {
  program
    .command('summary')
    .description('what ran, what changed, what was denied, by which rules')
    .addArgument(new Argument('[span]', 'today, week, or a session').default('today'))
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  patchwork summary\n  patchwork summary week\n  patchwork summary 20261123T002430-cff154')
    .action((span: string, options: LogOptions) => withIndex((index) => summarize(index, span, options.json ?? false)));
  withFilters(program.command('stats').description('counts over time'))
    .option('--by <what>', `one of ${GROUPINGS.join(', ')}`, choice(GROUPINGS), 'status')
    .option('--bucket <span>', 'hour or day', choice(['hour', 'day'] as const), 'day')
    .option('--json', 'for programs: one point a line')
    .action((options: LogOptions & { by: Grouping; bucket: 'hour' | 'day' }) => withIndex((index) => stats(index, options)));
  withFilters(program.command('export').description('events for other programs, oldest first, on stdout'))
    .option('--format <format>', EXPORT_FORMATS.join(', '), choice(EXPORT_FORMATS), 'json')
    .option('-n, --number <count>', 'at most this many, the newest', count)
    .addHelpText('after', '\njson: one event a line. csv: RFC 4180. sarif: denials, SARIF 2.1.0. ocsf: one event a line, OCSF 1.3.\n\nExample:\n  patchwork export --format sarif --status denied --since 7d > denied.sarif')
    .action((options: LogOptions & { format: ExportFormat }) => withIndex((index) => exportTo(index, options)));
}

function spanOf(span: string): { readonly name: string; readonly filter: EventFilter } {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  if (span === 'today') return { name: 'today', filter: { since: midnight } };
  if (span === 'week') return { name: 'the last seven days', filter: { since: new Date(midnight.getTime() - 6 * DAY_MS) } };
  const session = findSession(span === 'session' ? '' : span).id;
  return { name: `session ${session}`, filter: { session } };
}

function summarize(index: AuditIndex, span: string, json: boolean): void {
  const { name, filter } = spanOf(span);
  const actions = new Map<string, { actions: number; denied: number }>();
  for (const { group, actions: all, denied } of index.series(filter, DAY_MS, 'action')) {
    const sum = actions.get(group) ?? { actions: 0, denied: 0 };
    actions.set(group, { actions: sum.actions + all, denied: sum.denied + denied });
  }
  const sessions = index.sessions(filter);
  const rules = index.rules(filter);
  const last = (more: EventFilter) => index.events({ ...filter, ...more }, undefined, ROWS).events;
  const changed = (['file_edit', 'file_create', 'file_delete'] as const).flatMap((action) => last({ action, status: 'completed' })).sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1)).slice(0, ROWS);
  const ran = last({ action: 'command_execute', status: 'completed' });
  const denied = last({ status: 'denied' });
  if (json) return print(safeJson({ span: name, sessions: sessions.length, actions: Object.fromEntries(actions), rules, ran: ran.map(targetText), changed: changed.map(targetText), denied }, 2));
  const style = styleOfOutput();
  const part = (title: string, text: string): string[] => (text === '' ? [] : ['', `${title}:`, text]);
  const lines = [
    `${name}: ${sessions.length} ${sessions.length === 1 ? 'session' : 'sessions'}`,
    renderTable([...actions].filter(([action]) => !action.startsWith('session_')).map(([action, sum]) => [`  ${action}`, String(sum.actions), sum.denied > 0 ? `${sum.denied} denied` : ''])),
    ...part('rules', renderRules(rules.slice(0, ROWS))),
    ...part('ran last', renderEvents([...ran].reverse(), style)),
    ...part('changed last', renderEvents([...changed].reverse(), style)),
    ...part('denied last', renderEvents([...denied].reverse(), style)),
  ];
  if (actions.size === 0) say(`patchwork: nothing happened in ${name}`);
  else printPaged(lines.join('\n'));
}

function stats(index: AuditIndex, options: LogOptions & { by: Grouping; bucket: 'hour' | 'day' }): void {
  const { by, bucket, json, ...rest } = options;
  const points = index.series(toFilter(rest), bucket === 'hour' ? DAY_MS / 24 : DAY_MS, by);
  if (json) for (const { time, ...point } of points) print(safeJson({ time: new Date(time).toISOString(), ...point }));
  else if (points.length === 0) say('patchwork: no event matches');
  else printPaged(renderTable([['from (UTC)', by, 'actions', 'denied'], ...points.map(({ time, group, actions, denied }) => [new Date(time).toISOString().slice(0, bucket === 'hour' ? 13 : 10), printable(group === '' ? '-' : group, 60), String(actions), denied > 0 ? String(denied) : ''])]));
}

function exportTo(index: AuditIndex, options: LogOptions & { format: ExportFormat }): void {
  const { format, number, ...rest } = options;
  for (const piece of exportEvents(index, { filter: toFilter(rest), format, limit: number })) print(piece);
}
