/** UDP: the peer of `connect` and of every datagram that names one. */
import { type Denial, denialError } from './deny.cts';
import { judgeHost, rememberHost } from './host-questions.cts';
import { apply, nextTick, toNumber } from './originals.cts';
import { type Callable, replaceMethod } from './wrap.cts';

const dgram = require('node:dgram') as typeof import('node:dgram');
const { remoteAddress } = dgram.Socket.prototype;

type Socket = import('node:dgram').Socket & { type: string };

export function guardDatagrams(): void {
  replaceMethod(dgram.Socket.prototype, 'connect', (original) => {
    return function (this: unknown, ...given) {
      const address = typeof given[1] === 'string' ? given[1] : undefined;
      const denial = judge(this as Socket, given[0], address, 'connect');
      return denial === undefined ? apply(original, this, given) : report(this as Socket, lastFunction(given), denial);
    };
  });
  replaceMethod(dgram.Socket.prototype, 'send', (original) => {
    return function (this: unknown, ...given) {
      // A connected socket was judged when it was connected.
      if (isConnected(this as Socket)) return apply(original, this, given);
      // send(msg, port, address, cb) or send(msg, offset, length, port, address, cb), told apart as Node does.
      const isSliced = Boolean(given[4]) || (Boolean(given[3]) && typeof given[3] !== 'function');
      const [port, address] = isSliced ? [given[3], given[4]] : [given[1], given[2]];
      const denial = judge(this as Socket, port, typeof address === 'function' ? undefined : address, 'send');
      return denial === undefined ? apply(original, this, given) : report(this as Socket, lastFunction(given), denial);
    };
  });
}

function judge(socket: Socket, port: unknown, address: unknown, syscall: string): Denial | undefined {
  const number = toNumber(port);
  // Node refuses these before it sends anything.
  if (!(number > 0 && number <= 65535) || (address != null && typeof address !== 'string')) return undefined;
  const host = address || (socket.type === 'udp6' ? '::1' : '127.0.0.1');
  const denied = judgeHost(host, number >>> 0);
  if (denied !== undefined) return denialError(denied, { action: 'network_request', syscall, address: host, port: number });
  rememberHost(host);
  return undefined;
}

function isConnected(socket: Socket): boolean {
  try {
    return Boolean(apply(remoteAddress, socket, []));
  } catch {
    return false;
  }
}

function report(socket: Socket, callback: Callable | undefined, denial: Denial): undefined {
  if (callback === undefined) nextTick(() => socket.emit('error', denial));
  else nextTick(callback, denial);
}

function lastFunction(args: readonly unknown[]): Callable | undefined {
  const last = args[args.length - 1];
  return typeof last === 'function' ? (last as Callable) : undefined;
}
