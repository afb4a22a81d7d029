/** Messages of the Domain Name System (RFC 1035, 6891, 9460): read into records, and written anew from them. Pure. */

export const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35, DNAME: 39, OPT: 41, SVCB: 64, HTTPS: 65, IXFR: 251, AXFR: 252, ANY: 255 } as const;
export const CODES = { ok: 0, formatError: 1, serverFailure: 2, noSuchName: 3, notImplemented: 4, refused: 5 } as const;

const NAME_LIMIT = 255;
const RECORDS_LIMIT = 2000;
const INTERNET = 1;
/** Bytes of an answer that a client takes that does not say more (RFC 1035 §4.2.1), and the most that UDP carries. */
export const PLAIN_SIZE = 512;
const HEADER = 12;

export interface Question {
  /** Lower case, labels joined by dots, without the last dot; bytes that are no letters of a host name are escaped `\DDD`. */
  readonly name: string;
  readonly type: number;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** Names in it written out. */
  readonly data: Buffer;
}

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly code: number;
  readonly isTruncated: boolean;
  readonly wantsRecursion: boolean;
  readonly question: Question | undefined;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  /** What the sender can take over UDP; undefined where it says nothing (no EDNS). */
  readonly size: number | undefined;
}

/** Undefined for what is no such message, has no or several questions, or is not of the Internet's class. */
export function readDns(bytes: Buffer): DnsMessage | undefined {
  try {
    return read(bytes);
  } catch {
    return undefined;
  }
}

function read(bytes: Buffer): DnsMessage | undefined {
  if (bytes.length < HEADER) return undefined;
  const flags = bytes.readUInt16BE(2);
  const [questions, answers, authorities, additional] = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at)) as [number, number, number, number];
  if (questions !== 1 || answers + authorities + additional > RECORDS_LIMIT) return undefined;
  const name = readName(bytes, HEADER);
  const kind = bytes.readUInt16BE(name.end);
  if (bytes.readUInt16BE(name.end + 2) !== INTERNET) return undefined;
  const cursor = { at: name.end + 4 };
  const take = (count: number): DnsRecord[] => Array.from({ length: count }, () => readRecord(bytes, cursor));
  const sections = [take(answers), take(authorities), take(additional)] as const;
  const option = sections[2].find((record) => record.type === TYPES.OPT);
  return {
    id: bytes.readUInt16BE(0),
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    code: flags & 15,
    isTruncated: (flags & 0x200) !== 0,
    wantsRecursion: (flags & 0x100) !== 0,
    question: { name: name.text, type: kind },
    answers: sections[0],
    authorities: sections[1],
    size: option === undefined ? undefined : Math.max(PLAIN_SIZE, option.class),
  };
}

/** A name with its compression pointers followed, each of which must lead further back than the one before (no loops). */
function readName(bytes: Buffer, start: number): { readonly text: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  let lowest = start;
  let length = 0;
  for (;;) {
    const size = bytes.readUInt8(at);
    if (size >= 0xc0) {
      const target = bytes.readUInt16BE(at) & 0x3fff;
      end ??= at + 2;
      if (target >= lowest) throw new RangeError('a name refers to itself');
      lowest = target;
      at = target;
      continue;
    }
    if (size > 63) throw new RangeError('a label of an unknown kind');
    if (size === 0) return { text: labels.join('.'), end: end ?? at + 1 };
    if (at + 1 + size > bytes.length) throw new RangeError('too short');
    length += size + 1;
    if (length >= NAME_LIMIT) throw new RangeError('a name is too long');
    labels.push(escapeLabel(bytes.toString('latin1', at + 1, at + 1 + size)));
    at += 1 + size;
  }
}

function escapeLabel(label: string): string {
  return label.toLowerCase().replace(/[^a-z0-9_-]/g, (character) => `\\${String(character.charCodeAt(0)).padStart(3, '0')}`);
}

export function writeName(name: string): Buffer {
  if (name === '') return Buffer.from([0]);
  const pieces = name.split('.').map((label) => {
    const bytes = Buffer.from(label.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number(code))), 'latin1');
    if (bytes.length === 0 || bytes.length > 63) throw new RangeError('a label has an impossible length');
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  const whole = Buffer.concat([...pieces, Buffer.from([0])]);
  if (whole.length > NAME_LIMIT) throw new RangeError('a name is too long');
  return whole;
}

/** Bytes before the first name in the data of a record, and how many names stand there (RFC 3597 §4 names the types). */
const NAMES_IN_DATA: ReadonlyMap<number, readonly [before: number, names: number]> = new Map([
  [TYPES.NS, [0, 1]], [TYPES.CNAME, [0, 1]], [TYPES.PTR, [0, 1]], [TYPES.DNAME, [0, 1]], [TYPES.MX, [2, 1]], [TYPES.SRV, [6, 1]], [TYPES.SOA, [0, 2]],
]);

function readRecord(bytes: Buffer, cursor: { at: number }): DnsRecord {
  const name = readName(bytes, cursor.at);
  const at = name.end + 10;
  const [type, kind, ttl, length] = [bytes.readUInt16BE(name.end), bytes.readUInt16BE(name.end + 2), bytes.readUInt32BE(name.end + 4), bytes.readUInt16BE(name.end + 8)];
  if (at + length > bytes.length) throw new RangeError('too short');
  cursor.at = at + length;
  const names = NAMES_IN_DATA.get(type);
  const data = names === undefined ? bytes.subarray(at, at + length) : expand(bytes, at, at + length, names);
  return { name: name.text, type, class: kind, ttl: ttl > 0x7fffffff ? 0 : ttl, data };
}

