/** The agent as a process, whichever way it is connected. */
export interface AgentStart {
  readonly file: string;
  /** argv[0], as the user wrote it. */
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
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
