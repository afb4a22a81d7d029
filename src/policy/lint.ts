/** Warnings of `policy validate`: rules that can never hit, sections that are missing, readings that may surprise. Pure. */
import type { Section } from '../model/decision.ts';
import { SECTIONS } from '../model/decision.ts';
import { isCatchAllText } from './compile.ts';
import { slips } from './lint-patterns.ts';
import { matchesWildcard } from './match-text.ts';
import type { Problem } from './parse.ts';
import type { Policy, Rule } from './schema.ts';

type Warning = Omit<Problem, 'sourceLine' | 'severity'>;
type Check = (policy: Policy) => Warning[];

export function lintPolicy(policy: Policy, text: string): Problem[] {
  const lines = text.split(/\r?\n/);
  return CHECKS.flatMap((check) => check(policy))
    .sort((a, b) => a.origin.line - b.origin.line)
    .map((warning) => ({ ...warning, severity: 'warning' as const, sourceLine: lines[warning.origin.line - 1] ?? '' }));
}

const CHECKS: readonly Check[] = [absentSections, catchAllDenies, shadowedRules, apexDomains, harmlessLimits, literalCommands, slips];

function absentSections(policy: Policy): Warning[] {
  if (policy.mode !== 'fail-closed') return [];
  return SECTIONS.filter((section) => !policy.sections[section].present).map((section) => ({
    origin: policy.modeOrigin,
    message: `there is no \`${section}\` section, so mode fail-closed denies all ${NAMES[section]}`,
    hint: `add \`${section}:\` under \`rules\` if that is not meant`,
  }));
}

const NAMES: Readonly<Record<Section, string>> = { files: 'file actions', commands: 'commands', network: 'network requests', mcp_tools: 'MCP tool calls' };

function catchAllDenies(policy: Policy): Warning[] {
  return SECTIONS.flatMap((section) =>
    policy.sections[section].deny
      .filter((rule) => isCatchAllText(rule.pattern) && policy.sections[section].allow.length > 0)
      .map((rule) => ({
        origin: rule.origin,
        message: `the bare "${rule.pattern}" in \`${section}.deny\` is read as the default of this section: it is tried after \`${section}.allow\``,
        hint: 'otherwise no allow rule of this section could ever hit',
      })),
  );
}

/** A rule behind one that covers all it says never decides; an allow behind such a deny never holds. */
function shadowedRules(policy: Policy): Warning[] {
  const warnings: Warning[] = [];
  for (const section of SECTIONS) {
    const { deny, allow } = policy.sections[section];
    // A bare `*` that is denied comes after what is allowed: the other denials come before.
    const isDefault = (each: Rule): boolean => allow.length > 0 && deny.includes(each) && isCatchAllText(each.pattern);
    for (const [name, list] of [['deny', deny], ['allow', allow]] as const) {
      for (const [index, rule] of list.entries()) {
        const earlier = list.slice(0, index).find((each) => each.pattern === rule.pattern || (!isDefault(each) && covers(section, each, rule)));
        if (earlier !== undefined) warnings.push(never(rule, `\`${section}.${name}\` already holds "${earlier.pattern}" (line ${earlier.origin.line})`));
      }
    }
    for (const rule of allow) {
      const denier = deny.find((each) => !isCatchAllText(each.pattern) && (each.pattern === rule.pattern || covers(section, each, rule)));
      if (denier !== undefined) warnings.push(never(rule, `"${denier.pattern}" (line ${denier.origin.line}) denies all that it would allow`));
    }
  }
  return warnings;
}

function never(rule: Rule, why: string): Warning {
  return { origin: rule.origin, message: `the rule "${rule.pattern}" can never decide anything: ${why}`, hint: 'remove it' };
}

/** Sound for what it claims: the wider pattern, read as a wildcard, matches the narrower one as a text. */
function covers(section: Section, wide: Rule, narrow: Rule): boolean {
  if (isCatchAllText(wide.pattern)) return !isCatchAllText(narrow.pattern);
  if (section === 'files') return wide.pattern.endsWith('/**') && !/[[{(!?]/.test(wide.pattern) && narrow.pattern.startsWith(wide.pattern.slice(0, -2)) && wide.pattern !== narrow.pattern;
  return matchesWildcard(wide.pattern, narrow.pattern) && wide.pattern !== narrow.pattern;
}

function apexDomains(policy: Policy): Warning[] {
  const { allow } = policy.sections.network;
  return allow
    .filter((rule) => rule.pattern.startsWith('*.') && !allow.some((each) => each.pattern === rule.pattern.slice(2)))
    .map((rule) => ({ origin: rule.origin, message: `the allow "${rule.pattern}" does not cover ${rule.pattern.slice(2)} itself`, hint: `add "${rule.pattern.slice(2)}" if that host is meant too` }));
}

function harmlessLimits(policy: Policy): Warning[] {
  if (policy.mode === 'fail-closed' && policy.maxRisk === 'critical' && policy.maxRiskOrigin.line > 1) {
    return [{ origin: policy.maxRiskOrigin, message: '`max_risk: critical` bounds nothing', hint: 'mode fail-closed denies what no rule allows anyway' }];
  }
  return [];
}

/** `git push` allows exactly that; most people mean `git push *` as well. */
function literalCommands(policy: Policy): Warning[] {
  return policy.sections.commands.allow
    .filter((rule) => !rule.pattern.includes('*') && !rule.pattern.includes(' '))
    .map((rule) => ({ origin: rule.origin, message: `the allow "${rule.pattern}" covers the command without any words behind it`, hint: `write "${rule.pattern} *" if words may follow` }));
}
