/** Which enforcement layers there are here, and which a policy needs. */
import type { Policy } from '../policy/schema.ts';

type EnforcementLayer = 'shims' | 'preload' | 'kernel guard' | 'network relay' | 'mcp relay';

interface Capability {
  readonly layer: EnforcementLayer;
  readonly isAvailable: boolean;
  /** What it stops, or what its absence costs. */
  readonly note: string;
}

/** What this version can enforce at all; `patchwork doctor` tries the ones that are there. */
export const CAPABILITIES: readonly Capability[] = [
  { layer: 'shims', isAvailable: true, note: 'commands started by name through PATH' },
  { layer: 'preload', isAvailable: true, note: 'files, processes and hosts of Node programs' },
  { layer: 'kernel guard', isAvailable: false, note: 'not in this version: absolute paths, other languages and static binaries are not held' },
  { layer: 'network relay', isAvailable: false, note: 'not in this version: hosts are judged in Node programs only' },
  { layer: 'mcp relay', isAvailable: false, note: 'not in this version: MCP tool calls are not seen' },
];

/** Layers that are needed for a promise to hold and are not there. Fail-closed promises that nothing else happens. */
export function missingLayers(policies: readonly Policy[]): Capability[] {
  if (!policies.some((policy) => policy.mode === 'fail-closed')) return [];
  return CAPABILITIES.filter((each) => each.layer === 'kernel guard' && !each.isAvailable);
}
