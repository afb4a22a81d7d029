/**
 * Whether the bytes of a client are a request of HTTP/1 at all. Servers take more for one than the standard does: what some of
 * them would, and what is no request by the letter, is called HTTP here, so that it is refused, not passed on as
 * a protocol that names no host. Pure.
 */

/** Longest method that is waited for where any protocol may be spoken; the registry's longest has 17 letters. */
const METHOD_LIMIT = 24;
/** What some servers pass over before a method, and take for the blank behind it (Python's str.split()). */
const BEGINNING = /^([ \t\v\f\r\n\x1c-\x1f]*)([!#$%&'*+.^_`|~0-9A-Za-z-]*)/;
const BLANK = /^[ \t\v\f\x1c-\x1f\x85\xa0]/;
/** A path, `*` or a URL behind the method. */
const TARGET = /^[ \t\v\f\x1c-\x1f\x85\xa0]+(?:\/|\*|[A-Za-z][A-Za-z0-9+.-]*:)/;
/** Without a version (HTTP/0.9), which some servers read as any other, with the fields that follow. */
const VERSIONLESS = /^[A-Z][A-Z-]* +(?:\/|\*|[A-Za-z][A-Za-z0-9+.-]*:\/)[^ ]* *\r?$/;
/** Node's parser takes these for HTTP. Clients of theirs send no Host. */
const RELATIVE = /[ \t](?:RTSP|ICE)\/\d/i;

/** The line that proxies put before what they hand on, as text and as bytes: behind it servers that take it look for a request or a hello. */
const HANDED_ON = /^(?:PROXY (?:TCP|UNKNOWN|UDP)|\r\n\r\n\0\r\nQUIT\n)/;

/** HTTP/2 without TLS, prior knowledge (RFC 9113, 3.4): frames follow. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export type Start = 'http' | 'more' | 'none';

/** `text`: as Latin-1. `isFull`: no more of it will be looked at. `isWeb`: what is spoken there is HTTP as a rule, so longer methods are waited for. */
export function startOfRequest(text: string, isFull: boolean, isWeb: boolean): Start {
  if (HANDED_ON.test(text)) return 'http';
  const [, before = '', method = ''] = BEGINNING.exec(text) ?? [];
  if (method.length > METHOD_LIMIT && !isWeb) return 'none';
  const at = before.length + method.length;
  if (at === text.length) return waited(isFull, isWeb);
  const behind = text.slice(at);
  if (method === '' || !BLANK.test(behind) || isGit(text)) return 'none';
  if (text.startsWith(PREFACE)) return 'none';
  const end = behind.indexOf('\n');
  // Bytes of other protocols may begin with a blank, too.
  if (end < 0) return before === '' || TARGET.test(behind) ? waited(isFull, TARGET.test(behind)) : 'none';
  const line = behind.slice(0, end);
  if (/HTTP\/\d/i.test(line) || VERSIONLESS.test(method + line)) return 'http';
  return RELATIVE.test(line) ? startOfRelative(behind, isFull) : 'none';
}

/** Bytes of a message that may go before what follows is known. */
const WHOLE_LIMIT = 1024;

/** What could be the beginning of a request, and as well all that a client of another protocol says: a few words without an end. */
export function mayBeWhole(text: string): boolean {
  const before = BEGINNING.exec(text)?.[0].length ?? 0;
  return text.length <= WHOLE_LIMIT && !text.includes('\n') && !TARGET.test(text.slice(before)) && startOfRequest(text, false, false) === 'more';
}

const waited = (isFull: boolean, isLikely: boolean): Start => (isFull ? (isLikely ? 'http' : 'none') : 'more');

function startOfRelative(text: string, isFull: boolean): Start {
  const end = /\r?\n\r?\n/.exec(text)?.index;
  if (/\nhost[ \t]*:/i.test(text.slice(0, end))) return 'http';
  return end === undefined && !isFull ? 'more' : 'none';
}

/** git's own protocol (gitprotocol-common(5)): a line with its length before it, a NUL inside, and no end. */
function isGit(text: string): boolean {
  return /^[0-9a-f]{4}git-[a-z-]+ [^\n\0]*\0host=[^\n]*$/.test(text) && text.length === Number.parseInt(text.slice(0, 4), 16);
}

/** Empty lines before anything else: servers of HTTP pass over them (RFC 9112, 2.2), to others they may mean something. */
export function emptyLines(bytes: Uint8Array): number {
  const end = bytes.findIndex((byte) => byte !== 13 && byte !== 10);
  return end < 0 ? bytes.length : end;
}
