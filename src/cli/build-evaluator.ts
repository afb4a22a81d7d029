/** An evaluator outside of any session: for questions, never for decisions that something waits for. */
import { resolve } from 'node:path';
import { Evaluator } from '../evaluator/evaluator.ts';
import { homeFolder } from '../model/home.ts';
import { compilePolicy } from '../policy/compile.ts';
import { deniedPrograms } from '../policy/match-command.ts';
import { type LoadedPolicies, loadPolicies, readPolicy } from '../policy/load.ts';
import { ProgramFinder } from '../resolve/executable.ts';
import { findProjectRoot } from '../resolve/paths.ts';
import { Places } from '../resolve/places.ts';
import { loadParser } from '../shell/parse.ts';

export interface EvaluatorFor {
  readonly project?: string;
  readonly cwd?: string;
  /** Stands in for the user's policy. */
  readonly policy?: string;
}

/** `isAlone`: that policy and no other. */
export async function buildEvaluator(options: EvaluatorFor, isAlone = false): Promise<Evaluator> {
  const project = resolve(options.project ?? findProjectRoot(options.cwd ?? process.cwd()));
  const loaded: LoadedPolicies = isAlone && options.policy !== undefined ? { policies: [await readPolicy(resolve(options.policy), 'user')], isBuiltIn: false, warnings: [] } : await loadPolicies({ project, ...(options.policy === undefined ? {} : { userFile: resolve(options.policy) }) });
  await loadParser();
  const places = new Places({ project });
  return new Evaluator({
    policies: loaded.policies.map((policy) => compilePolicy(policy, { project: places.project, home: places.home })),
    places,
    finder: new ProgramFinder(process.env['PATH'] ?? '', { denied: deniedPrograms(loaded.policies), places }),
    variables: { HOME: homeFolder() },
  });
}
