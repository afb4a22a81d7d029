/** What the server tells the page: plain data, no code. Both sides import it, so it names nothing of Node or the browser. */
import type { Finding } from '../model/finding.ts';
import type { RiskLevel } from '../model/risk.ts';

export type { Finding };

/** One line of an event list. */
export interface EventRow {
  /** Place in the order of time; opaque to the page. */
  readonly key: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly session: string;
  readonly agent: string;
  readonly action: string;
  readonly status: string;
  readonly risk: RiskLevel;
  readonly flags: readonly string[];
  readonly target: string;
  readonly rule?: string;
  readonly source?: string;
  readonly layer: string;
  readonly step: string;
  readonly reason: string;
  readonly pep: string;
  readonly pid: number;
  /** Identical reads that this one line stands for; 1 for all others. */
  readonly count: number;
}

export interface EventPage {
  readonly rows: readonly EventRow[];
  /** Asks for what comes after these rows; undefined at the end. */
  readonly next?: string;
}

export interface EventCount {
  readonly count: number;
  /** False when counting stopped there. */
  readonly isExact: boolean;
}

/** A command on the way from the agent to what happened, the agent first. */
export interface Ancestor {
  /** Undefined for the agent itself. */
  readonly pid?: number;
  readonly command: string;
  readonly exe?: string;
}

interface TraceLine {
  readonly text: string;
  readonly outcome: 'allow' | 'deny' | 'next';
}

export interface TraceLayer {
  readonly title: string;
  readonly lines: readonly TraceLine[];
}

export interface Trace {
  /** `recorded` with the event, or made again from the policy as it stands now. */
  readonly kind: 'recorded' | 'now';
  /** Whether it comes to the same result as the event says. */
  readonly isSame: boolean;
  readonly layers: readonly TraceLayer[];
}

export interface EventDetail {
  readonly row: EventRow;
  readonly lineage: readonly Ancestor[];
  readonly trace?: Trace;
  /** Further facts of the event, in the order they are to be shown. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The event as it stands in the log. */
  readonly raw: string;
}

export interface Count {
  readonly name: string;
  readonly actions: number;
  readonly denied: number;
}

interface Bucket {
  /** Start, milliseconds since 1970. */
  readonly time: number;
  readonly actions: number;
  readonly denied: number;
}

export interface Overview {
  readonly from: number;
  readonly to: number;
  /** Width of a bucket in milliseconds. */
  readonly step: number;
  readonly actions: number;
  readonly denied: number;
  readonly sessions: number;
  readonly buckets: readonly Bucket[];
  readonly byRisk: readonly Count[];
  readonly byRule: readonly Count[];
  readonly byAgent: readonly Count[];
  readonly byAction: readonly Count[];
}

export interface SessionRow {
  readonly id: string;
  readonly agent: string;
  readonly command: string;
  readonly project: string;
  readonly started: number;
  /** Undefined while it runs, or when its end was not recorded. */
  readonly ended?: number;
  readonly outcome: string;
  readonly actions: number;
  readonly denied: number;
  readonly isRunning: boolean;
}

export interface SessionPage {
  readonly rows: readonly SessionRow[];
  readonly next?: string;
}

/** Rows of the time line, and what of the event's action falls into each. */
export const LANES = ['commands', 'reads', 'changes', 'network', 'tools'] as const;
export type Lane = (typeof LANES)[number];

export interface LaneCell {
  readonly lane: Lane;
  /** Number of the bucket from the start of the session. */
  readonly at: number;
  readonly actions: number;
  readonly denied: number;
}

export interface ProcessNode {
  readonly pid: number;
  /** Generations below the first. */
  readonly depth: number;
  readonly command: string;
  readonly actions: number;
  readonly denied: number;
  /** Milliseconds since 1970, where it is known. */
  readonly started?: number;
}

export interface SessionDetail {
  readonly session: SessionRow;
  readonly policies: string;
  readonly from: number;
  readonly to: number;
  /** Width of a cell in milliseconds. */
  readonly step: number;
  readonly cells: readonly LaneCell[];
  readonly processes: readonly ProcessNode[];
  readonly byRule: readonly Count[];
}

export interface RunningSession {
  readonly id: string;
  readonly agent: string;
  readonly command: string;
  readonly project: string;
  readonly started: number;
  readonly policies: string;
  readonly actions: number;
  readonly denied: number;
  readonly processes: readonly ProcessNode[];
}

export interface PolicyRule {
  readonly section: string;
  readonly list: 'deny' | 'default deny' | 'allow';
  readonly pattern: string;
  readonly layer: string;
  readonly source: string;
  /** Times it settled an action, and how often by denying. */
  readonly hits: number;
  readonly denied: number;
  /** The hour in which it last did, milliseconds since 1970. */
  readonly last?: number;
}

export interface PolicyView {
  readonly project: string;
  readonly isBuiltIn: boolean;
  readonly mode: string;
  readonly maxRisk: string;
  readonly nested: string;
  readonly layers: readonly { readonly layer: string; readonly file: string; readonly mode: string; readonly maxRisk: string }[];
  readonly warnings: readonly string[];
  readonly rules: readonly PolicyRule[];
  /** What settled actions without a rule of a list: max_risk, mode, self-protection and the rest. */
  readonly others: readonly Count[];
  /** Why there is no policy to show. */
  readonly problem?: string;
  /** Projects that sessions ran in, the latest first. */
  readonly projects: readonly string[];
}

export interface Health {
  readonly findings: readonly Finding[];
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Whether a session's log is what was written: what `patchwork verify` says. */
export interface Proof {
  readonly isGood: boolean;
  /** sound, running, killed, unsealed, not_sound … */
  readonly state: string;
  readonly says: string;
}

/** Messages of the live stream, by the name of their event. */
export interface LiveMessages {
  readonly hello: { readonly version: string; readonly time: number };
  /** Denials of the last moment, oldest first; `skipped` ones are in the log alone. */
  readonly denials: { readonly rows: readonly EventRow[]; readonly skipped: number };
  /** What was recorded since the last tick. */
  readonly tick: { readonly actions: number; readonly denied: number; readonly sessions: readonly string[]; readonly time: number };
  /** How much of the logs has been read so far, in bytes. */
  readonly reading: { readonly bytes: number; readonly indexed: number; readonly problem?: string };
  readonly running: { readonly sessions: readonly RunningSession[] };
}
