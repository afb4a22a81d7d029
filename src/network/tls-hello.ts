/** The first message of a TLS client (RFC 8446 §4.1.2), read from a copy of what it sent. Never throws, never allocates beyond its bounds. */

/** Bytes of a ClientHello that are waited for. Post-quantum key shares make one some 2 KiB long; the largest seen are below 16. */
const HELLO_BYTES_LIMIT = 24 * 1024;
/** Records that one hello may be cut into: clients that cut it make two or three. */
const RECORDS_LIMIT = 64;
/** Longest name in an SNI extension (RFC 1035). */
const NAME_LIMIT = 255;

interface ClientHello {
  readonly kind: 'hello';
  /** Lower case, without a trailing dot; undefined when none was sent. */
  readonly name: string | undefined;
  /** Encrypted ClientHello, real or GREASE: `name` need not be the one that is meant. */
  readonly hasEch: boolean;
  readonly protocols: readonly string[];
}

/** `more`: a longer copy is needed; `none`: this is no TLS; `broken`: it starts like TLS and is none that a server would accept. */
export type TlsReading = ClientHello | { readonly kind: 'more' } | { readonly kind: 'none' } | { readonly kind: 'broken'; readonly why: string };

const MORE = { kind: 'more' } as const;
const NONE = { kind: 'none' } as const;
const broken = (why: string): TlsReading => ({ kind: 'broken', why });

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
/** RFC 9849; the drafts' numbers are 0xff02…0xff08 and the retired encrypted SNI 0xffce. */
const ENCRYPTED = new Set([0xfe0d, 0xff02, 0xff03, 0xff04, 0xff07, 0xff08, 0xffce]);

export function readTlsHello(bytes: Uint8Array): TlsReading {
  if (bytes.length === 0) return MORE;
  if (bytes[0] !== HANDSHAKE || (bytes[1] ?? 3) !== 3) return readUnusual(bytes);
  const handshake = joinRecords(bytes);
  if ('kind' in handshake) return handshake;
  return readHandshake(handshake.bytes, handshake.isWhole);
}

/**
 * Some servers pass over an alert or an empty record before the hello, or take any version of a record (Go's: below 16): no client
 * begins so, but a hello that is hidden so would be passed on as no TLS at all.
 */
function readUnusual(bytes: Uint8Array): TlsReading {
  let length: number;
  for (let at = 0; ; at += 5 + length) {
    const type = bytes[at];
    if (type === undefined) return MORE;
    if ((bytes[at + 1] ?? 0) > 15) return NONE;
    if (type === HANDSHAKE) {
      if (at > 0) return broken('something else stands before its hello');
      const message = bytes[5] ?? CLIENT_HELLO;
      return message !== CLIENT_HELLO ? NONE : bytes.length > 5 ? broken('its records have a version that there is not') : MORE;
    }
    if (type !== ALERT && type !== CHANGE_CIPHER_SPEC) return NONE;
    if (bytes.length < at + 5) return MORE;
    length = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
    if (length > 2) return NONE;
  }
}

/** The handshake bytes of all records that have come so far. */
function joinRecords(bytes: Uint8Array): TlsReading | { readonly bytes: Buffer; readonly isWhole: boolean } {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  for (let count = 0; at < bytes.length; count++) {
    if (count >= RECORDS_LIMIT) return broken('its hello comes in too many pieces');
    if (bytes.length - at < 5) break;
    if (bytes[at] !== HANDSHAKE || bytes[at + 1] !== 3) return broken('something else stands in its hello');
    const length = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
    if (length === 0 || length > 16384) return broken('a record of its hello has an impossible length');
    const piece = bytes.subarray(at + 5, at + 5 + length);
    pieces.push(piece);
    total += piece.length;
    at += 5 + length;
    const wanted = wantedBytes(pieces);
    if (wanted !== undefined && total >= wanted) return { bytes: Buffer.concat(pieces).subarray(0, wanted), isWhole: true };
  }
  if (total > HELLO_BYTES_LIMIT) return broken('its hello is too long');
  return { bytes: Buffer.concat(pieces), isWhole: false };
}

function wantedBytes(pieces: readonly Uint8Array[]): number | undefined {
  const head = Buffer.concat(pieces.map((piece) => piece.subarray(0, 4))).length >= 4 ? Buffer.concat(pieces).subarray(0, 4) : undefined;
  return head === undefined ? undefined : 4 + head.readUIntBE(1, 3);
}

function readHandshake(bytes: Buffer, isWhole: boolean): TlsReading {
  if (bytes.length < 4) return MORE;
  if (bytes[0] !== CLIENT_HELLO) return broken('it does not begin with a hello');
  const length = bytes.readUIntBE(1, 3);
  if (length > HELLO_BYTES_LIMIT) return broken('its hello is too long');
  if (!isWhole) return MORE;
  try {
    return readBody(new Reader(bytes.subarray(4)));
  } catch {
    return broken('its hello cannot be read');
  }
}

function readBody(reader: Reader): TlsReading {
  reader.skip(2 + 32);
  reader.vector(1);
  reader.vector(2);
  reader.vector(1);
  let name: string | undefined;
  let hasEch = false;
  let protocols: string[] = [];
  const extensions = reader.isAtEnd ? undefined : reader.vector(2);
  if (!reader.isAtEnd) return broken('bytes follow its hello');
  const seen = new Set<number>();
  while (extensions !== undefined && !extensions.isAtEnd) {
    const type = extensions.number(2);
    const body = extensions.vector(2);
    // Which of two names a server takes is not known (RFC 8446 §4.2 forbids it).
    if (seen.has(type)) return broken('its hello has an extension twice');
    seen.add(type);
    if (ENCRYPTED.has(type)) hasEch = true;
    if (type === SERVER_NAME && !body.isAtEnd) {
      const names = readNames(body);
      if (typeof names !== 'string') return names;
      name = names;
    }
    if (type === ALPN) protocols = readProtocols(body);
  }
  return { kind: 'hello', name, hasEch, protocols };
}

/** RFC 6066 §3: one name, of the one type that there is. */
function readNames(body: Reader): string | TlsReading {
  const list = body.vector(2);
  let name: string | undefined;
  while (!list.isAtEnd) {
    const type = list.number(1);
    const text = list.vector(2).rest().toString('latin1');
    if (type !== 0 || name !== undefined) return broken('its hello names more than one server');
    name = text;
  }
  if (!body.isAtEnd || name === undefined || name === '' || name.length > NAME_LIMIT) return broken('the name in its hello cannot be read');
  // A NUL or a blank in it is read in one way here and in another there.
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) return broken('the name in its hello is no name of a host');
  return name.toLowerCase().replace(/\.$/, '');
}

function readProtocols(body: Reader): string[] {
  const list = body.vector(2);
  const protocols: string[] = [];
  while (!list.isAtEnd && protocols.length < 32) protocols.push(list.vector(1).rest().toString('latin1'));
  return protocols;
}

/** Numbers and vectors off the front; throws RangeError where there are too few bytes. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(count: number): void {
    if (this.#at + count > this.#bytes.length) throw new RangeError('too short');
    this.#at += count;
  }

  number(size: 1 | 2): number {
    this.skip(size);
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  /** A vector whose length stands in `size` bytes before it. */
  vector(size: 1 | 2): Reader {
    const length = this.number(size);
    this.skip(length);
    return new Reader(this.#bytes.subarray(this.#at - length, this.#at));
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}

/** A fatal alert, in the record version that every client reads: access_denied, 49 (RFC 8446 §6). */
export const ACCESS_DENIED_ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 49]);
