/** The active policies together, for `policy show`. Pure. */
import { SECTIONS } from '../../model/decision.ts';
import { RISK_LEVELS } from '../../model/risk.ts';
import { isCatchAllText } from '../../policy/compile.ts';
import type { LoadedPolicies } from '../../policy/load.ts';
import type { Policy, Rule } from '../../policy/schema.ts';

/** What holds when all layers are taken together: the strictest of each. */
export function effective(policies: readonly Policy[]): { mode: string; maxRisk: string; nested: string } {
  return {
    mode: policies.some((policy) => policy.mode === 'fail-closed') ? 'fail-closed' : 'fail-open',
    maxRisk: RISK_LEVELS.find((level) => policies.some((policy) => policy.maxRisk === level)) ?? 'critical',
    nested: policies.some((policy) => policy.nested === 'strict') ? 'strict' : 'covered',
  };
}

export function renderPolicies(loaded: LoadedPolicies): string {
  const { policies } = loaded;
  const whole = effective(policies);
  const lines = [
    `mode: ${whole.mode}`,
    `max_risk: ${whole.maxRisk}`,
    `nested commands: ${whole.nested}`,
    'layers (each is asked; one that denies is enough):',
    ...policies.map((policy) => `  ${policy.layer.padEnd(8)} ${policy.file} (${policy.mode}, max_risk ${policy.maxRisk})`),
  ];
  for (const section of SECTIONS) {
    lines.push('', `${section}:`);
    for (const policy of policies) {
      const { deny, allow, present } = policy.sections[section];
      for (const rule of deny) lines.push(ruleLine(isCatchAllText(rule.pattern) ? 'default deny' : 'deny', rule, policy));
      for (const rule of allow) lines.push(ruleLine('allow', rule, policy));
      if (deny.length + allow.length === 0) lines.push(`  ${`(${present ? 'no rules' : 'no section'})`.padEnd(52)} ${policy.layer}: ${policy.mode === 'fail-closed' ? 'all denied' : 'all allowed and logged'}`);
    }
  }
  return lines.join('\n');
}

function ruleLine(list: string, rule: Rule, policy: Policy): string {
  const origin = rule.origin.line > 0 ? `${rule.origin.file}:${rule.origin.line}` : rule.origin.file;
  return `  ${`${list.padEnd(12)} ${rule.pattern}`.padEnd(52)} ${policy.layer} ${origin}`;
}

export function policiesAsJson(loaded: LoadedPolicies): unknown {
  const whole = effective(loaded.policies);
  return {
    effective: { mode: whole.mode, max_risk: whole.maxRisk, nested: whole.nested },
    built_in: loaded.isBuiltIn,
    warnings: loaded.warnings,
    layers: loaded.policies.map((policy) => ({
      layer: policy.layer,
      file: policy.file,
      mode: policy.mode,
      max_risk: policy.maxRisk,
      nested: policy.nested,
      sections: Object.fromEntries(
        SECTIONS.map((section) => {
          const { present, deny, allow } = policy.sections[section];
          const rules = (list: readonly Rule[]): unknown[] => list.map((rule) => ({ pattern: rule.pattern, source: `${rule.origin.file}:${rule.origin.line}` }));
          return [section, { present, deny: rules(deny), allow: rules(allow) }];
        }),
      ),
    })),
  };
}
