/** Events by where they stand in their log. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { AuditEvent } from '../event.ts';
import { parseEvent } from '../reader.ts';

const BLOCK_BYTES = 16 * 1024;
/** Of a line that a block cuts; a longer one costs a second read. */
const PIECE_BYTES = 8192;
const LINE_BYTES_LIMIT = 1024 * 1024;

/** Keeps files open while a page is read. */
export class LineReader {
  readonly #files = new Map<string, number>();
  readonly #bytes = Buffer.allocUnsafe(BLOCK_BYTES);
  #block = { fd: -1, number: -1, bytes: Buffer.alloc(0) };

  /** Undefined when the log is gone or no event stands there any more. */
  read(file: string, at: number): AuditEvent | undefined {
    const fd = this.#open(file);
    if (fd === undefined) return undefined;
    const block = this.#blockOf(fd, at);
    const begin = at % BLOCK_BYTES;
    const stop = block.indexOf(10, begin);
    if (stop >= 0) return parseEvent(block.toString('utf8', begin, stop));
    for (let size = PIECE_BYTES; size <= LINE_BYTES_LIMIT; size *= 16) {
      const bytes = Buffer.allocUnsafe(size);
      const read = readSync(fd, bytes, 0, size, at);
      const end = bytes.subarray(0, read).indexOf(10);
      if (end >= 0) return parseEvent(bytes.toString('utf8', 0, end));
      if (read < size) return undefined;
    }
    return undefined;
  }

  /** The one that was read last is kept: neighbours in time are neighbours in their log. */
  #blockOf(fd: number, at: number): Buffer {
    const number = Math.floor(at / BLOCK_BYTES);
    if (this.#block.fd !== fd || this.#block.number !== number) {
      const read = readSync(fd, this.#bytes, 0, BLOCK_BYTES, number * BLOCK_BYTES);
      this.#block = { fd, number, bytes: this.#bytes.subarray(0, read) };
    }
    return this.#block.bytes;
  }

  /** By its number, which its id ends with: events of a log stand in their order. */
  find(file: string, seq: number): AuditEvent | undefined {
    const fd = this.#open(file);
    if (fd === undefined) return undefined;
    let low = 0;
    let high = fstatSync(fd).size;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const at = this.#lineBegin(fd, middle);
      const event = at === undefined || at >= high ? undefined : this.read(file, at);
      // From the line that begins at or before the middle on: none begins behind it.
      if (event === undefined) high = middle;
      else {
        const found = seqOf(event.id);
        if (found === seq) return event;
        if (found < seq) low = at === undefined ? high : at + 1;
        else high = middle;
      }
    }
    return undefined;
  }

  /** The first line that begins at this byte or after it. */
  #lineBegin(fd: number, from: number): number | undefined {
    if (from === 0) return 0;
    const bytes = Buffer.allocUnsafe(64 * 1024);
    for (let at = from - 1; ; at += bytes.length) {
      const read = readSync(fd, bytes, 0, bytes.length, at);
      if (read === 0) return undefined;
      const end = bytes.subarray(0, read).indexOf(10);
      if (end >= 0) return at + end + 1;
    }
  }

  #open(file: string): number | undefined {
    const open = this.#files.get(file);
    if (open !== undefined) return open;
    try {
      const fd = openSync(file, 'r');
      this.#files.set(file, fd);
      return fd;
    } catch {
      return undefined;
    }
  }

  close(): void {
    for (const fd of this.#files.values()) closeSync(fd);
    this.#files.clear();
    this.#block = { fd: -1, number: -1, bytes: Buffer.alloc(0) };
  }
}

export function seqOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}
