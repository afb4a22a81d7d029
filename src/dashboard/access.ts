/** Who may look: the holder of a link that works once. And which requests come from our own page at all. */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Cookies are shared by all ports of a host: a development server that the agent runs would be sent ours. So a visitor has
 * two secrets: a cookie that no script can read, and a key that only our own origin (with its port) can.
 */
export interface Visitor {
  readonly cookie: string;
  readonly key: string;
}

/** Header that carries the key. A header of one's own also keeps other origins' forms and scripts out. */
const KEY_HEADER = 'x-patchwork-key';

/** Visitors remembered; the one that came first is forgotten. */
const VISITORS_LIMIT = 32;

export class Access {
  /** Digest of the one link that is good. */
  #link: string | undefined;
  /** Digests of cookie → key. Looked up by digest: the time it takes says nothing about the secret. */
  readonly #visitors = new Map<string, string>();

  /** Voids the link before it. */
  newLink(): string {
    const token = secret();
    this.#link = digest(token);
    return token;
  }

  /** Undefined for a token that is wrong or was used. */
  exchange(token: string): Visitor | undefined {
    if (this.#link === undefined || digest(token) !== this.#link) return undefined;
    this.#link = undefined;
    const visitor = { cookie: secret(), key: secret() };
    const [oldest] = this.#visitors.keys();
    if (oldest !== undefined && this.#visitors.size >= VISITORS_LIMIT) this.#visitors.delete(oldest);
    this.#visitors.set(digest(visitor.cookie), digest(visitor.key));
    return visitor;
  }

  isKnown(headers: IncomingHttpHeaders, port: number): boolean {
    const cookie = readCookie(headers.cookie, cookieName(port));
    const key = headers[KEY_HEADER];
    if (cookie === undefined || typeof key !== 'string') return false;
    return this.#visitors.get(digest(cookie)) === digest(key);
  }
}

export function cookieName(port: number): string {
  return `patchwork-${port}`;
}

/** Why a request is not answered whoever asks; undefined when it may go on. */
export function objection(headers: IncomingHttpHeaders, port: number, isForData: boolean): string | undefined {
  const { host, origin } = headers;
  // A name that leads here by somebody else's DNS would make their page the same origin as ours.
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return 'this server answers to 127.0.0.1 and localhost alone';
  if (origin !== undefined && origin !== `http://${host}`) return 'requests of other pages are not answered';
  const site = headers['sec-fetch-site'];
  if (isForData && site !== undefined && site !== 'same-origin') return 'requests of other pages are not answered';
  return undefined;
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
