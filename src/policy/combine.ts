/** Layers by deny-overrides: each is evaluated alone, so a lower one can only restrict. Pure. */
import type { Decision, LayerDecision, Step } from '../model/decision.ts';
import type { Action } from '../model/request.ts';
import type { Risk } from '../model/risk.ts';

const DENY_ORDER: readonly Step[] = ['deny_rule', 'risk', 'mode'];
/** Which ground is reported when every layer allows: the most explicit one. */
const ALLOW_ORDER: readonly Step[] = ['allow_rule', 'baseline', 'cover', 'mode'];

/** `layers` in the order builtin, system, user, project; never empty. */
export function combineLayers(action: Action, risk: Risk, layers: readonly LayerDecision[]): Decision {
  const [only] = layers;
  if (only !== undefined && layers.length === 1) return { ...only, action, risk, layers };
  const denials = layers.filter((layer) => layer.effect === 'deny');
  const order = denials.length > 0 ? DENY_ORDER : ALLOW_ORDER;
  // A rule that somebody wrote explains more than what is built in.
  const candidates = (denials.length > 0 ? denials : layers).toSorted((a, b) => Number(a.layer === 'builtin') - Number(b.layer === 'builtin'));
  const chosen = order.map((step) => candidates.find((layer) => layer.step === step)).find((layer) => layer !== undefined) ?? candidates[0];
  if (chosen === undefined) throw new Error('a decision needs at least one policy');
  return { ...chosen, action, risk, layers };
}
