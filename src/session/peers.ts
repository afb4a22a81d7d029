/** To whom sockets lead that were open before the session: getpeername(2), which Node has not for all of them. */
import { spawnSync } from 'node:child_process';
import { findNative } from '../model/native.ts';

const LIMIT_MS = 5000;

export interface Peer {
  readonly host: string;
  readonly port: number | undefined;
}

/** By number; who is not in it leads to nobody that has a name. Empty where nothing was compiled; undefined when it failed. */
export function peersOf(numbers: readonly number[]): ReadonlyMap<number, Peer> | undefined {
  const guard = numbers.length === 0 ? undefined : findNative('guard');
  if (guard === undefined) return new Map();
  const stdio = Array.from({ length: Math.max(...numbers) + 1 }, (_, number) => (numbers.includes(number) ? number : number === 1 ? 'pipe' : 'ignore'));
  const { status, stdout } = spawnSync(guard, ['--peers', ...numbers.map(String)], { stdio, timeout: LIMIT_MS, encoding: 'utf8' });
  if (status !== 0) return undefined;
  const words = stdout.split('\0');
  return new Map(Array.from({ length: Math.floor(words.length / 3) }, (_, at): [number, Peer] => {
    const [number, host = '', port] = words.slice(at * 3, at * 3 + 3);
    return [Number(number), { host, port: Number(port) || undefined }];
  }));
}
