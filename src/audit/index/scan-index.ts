/** The same answers without SQLite: the logs are read each time, the newest session first. For machines where libsql cannot be loaded. */
import { statSync } from 'node:fs';
import type { AuditEvent } from '../event.ts';
import { listSessions, parseEvent, type SessionLog } from '../reader.ts';
import { type AuditIndex, type Count, type EventFilter, type EventPage, type Grouping, PAGE_LIMIT, type ProcessNode, type Progress, type RuleHits, type SeriesPoint, type SessionSummary } from './filter.ts';
import { linesFrom } from './line-pieces.ts';
import { matcherOf } from './matches.ts';
import { LineReader, seqOf } from './read-line.ts';

export class ScanIndex implements AuditIndex {
  readonly kind = 'scan';
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async refresh(): Promise<Progress> {
    const bytes = listSessions(this.folder).reduce((sum, { file }) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
    return { bytes, indexed: bytes, added: 0 };
  }

  follow(): void {}

  sessions(filter: EventFilter = {}): SessionSummary[] {
    return this.#logs(filter)
      .map((log) => summarize(log))
      .filter((each) => each.events > 0 && (filter.agent === undefined || each.agent === filter.agent) && (filter.since === undefined || each.last >= filter.since.toISOString()) && (filter.until === undefined || each.started < filter.until.toISOString()))
      .sort((a, b) => (a.started < b.started || (a.started === b.started && a.id < b.id) ? 1 : -1));
  }

  /** The cursor: time, session and number of the last event shown. */
  events(filter: EventFilter, cursor?: string, limit: number = PAGE_LIMIT): EventPage {
    const matches = matcherOf(filter);
    let found: AuditEvent[] = [];
    for (const log of this.#logs(filter)) {
      for (const { event } of eventsOf(log)) {
        if (!matches(event) || (cursor !== undefined && orderKey(event) >= cursor)) continue;
        found.push(event);
        if (found.length > 4 * limit + 1000) found = newestOf(found, limit + 1);
      }
    }
    const events = newestOf(found, limit + 1);
    const shown = events.slice(0, limit);
    const last = shown.at(-1);
    return { events: shown, cursor: events.length > limit && last !== undefined ? orderKey(last) : undefined };
  }

  count(filter: EventFilter): Count {
    let events = 0;
    for (const _ of this.#matching(filter)) events++;
    return { events, isExact: true };
  }

  series(filter: EventFilter, bucketMs: number, groupBy: Grouping): SeriesPoint[] {
    const points = new Map<string, { time: number; group: string; actions: number; denied: number }>();
    for (const event of this.#matching(filter)) {
      const time = Math.floor(Date.parse(event.timestamp) / bucketMs) * bucketMs;
      const group = GROUPS[groupBy](event);
      const key = `${time}\n${group}`;
      const point = points.get(key) ?? { time, group, actions: 0, denied: 0 };
      points.set(key, point);
      const times = event.repeat?.count ?? 1;
      point.actions += times;
      if (event.status === 'denied') point.denied += times;
    }
    return [...points.values()].sort((a, b) => a.time - b.time || (a.group < b.group ? -1 : 1));
  }

  rules(filter: EventFilter): RuleHits[] {
    const hits = new Map<string, { rule: string; source: string; allowed: number; denied: number; last: string }>();
    for (const event of this.#matching(filter)) {
      const { rule, source = '' } = event.decision;
      if (rule === undefined) continue;
      const key = `${rule}\n${source}`;
      const hit = hits.get(key) ?? { rule, source, allowed: 0, denied: 0, last: '' };
      hits.set(key, hit);
      hit[event.status === 'denied' ? 'denied' : 'allowed'] += event.repeat?.count ?? 1;
      if (event.timestamp > hit.last) hit.last = event.timestamp;
    }
    return [...hits.values()].sort((a, b) => b.denied - a.denied || b.allowed - a.allowed);
  }

  event(session: string, seq: number): AuditEvent | undefined {
    const reader = new LineReader();
    try {
      const log = listSessions(this.folder).find(({ id }) => id === session);
      return log === undefined ? undefined : reader.find(log.file, seq);
    } finally {
      reader.close();
    }
  }

  lineage(session: string, pid: number): ProcessNode[] {
    const processes = new Map(this.processes(session).map((each) => [each.pid, each]));
    const chain: ProcessNode[] = [];
    for (let at = processes.get(pid); at !== undefined && !chain.includes(at); at = at.ppid === undefined ? undefined : processes.get(at.ppid)) chain.push(at);
    return chain;
  }

  processes(session: string, limit = 10_000): ProcessNode[] {
    const processes = new Map<number, { -readonly [K in keyof ProcessNode]: ProcessNode[K] }>();
    for (const event of this.#matching({ session })) {
      const { pid, ppid, exe } = event.process;
      const process = processes.get(pid) ?? { pid, ppid, exe, command: undefined, first: event.timestamp, last: event.timestamp, events: 0, denied: 0 };
      processes.set(pid, process);
      process.ppid = ppid ?? process.ppid;
      process.last = event.timestamp;
      process.events += event.repeat?.count ?? 1;
      if (event.status === 'denied') process.denied++;
      else if (event.action === 'command_execute' || event.action === 'session_start') {
        process.command = event.target.command;
        process.exe = exe ?? process.exe;
      }
    }
    return [...processes.values()].slice(0, limit);
  }

  *#matching(filter: EventFilter): Generator<AuditEvent> {
    const matches = matcherOf(filter);
    for (const log of this.#logs(filter)) for (const { event } of eventsOf(log)) if (matches(event)) yield event;
  }

  #logs({ session }: EventFilter): SessionLog[] {
    return listSessions(this.folder).filter(({ id }) => session === undefined || id === session).reverse();
  }

  close(): void {}
}

const GROUPS: Readonly<Record<Grouping, (event: AuditEvent) => string>> = {
  status: ({ status }) => status, risk: ({ risk }) => risk.level, rule: ({ decision }) => decision.rule ?? '', agent: ({ agent }) => agent, action: ({ action }) => action, session: ({ session_id: id }) => id,
};

function* eventsOf({ file }: SessionLog): Generator<{ event: AuditEvent }> {
  for (const { text } of linesFrom(file, 0)) {
    const event = parseEvent(text);
    if (event !== undefined) yield { event };
  }
}

function newestOf(events: readonly AuditEvent[], limit: number): AuditEvent[] {
  return [...events].sort((a, b) => (orderKey(a) < orderKey(b) ? 1 : -1)).slice(0, limit);
}

function orderKey({ timestamp, session_id: session, id }: AuditEvent): string {
  return `${timestamp} ${session} ${String(seqOf(id)).padStart(12, '0')}`;
}

function summarize({ id, file }: SessionLog): SessionSummary {
  let first: AuditEvent | undefined;
  let last: AuditEvent | undefined;
  let end: AuditEvent | undefined;
  let events = 0;
  let denied = 0;
  let unreadable = 0;
  for (const { text, length } of linesFrom(file, 0)) {
    const event = parseEvent(text);
    if (event === undefined) {
      if (length > 0) unreadable++;
      continue;
    }
    first ??= event;
    last = event;
    events++;
    if (event.status === 'denied') denied++;
    if (event.action === 'session_end') end = event;
  }
  return { id, file, agent: first?.agent ?? '', project: first?.project ?? { name: '', path: '' }, command: first?.action === 'session_start' ? (first.target.command ?? '') : '', started: first?.timestamp ?? '', last: last?.timestamp ?? '', ended: end?.timestamp, outcome: end?.decision.reason, events, denied, unreadable };
}
