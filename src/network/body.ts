/** Bodies of HTTP/1 messages, passed on as they come, up to where they end. */
import type { Socket } from 'node:net';
import { type Framing, readField } from './http-head.ts';
import { type ByteReader, pump, write } from './stream.ts';

/** Of a chunk's line with its extensions, and of the fields behind the last chunk. */
const LINE_LIMIT = 4096;
const TRAILERS_LIMIT = 32 * 1024;

/** True when the whole body was passed on; false when the connection ended before, or what came is no body. */
export async function passBody(framing: Framing, from: ByteReader, to: Socket): Promise<boolean> {
  switch (framing.kind) {
    case 'none':
      return true;
    case 'length':
      return passBytes(framing.bytes, from, to);
    case 'chunked':
      return passChunks(from, to);
    case 'until-close':
      await pump(from, to);
      return false;
  }
}

async function passBytes(count: number, from: ByteReader, to: Socket): Promise<boolean> {
  for (let left = count; left > 0; ) {
    const piece = await from.read();
    if (piece === undefined) return false;
    const mine = piece.subarray(0, left);
    from.unread(piece.subarray(mine.length));
    left -= mine.length;
    if (!(await write(to, mine))) return false;
  }
  return true;
}

async function passChunks(from: ByteReader, to: Socket): Promise<boolean> {
  for (;;) {
    const line = await readLine(from, LINE_LIMIT);
    // Strict: `0x10`, `+5`, blanks, a line feed alone are read differently by different servers.
    const size = line === undefined ? undefined : /^([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/.exec(line.toString('latin1'))?.[1];
    if (line === undefined || size === undefined || !(await write(to, line))) return false;
    const bytes = Number.parseInt(size, 16);
    if (bytes === 0) return passTrailers(from, to);
    if (!(await passBytes(bytes, from, to))) return false;
    const end = await from.take(2);
    if (end?.toString('latin1') !== '\r\n' || !(await write(to, end))) return false;
  }
}

async function passTrailers(from: ByteReader, to: Socket): Promise<boolean> {
  for (let left = TRAILERS_LIMIT; left > 0; ) {
    const line = await readLine(from, LINE_LIMIT);
    const text = line?.toString('latin1') ?? '';
    // As in a head: a line feed alone is the end for some servers, and what follows would be a request that nobody has judged.
    if (line === undefined || !text.endsWith('\r\n') || (text !== '\r\n' && typeof readField(text.slice(0, -2)) === 'string')) return false;
    if (!(await write(to, line))) return false;
    if (text === '\r\n') return true;
    left -= line.length;
  }
  return false;
}

async function readLine(from: ByteReader, limit: number): Promise<Buffer | undefined> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const end = bytes.indexOf(10);
    if (end >= 0) {
      from.unread(bytes.subarray(end + 1));
      return bytes.subarray(0, end + 1);
    }
    if (bytes.length > limit) return undefined;
    const piece = await from.read();
    if (piece === undefined) return undefined;
    bytes = Buffer.concat([bytes, piece]);
  }
}
