/** An event with all that the log knows of it. Pure. */
import type { AuditEvent } from '../audit/event.ts';
import type { ProcessNode } from '../audit/index/filter.ts';
import { recordedTrace } from './recorded-trace.ts';
import { toRow } from './row.ts';
import type { Ancestor, EventDetail } from './views.ts';

/** `lineage` from the process itself up to the agent, as the index has it; `start` of the session: the agent's own command. */
export function detailOf(event: AuditEvent, lineage: readonly ProcessNode[], start: AuditEvent | undefined): EventDetail {
  const { target, process, decision, project, repeat } = event;
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['event', event.id],
    ['real path', target.abs_path],
    ['words', target.argv === undefined ? undefined : JSON.stringify(target.argv)],
    ['folder', target.cwd],
    ['address', target.url],
    ['host', target.host === undefined ? undefined : `${target.host}${target.port === undefined ? '' : `:${target.port}`}`],
    ['program', process.exe],
    ['process', `${process.pid}${process.ppid === undefined ? '' : `, parent ${process.ppid}`}${process.depth === undefined ? '' : `, ${process.depth} below the agent`}`],
    ['decided by', `${decision.pep}, in ${decision.micros} µs`],
    ['repeated', repeat === undefined ? undefined : `${repeat.count} times since ${repeat.since}`],
    ['project', project.path],
    ['hash', event.hash],
  ];
  const trace = recordedTrace(event);
  return {
    row: { ...toRow(event), target: fullTarget(event), reason: decision.reason, ...(decision.rule === undefined ? {} : { rule: decision.rule }) },
    lineage: ancestorsOf(event, lineage, start),
    ...(trace === undefined ? {} : { trace }),
    facts: facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
    raw: JSON.stringify(event, null, 2),
  };
}

function ancestorsOf(event: AuditEvent, lineage: readonly ProcessNode[], start: AuditEvent | undefined): Ancestor[] {
  const { action, process, target } = event;
  const isItself = (each: ProcessNode): boolean => action === 'command_execute' && each.pid === process.pid && each.command === target.command;
  const ancestors = lineage.flatMap((each) => (each.command === undefined || isItself(each) ? [] : [{ pid: each.pid, command: each.command, ...(each.exe === undefined ? {} : { exe: each.exe }) }])).reverse();
  const agent = start?.target.command;
  if (agent === undefined || event.action === 'session_start' || ancestors[0]?.command === agent) return ancestors;
  return [{ command: agent }, ...ancestors];
}

function fullTarget(event: AuditEvent): string {
  return event.target.command ?? event.target.path ?? toRow(event).target;
}
