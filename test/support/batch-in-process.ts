/** An evaluator in this process, for properties that ask thousands of questions. */
import { Evaluator } from '../../src/evaluator/evaluator.ts';
import type { Layer } from '../../src/model/decision.ts';
import { compilePolicy } from '../../src/policy/compile.ts';
import { formatProblem } from '../../src/policy/load.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { ProgramFinder } from '../../src/resolve/executable.ts';
import { Places } from '../../src/resolve/places.ts';
import { loadParser } from '../../src/shell/parse.ts';

await loadParser();

/** A project that does not exist: nothing on the machine can change an answer. */
export const PROJECT = '/nowhere/project';

export interface PolicyLayer {
  readonly layer: Layer;
  readonly text: string;
}

export function evaluatorOf(...layers: readonly PolicyLayer[]): Evaluator {
  return evaluatorIn(new Places({ project: PROJECT }), ...layers);
}

export function evaluatorIn(places: Places, ...layers: readonly PolicyLayer[]): Evaluator {
  const policies = layers.map(({ layer, text }) => {
    const { policy, problems } = parsePolicy(text, `${layer}.yml`, layer);
    if (policy === undefined) throw new Error(problems.map(formatProblem).join('\n'));
    return compilePolicy(policy, { project: places.project, home: places.home });
  });
  return new Evaluator({ policies, places, finder: new ProgramFinder('/usr/bin:/bin'), variables: { HOME: places.home } });
}
