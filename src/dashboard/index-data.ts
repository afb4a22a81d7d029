/** The dashboard's views out of the index of the audit log. */
import type { AuditEvent } from '../audit/event.ts';
import type { AuditIndex, EventFilter, Grouping, ProcessNode as IndexedProcess, SeriesPoint, SessionSummary } from '../audit/index/filter.ts';
import type { DashboardData, PageRequest, Reading, RuleHits } from './data.ts';
import { detailOf } from './event-detail.ts';
import type { Filter } from './filter.ts';
import { Indexing } from './indexing.ts';
import { toRow } from './row.ts';
import { sessionCells } from './session-cells.ts';
import type { Count, EventCount, EventDetail, EventPage, Overview, ProcessNode, SessionDetail, SessionPage, SessionRow } from './views.ts';

/** Milliseconds after which counting what a search finds stops. */
const COUNT_MS = 60;
/** Rows of a table beside a chart. */
const TOP = 8;
/** Processes shown of one session. */
const PROCESSES_LIMIT = 150;
/** One bucket for all of time, in milliseconds: whole days, which the index has counted already. */
const EVER_MS = 86_400_000 * 125_000;
/** Events that are no actions. */
const SESSION_ACTIONS = new Set(['session_start', 'session_end']);

export class IndexData implements DashboardData {
  readonly #index: AuditIndex;
  readonly #indexing: Indexing;
  readonly #running: () => ReadonlySet<string>;

  /** `running`: ids of the sessions that run now. */
  constructor(index: AuditIndex, running: () => ReadonlySet<string>) {
    this.#index = index;
    this.#indexing = new Indexing(index);
    this.#running = running;
  }

  async refresh(limitMs: number): Promise<Reading> {
    return await this.#indexing.refresh(limitMs);
  }

  async events(filter: Filter, page: PageRequest): Promise<EventPage> {
    const { events, cursor } = this.#index.events(toIndexFilter(filter), page.after, page.limit);
    return { rows: events.map((event) => toRow(event)), ...(cursor === undefined ? {} : { next: cursor }) };
  }

  async count(filter: Filter): Promise<EventCount> {
    const { events, isExact } = this.#index.count(toIndexFilter(filter), COUNT_MS);
    return { count: events, isExact };
  }

  async event(id: string): Promise<EventDetail | undefined> {
    // A session's name becomes that of a file: nothing in it may lead elsewhere.
    const [, session, seq] = /^([A-Za-z0-9-]{1,64})-(\d{1,12})$/.exec(id) ?? [];
    if (session === undefined) return undefined;
    let event = this.#index.event(session, Number(seq));
    // Denials are told before they are indexed.
    if (event === undefined) await this.refresh(500);
    event ??= this.#index.event(session, Number(seq));
    return event === undefined ? undefined : detailOf(event, this.#lineage(event), this.#index.event(session, 1));
  }

  #lineage({ session_id: session, process }: AuditEvent): readonly IndexedProcess[] {
    const found = this.#index.lineage(session, process.pid);
    if (found.length > 0 || process.ppid === undefined) return found;
    return this.#index.lineage(session, process.ppid);
  }

  async overview(from: number, to: number, step: number): Promise<Overview> {
    const filter: EventFilter = { since: new Date(from), until: new Date(to + 1) };
    const buckets = new Map<number, { time: number; actions: number; denied: number }>();
    for (let time = from; time <= to; time += step) buckets.set(time, { time, actions: 0, denied: 0 });
    const points = this.#index.series(filter, step, 'action').filter((each) => !SESSION_ACTIONS.has(each.group));
    for (const { time, actions, denied } of points) {
      const bucket = buckets.get(Math.floor((time - from) / step) * step + from);
      if (bucket === undefined) continue;
      bucket.actions += actions;
      bucket.denied += denied;
    }
    const byAction = countsOf(points);
    const byRisk = this.#counts(filter, 'risk');
    return {
      from,
      to,
      step,
      actions: sum(byAction, 'actions'),
      denied: sum(byAction, 'denied'),
      sessions: this.#index.sessions(filter).length,
      buckets: [...buckets.values()],
      byRisk: RISKS.flatMap((name) => byRisk.filter((each) => each.name === name)),
      byRule: this.#ruleCounts(filter),
      byAgent: this.#counts(filter, 'agent').slice(0, TOP),
      byAction,
    };
  }

  #counts(filter: EventFilter, by: Grouping): Count[] {
    return countsOf(this.#index.series(filter, EVER_MS, by));
  }

