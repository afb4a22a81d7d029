/** Which events a person asks for: the one form that every command, the dashboard, the index and the plain scan share. */
import type { RiskLevel } from '../../model/risk.ts';
import type { AuditEvent, EventAction, EventStatus } from '../event.ts';

export interface EventFilter {
  /** A whole session id. */
  readonly session?: string;
  readonly agent?: string;
  readonly action?: EventAction;
  readonly status?: EventStatus;
  /** This level or above. */
  readonly risk?: RiskLevel;
  /** A rule as events name it: `files.deny: **\/.env*`. */
  readonly rule?: string;
  /** Words in a row of the path, the command or the host; the last may be unfinished. Any case. */
  readonly target?: string;
  /** From this moment on, and before that one. */
  readonly since?: Date;
  readonly until?: Date;
  /** The search language of query-text.ts. */
  readonly text?: string;
}

export interface EventPage {
  /** Newest first. */
  readonly events: readonly AuditEvent[];
  /** For the next page; undefined when there is none. */
  readonly cursor: string | undefined;
}

export interface SessionSummary {
  readonly id: string;
  readonly file: string;
  readonly agent: string;
  readonly project: { readonly name: string; readonly path: string };
  readonly command: string;
  /** ISO 8601, as the events have it. */
  readonly started: string;
  /** Of the last event. */
  readonly last: string;
  /** Undefined when no end is recorded: it runs, or was killed. */
  readonly ended: string | undefined;
  /** What the end says: exit code and counts. */
  readonly outcome: string | undefined;
  readonly events: number;
  readonly denied: number;
  /** Lines that are no events. */
  readonly unreadable: number;
}

export interface Count {
  readonly events: number;
  /** False when counting stopped at a limit: there are more. */
  readonly isExact: boolean;
}

export type Grouping = 'status' | 'risk' | 'rule' | 'agent' | 'action' | 'session';

export interface SeriesPoint {
  /** Start of the bucket, milliseconds since 1970. */
  readonly time: number;
  readonly group: string;
  readonly actions: number;
  readonly denied: number;
}

export interface RuleHits {
  readonly rule: string;
  /** File and line, or the name of what is built in. */
  readonly source: string;
  readonly allowed: number;
  readonly denied: number;
  readonly last: string;
}

export interface ProcessNode {
  readonly pid: number;
  readonly ppid: number | undefined;
  readonly exe: string | undefined;
  /** The last command that it was let become. */
  readonly command: string | undefined;
  readonly first: string;
  readonly last: string;
  readonly events: number;
  readonly denied: number;
}

export interface Progress {
  /** Bytes of the logs, and how many of them are indexed. */
  readonly bytes: number;
  readonly indexed: number;
  /** Events added by this call. */
  readonly added: number;
}

export interface AuditIndex {
  /** `scan` reads the logs themselves each time: slower, the same answers. */
  readonly kind: 'sqlite' | 'scan';
  /** Of the logs. */
  readonly folder: string;
  /** Reads what was appended since; stops early after `limitMs` or when `signal` says so, and goes on there the next time. */
  refresh(options?: RefreshOptions): Promise<Progress>;
  /** Somebody else may have made the index anew: from now on that one answers. */
  follow(): void;
  /** Newest first. */
  sessions(filter?: EventFilter): SessionSummary[];
  events(filter: EventFilter, cursor?: string, limit?: number): EventPage;
  /** Stops at a bound, or soon after `limitMs`, and says so. */
  count(filter: EventFilter, limitMs?: number): Count;
  /** `bucketMs`: at least a minute. */
  series(filter: EventFilter, bucketMs: number, groupBy: Grouping): SeriesPoint[];
  rules(filter: EventFilter): RuleHits[];
  event(session: string, seq: number): AuditEvent | undefined;
  /** From the process itself up to the agent. */
  lineage(session: string, pid: number): ProcessNode[];
  /** In the order of their first event. */
  processes(session: string, limit?: number): ProcessNode[];
  close(): void;
}

export interface RefreshOptions {
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Of a piece of the full text; smaller ones show in a small log what happens in a large one. */
  readonly pieceEvents?: number;
}

export const PAGE_LIMIT = 50;
