/** What an enforcement point may settle itself: reads that no rule of any layer can deny. Errs towards asking. */
import type { Subject } from '../model/request.ts';
import { requiredLiteral } from '../policy/match-path.ts';
import type { Evaluator } from './evaluator.ts';

export interface SettledReads {
  /** Real folders; a read of a real path below one of them needs no question, unless a literal occurs in it. */
  readonly folders: readonly string[];
  readonly literals: readonly string[];
}

export function settledReads(evaluator: Evaluator, subject: Subject): SettledReads {
  const isCovered = subject.role === 'covered';
  const literals = new Set<string>();
  for (const { files, policy } of evaluator.policies) {
    // A baseline read passes step 3 first: a low bound on risk could deny it.
    if (!isCovered && (policy.maxRisk === 'none' || policy.maxRisk === 'low')) return { folders: [], literals: [] };
    for (const { rule, matcher } of files.deny) {
      for (const pattern of matcher.alias === undefined ? [rule.pattern] : [rule.pattern, matcher.alias]) {
        const literal = requiredLiteral(pattern);
        if (literal === undefined) return { folders: [], literals: [] };
        literals.add(literal);
      }
    }
  }
  // Outside the home and the project nobody else's state is settled; the session's own folders always ask.
  return { folders: evaluator.places.settledFolders(isCovered), literals: [...literals, '.patchwork', 'patchwork-'] };
}
