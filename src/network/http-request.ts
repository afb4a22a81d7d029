/** What a request says, for those who judge it. Pure. */
import type { Field, RequestHead } from './http-head.ts';
import type { Origin } from './route.ts';

export function fieldOf(fields: readonly Field[], key: string): string | undefined {
  return fields.find((field) => field.key === key)?.value;
}

export function urlOf(head: RequestHead, { address, port }: Pick<Origin, 'address' | 'port'>): string | undefined {
  if (head.method === 'CONNECT') return undefined;
  if (head.isAbsolute) return head.target.slice(0, 2000);
  const host = head.host ?? address ?? '';
  return `http://${host.includes(':') ? `[${host}]` : host}${port === 80 ? '' : `:${port}`}${head.target}`.slice(0, 2000);
}

/**
 * Bytes of a request with its body, where its head tells them and nothing of it has to be read or changed on its way; undefined
 * for requests to proxies, for those after which something else than a request may follow, and for bodies in chunks.
 */
export function countedLength({ method, isAbsolute, fields, framing, length }: RequestHead): number | undefined {
  if (method === 'CONNECT' || isAbsolute || fields.some(({ key }) => key === 'upgrade')) return undefined;
  if (framing.kind === 'none') return length;
  return framing.kind === 'length' ? length + framing.bytes : undefined;
}

/** What begins and ends so goes where this goes: bytes at its beginning, bytes at its end, one word between them or nothing. */
export interface Repeatable {
  readonly same: number;
  readonly rest: number;
}

/** Requests that differ in their path only, and have no body: they name the same host, and end where this one does. */
export function repeatableRequest({ method, target, framing, length }: RequestHead, bytes: Uint8Array): Repeatable | undefined {
  if (framing.kind !== 'none' || bytes.length !== length || !target.startsWith('/')) return undefined;
  const same = method.length + 2;
  return { same, rest: length - same - (target.length - 1) };
}
