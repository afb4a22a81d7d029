/** The library: decide without a session. `import { loadPolicy, evaluate } from 'patchwork'`. */
import { resolve } from 'node:path';
import type { Ask } from './evaluator/ask.ts';
import { Evaluator } from './evaluator/evaluator.ts';
import type { Decision, LayerDecision } from './model/decision.ts';
import { homeFolder } from './model/home.ts';
import { ACTIONS, type Action, AGENT } from './model/request.ts';
import { compilePolicy } from './policy/compile.ts';
import { deniedPrograms } from './policy/match-command.ts';
import { loadPolicies, readPolicy } from './policy/load.ts';
import type { Policy } from './policy/schema.ts';
import { ProgramFinder } from './resolve/executable.ts';
import { Places } from './resolve/places.ts';
import { loadParser } from './shell/parse.ts';

export type { Ask } from './evaluator/ask.ts';
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
      finder: new ProgramFinder(process.env['PATH'] ?? '', { denied: deniedPrograms(policies), places }),
      variables: { HOME: homeFolder() },
    }),
  );
  return loaded;
}

/** What each action must say, as text. A command says `command`, or `argv`. */
const NEEDED: Readonly<Record<Ask['action'], readonly string[]>> = {
  file_read: ['path', 'cwd'],
  file_create: ['path', 'cwd'],
  file_edit: ['path', 'cwd'],
  file_delete: ['path', 'cwd'],
  file_write: ['path', 'cwd'],
  command_execute: ['cwd'],
  network_request: ['host'],
  mcp_tool_call: ['server', 'tool'],
};

/**
 * The decision on one action of the agent, with every step in `layers`. Looks at the file system (links, existence,
 * PATH), changes nothing, and never throws for any request: what cannot be read or judged is denied.
 */
export function evaluate(policy: LoadedPolicy, ask: Ask): Decision {
  const evaluator = evaluators.get(policy);
  if (evaluator === undefined) throw new TypeError('evaluate() needs a policy made by loadPolicy()');
  const problem = problemOf(ask);
  if (problem !== undefined) return unread(ask, problem);
  try {
    return evaluator.judge(ask, AGENT).decision;
  } catch (error) {
    return unread(ask, error instanceof Error ? error.message : String(error));
  }
}

/** Callers without types, and requests that came over a wire. */
function problemOf(ask: unknown): string | undefined {
  const fields = (ask ?? {}) as Record<string, unknown>;
  const needed = Object.hasOwn(NEEDED, String(fields['action'])) ? NEEDED[fields['action'] as Ask['action']] : undefined;
  if (needed === undefined) return `action is none of ${ACTIONS.join(', ')}`;
  const { argv, command } = fields;
  if (fields['action'] === 'command_execute' && typeof command !== 'string' && !(Array.isArray(argv) && argv.every((word) => typeof word === 'string'))) return 'command or argv is missing';
  const missing = needed.find((name) => typeof fields[name] !== 'string');
  return missing === undefined ? undefined : `${missing} is missing`;
}

function unread(ask: Ask, problem: string): Decision {
  const layer: LayerDecision = { effect: 'deny', step: 'mode', layer: 'builtin', rule: undefined, reason: `the request cannot be read: ${problem}`, trace: [] };
  return { ...layer, action: (ask as { action?: Action } | undefined)?.action ?? 'command_execute', risk: { level: 'medium', flags: [] }, layers: [layer] };
}
