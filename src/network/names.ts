/** Which names were looked up for an address: remembered as long as programs may use what they were told, within bounds. */

/** Addresses kept; the ones used longest ago are dropped. */
const ADDRESSES_LIMIT = 20_000;
/** Names kept of one address: large providers put many behind one. */
const NAMES_LIMIT = 64;
/** Programs keep an address longer than they are told to (Java for good, browsers for a minute): milliseconds that count at least. */
const LEAST_MS = 60 * 60 * 1000;
const MOST_MS = 24 * 60 * 60 * 1000;

export class Names {
  readonly #byAddress = new Map<string, Map<string, number>>();
  readonly #now: () => number;
  /** How often an address got a name that it did not have: what was decided by the names is to be decided again. */
  changes = 0;

  /** `now` in milliseconds, never backwards. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `addresses` in canonical text. */
  remember(name: string, addresses: Iterable<string>, ttlSeconds: number): void {
    const until = this.#now() + Math.min(MOST_MS, Math.max(LEAST_MS, ttlSeconds * 1000));
    for (const address of addresses) {
      const names = this.#byAddress.get(address) ?? new Map<string, number>();
      if (!names.delete(name)) this.changes++;
      names.set(name, until);
      bound(names, NAMES_LIMIT);
      this.#byAddress.delete(address);
      this.#byAddress.set(address, names);
    }
    bound(this.#byAddress, ADDRESSES_LIMIT);
  }

  /** The names that were looked up for it, the latest first. */
  of(address: string): string[] {
    const names = this.#byAddress.get(address);
    if (names === undefined) return [];
    const now = this.#now();
    for (const [name, until] of names) if (until < now) names.delete(name);
    if (names.size === 0) {
      this.#byAddress.delete(address);
      return [];
    }
    this.#byAddress.delete(address);
    this.#byAddress.set(address, names);
    return [...names.keys()].reverse();
  }

  get size(): number {
    return this.#byAddress.size;
  }
}

function bound(map: Map<string, unknown>, limit: number): void {
  while (map.size > limit) {
    const oldest = map.keys().next().value;
    if (oldest === undefined) return;
    map.delete(oldest);
  }
}
