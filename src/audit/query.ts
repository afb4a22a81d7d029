/** An event in a few words, and times as people write them. Pure. */
import type { AuditEvent } from './event.ts';

/** What the event was about, in a few words. */
export function targetText({ target, decision }: AuditEvent): string {
  switch (target.type) {
    case 'command':
      return target.command ?? '';
    case 'network':
      return target.url ?? (target.port === undefined ? (target.host ?? '') : `${target.host}:${target.port}`);
    case 'mcp_tool':
      return `${target.server_name}:${target.tool_name}`;
    case 'file':
      return target.path ?? '';
    case 'system_call':
      return target.call ?? '';
    case 'session':
      // An end has no command; how it ended stands in its reason.
      return target.command ?? decision.reason;
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
