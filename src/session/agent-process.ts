/** The agent as a process, whichever way it is connected. */
import type { Descriptor } from './inherited.ts';

export interface AgentStart {
  readonly file: string;
  /** argv[0], as the user wrote it. */
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
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
  /** Gives the user's terminal back as it was. */
  close(): void;
}
