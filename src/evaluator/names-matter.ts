/** Whether the name of a host could deny what rules about its address allow: else connections need not be looked into. */
import { isCatchAllText, type CompiledPolicy } from '../policy/compile.ts';
import { parseHostPattern } from '../policy/match-host.ts';

export function doNamesMatter(policies: readonly Pick<CompiledPolicy, 'policy'>[]): boolean {
  return policies.some(({ policy }) => {
    const { deny, allow } = policy.sections.network;
    if (deny.some(({ pattern }) => !isCatchAllText(pattern) && parseHostPattern(pattern)?.kind === 'name')) return true;
    if (allow.some(({ pattern }) => isCatchAllText(pattern))) return false;
    // Risk is told by names, too; the default of the list and a closed mode ask for a name that is allowed.
    return policy.maxRisk !== 'critical' || policy.mode === 'fail-closed' || deny.some(({ pattern }) => isCatchAllText(pattern));
  });
}
