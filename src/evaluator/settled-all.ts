/** What the kernel guard may settle itself, for the agent and for what it covers, until the session ends. */
import { AGENT } from '../model/request.ts';
import type { Evaluator } from './evaluator.ts';
import type { Settled } from './protocol.cts';
import { type Recording, settledOwn, settledReads, settledWrites } from './settled.ts';
import { wallFolders } from './wall.ts';

export type SettledForAll = Omit<Settled, 'v' | 'id' | 'effect'>;

export function settledForAll(evaluator: Evaluator, recording: Recording): SettledForAll {
  const covered = settledReads(evaluator, { role: 'covered', by: '' });
  return { ...settledReads(evaluator, AGENT), coveredFolders: covered.folders, coveredLiterals: covered.literals, ...settledWrites(evaluator, recording), wallFolders: wallFolders(evaluator), ownFolders: settledOwn(evaluator) };
}
