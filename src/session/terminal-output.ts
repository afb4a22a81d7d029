/** Output of a pseudo-terminal to ours, to the last byte: at the reader's speed while the agent runs, and all of the rest at its end. */
import { readSync } from 'node:fs';
import type { ReadStream } from 'node:tty';

/** Bytes read at once from what is left in the kernel. */
const PIECE = 64 * 1024;
/** A process that outlives the agent may go on writing: more than this after the agent's end is not waited for. */
const REST_LIMIT = 16 * 1024 * 1024;

/** A pseudo-terminal of node-pty, and what that keeps to itself (see `keepRest`). */
interface Pseudoterminal {
  onData(listener: (data: string) => void): { dispose(): void };
  pause(): void;
  resume(): void;
  kill(signal?: string): void;
}
interface Insides {
  readonly fd?: number;
  readonly _socket?: ReadStream;
}

export interface TerminalOutput {
  /** Resolves when our stdout has taken everything, or nobody reads it any more. */
  drained(): Promise<void>;
  /** What is still queued is given up. */
  abandon(): void;
  dispose(): void;
}

export function joinOutput(pty: Pseudoterminal, stdout: NodeJS.WriteStream): TerminalOutput {
  let isOver = false;
  let release = (): void => {};
  const abandoned = new Promise<void>((resolve) => {
    release = resolve;
  });
  const onOutput = pty.onData((data) => {
    if (isOver || stdout.write(data as unknown as Uint8Array)) return;
    pty.pause();
    stdout.once('drain', () => pty.resume());
  });
  // Nobody reads any more: the agent is told as by a terminal that was closed.
  const onError = (): void => {
    isOver = true;
    release();
    pty.resume();
    pty.kill('SIGHUP');
  };
  stdout.on('error', onError);
  keepRest(pty);
  return {
    drained: () => Promise.race([abandoned, new Promise<void>((resolve) => stdout.write('', () => resolve()))]),
    abandon: release,
    dispose: () => {
      onOutput.dispose();
      // The listener for errors stays: the last bytes may fail after us, and must not be a crash.
    },
  };
}

/**
 * node-pty destroys its socket at the terminal's EIO, or 200 ms after the agent's exit when a process in the background
 * holds the terminal open. A destroyed socket drops what it has read but not handed on (it was paused), and what still
 * lies in the kernel. So both are read in the moment before: the agent is gone, nothing it wrote is still to come.
 */
function keepRest(pty: Pseudoterminal): void {
  const { fd, _socket: socket } = pty as Insides;
  if (fd === undefined || socket === undefined) return;
  const destroy = socket.destroy.bind(socket);
  let isRead = false;
  socket.destroy = (error?: Error) => {
    if (!isRead) {
      isRead = true;
      socket.read();
      readRest(fd, (data) => socket.emit('data', data));
    }
    return destroy(error);
  };
}

function readRest(fd: number, take: (data: Buffer) => void): void {
  for (let total = 0; total < REST_LIMIT; ) {
    const piece = Buffer.allocUnsafe(PIECE);
    let size: number;
    try {
      size = readSync(fd, piece);
    } catch {
      // EAGAIN: empty, and still open elsewhere. EIO: closed everywhere.
      return;
    }
    if (size === 0) return;
    take(piece.subarray(0, size));
    total += size;
  }
}
