/** Sockets read piece by piece and written with back-pressure, so that no connection holds more than a few pieces in memory. */
import type { Socket } from 'node:net';

/** Of each direction of a connection that moves more than it can hand on. */
export const BUFFER_BYTES = 256 * 1024;

export interface Side {
  readonly socket: Socket;
  readonly reader: ByteReader;
}

export function sideOf(socket: Socket): Side {
  socket.setNoDelay(true);
  // Whoever reads or writes hears that it is gone.
  socket.on('error', () => socket.destroy());
  return { socket, reader: new ByteReader(socket) };
}

export class ByteReader {
  readonly #socket: Socket;
  #held: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The next piece; undefined at the end, also at that of a connection that broke. */
  async read(): Promise<Buffer | undefined> {
    const held = this.#held.pop();
    if (held !== undefined) return held;
    const socket = this.#socket;
    for (;;) {
      const piece = socket.read() as Buffer | null;
      if (piece !== null) return piece;
      if (socket.readableEnded || socket.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          for (const event of ['readable', 'end', 'close']) socket.off(event, wake);
          resolve();
        };
        for (const event of ['readable', 'end', 'close']) socket.on(event, wake);
      });
    }
  }

  /** Back in front of what is read next. */
  unread(bytes: Buffer): void {
    if (bytes.length > 0) this.#held.push(bytes);
  }

  /** At least `count` bytes joined, the rest put back; undefined when fewer came. */
  async take(count: number): Promise<Buffer | undefined> {
    let bytes = Buffer.alloc(0);
    while (bytes.length < count) {
      const piece = await this.read();
      if (piece === undefined) return undefined;
      bytes = Buffer.concat([bytes, piece]);
    }
    this.unread(bytes.subarray(count));
    return bytes.subarray(0, count);
  }
}

/** Resolves when the socket takes more; false when it is gone. */
export async function write(socket: Socket, bytes: Buffer): Promise<boolean> {
  if (socket.destroyed || socket.writableEnded) return false;
  if (bytes.length === 0 || socket.write(bytes)) return true;
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      for (const event of ['drain', 'close']) socket.off(event, wake);
      resolve();
    };
    for (const event of ['drain', 'close']) socket.on(event, wake);
  });
  return !socket.destroyed;
}

/** Everything from one to the other, then the end of it. */
export async function pump(from: ByteReader, to: Socket): Promise<void> {
  for (;;) {
    const piece = await from.read();
    if (piece === undefined) break;
    if (!(await write(to, piece))) return;
  }
  if (!to.destroyed) to.end();
}

/** Both directions, until both are done; one that breaks takes the other along. */
export async function splice(client: Side, server: Side): Promise<void> {
  const ends = [client.socket, server.socket] as const;
  for (const [one, other] of [ends, [ends[1], ends[0]] as const]) one.once('close', () => (one.readableEnded ? undefined : other.destroy()));
  await Promise.all([pump(client.reader, server.socket), pump(server.reader, client.socket)]);
}

/** Whatever comes first; `undefined` after `ms`. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
