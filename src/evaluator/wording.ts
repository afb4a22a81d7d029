/** The one place that words a denial for people and models: what, by which rule, why, what next. */
import { type Decision, ruleName, ruleSource } from '../model/decision.ts';
import { printable } from '../model/printable.ts';
import { type AccessRequest, describeTarget } from '../model/request.ts';

/** Lines without a line feed at the end; nothing in them can move a cursor. */
export function denialMessage(request: AccessRequest, decision: Decision): string {
  const rule = ruleName(decision.rule);
  const source = ruleSource(decision.rule);
  const reason = beyondRule(decision.reason);
  const where = decision.layer === 'builtin' ? 'built in' : `${decision.layer} policy${source === undefined ? '' : `, ${source}`}`;
  return [
    `patchwork: denied ${request.action} \`${printable(describeTarget(request))}\``,
    `  rule: ${printable(rule ?? decision.step)} (${printable(where)})${reason === '' ? '' : `; ${printable(reason)}`}`,
    `  next: ${decision.layer === 'builtin' ? 'no policy opens this; go on without it' : 'this is the policy of the person you work for; go on without it, or ask them to change the rule'}`,
  ].join('\n');
}

/** Where the rule stands already: of such a reason only the part of the line that it hit is new. */
export function beyondRule(reason: string): string {
  return reason.replace(/(?:: )?denied by the rule `.*$/s, '').replace(/^(`.*`)$/s, 'it hits $1');
}

/** A denial for which no policy was asked: something failed on the way. */
export function failureMessage(what: string, reason: string): string {
  return [`patchwork: denied ${printable(what)}`, `  ${printable(reason)}; what cannot be judged is denied`].join('\n');
}
