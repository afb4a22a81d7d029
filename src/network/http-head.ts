/**
 * Heads of HTTP/1 messages, read strictly: what two readers could understand differently is refused, because the server
 * behind us might take the other reading (request smuggling; RFC 9112 §11.2). Pure.
 */
import { normalizeHost } from '../resolve/destination.ts';
import { parseAddress } from './address.ts';
import { startOfRequest } from './http-start.ts';

/** Bytes of a head: request line and fields. */
export const HEAD_BYTES_LIMIT = 32 * 1024;
const FIELDS_LIMIT = 200;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface Field {
  readonly name: string;
  /** Lower case. */
  readonly key: string;
  readonly value: string;
}

export type Framing = { readonly kind: 'none' } | { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' } | { readonly kind: 'until-close' };

export interface RequestHead {
  readonly kind: 'request';
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly fields: readonly Field[];
  /** Bytes of the head with the empty line. */
  readonly length: number;
  /** What the request names: of the target where it is absolute or of CONNECT, else of the Host field. In normal form. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The target is `http://…`: a request to a proxy. */
  readonly isAbsolute: boolean;
  readonly framing: Framing;
}

export interface ResponseHead {
  readonly kind: 'response';
  readonly status: number;
  readonly fields: readonly Field[];
  readonly length: number;
  readonly version: '1.0' | '1.1';
}

type Failure = { readonly kind: 'more' } | { readonly kind: 'none' } | { readonly kind: 'broken'; readonly why: string };
const MORE = { kind: 'more' } as const;
const NONE = { kind: 'none' } as const;
const broken = (why: string): Failure => ({ kind: 'broken', why });

/** `none`: this is no HTTP/1. `isWeb`: little else is spoken there. */
export function readRequestHead(bytes: Buffer, isWeb = false): RequestHead | Failure {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, HEAD_BYTES_LIMIT));
  const start = startOfRequest(text, text.length >= HEAD_BYTES_LIMIT, isWeb);
  if (start !== 'http') return start === 'more' ? MORE : NONE;
  const split = splitHead(text);
  if ('kind' in split) return split;
  const words = split.line.split(' ');
  const [method = '', target = '', protocol = ''] = words;
  if (words.length !== 3 || !TOKEN.test(method) || target === '') return broken('its request line cannot be read');
  const version = /^HTTP\/(1\.[01])$/.exec(protocol)?.[1] as '1.0' | '1.1' | undefined;
  if (version === undefined) return broken(`its protocol is ${protocol.slice(0, 20)}`);
  if (/[^\x21-\x7e\x80-\xff]/.test(target)) return broken('its request line cannot be read');
  const framing = framingOf(split.fields, version);
  if ('why' in framing) return broken(framing.why);
  const named = namedHost(method, target, split.fields, version);
  if ('why' in named) return broken(named.why);
  return { kind: 'request', method, target, version, fields: split.fields, length: split.length, framing, ...named };
}

function splitHead(text: string): Failure | { readonly line: string; readonly fields: readonly Field[]; readonly length: number } {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end + 2);
  // A line feed alone, or a carriage return alone, ends a line for some readers and not for others.
  if (/[^\r]\n|^\n|\r[^\n]/.test(head)) return broken('a line of its head ends in an unusual way');
  if (head.includes('\0')) return broken('there is a NUL in its head');
  if (end < 0) return text.length >= HEAD_BYTES_LIMIT ? broken('its head is too long') : MORE;
  const [line = '', ...rest] = head.slice(0, -2).split('\r\n');
  if (rest.length > FIELDS_LIMIT) return broken('its head has too many fields');
  const fields: Field[] = [];
  for (const each of rest) {
    const field = readField(each);
    if (typeof field === 'string') return broken(field);
    fields.push(field);
  }
  return { line, fields, length: end + 4 };
}

/** One line of a head, or behind the last chunk of a body, without its end; why it cannot be read. */
export function readField(line: string): Field | string {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  // Also a line that begins with a blank, which continues the one before it for some (obs-fold).
  if (colon <= 0 || !TOKEN.test(name)) return 'a field of its head cannot be read';
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return 'there is a control character in its head';
  return { name, key: name.toLowerCase(), value };
}

const valuesOf = (fields: readonly Field[], key: string): string[] => fields.filter((field) => field.key === key).map((field) => field.value);

/** Where the body of a request ends (RFC 9112 §6.3). */
function framingOf(fields: readonly Field[], version: '1.0' | '1.1'): Framing | { readonly why: string } {
  const codings = valuesOf(fields, 'transfer-encoding');
  const lengths = valuesOf(fields, 'content-length');
  // Names that some readers take for the real one.
  if (fields.some(({ key }) => /^(?:transfer[_.]encoding|content[_.]length)$/.test(key))) return { why: 'the length of its body is given in an unusual way' };
  if (codings.length > 0) {
    if (lengths.length > 0 || version === '1.0') return { why: 'the length of its body is given in two ways' };
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') return { why: 'its transfer coding is not known' };
    return { kind: 'chunked' };
  }
  if (lengths.length === 0) return { kind: 'none' };
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0] ?? '')) return { why: 'the length of its body cannot be read' };
  return { kind: 'length', bytes: Number(lengths[0]) };
}

