/** Events for people: one line each, or one in full. Nothing that an agent wrote is shown raw. Pure. */
import type { AuditEvent } from '../../audit/event.ts';
import { targetText } from '../../audit/query.ts';
import { printable } from '../../model/printable.ts';
import { PLAIN, type Style } from './style.ts';

export function renderEvents(events: readonly AuditEvent[], style: Style = PLAIN): string {
  const rows = events.map((event) => [
    event.id.slice(-16),
    style.time(event.timestamp),
    event.status,
    event.risk.level,
    event.action,
    `${printable(targetText(event), 80)}${event.repeat === undefined ? '' : ` (×${event.repeat.count})`}`,
    event.status === 'denied' ? printable(event.decision.rule ?? event.decision.step, 60) : '',
  ]);
  const lines = renderTable(rows).split('\n');
  return lines.map((line, index) => style.paint(line, events[index])).join('\n');
}

/** Columns padded to their widest cell, the last one as it is. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((widest, row) => Math.max(widest, (row[column] ?? '').length), 0));
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd()).join('\n');
}

export function renderEvent(event: AuditEvent): string {
  const lines = [
    `id         ${event.id}`,
    `time       ${event.timestamp}`,
    `session    ${event.session_id} (agent ${printable(event.agent)})`,
    `action     ${event.action}`,
    `target     ${printable(targetText(event), 2000)}`,
    ...(event.target.abs_path === undefined ? [] : [`real path  ${printable(event.target.abs_path, 2000)}`]),
    ...(event.target.cwd === undefined ? [] : [`folder     ${printable(event.target.cwd, 2000)}`]),
    `status     ${event.status}`,
    `risk       ${event.risk.level}${event.risk.flags.length > 0 ? ` (${event.risk.flags.join(', ')})` : ''}`,
    `decision   ${event.decision.effect} in step ${event.decision.step}, ${event.decision.layer} layer, by ${event.decision.pep} in ${event.decision.micros} µs`,
    ...(event.decision.rule === undefined ? [] : [`rule       ${printable(event.decision.rule)} (${printable(event.decision.source ?? '')})`]),
    `reason     ${printable(event.decision.reason, 2000)}`,
    `process    ${event.process.pid}${event.process.ppid === undefined ? '' : `, parent ${event.process.ppid}`}${event.process.exe === undefined ? '' : `, ${printable(event.process.exe)}`}`,
    `project    ${printable(event.project.path)}`,
    ...(event.repeat === undefined ? [] : [`repeats    ${event.repeat.count} more of the same since ${event.repeat.since}`]),
    ...(event.decision.trace ?? []).map((step, index) => `${index === 0 ? 'trace' : ''}`.padEnd(11) + printable(step, 2000)),
    `hash       ${event.hash}`,
  ];
  return lines.join('\n');
}

/** The same JSON with escapes where a terminal would act on a character; programs read the same values from it. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
