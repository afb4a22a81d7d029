/** What goes through a tunnel (CONNECT, SOCKS) is looked at once more: its own first bytes must name a permitted host, too. */
import { serveHttp } from './http-session.ts';
import type { RelayContext } from './route.ts';
import { pump, type Side, splice, within, write } from './stream.ts';

/** Servers of some protocols speak first; a client that has said nothing by then waits for one. */
const SILENCE_MS = 200;
const FIRST_BYTES_MS = 10_000;
const COPY_LIMIT = 32 * 1024;
/** A piece without bytes: the client will send no more. */
const END: Buffer = Buffer.alloc(0);

interface Target {
  readonly pid: number;
  /** The host that the tunnel leads to, a name or an address. */
  readonly address: string;
  readonly port: number;
}

export async function passTunnel(client: Side, server: Side, to: Target, context: RelayContext): Promise<void> {
  try {
    await look(client, server, to, context);
  } finally {
    client.socket.destroySoon();
    server.socket.destroySoon();
  }
}

async function look(client: Side, server: Side, to: Target, context: RelayContext): Promise<void> {
  const first = client.reader.read();
  let piece = await within(SILENCE_MS, first.then((bytes) => bytes ?? END));
  let down: Promise<void> | undefined;
  if (piece === undefined) {
    const silent = await context.judge.stream({ ...to, bytes: END, isEnded: true });
    if (silent.kind !== 'settled' || !silent.verdict.isAllowed) return;
    // The server's words go to the client; the client's are looked at when they come.
    down = pump(server.reader, client.socket);
    piece = (await first) ?? END;
  }
  let bytes = piece;
  const until = performance.now() + FIRST_BYTES_MS;
  for (;;) {
    const isEnded = piece.length === 0;
    const seen = await context.judge.stream({ ...to, bytes, isEnded: isEnded || bytes.length >= COPY_LIMIT });
    if (seen.kind === 'more') {
      const more = await within(Math.max(0, until - performance.now()), client.reader.read().then((next) => next ?? END));
      // Too slow: what was begun is not finished, and cannot be judged.
      if (more === undefined) return;
      piece = more;
      bytes = Buffer.concat([bytes, more]);
      continue;
    }
    if (seen.kind === 'http') {
      // A request after the server has spoken is none that it expects.
      if (down !== undefined) return;
      client.reader.unread(bytes);
      return serveHttp(client, to, context, server);
    }
    if (!seen.verdict.isAllowed) return void (await write(client.socket, seen.reply));
    client.reader.unread(bytes);
    if (down === undefined) return splice(client, server);
    await Promise.all([pump(client.reader, server.socket), down]);
    return;
  }
}
