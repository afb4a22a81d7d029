/** Numbers, times and names for people. */

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function number(value: number): string {
  return whole.format(value);
}

/** 12,345 as 12.3K where space is short. */
export function compact(value: number): string {
  return value < 10_000 ? whole.format(value) : short.format(value);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function clock(time: number): string {
  return clockFormat.format(time);
}

const DAY_MS = 86_400_000;
let tomorrow = 0;

/** The time alone for today, the day with it otherwise. */
export function when(time: number): string {
  if (Date.now() >= tomorrow) tomorrow = new Date().setHours(24, 0, 0, 0);
  return time >= tomorrow - DAY_MS ? clock(time) : `${dayFormat.format(time)}, ${clock(time)}`;
}

export function fullTime(time: number): string {
  return fullFormat.format(time);
}

const SPANS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** `2 h 5 min`: the two largest parts. */
export function span(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const at = SPANS.findIndex(([size]) => milliseconds >= size);
  const [size, unit] = SPANS[at] ?? SPANS[3];
  const [nextSize, nextUnit] = SPANS[at + 1] ?? [0, ''];
  const rest = nextSize === 0 ? 0 : Math.floor((milliseconds % size) / nextSize);
  return `${Math.floor(milliseconds / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${nextUnit}`}`;
}

export function ago(time: number, now = Date.now()): string {
  const passed = now - time;
  if (passed < 5000) return 'just now';
  const [size, unit] = SPANS.find(([each]) => passed >= each) ?? SPANS[3];
  return `${Math.floor(passed / size)} ${unit} ago`;
}

const ACTIONS: Readonly<Record<string, string>> = {
  command_execute: 'command',
  file_read: 'read',
  file_create: 'create',
  file_edit: 'edit',
  file_delete: 'delete',
  network_request: 'network',
  mcp_tool_call: 'tool call',
  system_call: 'system call',
  session_start: 'session start',
  session_end: 'session end',
};

export function actionName(action: string): string {
  return ACTIONS[action] ?? action.replaceAll('_', ' ');
}

export const ACTION_NAMES = Object.keys(ACTIONS);

/** The end of an id tells sessions apart. */
export function shortId(id: string): string {
  return id.slice(-6);
}

/** A path's last parts. */
export function shortPath(path: string, parts = 2): string {
  const all = path.split('/').filter((each) => each !== '');
  return all.length <= parts ? path : `…/${all.slice(-parts).join('/')}`;
}
