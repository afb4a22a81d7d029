/** The way into a session: the guard is tried by another program while all that a session consists of is loaded. */
import { probeGuard, WITHOUT_GUARD } from '../enforce/probe.ts';
import type { AgentExit } from './agent-process.ts';
import type { SessionOptions } from './session.ts';

export interface BeginOptions extends Omit<SessionOptions, 'guard'> {
  /** The user wants none of the kernel guard. */
  readonly withoutGuard: boolean;
}

export async function beginSession({ withoutGuard, ...options }: BeginOptions): Promise<AgentExit> {
  const guard = withoutGuard ? WITHOUT_GUARD : probeGuard();
  const { runSession } = await import('./session.ts');
  return await runSession({ ...options, guard });
}
