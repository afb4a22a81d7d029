/** Judges a program before it is started, and says how to start it. */
import { ask } from './channel.cts';
import { type Refusal, refusal } from './deny.cts';
import { mode } from './mode.cts';
import { copyList, resolve, workingFolder } from './originals.cts';
import { childEnvironment, findProgram, hasLauncher, judgedVariables } from './program.cts';
import { LAUNCHER } from './runtime.cts';

interface Start {
  readonly file: string;
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly env: readonly string[];
}

interface SpawnPlan {
  readonly refusal: Refusal | undefined;
  /** What to execute: the program itself, or the launcher, which asks with the pid of the child and becomes the program. */
  readonly file: string;
  readonly env: readonly string[];
}

const NO_FOLDER = refusal('the current folder no longer exists, so the command cannot be judged');

export function planSpawn(start: Start): SpawnPlan {
  let cwd: string;
  try {
    cwd = resolve(workingFolder(), start.cwd ?? '.');
  } catch {
    return { refusal: NO_FOLDER, file: start.file, env: start.env };
  }
  const program = findProgram(start.file, cwd, start.env);
  // Node itself reports what is not there or not executable.
  if (program === undefined) return { refusal: undefined, file: start.file, env: childEnvironment(start.env, undefined) };
  // The guard asks for what the kernel starts; else the launcher does, with the pid of the child.
  const isLaunched = !mode.isGuarded && !program.isShimmed && hasLauncher();
  const env = childEnvironment(start.env, isLaunched ? program.path : undefined);
  const denied = ask({
    action: 'command_execute',
    argv: copyList(start.argv) as string[],
    exe: program.path,
    file: program.file,
    cwd,
    env: judgedVariables(env),
    // Without guard and launcher nobody asks again, so this is the question that counts and is recorded.
    ...(mode.isGuarded || program.isShimmed || isLaunched ? { advise: true } : {}),
  });
  return {
    refusal: denied,
    file: isLaunched ? LAUNCHER : start.file,
    env,
  };
}
