/** Which events a person asks for. Pure but for reading the logs. */
import type { RiskLevel } from '../model/risk.ts';
import { atLeast } from '../model/risk.ts';
import type { AuditEvent, EventAction, EventStatus } from './event.ts';
import { findSession, listSessions, readEvents } from './reader.ts';

export interface Query {
  readonly limit?: number;
  /** This level or above. */
  readonly risk?: RiskLevel;
  readonly action?: EventAction;
  readonly status?: EventStatus;
  readonly session?: string;
  readonly agent?: string;
  readonly since?: Date;
  /** Part of the target, any case. */
  readonly target?: string;
  /** Every word of it occurs somewhere in the event. */
  readonly text?: string;
}

/** The newest `limit` matching events, oldest first. */
export function queryEvents(query: Query, folder?: string): AuditEvent[] {
  const sessions = query.session === undefined ? listSessions(folder) : [findSession(query.session, folder)];
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  let found: AuditEvent[] = [];
  for (const session of sessions.reverse()) {
    const events = readEvents(session.file).filter((event) => matchesQuery(event, query));
    found = [...events.slice(Math.max(0, events.length - (limit - found.length))), ...found];
    if (found.length >= limit) break;
  }
  return found.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

export function matchesQuery(event: AuditEvent, query: Query): boolean {
  if (query.risk !== undefined && !atLeast(event.risk.level, query.risk)) return false;
  if (query.action !== undefined && event.action !== query.action) return false;
  if (query.status !== undefined && event.status !== query.status) return false;
  if (query.agent !== undefined && event.agent !== query.agent) return false;
  if (query.since !== undefined && new Date(event.timestamp) < query.since) return false;
  if (query.target !== undefined && !targetText(event).toLowerCase().includes(query.target.toLowerCase())) return false;
  if (query.text !== undefined) {
    const haystack = valuesOf({ ...event, hash: undefined, prev_hash: undefined }).toLowerCase();
    return query.text.toLowerCase().split(/\s+/).every((word) => haystack.includes(word));
  }
  return true;
}

/** Values only: the names of fields occur in every event. */
function valuesOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.values(value).map(valuesOf).join('\n') : String(value ?? '');
}

/** What the event was about, in a few words. */
export function targetText({ target }: AuditEvent): string {
  switch (target.type) {
    case 'command':
      return target.command ?? '';
    case 'network':
      return target.url ?? (target.port === undefined ? (target.host ?? '') : `${target.host}:${target.port}`);
    case 'mcp_tool':
      return `${target.server_name}:${target.tool_name}`;
    case 'file':
      return target.path ?? '';
    case 'session':
      return target.command ?? '';
  }
}

/** `2h`, `30m`, `3d`, `1w`, or a date; undefined when it is neither. */
export function parseSince(text: string, now: Date = new Date()): Date | undefined {
  const span = /^(\d+)\s*(s|m|h|d|w)$/.exec(text);
  const unit = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[span?.[2] ?? ''];
  if (span !== null && unit !== undefined) return new Date(now.getTime() - Number(span[1]) * unit * 1000);
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
