/** What the policy decision point says, and why. */
import type { Action } from './request.ts';
import type { Risk } from './risk.ts';

export type Effect = 'allow' | 'deny';

/** The step of the evaluation that settled it. */
export type Step = 'deny_rule' | 'allow_rule' | 'risk' | 'mode' | 'baseline' | 'cover';

export const SECTIONS = ['files', 'commands', 'network', 'mcp_tools'] as const;
export type Section = (typeof SECTIONS)[number];

/** `builtin` is what the product itself always holds: self-protection. */
export const LAYERS = ['builtin', 'system', 'user', 'project'] as const;
export type Layer = (typeof LAYERS)[number];

/** Where a rule stands. `line` and `column` start at 1; 0 when the policy has no text (built-in). */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface RuleRef {
  readonly section: Section | 'max_risk' | 'mode';
  readonly list: 'deny' | 'allow' | undefined;
  readonly pattern: string;
  readonly origin: Origin;
}

/** One numbered line of an explanation. */
export interface TraceStep {
  readonly step: 1 | 2 | 3 | 4;
  readonly text: string;
  readonly outcome: Effect | 'next';
}

/** How one part of a request fared: a simple command of a line, a redirection, the whole. */
export interface PartDecision {
  readonly text: string;
  /** Offsets into the line, when it is shell text. */
  readonly span: readonly [number, number] | undefined;
  /** The started program itself, not what its shell text goes on to do. */
  readonly isOutermost: boolean;
  readonly decision: LayerDecision;
}

export interface LayerDecision {
  readonly effect: Effect;
  readonly step: Step;
  readonly layer: Layer;
  readonly rule: RuleRef | undefined;
  readonly reason: string;
  readonly trace: readonly TraceStep[];
  readonly parts?: readonly PartDecision[];
}

export interface Decision extends LayerDecision {
  readonly action: Action;
  readonly risk: Risk;
  /** Every layer's own decision, in the order system, user, project. */
  readonly layers: readonly LayerDecision[];
}

/** `commands.deny: sudo *`, the name of a rule in messages, logs and the batch contract. */
export function ruleName(rule: RuleRef | undefined): string | undefined {
  if (rule === undefined) return undefined;
  if (rule.list === undefined) return `${rule.section}: ${rule.pattern}`;
  return `${rule.section}.${rule.list}: ${rule.pattern}`;
}

/** `FILE:12`, or the file alone where a rule has no line of its own. */
export function ruleSource(rule: RuleRef | undefined): string | undefined {
  if (rule === undefined) return undefined;
  return rule.origin.line > 0 ? `${rule.origin.file}:${rule.origin.line}` : rule.origin.file;
}
