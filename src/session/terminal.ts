/** The agent in a pseudo-terminal of its own, joined to the user's: raw mode, resize, end of input. The only import of node-pty. */
import type { IPty } from 'node-pty';
import { type AgentExit, type AgentProcess, type AgentStart, signalName, wakeProcess } from './agent-process.ts';
import { joinOutput } from './terminal-output.ts';
import { startNative } from './terminal-native.ts';

/** Size when there is no terminal to ask (`--pty` in a pipe). */
const DEFAULT_SIZE = { columns: 80, rows: 24 };
/** Ctrl-D: end of input, as a terminal says it. */
const END_OF_INPUT = '\x04';
const LINE_FEED = 10;

type Spawn = typeof import('node-pty').spawn;

/** Undefined where it is not installed, not built, or not wanted: then our own program does it. */
export async function loadNodePty(): Promise<Spawn | undefined> {
  if (process.env['PATCHWORK_TERMINAL'] === 'native') return undefined;
  return await import('node-pty').then(({ spawn }) => spawn, () => undefined);
}

export async function startInTerminal(start: AgentStart): Promise<AgentProcess> {
  const environment = { TERM: 'xterm-256color', ...start.environment };
  const spawn = await loadNodePty();
  return spawn === undefined ? await startNative({ ...start, environment }) : startNodePty(spawn, { ...start, environment });
}

function startNodePty(spawn: Spawn, start: AgentStart): AgentProcess {
  const { stdout } = process;
  // A program's own path goes in front, since node-pty has no argv[0] of its own; scripts never see the difference.
  const pty = spawn(start.file, [...start.args], {
    name: start.environment['TERM'] as string,
    cols: stdout.columns ?? DEFAULT_SIZE.columns,
    rows: stdout.rows ?? DEFAULT_SIZE.rows,
    cwd: start.cwd,
    env: start.environment as Record<string, string>,
    encoding: null,
  });
  const output = joinOutput(pty, stdout);
  const disconnect = connectInput(pty, start.isGuarded);
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
    wake: () => (isGone ? undefined : wakeProcess(pty.pid, start.isGuarded)),
    close: () => {
      output.dispose();
      disconnect();
    },
  };
}

function connectInput(pty: IPty, isGuarded: boolean): () => void {
  const { stdin, stdout } = process;
  let last: number | undefined = LINE_FEED;
  const onInput = (data: Buffer): void => {
    last = data.at(-1);
    // An agent that stops itself at Ctrl-Z has no shell above it that could continue it: the next key does.
    wakeProcess(pty.pid, isGuarded);
    pty.write(data as unknown as string);
  };
  // Within a line it only hands over what there is of it; the next one is the end.
  const onEnd = (): void => pty.write(last === LINE_FEED ? END_OF_INPUT : END_OF_INPUT.repeat(2));
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

function killQuietly(pty: IPty, signal: NodeJS.Signals): void {
  try {
    pty.kill(signal);
  } catch {
    // It is gone already, which is what was wanted.
  }
}
