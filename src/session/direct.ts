/** The agent on our own standard streams, byte for byte, for pipes and CI. */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { type AgentExit, type AgentProcess, type AgentStart, startFailure, wakeProcess } from './agent-process.ts';
import type { Descriptor } from './inherited.ts';

export function startDirect(start: AgentStart): AgentProcess {
  const child = spawn(start.file, [...start.args], { argv0: start.name, cwd: start.cwd, env: start.environment, stdio: streams(start.descriptors) });
  // A pipe ends when its last writer closes it, and that must not wait for us.
  if (child.pid !== undefined) for (const { number, target } of start.descriptors) if (target.startsWith('pipe:')) closeSync(number);
  const exit = new Promise<AgentExit>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === undefined ? error : startFailure(start.file, error.code)));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid,
    exit,
    kill: (signal) => {
      child.kill(signal);
    },
    wake: () => wakeProcess(child.pid, start.isGuarded),
    close: () => {},
  };
}

/** Each descriptor under its own number; what lies between them stays closed. */
function streams(descriptors: readonly Descriptor[]): (number | 'ignore' | 'inherit')[] {
  const last = Math.max(2, ...descriptors.map(({ number }) => number));
  const passed = new Set(descriptors.map(({ number }) => number));
  return Array.from({ length: last + 1 }, (_, number) => (number < 3 ? 'inherit' : passed.has(number) ? number : 'ignore'));
}
