/** When a session did what: the patches of its time line. */
import { readFileSync, statSync } from 'node:fs';
import type { AuditEvent } from '../audit/event.ts';
import type { AuditIndex, EventFilter, SessionSummary } from '../audit/index/filter.ts';
import { parseEvent } from '../audit/reader.ts';
import type { Lane, LaneCell, SessionDetail } from './views.ts';

/** Patches beside each other, at most. */
const CELLS = 90;
/** Bytes of a log whose events are counted one by one; longer sessions are counted by the index, to the minute. */
const COUNTED_BYTES = 1024 * 1024;
/** Smallest bucket of the index, in milliseconds. */
const INDEX_STEP_MS = 60_000;
/** Widths that people can read, in milliseconds. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map((seconds) => seconds * 1000);

const LANE_OF: Readonly<Record<string, Lane>> = {
  command_execute: 'commands',
  file_read: 'reads',
  file_create: 'changes',
  file_edit: 'changes',
  file_delete: 'changes',
  network_request: 'network',
  mcp_tool_call: 'tools',
};

interface Moment {
  readonly time: number;
  readonly action: string;
  readonly actions: number;
  readonly denied: number;
}

export function sessionCells(index: AuditIndex, session: SessionSummary): Pick<SessionDetail, 'from' | 'to' | 'step' | 'cells'> {
  const begin = Date.parse(session.started);
  const to = Math.max(begin + 1000, Date.parse(session.last));
  const isCounted = (statSync(session.file, { throwIfNoEntry: false })?.size ?? Number.POSITIVE_INFINITY) <= COUNTED_BYTES;
  const wanted = Math.max((to - begin) / CELLS, isCounted ? 0 : INDEX_STEP_MS);
  const step = STEPS.find((each) => each >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000;
  const from = isCounted ? begin : Math.floor(begin / step) * step;
  // Its times, too: what other sessions did before and after is not walked past.
  const filter: EventFilter = { session: session.id, since: new Date(begin), until: new Date(Date.parse(session.last) + 1) };
  const moments: Moment[] = isCounted
    ? eventsOf(session.file).map((event) => ({ time: Date.parse(event.timestamp), action: event.action, actions: 1, denied: event.status === 'denied' ? 1 : 0 }))
    : index.series(filter, step, 'action').map(({ group, ...point }) => ({ ...point, action: group }));
  return { from, to, step, cells: cellsOf(moments, from, step) };
}

function cellsOf(moments: readonly Moment[], from: number, step: number): LaneCell[] {
  const cells = new Map<string, LaneCell & { actions: number; denied: number }>();
  for (const { time, action, actions, denied } of moments) {
    const lane = LANE_OF[action];
    if (lane === undefined) continue;
    const at = Math.max(0, Math.floor((time - from) / step));
    const cell = cells.get(`${lane} ${at}`) ?? { lane, at, actions: 0, denied: 0 };
    cells.set(`${lane} ${at}`, cell);
    cell.actions += actions;
    cell.denied += denied;
  }
  return [...cells.values()];
}

function eventsOf(file: string): AuditEvent[] {
  return readFileSync(file, 'utf8').split('\n').flatMap((line) => parseEvent(line) ?? []);
}
