/** The agent in a pseudo-terminal of its own, joined to the user's: raw mode, resize, end of input. The only import of node-pty. */
import { constants } from 'node:os';
import type { IPty } from 'node-pty';
import { PatchworkError } from '../model/errors.ts';
import type { AgentExit, AgentProcess, AgentStart } from './agent-process.ts';
import { joinOutput } from './terminal-output.ts';

/** Size when there is no terminal to ask (`--pty` in a pipe). */
const DEFAULT_SIZE = { columns: 80, rows: 24 };
/** Ctrl-D: end of input, as a terminal says it. */
const END_OF_INPUT = '\x04';

export async function startInTerminal(start: AgentStart): Promise<AgentProcess> {
  const { spawn } = await import('node-pty').catch((error: unknown) => {
    throw new PatchworkError('PW_NATIVE_MISSING', 'node-pty is not installed, so there is no terminal for the agent', {
      hint: 'install python3, make and a C++ compiler and run `npm install` again, or connect it without a terminal: patchwork run … | cat',
      cause: error,
    });
  });
  const { stdout } = process;
  // A program's own path goes in front, since node-pty has no argv[0] of its own; scripts never see the difference.
  const pty = spawn(start.file, [...start.args], {
    name: process.env['TERM'] ?? 'xterm-256color',
    cols: stdout.columns ?? DEFAULT_SIZE.columns,
    rows: stdout.rows ?? DEFAULT_SIZE.rows,
    cwd: start.cwd,
    env: start.environment as Record<string, string>,
    encoding: null,
  });
  const output = joinOutput(pty, stdout);
  const disconnect = connectInput(pty);
  let isGone = false;
  const exit = new Promise<AgentExit>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      isGone = true;
      void output.drained().then(() => resolve({ code: signal ? null : exitCode, signal: signal ? signalName(signal) : null }));
    });
  });
  return {
    pid: pty.pid,
    exit,
    // With the agent gone a signal is meant for us, who wait for a reader that does not read.
    kill: (signal) => (isGone ? output.abandon() : killQuietly(pty, signal)),
    close: () => {
      output.dispose();
      disconnect();
    },
  };
}

function connectInput(pty: IPty): () => void {
  const { stdin, stdout } = process;
  const onInput = (data: Buffer): void => pty.write(data as unknown as string);
  const onEnd = (): void => pty.write(END_OF_INPUT);
  const onResize = (): void => pty.resize(stdout.columns ?? DEFAULT_SIZE.columns, stdout.rows ?? DEFAULT_SIZE.rows);
  const wasRaw = stdin.isTTY ? stdin.isRaw : undefined;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', onInput);
  stdin.once('end', onEnd);
  stdout.on('resize', onResize);
  return () => {
    stdin.off('data', onInput);
    stdin.off('end', onEnd);
    stdout.off('resize', onResize);
    if (wasRaw !== undefined) stdin.setRawMode(wasRaw);
    stdin.pause();
    stdin.unref?.();
  };
}

function signalName(number: number): NodeJS.Signals {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return (entry?.[0] ?? 'SIGTERM') as NodeJS.Signals;
}

function killQuietly(pty: IPty, signal: NodeJS.Signals): void {
  try {
    pty.kill(signal);
  } catch {
    // It is gone already, which is what was wanted.
  }
}
