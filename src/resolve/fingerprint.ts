/** What a program is, apart from its name and from what can be added to its file without changing what it does. */
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Most tables lie in the first page. A segment that begins there has bytes in it that mean nothing. */
const HEAD_BYTES = 4096;
const CHUNK_BYTES = 1024 * 1024;
const CONTENT_BYTES_LIMIT = 512n * 1024n * 1024n;
/** What the kernel takes for a program (elf(5), load_elf_phdrs): it looks at the machine, not at class and order of bytes. */
const HEADER_BYTES = 64;
const TABLE_BYTES_LIMIT = 65_536;
const [MAGIC, PT_LOAD, PF_X] = [0x7f454c46, 1, 1];
/** EM_386, EM_ARM: their tables are narrower. */
const NARROW_MACHINES = new Set([3, 40]);

interface Span {
  readonly start: number;
  readonly length: number;
}

export interface Fingerprint {
  readonly size: number;
  /** Segments of machine code; none when it is no ELF program. */
  readonly code: readonly Span[];
  /** Hash of some bytes, made when it is first asked for; undefined when the file is another by then. */
  hash(span: Span): string | undefined;
}

/** Undefined for what cannot be read, or is too large to be looked through. */
export function fingerprintOf(file: string, stats: BigIntStats): Fingerprint | undefined {
  if (stats.size > CONTENT_BYTES_LIMIT) return undefined;
  const size = Number(stats.size);
  const part = (start: number, length: number): Buffer | undefined => (start + length > size ? undefined : read(file, stats, { start, length }, (pieces) => Buffer.concat(Array.from(pieces, (piece) => Buffer.from(piece)))));
  const head = part(0, Math.min(size, HEAD_BYTES));
  if (head === undefined) return undefined;
  const hashes = new Map<string, string | undefined>();
  return {
    size,
    code: codeSpans(head, size, part),
    hash: (span) => {
      const key = `${span.start} ${span.length}`;
      // An original that is moved away later must be known by then.
      if (!hashes.has(key)) hashes.set(key, hashOf(file, stats, span));
      return hashes.get(key);
    },
  };
}

/** Its machine code, wherever that lies by now and whatever stands behind it; or, of anything else, the whole of `original` and whatever stands behind it. */
export function isSameProgram(original: Fingerprint, other: Fingerprint, isExact: boolean): boolean {
  if (!isExact && original.code.length > 0) return original.code.every((span) => other.code.some(({ start, length }) => length >= span.length && holds(other, start, original, span)));
  return (isExact ? original.size === other.size : original.size <= other.size) && holds(other, 0, original, { start: 0, length: original.size });
}

/** Most are told apart by their beginnings: a large program would have to be read for each length that an original has. */
function holds(other: Fingerprint, start: number, original: Fingerprint, span: Span): boolean {
  return [Math.min(span.length, HEAD_BYTES), span.length].every((length) => isEqual(original.hash({ start: span.start, length }), other.hash({ start, length })));
}

function isEqual(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other;
}

/** Read once of an original, before it is asked for. */
export function learn(original: Fingerprint): void {
  for (const span of original.code.length > 0 ? original.code : [{ start: 0, length: original.size }]) original.hash(span);
}

/** The segments that are loaded to be executed. */
function codeSpans(head: Buffer, size: number, part: (start: number, length: number) => Buffer | undefined): Span[] {
  if (head.length < HEADER_BYTES || head.readUInt32BE(0) !== MAGIC) return [];
  const isWide = !NARROW_MACHINES.has(head.readUInt16LE(18));
  const at = isWide ? Number(head.readBigUInt64LE(32)) : head.readUInt32LE(28);
  const [entry, count] = isWide ? [head.readUInt16LE(54), head.readUInt16LE(56)] : [head.readUInt16LE(42), head.readUInt16LE(44)];
  if (entry < (isWide ? 56 : 32) || entry * count > TABLE_BYTES_LIMIT) return [];
  const table = at + entry * count <= head.length ? head.subarray(at) : part(at, entry * count);
  const spans: Span[] = [];
  for (let i = 0; table !== undefined && i < count; i++) {
    const header = table.subarray(i * entry);
    const flags = header.readUInt32LE(isWide ? 4 : 24);
    const [start, length] = isWide ? [Number(header.readBigUInt64LE(8)), Number(header.readBigUInt64LE(32))] : [header.readUInt32LE(4), header.readUInt32LE(16)];
    if (header.readUInt32LE(0) === PT_LOAD && (flags & PF_X) !== 0 && length > 0 && start + length <= size) spans.push({ start, length });
  }
  return spans.map(({ start, length }) => (start === 0 && length > HEAD_BYTES ? { start: HEAD_BYTES, length: length - HEAD_BYTES } : { start, length }));
}

function hashOf(file: string, stats: BigIntStats, span: Span): string | undefined {
  const hash = createHash('sha256');
  return read(file, stats, span, (found) => {
    for (const piece of found) hash.update(piece);
    return hash.digest('hex');
  });
}

/** What `use` makes of the pieces; undefined when they cannot be read, or are another file's by now. */
function read<T>(file: string, stats: BigIntStats, span: Span, use: (pieces: Iterable<Buffer>) => T): T | undefined {
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
    return use(pieces(fd, span));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function* pieces(fd: number, { start, length }: Span): Generator<Buffer> {
  // No larger than what is read: most files are told apart by their first page, and a megabyte costs more than to read that.
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length));
  for (let done = 0; done < length; ) {
    const got = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), start + done);
    if (got === 0) throw new Error('the file ends early');
    yield buffer.subarray(0, got);
    done += got;
  }
}
