/** The four steps of an evaluation, for one thing in one section of one policy. Pure. */
import { type LayerDecision, type RuleRef, ruleName, ruleSource, type Section, type Step, type TraceStep } from '../model/decision.ts';
import { isAbove, type Risk } from '../model/risk.ts';
import type { CompiledPolicy, CompiledRule } from './compile.ts';
import type { Policy, Rule } from './schema.ts';

/** What is asked of a section: which of its rules hit, and what stands in for a rule. */
export interface SectionQuestion<T> {
  readonly section: Section;
  readonly risk: Risk;
  readonly denies: (matcher: T) => boolean;
  readonly allows: (matcher: T) => boolean;
  /** Why this is allowed in step 4 without a rule (operating system's own files, for example). */
  readonly baseline: string | undefined;
  /** Why allow list, risk and mode are not asked (a covering command). Deny rules are. */
  readonly cover: string | undefined;
  /** Why no allow rule can hold, whatever it says (a changed PATH, an unresolved word). */
  readonly unallowable?: string | undefined;
}

export function evaluateSteps<T>(compiled: CompiledPolicy, question: SectionQuestion<T>): LayerDecision {
  const { policy } = compiled;
  const rules = compiled[question.section] as unknown as { present: boolean; deny: CompiledRule<T>[]; allow: CompiledRule<T>[]; fallback: Rule | undefined };
  const trace: TraceStep[] = [];
  const settle = (effect: 'allow' | 'deny', step: Step, rule: RuleRef | undefined, reason: string): LayerDecision => ({ effect, step, layer: policy.layer, rule, reason, trace });

  const denied = rules.deny.find((each) => question.denies(each.matcher));
  if (denied !== undefined) {
    trace.push({ step: 1, text: `Deny rules: matches "${denied.rule.pattern}" → DENIED`, outcome: 'deny' });
    const rule = reference(question.section, 'deny', denied.rule);
    return settle('deny', 'deny_rule', rule, `denied by the rule ${quoteRule(rule)}`);
  }
  trace.push({ step: 1, text: 'Deny rules: no match', outcome: 'next' });

  if (question.cover !== undefined) {
    trace.push({ step: 2, text: `Covered: ${question.cover} → ALLOWED`, outcome: 'allow' });
    return settle('allow', 'cover', undefined, question.cover);
  }

  const allowed = question.unallowable === undefined ? rules.allow.find((each) => question.allows(each.matcher)) : undefined;
  if (allowed !== undefined) {
    trace.push({ step: 2, text: `Allow rules: matches "${allowed.rule.pattern}" → ALLOWED`, outcome: 'allow' });
    const rule = reference(question.section, 'allow', allowed.rule);
    return settle('allow', 'allow_rule', rule, `allowed by the rule ${quoteRule(rule)}`);
  }
  trace.push({ step: 2, text: question.unallowable === undefined ? 'Allow rules: no match' : `Allow rules: cannot hold, ${question.unallowable}`, outcome: 'next' });

  if (rules.fallback !== undefined && question.baseline === undefined) {
    trace.push({ step: 2, text: `Default of this section: deny "${rules.fallback.pattern}" (a bare catch-all is tried after the allow rules) → DENIED`, outcome: 'deny' });
    const rule = reference(question.section, 'deny', rules.fallback);
    return settle('deny', 'deny_rule', rule, `no allow rule matches, and the default of the section is ${quoteRule(rule)}`);
  }

  if (isAbove(question.risk.level, policy.maxRisk)) {
    trace.push({ step: 3, text: `Risk: ${question.risk.level} (above max_risk: ${policy.maxRisk}) → DENIED`, outcome: 'deny' });
    const rule: RuleRef = { section: 'max_risk', list: undefined, pattern: policy.maxRisk, origin: policy.maxRiskOrigin };
    const flags = question.risk.flags.length > 0 ? ` (${question.risk.flags.join(', ')})` : '';
    return settle('deny', 'risk', rule, `its risk is ${question.risk.level}${flags}, above max_risk: ${policy.maxRisk}`);
  }
  const relation = question.risk.level === policy.maxRisk ? 'at' : 'below';
  trace.push({ step: 3, text: `Risk: ${question.risk.level} (${relation} max_risk: ${policy.maxRisk}) → passes`, outcome: 'next' });
  return applyMode(policy, rules.present, question, trace, settle);
}

type Settle = (effect: 'allow' | 'deny', step: Step, rule: RuleRef | undefined, reason: string) => LayerDecision;

function applyMode<T>(policy: Policy, isPresent: boolean, question: SectionQuestion<T>, trace: TraceStep[], settle: Settle): LayerDecision {
  const rule: RuleRef = { section: 'mode', list: undefined, pattern: policy.mode, origin: policy.modeOrigin };
  if (question.baseline !== undefined) {
    trace.push({ step: 4, text: `Baseline: ${question.baseline} → ALLOWED`, outcome: 'allow' });
    return settle('allow', 'baseline', undefined, question.baseline);
  }
  if (policy.mode === 'fail-open') {
    trace.push({ step: 4, text: 'Mode: fail-open → ALLOWED (logged)', outcome: 'allow' });
    return settle('allow', 'mode', rule, 'no rule denies it, and mode is fail-open');
  }
  const why = question.unallowable ?? (isPresent ? 'no allow rule matches' : `the policy has no \`${question.section}\` section`);
  trace.push({ step: 4, text: `Mode: fail-closed → DENIED (${isPresent ? 'not explicitly allowed' : `no ${question.section} section`})`, outcome: 'deny' });
  return settle('deny', 'mode', rule, `${why}, and mode is fail-closed`);
}

export function reference(section: Section, list: 'deny' | 'allow', rule: Rule): RuleRef {
  return { section, list, pattern: rule.pattern, origin: rule.origin };
}

export function quoteRule(rule: RuleRef): string {
  return `\`${ruleName(rule)}\` (${ruleSource(rule)})`;
}
