/** Judges a host, and remembers which names an allowed connection is about to look up. */
import { ask } from './channel.cts';
import type { Refusal } from './deny.cts';
import { lowerCase, mapDelete, mapHas, mapKeys, mapSet } from './originals.cts';

const REMEMBERED_LIMIT = 256;
const remembered = new Map<string, true>();
let count = 0;

export function judgeHost(host: string, port: number): Refusal | undefined {
  return ask({ action: 'network_request', host, port });
}

/** A connection to this host is allowed: finding its address needs no question of its own. */
export function rememberHost(host: string): void {
  const name = lowerCase(host);
  if (mapHas(remembered, name)) return;
  if (count === REMEMBERED_LIMIT) mapDelete(remembered, mapKeys(remembered).next().value as string);
  else count++;
  mapSet(remembered, name, true);
}

export function isRemembered(host: string): boolean {
  return mapHas(remembered, lowerCase(host));
}
