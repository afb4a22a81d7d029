/** A judgement as the numbered steps of the guide, and as the answer of the batch contract. Pure. */
import { underlined } from './underline.ts';
import { type Decision, type LayerDecision, type PartDecision, ruleName, ruleSource } from '../../model/decision.ts';
import { printable } from '../../model/printable.ts';
import { describeTarget } from '../../model/request.ts';
import type { Span } from '../../model/command-line.ts';
import type { Judgement } from '../../evaluator/evaluator.ts';

/** `columns` is the width of the terminal. */
export function renderExplanation(judgement: Judgement, columns = Number.POSITIVE_INFINITY): string {
  const { request, decision } = judgement;
  const lines = [`Action: ${request.action} ${printable(describeTarget(request))}`];
  const layers = decision.layers;
  for (const layer of layers) {
    const indent = layers.length > 1 ? '  ' : '';
    if (layers.length > 1) lines.push(`  ${layer.layer} policy:`);
    lines.push(...renderLayer(layer, indent));
  }
  const span = decisiveSpan(judgement);
  if (request.action === 'command_execute' && span !== undefined) lines.push(...underlined(request.command, span, columns));
  const flags = decision.risk.flags.length > 0 ? ` (${decision.risk.flags.join(', ')})` : '';
  lines.push(`Risk: ${decision.risk.level}${flags}`, `Result: ${decision.effect === 'allow' ? 'ALLOWED' : 'DENIED'} in step ${decision.step}: ${printable(decision.reason)}`);
  const rule = ruleName(decision.rule);
  if (rule !== undefined) lines.push(`Rule: ${rule} (${decision.layer}, ${ruleSource(decision.rule)})`);
  return lines.join('\n');
}

function renderLayer(layer: LayerDecision, indent: string): string[] {
  const parts = layer.parts ?? [];
  if (parts.length <= 1) return renderTrace(parts[0]?.decision ?? layer, indent);
  return parts.flatMap((part, index) => [`${indent}  part ${index + 1}: ${printable(part.text, 100)} → ${verdictOf(part.decision)}`, ...renderTrace(part.decision, `${indent}  `)]);
}

function renderTrace(layer: LayerDecision, indent: string): string[] {
  const lines = layer.trace.map((step) => `${indent}  ${step.step}. ${step.text}`);
  const last = layer.trace.at(-1);
  if (last !== undefined && last.outcome === 'deny' && last.step < 4) lines.push(`${indent}  (evaluation stops)`);
  return lines;
}

/** The line with the span that decided it underlined: of the parts, the first that was settled as the whole was. */
function decisiveSpan({ decision }: Judgement): Span | undefined {
  const isDecisive = (part: PartDecision): boolean => part.decision.effect === decision.effect && part.decision.step === decision.step;
  return decision.parts?.find((part) => isDecisive(part) && part.span !== undefined)?.span;
}

function verdictOf({ effect, step, rule }: LayerDecision): string {
  return `${effect === 'allow' ? 'ALLOWED' : 'DENIED'} by ${printable(ruleName(rule) ?? step)}`;
}

interface Answer {
  readonly effect: string;
  readonly step: string;
  readonly rule?: string;
  readonly layer: string;
  readonly source?: string;
  readonly risk: Decision['risk'];
  readonly reason: string;
  readonly parts?: readonly unknown[];
  readonly layers?: readonly unknown[];
}

/** Stable: docs/reference.md. `withParts` for `--json`; the batch form leaves them out. */
export function toAnswer({ decision }: Judgement, withParts: boolean): Answer {
  const base: Answer = { ...summary(decision), risk: decision.risk };
  if (!withParts) return base;
  return {
    ...base,
    ...(decision.parts === undefined ? {} : { parts: decision.parts.map((part) => ({ text: part.text, span: part.span ?? null, ...summary(part.decision) })) }),
    layers: decision.layers.map((layer) => ({ ...summary(layer), steps: layer.trace })),
  };
}

function summary(decision: LayerDecision): Omit<Answer, 'risk'> {
  const rule = ruleName(decision.rule);
  const source = ruleSource(decision.rule);
  return {
    effect: decision.effect,
    step: decision.step,
    ...(rule === undefined ? {} : { rule }),
    layer: decision.layer,
    ...(source === undefined ? {} : { source }),
    reason: decision.reason,
  };
}