interface Named {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly isAbsolute: boolean;
}

function namedHost(method: string, target: string, fields: readonly Field[], version: '1.0' | '1.1'): Named | { readonly why: string } {
  const hosts = valuesOf(fields, 'host');
  if (hosts.length > 1) return { why: 'it has more than one Host field' };
  const own = hosts[0] === undefined || hosts[0] === '' ? undefined : parseAuthority(hosts[0]);
  if (own === null) return { why: 'its Host field cannot be read' };
  if (method === 'CONNECT') {
    const authority = parseAuthority(target);
    if (authority == null || authority.port === undefined) return { why: 'the target of its CONNECT cannot be read' };
    // Clients repeat the target in Host, with or without the port.
    if (own !== undefined && own.host !== authority.host) return { why: 'its Host field is not the target of its CONNECT' };
    return { ...authority, isAbsolute: false };
  }
  if (target.startsWith('/') || target === '*') {
    if (own === undefined && version === '1.1') return { why: 'it has no Host field' };
    return { host: own?.host, port: own?.port, isAbsolute: false };
  }
  const absolute = /^(http|ws):\/\/([^/?#]*)/i.exec(target);
  const authority = absolute === null ? null : parseAuthority((absolute[2] ?? '').replace(/^[^@]*@/, ''));
  if (authority == null) return { why: 'its target cannot be read' };
  // The target counts (RFC 9112 §3.2.2), but not every server does as it says.
  if (own !== undefined && (own.host !== authority.host || (own.port ?? 80) !== (authority.port ?? 80))) return { why: 'its Host field is not the host of its target' };
  return { host: authority.host, port: authority.port ?? 80, isAbsolute: true };
}

/** `name`, `name:port`, `[address]:port`; null for anything else. */
export function parseAuthority(text: string): { readonly host: string; readonly port: number | undefined } | null {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5})?)?$/.exec(text);
  if (match === null) return null;
  const written = match[1] ?? '';
  if (written.startsWith('[') && parseAddress(written.slice(1, -1)) === undefined) return null;
  const host = normalizeHost(written);
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (host === '' || (port !== undefined && port > 65535)) return null;
  return { host, port };
}

export function readResponseHead(bytes: Buffer): ResponseHead | Failure {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, HEAD_BYTES_LIMIT));
  if (!'HTTP/1.'.startsWith(text.slice(0, 7))) return NONE;
  // Servers are less exact than we want clients to be: a line feed alone ends a line here.
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return text.length >= HEAD_BYTES_LIMIT ? broken('the head of its answer is too long') : MORE;
  const [line = '', ...rest] = text.slice(0, end.index).split(/\r?\n/);
  const match = /^HTTP\/(1\.[01]) (\d{3})(?: |$)/.exec(line);
  if (match === null) return broken('the first line of its answer cannot be read');
  const fields = rest.map((each): Field => ({ name: each.split(':')[0] ?? '', key: (each.split(':')[0] ?? '').trim().toLowerCase(), value: each.slice(each.indexOf(':') + 1).trim() }));
  return { kind: 'response', version: match[1] as '1.0' | '1.1', status: Number(match[2]), fields, length: end.index + end[0].length };
}

/** Where the body of an answer ends (RFC 9112 §6.3). */
export function responseFraming(method: string, { status, fields }: ResponseHead): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' };
  const codings = valuesOf(fields, 'transfer-encoding');
  if (codings.length > 0) return /(?:^|,)\s*chunked\s*$/i.test(codings.join(',')) ? { kind: 'chunked' } : { kind: 'until-close' };
  const lengths = new Set(valuesOf(fields, 'content-length').flatMap((value) => value.split(',').map((each) => each.trim())));
  const [length] = lengths;
  if (lengths.size === 1 && length !== undefined && /^\d{1,15}$/.test(length)) return { kind: 'length', bytes: Number(length) };
  return { kind: 'until-close' };
}

export function isPersistent(version: '1.0' | '1.1', fields: readonly Field[]): boolean {
  const words = valuesOf(fields, 'connection').flatMap((value) => value.toLowerCase().split(',').map((word) => word.trim()));
  return words.includes('close') ? false : version === '1.1' || words.includes('keep-alive');
}

/** Protocols that name hosts of their own, which nobody would see behind an upgrade: HTTP/2 (RFC 7540 §3.2), TLS (RFC 2817). */
export function hasHidingUpgrade(fields: readonly Field[]): boolean {
  // Not every server asks for `Connection: upgrade` beside it, and several fields are one list (RFC 9110 §5.3).
  return valuesOf(fields, 'upgrade').some((value) => /(?:^|,)\s*(?:h2|http|tls)/i.test(value));
}
