/** Which enforcement layers there are here, and which a policy needs. */
import type { Policy } from '../policy/schema.ts';
import type { GuardFacts } from './probe.ts';

type EnforcementLayer = 'shims' | 'preload' | 'kernel guard' | 'network relay' | 'mcp relay';

export interface Capability {
  readonly layer: EnforcementLayer;
  readonly isAvailable: boolean;
  /** What it stops, or what its absence costs. */
  readonly note: string;
}

/** What can be enforced here; `patchwork doctor` tries the layers that are there. */
export function capabilities(guard: GuardFacts): readonly Capability[] {
  return [
    { layer: 'shims', isAvailable: true, note: 'commands started by name through PATH' },
    { layer: 'preload', isAvailable: true, note: 'files, processes and hosts of Node programs' },
    {
      layer: 'kernel guard',
      isAvailable: guard.isAvailable,
      note: guard.isAvailable ? 'commands, files and local sockets of every program, whatever it is written in' : `not here (${guard.why}): absolute paths, other languages and static binaries are not held`,
    },
    {
      layer: 'network relay',
      isAvailable: guard.isAvailable,
      note: guard.isAvailable ? 'hosts of every program, by name: its connections, datagrams and look-ups' : 'by proxy variables alone: programs that heed none of them (and are not Node) reach any host',
    },
    { layer: 'mcp relay', isAvailable: false, note: 'not in this version: MCP tool calls are not seen' },
  ];
}

/** Layers that are needed for a promise to hold and are not there. Fail-closed promises that nothing else happens. */
export function missingLayers(policies: readonly Policy[], guard: GuardFacts): Capability[] {
  if (!policies.some((policy) => policy.mode === 'fail-closed')) return [];
  return capabilities(guard).filter((each) => each.layer === 'kernel guard' && !each.isAvailable);
}
