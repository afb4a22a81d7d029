/** What the dashboard needs to know, and from whom it gets it. */
import type { Filter } from './filter.ts';
import type { Count, EventCount, EventDetail, EventPage, Finding, Overview, PolicyRule, PolicyView, ProcessNode, Proof, SessionDetail, SessionPage, Trace } from './views.ts';

export interface PageRequest {
  /** `EventPage.next` of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** How far the logs have been read. */
export interface Reading {
  /** Of the logs, and how many of them are in the index. */
  readonly bytes: number;
  readonly indexed: number;
  /** What there was when this reading began is all in. */
  readonly isDone: boolean;
  /** Why the index could not be written: views answer from what was indexed before. */
  readonly problem?: string;
}

export interface RuleHits {
  /** By name and place of the rule, as events have them. */
  readonly rules: readonly { readonly rule: string; readonly source: string; readonly hits: number; readonly denied: number; readonly last: number }[];
  readonly others: readonly Count[];
}

/** The record of what happened. Every answer may take a few milliseconds: nothing here reads whole logs. */
export interface DashboardData {
  /** Reads on in the logs, and waits for that about so long. */
  refresh(limitMs: number): Promise<Reading>;
  events(filter: Filter, page: PageRequest): Promise<EventPage>;
  /** Counting stops at a bound. */
  count(filter: Filter): Promise<EventCount>;
  event(id: string): Promise<EventDetail | undefined>;
  overview(from: number, to: number, step: number): Promise<Overview>;
  sessions(after: string | undefined, limit: number): Promise<SessionPage>;
  session(id: string): Promise<SessionDetail | undefined>;
  /** What each process of a session did, from its events. */
  processes(session: string): Promise<readonly ProcessNode[]>;
  ruleHits(): Promise<RuleHits>;
  agents(): Promise<readonly string[]>;
  projects(): Promise<readonly string[]>;
  close(): void;
}

/** A session that is running now, as its own record says. */
export interface RunningRecord {
  readonly id: string;
  readonly pid: number;
  readonly agent: string;
  readonly command: string;
  readonly project: string;
  readonly started: number;
  readonly policies: string;
}

type RuleWithoutHits = Omit<PolicyRule, 'hits' | 'denied' | 'last'>;

/** What the dashboard is told of the rest of the program. */
export interface DashboardSystem {
  readonly version: string;
  /** The project shown when no other is asked for. */
  readonly project: string;
  running(): readonly RunningRecord[];
  /** Processes of a session that no longer descend from it. */
  strays(session: string): readonly number[];
  policy(project: string): Promise<Omit<PolicyView, 'rules' | 'others' | 'projects'> & { readonly rules: readonly RuleWithoutHits[] }>;
  /** Tries every layer: takes seconds. */
  health(): Promise<readonly Finding[]>;
  /** Reads the whole log of a session, in a process of its own; undefined when there is none of that name. */
  verify(session: string): Promise<Proof | undefined>;
  /** The event's question asked again; undefined when it cannot be. */
  explain(raw: string): Promise<Trace | undefined>;
}
