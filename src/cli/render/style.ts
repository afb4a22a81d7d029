/** How lines look: plain for programs and files; on a terminal in colours and with times relative to now. Pure. */
import type { AuditEvent } from '../../audit/event.ts';

export interface Style {
  readonly time: (timestamp: string) => string;
  /** A finished line, by what it tells of. */
  readonly paint: (line: string, event: AuditEvent | undefined) => string;
}

export const PLAIN: Style = { time: localTime, paint: (line) => line };

const RED = 31;
const YELLOW = 33;
const DIM = 2;

export function terminalStyle(now: Date = new Date(), hasColors = true): Style {
  return { time: (timestamp) => relativeTime(timestamp, now), paint: (line, event) => (hasColors ? colored(line, event) : line) };
}

function colored(line: string, event: AuditEvent | undefined): string {
  const color = event?.status === 'denied' ? RED : event?.risk.level === 'high' || event?.risk.level === 'critical' ? YELLOW : event?.risk.level === 'none' ? DIM : undefined;
  return color === undefined ? line : `\u001b[${color}m${line}\u001b[0m`;
}

const UNITS: readonly (readonly [limitSeconds: number, seconds: number, name: string])[] = [[60, 1, 's'], [3600, 60, 'min'], [86_400, 3600, 'h'], [7 * 86_400, 86_400, 'd']];

/** `5 min ago`; older than a week, the day. */
function relativeTime(timestamp: string, now: Date): string {
  const seconds = Math.round((now.getTime() - Date.parse(timestamp)) / 1000);
  if (!(seconds >= 0)) return localTime(timestamp);
  for (const [limit, unit, name] of UNITS) if (seconds < limit) return `${Math.floor(seconds / unit)} ${name} ago`;
  return localTime(timestamp);
}

function localTime(timestamp: string): string {
  const date = new Date(timestamp);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
