/** An event as a line of a list. Pure. */
import type { AuditEvent } from '../audit/event.ts';
import { targetText } from '../audit/query.ts';
import type { EventRow } from './views.ts';

/** Longest text of a field in a list; the event itself has all of it. */
const TEXT_LIMIT = 500;

export function toRow(event: AuditEvent, key: string = event.id, count = 1): EventRow {
  const { decision } = event;
  return {
    key,
    id: event.id,
    time: Date.parse(event.timestamp),
    session: event.session_id,
    agent: event.agent,
    action: event.action,
    status: event.status,
    risk: event.risk.level,
    flags: event.risk.flags,
    target: targetText(event).slice(0, TEXT_LIMIT),
    ...(decision.rule === undefined ? {} : { rule: decision.rule.slice(0, TEXT_LIMIT) }),
    ...(decision.source === undefined ? {} : { source: decision.source }),
    layer: decision.layer,
    step: decision.step,
    reason: decision.reason.slice(0, TEXT_LIMIT),
    pep: decision.pep,
    pid: event.process.pid,
    count,
  };
}
