/** The steps of a denial as they were recorded with it: `LAYER N. text`, one a line. Pure. */
import type { AuditEvent } from '../audit/event.ts';
import type { Trace, TraceLayer } from './views.ts';

type Line = TraceLayer['lines'][number];

/** Undefined for an event without them. */
export function recordedTrace({ decision }: AuditEvent): Trace | undefined {
  if (decision.trace === undefined || decision.trace.length === 0) return undefined;
  const layers: { title: string; lines: Line[] }[] = [];
  for (const step of decision.trace) {
    const [, layer = '', text = step] = /^(\w+) (\d+\. .*)$/s.exec(step) ?? [];
    const title = layer === '' ? 'decision' : `${layer} policy`;
    const last = layers.at(-1);
    if (last?.title === title) last.lines.push({ text, outcome: outcomeOf(text) });
    else layers.push({ title, lines: [{ text, outcome: outcomeOf(text) }] });
  }
  return { kind: 'recorded', isSame: true, layers };
}

function outcomeOf(text: string): Line['outcome'] {
  // The last arrow: what stands before it may be anybody's text.
  const result = text.slice(text.lastIndexOf('→') + 1);
  return result.startsWith(' DENIED') ? 'deny' : result.startsWith(' ALLOWED') ? 'allow' : 'next';
}
