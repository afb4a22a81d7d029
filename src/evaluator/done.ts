/** What the guard did unasked, since no rule could deny it: judged afterwards, for its record (settled.ts). */
import type { EventFacts } from '../audit/writer.ts';
import type { Evaluator, Judgement } from './evaluator.ts';
import type { Standing } from './lineage.ts';
import type { DidNotice } from './protocol.cts';
import { toEvent } from './recording.ts';
import { denialMessage } from './wording.ts';

/** A denial that comes to light now is a mistake of ours: `onFailure` hears of it. */
export function doneEvent(notice: DidNotice, asker: Standing, begun: bigint, { evaluator, onFailure }: { readonly evaluator: Evaluator; readonly onFailure: (what: string, error: unknown) => void }): EventFacts {
  const { action, path, cwd, real } = notice;
  const judgement = evaluator.judge({ action, path, cwd, real, isDone: true }, asker.subject);
  if (judgement.decision.effect === 'deny') onFailure('what was settled is denied', new Error(denialMessage(judgement.request, judgement.decision)));
  return toEvent(done(judgement), notice, asker, begun, undefined);
}

function done(judgement: Judgement): Judgement {
  if (judgement.decision.effect === 'allow') return judgement;
  return { ...judgement, decision: { ...judgement.decision, effect: 'allow', step: 'mode', rule: undefined, reason: 'it was done before it was judged, since no rule was known to deny it' } };
}
