/** Functions of `process` that reach files and programs without `fs` and `child_process`. */
import { denialError } from './deny.cts';
import { judgePath } from './file-questions.cts';
import { apply, isArray, toText } from './originals.cts';
import { copyPath } from './paths.cts';
import { environmentObject, environmentPairs } from './program.cts';
import { planSpawn } from './spawn-questions.cts';
import { textsOf } from './spawn-sync-calls.cts';
import { type Callable, type Replacement, replaceMethod } from './wrap.cts';

export const PROCESS_FUNCTIONS: Readonly<Record<string, (original: Callable) => Replacement>> = {
  loadEnvFile: (original) => reading(original, 0),
  // Native add-ons: `require('x.node')` ends here.
  dlopen: (original) => reading(original, 1),
  execve: replacing,
};

export function guardProcess(): void {
  for (const name in PROCESS_FUNCTIONS) replaceMethod(process, name, PROCESS_FUNCTIONS[name] as (original: Callable) => Replacement);
}

function reading(original: Callable, at: 0 | 1): Replacement {
  return function (this: unknown, ...given) {
    const path = at === 0 && given[0] == null ? '.env' : given[at];
    const copy = copyPath(typeof path === 'object' && at === 1 ? toText(path) : path);
    if (copy === undefined) return apply(original, this, given);
    given[at] = copy.value;
    const denied = judgePath('file_read', copy.text);
    if (denied !== undefined) throw denialError(denied, { action: 'file_read', syscall: 'open', path: copy.text });
    return apply(original, this, given);
  };
}

/** `process.execve(file, args, env)` of newer versions: the program takes this process's place, and asks again by the launcher. */
function replacing(original: Callable): Replacement {
  return function (this: unknown, ...given) {
    const [file, args = [], env = process.env] = given;
    if (typeof file !== 'string' || !isArray(args) || typeof env !== 'object' || env === null)
      return apply(original, this, given);
    const argv = textsOf(args);
    const plan = planSpawn({ file, argv, cwd: undefined, env: environmentPairs(env) });
    if (plan.refusal !== undefined) {
      throw denialError(plan.refusal, { action: 'command_execute', syscall: 'execve', path: file });
    }
    return apply(original, this, [plan.file, argv, environmentObject(plan.env)]);
  };
}
