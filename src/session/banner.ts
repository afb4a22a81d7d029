/** What a session says of itself: before the agent starts, and after it has ended. On stderr, never in between. */
import type { Counts } from '../evaluator/recorder.ts';
import { capabilities } from '../enforce/capabilities.ts';
import type { GuardFacts } from '../enforce/probe.ts';
import { printable } from '../model/printable.ts';
import type { LoadedPolicies } from '../policy/load.ts';

export interface BannerFacts {
  readonly id: string;
  readonly agent: string;
  readonly loaded: LoadedPolicies;
  readonly hosts: readonly string[];
  readonly shims: number;
  readonly guard: GuardFacts;
  readonly isDegraded: boolean;
  readonly hint: string | undefined;
}

export function bannerText(facts: BannerFacts): string {
  const policies = facts.loaded.policies.map((policy) => (facts.loaded.isBuiltIn ? `${policy.file} (${policy.mode}; \`patchwork policy init\` writes it out)` : `${policy.layer} ${policy.file} (${policy.mode})`));
  const all = capabilities(facts.guard);
  const there = all.filter((each) => each.isAvailable).map((each) => (each.layer === 'shims' ? `shims (${facts.shims} commands)` : each.layer));
  const absent = all.filter((each) => !each.isAvailable).map((each) => (each.layer === 'kernel guard' ? `kernel guard (${facts.guard.why})` : each.layer));
  return [
    `patchwork: session ${facts.id}, agent ${printable(facts.agent)}`,
    ...policies.map((policy) => `patchwork: policy ${printable(policy)}`),
    ...facts.loaded.warnings.map((warning) => `patchwork: warning: ${printable(warning)}`),
    `patchwork: enforced by ${there.join(', ')}; not there: ${absent.join(', ')}`,
    ...(facts.isDegraded ? ['patchwork: warning: degraded: without the kernel guard, absolute paths and other languages are not held, and hosts only where programs heed the proxy variables (docs/bypasses.md)'] : []),
    ...(facts.hosts.length > 0 ? [`patchwork: model hosts open to the agent itself: ${facts.hosts.join(', ')}`] : []),
    ...(facts.hint === undefined ? [] : [`patchwork: hint: ${facts.hint}`]),
  ].join('\n');
}

export function summaryText(counts: Counts, log: string, { leftBehind, hasGaps }: { leftBehind: number; hasGaps: boolean }): string {
  const { allowed, denied } = counts;
  const ended = leftBehind > 0 ? `; ended ${leftBehind} process${leftBehind === 1 ? '' : 'es'} left behind` : '';
  return `patchwork: ${allowed + denied} action${allowed + denied === 1 ? '' : 's'}, ${denied} denied${ended}; log: ${log}${hasGaps ? ' (with gaps: some actions could not be recorded)' : ''}`;
}
