/** A session, its processes, and summaries of many sessions, as text. Nothing that an agent wrote is shown raw. Pure. */
import type { AuditEvent } from '../../audit/event.ts';
import type { ProcessNode, RuleHits, SessionSummary } from '../../audit/index/filter.ts';
import { printable } from '../../model/printable.ts';
import { renderEvents, renderTable } from './events.ts';
import type { Style } from './style.ts';

export interface SessionFacts {
  readonly summary: SessionSummary;
  readonly isRunning: boolean;
  readonly rules: readonly RuleHits[];
  readonly denials: readonly AuditEvent[];
  readonly processes: readonly ProcessNode[];
}

/** What is said of a log without an end. */
export function withoutEnd(isRunning: boolean): string {
  return isRunning ? 'running' : 'killed: no end was recorded';
}

export function renderSession({ summary, isRunning, rules, denials, processes }: SessionFacts, style: Style): string {
  return [
    `session    ${summary.id}`,
    `agent      ${printable(summary.agent)}`,
    `command    ${printable(summary.command, 2000)}`,
    `project    ${printable(summary.project.path)}`,
    `started    ${style.time(summary.started)}`,
    `ended      ${summary.ended === undefined ? withoutEnd(isRunning) : `${style.time(summary.ended)}: ${printable(summary.outcome ?? '')}`}`,
    `events     ${summary.events}, ${summary.denied} denied${summary.unreadable > 0 ? `, ${summary.unreadable} lines unreadable` : ''}`,
    ...(rules.length === 0 ? [] : ['', 'rules:', renderRules(rules)]),
    ...(denials.length === 0 ? [] : ['', 'last denials:', renderEvents([...denials].reverse(), style)]),
    ...(processes.length === 0 ? [] : ['', 'processes:', renderTree(processes)]),
  ].join('\n');
}

export function renderRules(rules: readonly RuleHits[]): string {
  return renderTable(rules.map(({ rule, source, allowed, denied }) => [`  ${denied > 0 ? `${denied} denied` : ''}`, allowed > 0 ? `${allowed} allowed` : '', printable(rule, 80), printable(source, 80)]));
}

/** From the agent down to the process itself. */
export function renderLineage(lineage: readonly ProcessNode[]): string {
  return [...lineage].reverse().map((node, depth) => `${depth === 0 ? 'lineage    ' : '           '}${'  '.repeat(depth)}${nameOf(node)}`).join('\n');
}

function renderTree(processes: readonly ProcessNode[]): string {
  const pids = new Set(processes.map(({ pid }) => pid));
  const children = new Map<number, ProcessNode[]>();
  const roots: ProcessNode[] = [];
  for (const node of processes) {
    if (node.ppid === undefined || !pids.has(node.ppid) || node.ppid === node.pid) roots.push(node);
    else children.set(node.ppid, [...(children.get(node.ppid) ?? []), node]);
  }
  const lines: string[] = [];
  const seen = new Set<number>();
  const add = (node: ProcessNode, depth: number): void => {
    if (seen.has(node.pid)) return;
    seen.add(node.pid);
    lines.push(`  ${'  '.repeat(Math.min(depth, 20))}${nameOf(node)}`);
    for (const child of children.get(node.pid) ?? []) add(child, depth + 1);
  };
  for (const root of roots) add(root, 0);
  return lines.join('\n');
}

function nameOf({ pid, command, exe, events, denied }: ProcessNode): string {
  return `${pid} ${printable(command ?? exe ?? '?', 100)} (${events} ${events === 1 ? 'event' : 'events'}${denied > 0 ? `, ${denied} denied` : ''})`;
}
