/** What a program is, apart from its name and from what can be added to its file without changing what it does. */
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** ELF header and program headers (elf(5)); those of real programs lie in the first page. */
const HEAD_BYTES = 4096;
const CHUNK_BYTES = 1024 * 1024;
const CONTENT_BYTES_LIMIT = 512n * 1024n * 1024n;

interface Span {
  readonly start: number;
  readonly length: number;
}

export interface Fingerprint {
  readonly size: number;
  /** Bytes of machine code; 0 when it is no ELF program. */
  readonly codeBytes: number;
  /** Hash of the machine code, made when it is first asked for; undefined when the file is another by then. */
  code(): string | undefined;
  /** Hash of the first `length` bytes. */
  start(length: number): string | undefined;
}

/** Undefined for what cannot be read, or is too large to be looked through. */
export function fingerprintOf(file: string, stats: BigIntStats): Fingerprint | undefined {
  if (stats.size > CONTENT_BYTES_LIMIT) return undefined;
  const size = Number(stats.size);
  const head = read(file, stats, [{ start: 0, length: Math.min(size, HEAD_BYTES) }], (pieces) => Buffer.concat(Array.from(pieces, (piece) => Buffer.from(piece))));
  if (head === undefined) return undefined;
  const spans = codeSpans(head, size);
  const hashes = new Map<string, string | undefined>();
  const hash = (key: string, wanted: readonly Span[]): string | undefined => {
    // An original that is moved away later must be known by then.
    if (!hashes.has(key)) hashes.set(key, hashOf(file, stats, wanted));
    return hashes.get(key);
  };
  const fingerprint: Fingerprint = {
    size,
    codeBytes: spans.reduce((sum, { length }) => sum + length, 0),
    code: () => hash('code', spans),
    start: (length) => (length > size ? undefined : hash(`start ${length}`, [{ start: 0, length }])),
  };
  return fingerprint;
}

/** The same machine code; or, of anything else, the whole of `original` and whatever stands behind it. */
export function isSameProgram(original: Fingerprint, other: Fingerprint, isExact: boolean): boolean {
  if (isExact) return original.size === other.size && isEqual(original.start(original.size), other.start(original.size));
  if (original.codeBytes > 0) return original.codeBytes === other.codeBytes && isEqual(original.code(), other.code());
  return original.size <= other.size && isEqual(original.start(original.size), other.start(original.size));
}

function isEqual(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other;
}

/** The segments that are loaded to be executed. */
function codeSpans(head: Buffer, size: number): Span[] {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46) return [];
  const [isWide, isLittle] = [head[4] === 2, head[5] === 1];
  if (!isLittle) return [];
  const at = isWide ? Number(head.readBigUInt64LE(32)) : head.readUInt32LE(28);
  const [entry, count] = isWide ? [head.readUInt16LE(54), head.readUInt16LE(56)] : [head.readUInt16LE(42), head.readUInt16LE(44)];
  const spans: Span[] = [];
  for (let i = 0; i < count && at + (i + 1) * entry <= head.length && entry >= (isWide ? 56 : 32); i++) {
    const header = head.subarray(at + i * entry, at + (i + 1) * entry);
    const flags = header.readUInt32LE(isWide ? 4 : 24);
    const [start, length] = isWide ? [Number(header.readBigUInt64LE(8)), Number(header.readBigUInt64LE(32))] : [header.readUInt32LE(4), header.readUInt32LE(16)];
    if (header.readUInt32LE(0) === 1 && (flags & 1) !== 0 && start + length <= size) spans.push({ start, length });
  }
  // A segment that begins with the file's own header has bytes in it that mean nothing.
  return spans.map(({ start, length }) => (start === 0 && length > HEAD_BYTES ? { start: HEAD_BYTES, length: length - HEAD_BYTES } : { start, length }));
}

function hashOf(file: string, stats: BigIntStats, spans: readonly Span[]): string | undefined {
  const hash = createHash('sha256');
  return read(file, stats, spans, (found) => {
    for (const piece of found) hash.update(piece);
    return hash.digest('hex');
  });
}

/** What `use` makes of the pieces; undefined when they cannot be read, or are another file's by now. */
function read<T>(file: string, stats: BigIntStats, spans: readonly Span[], use: (pieces: Iterable<Buffer>) => T): T | undefined {
  let fd: number;
  try {
    // Neither a FIFO that took its place nor a lease (fcntl(2)) may keep the evaluator.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    // Whoever holds a lease lets nobody see what it will be.
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') throw new Error(`${file} is held back by a lease of another process`);
    return undefined;
  }
  try {
    const now = fstatSync(fd, { bigint: true });
    if (now.dev !== stats.dev || now.ino !== stats.ino || now.size !== stats.size) return undefined;
    return use(pieces(fd, spans));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function* pieces(fd: number, spans: readonly Span[]): Generator<Buffer> {
  // No larger than what is read: most files are told apart by their first page, and a megabyte costs more than to read that.
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, ...spans.map(({ length }) => length))));
  for (const { start, length } of spans) {
    for (let done = 0; done < length; ) {
      const got = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), start + done);
      if (got === 0) throw new Error('the file ends early');
      yield buffer.subarray(0, got);
      done += got;
    }
  }
}
