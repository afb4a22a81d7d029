/** Whether the file that was judged is still the one that will run. */
import { statSync } from 'node:fs';
import type { Judgement } from './evaluator.ts';
import type { Asking, CommandQuestion } from './protocol.cts';

/** Bytes that are no UTF-8 come as lone surrogates; Node cannot name such a file. */
const NO_UTF8 = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The enforcement point and the evaluator must speak of the same file; a link may have been swapped in between. */
function staleFile(question: CommandQuestion): string | undefined {
  // Nothing of that name is installed, and nothing will run: only whether a rule denies it is asked.
  if (question.exe === '' && question.advise === true) return undefined;
  // The program itself, stopped, is nobody else; a script's file is its interpreter's to open.
  if (question.running === true) return undefined;
  if (NO_UTF8.test(question.exe)) return "the program's path is not valid UTF-8, so that it cannot be looked up";
  try {
    const stats = statSync(question.exe, { bigint: true });
    return `${stats.dev}:${stats.ino}` === question.file ? undefined : 'the program changed while it was judged';
  } catch {
    return 'the program is gone';
  }
}

/** What cannot be found, or is another file by now, is not what was judged. */
export function refuseStale(judgement: Judgement, question: Asking): Judgement {
  const stale = question.action === 'command_execute' ? staleFile(question) : undefined;
  if (stale === undefined || judgement.decision.effect === 'deny') return judgement;
  return { ...judgement, decision: { ...judgement.decision, effect: 'deny', step: 'mode', layer: 'builtin', rule: undefined, reason: `${stale}; what cannot be judged is denied` } };
}
