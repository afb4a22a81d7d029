/** `fetch`: judged by its URL first, so that the denial itself is the rejection and not the cause of a `fetch failed`. */
import { type Denial, denialError } from './deny.cts';
import { judgeHost, rememberHost } from './host-questions.cts';
import { apply, NodeURL, reject, slice, startsWith, toNumber } from './originals.cts';
import { type Callable, type Replacement, replaceMethod } from './wrap.cts';

const STANDARD_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

export function guardFetch(): void {
  replaceMethod(globalThis, 'fetch', judging);
}

export function judging(original: Callable): Replacement {
  return function (this: unknown, ...given) {
    const denial = judge(given[0]);
    return denial === undefined ? apply(original, this, given) : reject(denial);
  };
}

/** Whatever is not understood here meets the socket's judgement later; so do redirects. */
function judge(input: unknown): Denial | undefined {
  const url = parsed(input);
  const standard = url && STANDARD_PORTS[url.protocol];
  if (url === undefined || standard === undefined) return undefined;
  const { hostname } = url;
  const host = startsWith(hostname, '[') ? slice(hostname, 1, -1) : hostname;
  const port = url.port === '' ? standard : toNumber(url.port);
  const denied = judgeHost(host, port);
  if (denied === undefined) return void rememberHost(host);
  return denialError(denied, { action: 'network_request', syscall: 'fetch', address: host, port });
}

function parsed(input: unknown): URL | undefined {
  try {
    if (typeof input === 'string') return new NodeURL(input);
    if (typeof input !== 'object' || input === null) return undefined;
    const { href, url } = input as { href?: unknown; url?: unknown };
    const text = typeof href === 'string' ? href : url;
    return typeof text === 'string' ? new NodeURL(text) : undefined;
  } catch {
    return undefined;
  }
}
