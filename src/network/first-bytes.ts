/** The first bytes of a connection: which protocol, and which host they name. Pure. */
import { isIP } from 'node:net';
import type { Seen } from './decide.ts';
import { type RequestHead, readRequestHead } from './http-head.ts';
import { readTlsHello } from './tls-hello.ts';

export type FirstBytes =
  | { readonly kind: 'more' }
  | { readonly kind: 'broken'; readonly protocol: 'tls' | 'http'; readonly why: string }
  | { readonly kind: 'seen'; readonly seen: Seen; readonly http?: RequestHead };

/** Ports of protocols in which the client speaks first and names the host. */
export const WEB_PORTS: ReadonlySet<number | undefined> = new Set([80, 443, 8000, 8008, 8080, 8443, 3000, 4873]);

/** `isEnded`: nothing will follow, or what is there is all that is copied. `isWeb`: at one of those ports. */
export function readFirstBytes(bytes: Buffer, isEnded: boolean, isWeb: boolean): FirstBytes {
  const tls = readTlsHello(bytes);
  if (tls.kind === 'broken') return { kind: 'broken', protocol: 'tls', why: tls.why };
  if (tls.kind === 'hello') return { kind: 'seen', seen: { kind: 'tls', name: tls.name === undefined ? undefined : plainName(tls.name), hasEch: tls.hasEch } };
  if (tls.kind === 'more' && bytes.length > 0) return isEnded ? { kind: 'broken', protocol: 'tls', why: 'its hello is not finished' } : tls;
  const http = readRequestHead(bytes, isWeb);
  if (http.kind === 'broken') return { kind: 'broken', protocol: 'http', why: http.why };
  if (http.kind === 'request') return { kind: 'seen', http, seen: { kind: 'http', name: http.host } };
  if (http.kind === 'more' && !isEnded) return http;
  // A head that never ends is none; what looks like one is not passed on as something else.
  if (http.kind === 'more' && bytes.includes(' HTTP/')) return { kind: 'broken', protocol: 'http', why: 'its head is not finished' };
  return { kind: 'seen', seen: { kind: 'other' } };
}

/** Brackets and zones are no part of an address. */
function plainName(name: string): string {
  const bare = name.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? name : bare;
}