function expand(bytes: Buffer, from: number, to: number, [before, count]: readonly [number, number]): Buffer {
  const pieces: Buffer[] = [bytes.subarray(from, from + before)];
  let at = from + before;
  for (let i = 0; i < count; i++) {
    const name = readName(bytes, at);
    pieces.push(writeName(name.text));
    at = name.end;
  }
  if (at > to) throw new RangeError('a name reaches beyond its record');
  return Buffer.concat([...pieces, bytes.subarray(at, to)]);
}

/** A question of our own: nothing of what a program sent is in it but name and type. */
export function writeQuery(id: number, question: Question): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(1, 10);
  return Buffer.concat([header, writeQuestion(question), optRecord(undefined)]);
}

function writeQuestion({ name, type }: Question): Buffer {
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(type, 0);
  tail.writeUInt16BE(INTERNET, 2);
  return Buffer.concat([writeName(name), tail]);
}

/** RFC 6891; with the reason as an extended error (RFC 8914), code 15: blocked. */
function optRecord(reason: string | undefined): Buffer {
  const fixed = Buffer.alloc(11);
  fixed.writeUInt16BE(TYPES.OPT, 1);
  fixed.writeUInt16BE(1232, 3);
  if (reason === undefined) return fixed;
  const text = Buffer.from(reason.slice(0, 200), 'utf8');
  const option = Buffer.alloc(6);
  option.writeUInt16BE(15, 0);
  option.writeUInt16BE(text.length + 2, 2);
  option.writeUInt16BE(15, 4);
  fixed.writeUInt16BE(option.length + text.length, 9);
  return Buffer.concat([fixed, option, text]);
}

export interface Answer {
  readonly code: number;
  readonly answers?: readonly DnsRecord[];
  readonly authorities?: readonly DnsRecord[];
  /** Why it was denied. */
  readonly reason?: string;
}

/**
 * The answer to `query`. `original` is the bytes that came, whose question is repeated letter by letter (some clients mix
 * case and compare). Longer than `limit` bytes: cut, with the sign that asks the client to come by TCP.
 */
export function writeAnswer(original: Buffer, query: DnsMessage, { code, answers = [], authorities = [], reason }: Answer, limit: number): Buffer {
  const records = (list: readonly DnsRecord[]): Buffer[] => list.map((record) => writeRecord(record, query.question?.name));
  const opt = query.size === undefined ? [] : [optRecord(reason)];
  const whole = [header(query, code, [answers.length, authorities.length, opt.length], false), questionOf(original), ...records(answers), ...records(authorities), ...opt];
  const bytes = Buffer.concat(whole);
  if (bytes.length <= limit) return bytes;
  return Buffer.concat([header(query, code, [0, 0, opt.length], true), questionOf(original), ...opt]);
}

function header(query: DnsMessage, code: number, counts: readonly [number, number, number], isCut: boolean): Buffer {
  const bytes = Buffer.alloc(HEADER);
  bytes.writeUInt16BE(query.id, 0);
  bytes.writeUInt16BE(0x8080 | (query.opcode << 11) | (query.wantsRecursion ? 0x100 : 0) | (isCut ? 0x200 : 0) | code, 2);
  for (const [index, count] of [1, ...counts].entries()) bytes.writeUInt16BE(count, 4 + 2 * index);
  return bytes;
}

function questionOf(original: Buffer): Buffer {
  return original.subarray(HEADER, readName(original, HEADER).end + 4);
}

/** The name that was asked for is repeated by a pointer to it, so that its letters stay the client's. */
function writeRecord(record: DnsRecord, asked: string | undefined): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(record.type, 0);
  fixed.writeUInt16BE(record.class, 2);
  fixed.writeUInt32BE(record.ttl, 4);
  fixed.writeUInt16BE(record.data.length, 8);
  const name = record.name === asked ? Buffer.from([0xc0, HEADER]) : writeName(record.name);
  return Buffer.concat([name, fixed, record.data]);
}

/** Parameters of a service binding that are taken out: address hints (4, 6), and keys of Encrypted ClientHello (5), by which a name could be hidden. */
const STRIPPED_PARAMETERS: ReadonlySet<number> = new Set([4, 5, 6]);

/** An HTTPS or SVCB record without them (RFC 9460 §2.2); undefined when it cannot be read. */
export function stripServiceBinding(record: DnsRecord): DnsRecord | undefined {
  try {
    const { data } = record;
    const target = readName(data, 2);
    const pieces: Buffer[] = [data.subarray(0, target.end)];
    for (let at = target.end; at < data.length; ) {
      const [key, length] = [data.readUInt16BE(at), data.readUInt16BE(at + 2)];
      if (at + 4 + length > data.length) return undefined;
      // What must be understood may not be taken out of the list alone: without it the record says something else.
      if (key === 0 && listsStripped(data.subarray(at + 4, at + 4 + length))) return undefined;
      if (!STRIPPED_PARAMETERS.has(key)) pieces.push(data.subarray(at, at + 4 + length));
      at += 4 + length;
    }
    return { ...record, data: Buffer.concat(pieces) };
  } catch {
    return undefined;
  }
}

function listsStripped(list: Buffer): boolean {
  for (let at = 0; at + 2 <= list.length; at += 2) if (STRIPPED_PARAMETERS.has(list.readUInt16BE(at))) return true;
  return false;
}