  /** Those that denied first. */
  #ruleCounts(filter: EventFilter): Count[] {
    const byName = new Map<string, { name: string; actions: number; denied: number }>();
    for (const { rule, allowed, denied } of this.#index.rules(filter)) {
      const count = byName.get(rule) ?? { name: rule, actions: 0, denied: 0 };
      byName.set(rule, count);
      count.actions += allowed + denied;
      count.denied += denied;
    }
    return [...byName.values()].sort((a, b) => b.denied - a.denied || b.actions - a.actions).slice(0, TOP);
  }

  async sessions(after: string | undefined, limit: number): Promise<SessionPage> {
    const all = this.#index.sessions();
    const begin = after === undefined ? 0 : all.findIndex((each) => each.id === after) + 1;
    const rows = all.slice(begin, begin + limit);
    const last = rows.at(-1);
    const running = this.#running();
    return { rows: rows.map((each) => sessionRow(each, running)), ...(last === undefined || begin + limit >= all.length ? {} : { next: last.id }) };
  }

  async session(id: string): Promise<SessionDetail | undefined> {
    const summary = this.#index.sessions({ session: id })[0];
    if (summary === undefined) return undefined;
    const filter = { session: id };
    return {
      session: sessionRow(summary, this.#running()),
      policies: (this.#index.event(id, 1)?.decision.reason ?? '').replace(/^policies: /, ''),
      ...sessionCells(this.#index, summary),
      processes: await this.processes(id),
      byRule: this.#ruleCounts(filter),
    };
  }

  async processes(session: string): Promise<readonly ProcessNode[]> {
    return asTree(this.#index.processes(session, PROCESSES_LIMIT));
  }

  async ruleHits(): Promise<RuleHits> {
    const all = this.#index.rules({});
    const isOfList = (rule: string): boolean => /^\w+\.(?:deny|allow): /.test(rule);
    const others = all.filter((each) => !isOfList(each.rule)).map((each) => ({ name: each.rule, actions: each.allowed + each.denied, denied: each.denied }));
    return { rules: all.map(({ rule, source, allowed, denied, last }) => ({ rule, source, hits: allowed + denied, denied, last: Date.parse(last) })), others };
  }

  async agents(): Promise<readonly string[]> {
    return [...new Set(this.#index.sessions().map((each) => each.agent))].sort();
  }

  async projects(): Promise<readonly string[]> {
    return [...new Set(this.#index.sessions().map((each) => each.project.path))];
  }

  close(): void {
    this.#indexing.close();
    this.#index.close();
  }
}

const RISKS = ['critical', 'high', 'medium', 'low', 'none'];

function countsOf(points: readonly SeriesPoint[]): Count[] {
  const counts = new Map<string, { name: string; actions: number; denied: number }>();
  for (const { group, actions, denied } of points) {
    const count = counts.get(group) ?? { name: group, actions: 0, denied: 0 };
    counts.set(group, count);
    count.actions += actions;
    count.denied += denied;
  }
  return [...counts.values()].sort((a, b) => b.actions - a.actions);
}

function sum(counts: readonly Count[], what: 'actions' | 'denied'): number {
  return counts.reduce((total, each) => total + each[what], 0);
}

function toIndexFilter({ since, until, action, ...rest }: Filter): EventFilter {
  return {
    ...rest,
    // A name that is no action matches nothing.
    ...(action === undefined ? {} : { action: action as NonNullable<EventFilter['action']> }),
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(until === undefined ? {} : { until: new Date(until + 1) }),
  };
}

function sessionRow(session: SessionSummary, running: ReadonlySet<string>): SessionRow {
  const isRunning = session.ended === undefined && running.has(session.id);
  return {
    id: session.id,
    agent: session.agent,
    command: session.command,
    project: session.project.path,
    started: Date.parse(session.started),
    ...(session.ended === undefined ? {} : { ended: Date.parse(session.ended) }),
    outcome: session.outcome ?? (isRunning ? 'running' : 'no end was recorded: it was killed'),
    // Its start, and its end, are no actions.
    actions: Math.max(0, session.events - (session.ended === undefined ? 1 : 2)),
    denied: session.denied,
    isRunning,
  };
}

/** Parents before their children; who has none among them begins a tree. */
function asTree(processes: readonly IndexedProcess[]): ProcessNode[] {
  const known = new Map(processes.map((each) => [each.pid, each]));
  const children = new Map<number, IndexedProcess[]>();
  const roots: IndexedProcess[] = [];
  for (const each of processes) {
    const parent = each.ppid !== undefined && each.ppid !== each.pid ? known.get(each.ppid) : undefined;
    if (parent === undefined) roots.push(each);
    else children.set(parent.pid, [...(children.get(parent.pid) ?? []), each]);
  }
  const lines: ProcessNode[] = [];
  const seen = new Set<number>();
  const visit = (each: IndexedProcess, depth: number): void => {
    if (seen.has(each.pid)) return;
    seen.add(each.pid);
    lines.push({ pid: each.pid, depth, command: each.command ?? each.exe ?? '', actions: each.events, denied: each.denied, started: Date.parse(each.first) });
    for (const child of children.get(each.pid) ?? []) visit(child, depth + 1);
  };
  // Numbers that are used again can make two processes each other's parents: what was not reached begins a tree, too.
  for (const each of [...roots, ...processes]) visit(each, 0);
  return lines;
}
