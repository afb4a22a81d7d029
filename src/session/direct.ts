/** The agent on our own standard streams, byte for byte, for pipes and CI. */
import { spawn } from 'node:child_process';
import type { AgentExit, AgentProcess, AgentStart } from './agent-process.ts';

export function startDirect(start: AgentStart): AgentProcess {
  const child = spawn(start.file, [...start.args], { argv0: start.name, cwd: start.cwd, env: start.environment, stdio: 'inherit' });
  const exit = new Promise<AgentExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid,
    exit,
    kill: (signal) => {
      child.kill(signal);
    },
    close: () => {},
  };
}
