/** Signals to the session are the agent's business: they are handed on, and the session ends when the agent does. */
import type { AgentProcess } from './agent-process.ts';

const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

const ENDING: ReadonlySet<string> = new Set(['SIGTERM', 'SIGHUP']);

export function forwardSignals(agent: AgentProcess): () => void {
  const hand = (signal: NodeJS.Signals): void => {
    agent.kill(signal);
    // A process that is stopped dies of nothing but SIGKILL: as the kernel does when a terminal goes.
    if (ENDING.has(signal)) agent.wake();
  };
  // Ctrl-C reaches the whole foreground group of a terminal: the agent has it already, and we must outlive it.
  // Without a terminal somebody sent it to us alone.
  const interrupt = (): void => {
    if (!process.stdin.isTTY) agent.kill('SIGINT');
  };
  for (const signal of FORWARDED) process.on(signal, hand);
  process.on('SIGINT', interrupt);
  return () => {
    for (const signal of FORWARDED) process.off(signal, hand);
    process.off('SIGINT', interrupt);
  };
}
