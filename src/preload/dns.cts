/** Name lookups: a question about a name tells the resolver the name, so the name is judged as a host. */
import { type Denial, denialError } from './deny.cts';
import { isRemembered, judgeHost } from './host-questions.cts';
import { apply, lowerCase, nextTick, ownKeys, reject, startsWith } from './originals.cts';
import { type Callable, type Replacement, replaceMethod } from './wrap.cts';

const dns = require('node:dns') as typeof import('node:dns');
const { isIP } = require('node:net') as typeof import('node:net');

export function guardNames(): void {
  for (const holder of [dns, dns.Resolver.prototype]) guardHolder(holder, callingBack);
  for (const holder of [dns.promises, dns.promises.Resolver.prototype]) guardHolder(holder, rejecting);
}

function guardHolder(holder: object, style: (original: Callable, name: string) => Replacement): void {
  for (const name of ownKeys(holder)) {
    if (typeof name !== 'string') continue;
    if (name === 'reverse' || startsWith(name, 'lookup') || startsWith(name, 'resolve')) {
      replaceMethod(holder, name, (original) => style(original, name));
    }
  }
}

function callingBack(original: Callable, name: string): Replacement {
  return function (this: unknown, ...given) {
    const denial = judge(name, given[0]);
    const callback = given[given.length - 1];
    if (denial === undefined || typeof callback !== 'function') return apply(original, this, given);
    nextTick(callback as () => void, denial);
    return {};
  };
}

function rejecting(original: Callable, name: string): Replacement {
  return function (this: unknown, ...given) {
    const denial = judge(name, given[0]);
    return denial === undefined ? apply(original, this, given) : reject(denial);
  };
}

function judge(name: string, host: unknown): Denial | undefined {
  if (typeof host !== 'string' || host === '' || isRemembered(host) || isLocal(name, host)) return undefined;
  const denied = judgeHost(host, 0);
  if (denied === undefined) return undefined;
  const syscall = name === 'lookup' ? 'getaddrinfo' : name === 'lookupService' ? 'getnameinfo' : `query${name}`;
  return denialError(denied, { action: 'network_request', syscall, hostname: host });
}

/** What `lookup` answers by itself; servers look up the address they listen on. */
function isLocal(name: string, host: string): boolean {
  return name === 'lookup' && (isIP(host) !== 0 || lowerCase(host) === 'localhost');
}
