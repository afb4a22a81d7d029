/** One event of the audit log (product: §9), and its canonical text for the hash. */
import * as crypto from 'node:crypto';
import type { Effect, Layer, Step } from '../model/decision.ts';
import type { Action } from '../model/request.ts';
import type { Risk } from '../model/risk.ts';

/** `system_call`: one that no policy opens, and that was refused. */
export type EventAction = Action | 'system_call' | 'session_start' | 'session_end';
export type EventStatus = 'completed' | 'denied' | 'error';

export interface EventTarget {
  readonly type: 'file' | 'command' | 'network' | 'mcp_tool' | 'system_call' | 'session';
  readonly path?: string;
  readonly abs_path?: string;
  readonly command?: string;
  readonly argv?: readonly string[];
  readonly cwd?: string;
  readonly url?: string;
  readonly host?: string;
  /** Where the connection went, beside the name. */
  readonly address?: string;
  readonly port?: number;
  /** TCP where it is not said. */
  readonly transport?: 'udp';
  readonly server_name?: string;
  readonly tool_name?: string;
  readonly call?: string;
}

export interface EventDecision {
  /** Of what passed unasked under fail-closed: the number of its line in what was written ahead. */
  readonly ahead?: number;
  readonly effect: Effect;
  readonly step: Step;
  readonly layer: Layer;
  readonly rule?: string;
  readonly source?: string;
  readonly reason: string;
  readonly pep: string;
  /** Time from the question to the verdict, in microseconds. */
  readonly micros: number;
  /** Of a denial: each step of each layer, in order. */
  readonly trace?: readonly string[];
}

export interface EventProcess {
  readonly pid: number;
  readonly ppid?: number;
  readonly exe?: string;
  /** Generations below the agent. */
  readonly depth?: number;
}

/** Identical allowed file reads, or refusals of the guard's own, that are told once. */
export interface EventRepeat {
  /** As many this event stands for. */
  readonly count: number;
  /** Time of the first of them, ISO 8601. */
  readonly since: string;
}

export interface AuditEvent {
  readonly id: string;
  readonly timestamp: string;
  readonly session_id: string;
  readonly agent: string;
  readonly action: EventAction;
  readonly status: EventStatus;
  readonly risk: Risk;
  readonly target: EventTarget;
  readonly project: { readonly name: string; readonly path: string };
  readonly decision: EventDecision;
  readonly process: EventProcess;
  readonly repeat?: EventRepeat;
  readonly prev_hash: string;
  readonly hash: string;
}

/** What the first event of a session is chained to. */
export const GENESIS_HASH = '0'.repeat(64);

/** SHA-256 over the event without its hash, keys sorted at every level (RFC 8785's order; numbers are integers). */
export function hashEvent(event: Omit<AuditEvent, 'hash'>): string {
  return hashText(canonical(event));
}

/** In one step where Node has it (20.12): an event costs half of what the object of a hash does. */
const hashOnce = (crypto as { hash?: (algorithm: string, text: string) => string }).hash;

export function hashText(text: string): string {
  return hashOnce === undefined ? crypto.createHash('sha256').update(text).digest('hex') : hashOnce('sha256', text);
}

export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined && key !== 'hash') text += `${text === '' ? '' : ','}"${key}":${canonical(item)}`;
  }
  return `{${text}}`;
}
