/** Outgoing TCP and TLS: net, tls, http, https, http2 and fetch all end in `net.Socket.prototype.connect`. */
import { type Denial, denialError } from './deny.cts';
import { judgeHost, rememberHost } from './host-questions.cts';
import {
  apply,
  create,
  getOwnPropertyDescriptor,
  isArray,
  isProxy,
  lowerCase,
  nextTick,
  ownSymbols,
  toNumber,
} from './originals.cts';
import { replaceMethod } from './wrap.cts';

const net = require('node:net') as typeof import('node:net');
const { isIP } = net;

/** Turns the forms `connect(port, host, cb)`, `connect(path)` and `connect(options)` into one; in Node since 0.11. */
const normalize = (net as unknown as { _normalizeArgs: (args: readonly unknown[]) => [Target, unknown] })._normalizeArgs;

interface Target {
  host?: unknown;
  port?: unknown;
  path?: unknown;
  servername?: unknown;
}

const JUDGED = ['host', 'port', 'path', 'servername'] as const;

export function guardConnections(): void {
  replaceMethod(net.Socket.prototype, 'connect', (original) => {
    return function (this: unknown, ...given) {
      // Node hands a normalized list, marked by a symbol, on to itself.
      const isNormalized = isArray(given[0]) && ownSymbols(given[0]).length > 0;
      const form = isNormalized ? (given[0] as unknown as [Target, unknown]) : normalize(given);
      const first = form[0];
      const callback = form[1];
      if (typeof first !== 'object' || first === null) return apply(original, this, [first]);
      const target = fixed(first);
      const denial = judge(target);
      const options = denial === undefined ? target : refused(target, denial);
      return apply(original, this, typeof callback === 'function' ? [options, callback] : [options]);
    };
  });
}

/** The options themselves while they are plain data; else what they say now, inheriting the rest. */
function fixed(options: Target): Target {
  let isPlain = !isProxy(options);
  for (let i = 0; isPlain && i < JUDGED.length; i++) {
    const name = JUDGED[i] as string;
    const descriptor = getOwnPropertyDescriptor(options, name);
    isPlain = descriptor === undefined ? !(name in options) : 'value' in descriptor && typeof descriptor.value !== 'object';
  }
  if (isPlain) return options;
  const values: PropertyDescriptorMap = { __proto__: null } as never;
  for (let i = 0; i < JUDGED.length; i++) {
    const name = JUDGED[i] as keyof Target;
    if (name in options) values[name] = { value: options[name], writable: true, enumerable: true, configurable: true };
  }
  return create(options, values) as Target;
}

function judge(target: Target): Denial | undefined {
  const { path, servername } = target;
  const host = target.host || 'localhost';
  const port = portOf(target.port);
  // Unix sockets are the kernel guard's; a bad port or host is refused by Node.
  if (path || port === undefined || typeof host !== 'string') return undefined;
  const denial = judgeOne(host, port);
  if (denial !== undefined) return denial;
  const isOther = typeof servername === 'string' && servername !== '' && lowerCase(servername) !== lowerCase(host);
  const named = isOther ? judgeOne(servername, port) : undefined;
  if (named === undefined) rememberHost(host);
  return named;
}

function judgeOne(host: string, port: number): Denial | undefined {
  const denied = judgeHost(host, port);
  return denied && denialError(denied, { action: 'network_request', syscall: 'connect', address: host, port });
}

function portOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const port = toNumber(value);
  return port >= 0 && port <= 65535 && port === port >>> 0 ? port : undefined;
}

/** The same connection with a name lookup that fails: Node then goes its own way for a connection that could not be made. */
function refused(target: Target, denial: Denial): Target {
  const host = typeof target.host === 'string' && target.host !== '' && isIP(target.host) === 0 ? target.host : 'denied.invalid';
  const lookup = (_host: string, _options: unknown, callback: (error: Error) => void): void => nextTick(callback, denial);
  const values = { host: { value: host, enumerable: true }, lookup: { value: lookup, enumerable: true } };
  return create(target, values) as Target;
}
