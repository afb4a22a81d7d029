/** A session that runs while a test looks at it: its runtime folder, its processes, its socket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROGRAM, type Sandbox, sandboxEnvironment } from './patchwork.ts';

export interface LiveSession {
  readonly process: ChildProcess;
  readonly id: string;
  readonly runtime: string;
  readonly socket: string;
  readonly agentPid: number;
  /** What the agent wrote to its standard output so far. */
  output(): string;
  errors(): string;
  /** Lets the agent end, and gives how the session ended. */
  end(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface LiveOptions {
  readonly options?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What the agent does before it waits for the end of its input. */
  readonly script?: string;
}

/** A session that does not end by then is stuck: it is killed, and the test sees the signal. */
const END_LIMIT_MS = 8000;

export async function startLive(sandbox: Sandbox, live: LiveOptions = {}): Promise<LiveSession> {
  // The agent waits without a command of its own: nothing here needs an answer of the evaluator.
  const script = `echo "$PATCHWORK_SESSION $$ \${PATH%%:*}"; ${live.script ?? ':'}\nread line`;
  const child = spawn(process.execPath, [PROGRAM, 'run', ...(live.options ?? ['--quiet']), 'bash', '-c', script], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home, live.env), stdio: 'pipe', ...live.user });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await until(() => output.includes('\n') || child.exitCode !== null, 'the session has started');
  const [id = '', pid = '', bin = ''] = (output.split('\n')[0] ?? '').split(' ');
  if (bin === '') throw new Error(`the session did not start: ${errors}`);
  const runtime = dirname(bin);
  return {
    process: child,
    id,
    runtime,
    socket: join(runtime, 'sock'),
    agentPid: Number(pid),
    output: () => output.slice(output.indexOf('\n') + 1),
    errors: () => errors,
    async end() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
      const [code, signal] = await exit;
      clearTimeout(timer);
      return { code, signal };
    },
  };
}

export async function until(isTrue: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  for (const end = Date.now() + limitMs; !isTrue(); ) {
    if (Date.now() > end) throw new Error(`still not so after ${limitMs} ms: ${what}`);
    await sleep(20);
  }
}

export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Longest wait for a line: an evaluator that is stuck must fail a test, not stop the run. */
const LINE_LIMIT_MS = 13_000;

/** A peer of the evaluator that says whatever it likes. */
export interface Peer {
  readonly socket: Socket;
  send(bytes: Buffer | string): void;
  /** The next line, or undefined when the evaluator closed the connection. */
  line(): Promise<string | undefined>;
  close(): void;
}

export async function connectPeer(path: string): Promise<Peer> {
  const socket = connect({ path });
  await once(socket, 'connect');
  let text = '';
  let isOver = false;
  let wake = (): void => {};
  socket.setEncoding('utf8').on('data', (more) => {
    text += String(more);
    wake();
  });
  const onEnd = (): void => {
    isOver = true;
    wake();
  };
  socket.on('error', onEnd).on('end', onEnd).on('close', onEnd);
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    async line() {
      const timer = setTimeout(() => socket.destroy(), LINE_LIMIT_MS);
      while (!text.includes('\n') && !isOver) await new Promise<void>((resolve) => (wake = resolve));
      clearTimeout(timer);
      const end = text.indexOf('\n');
      if (end < 0) return undefined;
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return line;
    },
    close: () => void socket.destroy(),
  };
}
