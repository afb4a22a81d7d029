/** The agent as a process, whichever way it is connected. */
import { readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { PatchworkError } from '../model/errors.ts';
import type { Descriptor } from './inherited.ts';

export interface AgentStart {
  readonly file: string;
  /** argv[0], as the user wrote it. */
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What is started is the guard, with the agent below it. */
  readonly isGuarded: boolean;
  /** Handed on where there is no terminal in between. */
  readonly descriptors: readonly Descriptor[];
}

export interface AgentExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AgentProcess {
  readonly pid: number | undefined;
  readonly exit: Promise<AgentExit>;
  kill(signal: NodeJS.Signals): void;
  /** Lets it go on where it was stopped. */
  wake(): void;
  /** Gives the user's terminal back as it was. */
  close(): void;
}

/** The guard looks by itself whether the agent is stopped. One that is not must not hear that it was. */
export function wakeProcess(pid: number | undefined, isGuarded: boolean): void {
  try {
    if (pid !== undefined && (isGuarded || isStopped(pid))) process.kill(pid, 'SIGCONT');
  } catch {
    // It is gone already.
  }
}

/** Milliseconds between looks at the guard. */
const LOOK_MS = 2000;

/** While the guard is stopped, by whomever, the calls of the whole session wait for it: it goes on. Gives what ends that. */
export function keepAwake(guard: number | undefined): () => void {
  const timer = setInterval(() => guard !== undefined && isStopped(guard) && wakeProcess(guard, true), LOOK_MS).unref();
  return () => clearInterval(timer);
}

/** Its state in proc_pid_stat(5); where there is no such file nothing is known, and nothing done. */
function isStopped(pid: number): boolean {
  try {
    return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

export function signalName(number: number): NodeJS.Signals {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return (entry?.[0] ?? 'SIGTERM') as NodeJS.Signals;
}

/** Nothing of that name that could be started. */
export function agentNotFound(command: string): PatchworkError {
  const stats = command.includes('/') ? statSync(command, { throwIfNoEntry: false }) : undefined;
  if (stats?.isDirectory()) return new PatchworkError('PW_AGENT_NOT_FOUND', `${command}: it is a folder`, { hint: 'give the name of a program on PATH, or a path' });
  if (stats !== undefined) return new PatchworkError('PW_AGENT_NOT_FOUND', `${command}: it is not executable`, { hint: `chmod +x ${command}, or start it with its interpreter` });
  return new PatchworkError('PW_AGENT_NOT_FOUND', `${command}: command not found`, { hint: 'give the name of a program on PATH, or a path; options of patchwork stand before it' });
}

/** The system would not execute the file. */
export function startFailure(file: string, code: string): PatchworkError {
  return new PatchworkError('PW_AGENT_NOT_FOUND', `${file} cannot be started: ${code}`, { hint: 'ENOENT: the program that its first line (#!) names, or its loader, is not there; EACCES: it may not be executed' });
}
