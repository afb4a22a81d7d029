/** The rules of a policy together with how often each settled something. Pure. */
import type { DashboardSystem, RuleHits } from './data.ts';
import type { PolicyView } from './views.ts';

type Bare = Awaited<ReturnType<DashboardSystem['policy']>>;

/** Hits are counted by name and place: a rule that moved to another line begins anew, and a changed one too. */
export function joinHits(view: Bare, hits: RuleHits): Omit<PolicyView, 'projects'> {
  const byRule = new Map(hits.rules.map((each) => [`${each.rule}\0${each.source}`, each]));
  const rules = view.rules.map((rule) => {
    const list = rule.list === 'default deny' ? 'deny' : rule.list;
    const found = byRule.get(`${rule.section}.${list}: ${rule.pattern}\0${rule.source}`);
    return { ...rule, hits: found?.hits ?? 0, denied: found?.denied ?? 0, ...(found === undefined ? {} : { last: found.last }) };
  });
  return { ...view, rules, others: hits.others };
}
