/** The library: decide without a session. `import { loadPolicy, evaluate } from 'patchwork'`. */
import { resolve } from 'node:path';
import { type Ask, Evaluator } from './evaluator/evaluator.ts';
import type { Decision } from './model/decision.ts';
import { homeFolder } from './model/home.ts';
import { AGENT } from './model/request.ts';
import { compilePolicy } from './policy/compile.ts';
import { loadPolicies, readPolicy } from './policy/load.ts';
import type { Policy } from './policy/schema.ts';
import { ProgramFinder } from './resolve/executable.ts';
import { Places } from './resolve/places.ts';
import { loadParser } from './shell/parse.ts';

export type { Ask } from './evaluator/evaluator.ts';
export { type Decision, type Effect, type Layer, type LayerDecision, type RuleRef, ruleName, ruleSource, type Step } from './model/decision.ts';
export { type ErrorCode, PatchworkError } from './model/errors.ts';
export type { Action } from './model/request.ts';
export type { Risk, RiskFlag, RiskLevel } from './model/risk.ts';
export type { Policy } from './policy/schema.ts';

/** Policies made ready for one project. Opaque: made by `loadPolicy`, used by `evaluate`. */
export interface LoadedPolicy {
  /** In the order system, user, project. */
  readonly policies: readonly Policy[];
  /** Absolute path of the project root. */
  readonly project: string;
}

export interface LoadPolicyOptions {
  /** The project root, which relative patterns start from. Default: the current folder. */
  readonly project?: string;
  /** One policy file, judged alone. Default: the system's, the user's and the project's policy together. */
  readonly file?: string;
}

const evaluators = new WeakMap<LoadedPolicy, Evaluator>();

/**
 * Reads and checks policies. Rejects with a PatchworkError whose code is PW_POLICY_INVALID (every problem with its file,
 * line and column in the message) or PW_POLICY_UNREADABLE.
 */
export async function loadPolicy(options: LoadPolicyOptions = {}): Promise<LoadedPolicy> {
  const project = resolve(options.project ?? process.cwd());
  const policies = options.file === undefined ? (await loadPolicies({ project })).policies : [await readPolicy(resolve(options.file), 'user')];
  await loadParser();
  const places = new Places({ project });
  const loaded: LoadedPolicy = { policies, project };
  evaluators.set(
    loaded,
    new Evaluator({
      policies: policies.map((policy) => compilePolicy(policy, { project: places.project, home: places.home })),
      places,
      finder: new ProgramFinder(process.env['PATH'] ?? ''),
      variables: { HOME: homeFolder() },
    }),
  );
  return loaded;
}

/**
 * The decision on one action of the agent, with every step in `layers`. Looks at the file system (links, existence,
 * PATH), changes nothing, and never throws for any request: what cannot be judged is denied by the policy's own rules.
 */
export function evaluate(policy: LoadedPolicy, ask: Ask): Decision {
  const evaluator = evaluators.get(policy);
  if (evaluator === undefined) throw new TypeError('evaluate() needs a policy made by loadPolicy()');
  return evaluator.judge(ask, AGENT).decision;
}
