/** What a session's start costs, and a command by name. */
import type { Sandbox } from '../support/patchwork.ts';
import { DEV_POLICY, governed, inTurn, median, ROUNDS, wholeTime } from './measure.ts';

const MIX = 'for i in 1 2 3 4 5; do git status >/dev/null; done; npm ls --all >/dev/null 2>&1 || true';
const NODE = [process.execPath, '-e', '0'];

/** A program by name 200 times; `true` itself is a shell builtin, so it is switched off. */
const BY_NAME = 'enable -n true; for i in {1..200}; do true; done';

export function* starts(sandbox: Sandbox): Generator<string> {
  const time = wholeTime(sandbox);
  yield inTurn('start-up: run true / node -e 0', NODE, governed('true'), time);
  yield inTurn('the same with a policy file', NODE, governed(...DEV_POLICY, 'true'), time);
  yield inTurn('the same without the guard', NODE, governed('--no-guard', 'true'), time);
  yield inTurn('200 commands by name in a shell, with the start', ['bash', '-c', BY_NAME], governed('bash', '-c', BY_NAME), time);
  yield inTurn('git status ×5 and npm ls, with the start', ['bash', '-c', MIX], governed('bash', '-c', MIX), time);
  yield perCommand(time);
}

/** Beyond the program's own time: the difference of the loops, for each command. */
function perCommand(time: (command: readonly string[]) => number): string {
  const costs = Array.from({ length: ROUNDS }, () => (time(governed('bash', '-c', BY_NAME)) - time(governed('bash', '-c', 'true')) - time(['bash', '-c', BY_NAME])) / 200);
  return `one command by name, added: ${median(costs).toFixed(2)} ms`;
}
