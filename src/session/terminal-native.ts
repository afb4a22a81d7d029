/** The agent in a pseudo-terminal that our own program (shims/pty.c) opens and joins to the user's: for where node-pty is not installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { PatchworkError } from '../model/errors.ts';
import { nativeProgram } from '../model/native.ts';
import { type AgentExit, type AgentProcess, type AgentStart, signalName, startFailure, wakeProcess } from './agent-process.ts';

/** What a shell says of a process that SIGHUP ended. */
const HUNG_UP = 128 + constants.signals.SIGHUP;

/** What the program says, as far as it has said it. */
interface Said {
  pid?: number;
  end?: AgentExit;
  error?: Error;
}

export async function startNative(start: AgentStart): Promise<AgentProcess> {
  const child = spawn(nativeProgram('pty'), [start.file, start.name, ...start.args], { cwd: start.cwd, env: start.environment, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
  const socket = child.stdio[3] as Duplex;
  // It may end at any moment, also while it is spoken to.
  socket.on('error', () => {});
  const said: Said = {};
  const exit = endOf(child, said);
  const isThere = new Promise<void>((resolve) => listen(socket, start.file, said, resolve));
  await Promise.race([isThere, exit]);
  // The agent starts with this byte. Whoever awaits us goes on before any question of the agent is read.
  socket.write(start.isGuarded ? 'g' : 'a');
  return {
    pid: said.pid,
    exit,
    // With the agent gone a signal is meant for the program, which waits for a reader that does not read.
    kill: (signal) => (said.end === undefined ? killQuietly(said.pid, signal) : void child.kill()),
    wake: () => (said.end === undefined ? wakeProcess(said.pid, start.isGuarded) : undefined),
    close: () => void socket.destroy(),
  };
}

function endOf(child: ChildProcess, said: Said): Promise<AgentExit> {
  const exit = new Promise<AgentExit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      if (said.error !== undefined) reject(said.error);
      // Killed: its end closed the agent's terminal. As a code and not a signal: Node gives the user's terminal back at an ordinary exit only.
      else resolve(said.end ?? { code: HUNG_UP, signal: null });
    });
  });
  // Awaited later than it may fail.
  exit.catch(() => {});
  return exit;
}

function listen(socket: Duplex, file: string, said: Said, onPid: () => void): void {
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    const lines = (text + more).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) take(line.split(' '), file, said);
    if (said.pid !== undefined) onPid();
  });
}

function take([what, first = '', second]: readonly string[], file: string, said: Said): void {
  if (what === 'pid') said.pid = Number(first);
  else if (what === 'exit') said.end = { code: Number(first), signal: null };
  else if (what === 'signal') said.end = { code: null, signal: signalName(Number(first)) };
  else if (what === 'error') {
    const code = getSystemErrorName(-Number(second));
    said.error = first === 'exec' ? startFailure(file, code) : new PatchworkError('PW_NATIVE_MISSING', `no terminal could be opened for the agent (${first}: ${code})`, { hint: 'is /dev/pts there, and are there terminals left? `patchwork doctor` tries one' });
  }
}

function killQuietly(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It is gone already, which is what was wanted.
  }
}
