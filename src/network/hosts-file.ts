/** The system's own files about names: /etc/hosts (hosts(5)), /etc/resolv.conf (resolv.conf(5)), /etc/nsswitch.conf. Read anew when they change. */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { normalizeHost } from '../resolve/destination.ts';
import { parseAddress } from './address.ts';

/** What names are looked up by. Whoever may change these leads a permitted name wherever they like, and asks whom they like for it. */
export const NAME_FILES = ['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf', '/etc/host.conf'];

/** More than this is a list of advertisers, of which no more is read. */
const FILE_BYTES_LIMIT = 4 * 1024 * 1024;

/** Milliseconds for which a file is taken to be what it was: connections come in crowds, and each is judged by it several times. */
const FRESH_MS = 10;

/** Parsed once for each state of the file; `parse` gets the empty text where there is none. */
function watched<T>(file: string, parse: (text: string) => T): () => T {
  let seen: string | undefined;
  let value: T | undefined;
  let until = 0;
  return () => {
    const now = performance.now();
    if (value !== undefined && now < until) return value;
    until = now + FRESH_MS;
    const stats = statSync(file, { throwIfNoEntry: false });
    const state = stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    if (state !== seen || value === undefined) {
      value = parse(stats === undefined ? '' : readFileSync(file, 'utf8').slice(0, FILE_BYTES_LIMIT));
      seen = state;
    }
    return value;
  };
}

interface HostsTable {
  /** Name in normal form → addresses as they are written. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** Address in canonical text → names. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

export function parseHosts(text: string): HostsTable {
  const addresses = new Map<string, string[]>();
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [written = '', ...words] = line.replace(/#.*/, '').trim().split(/\s+/);
    const address = isIP(written.replace(/%.*$/, '')) === 0 ? undefined : parseAddress(written);
    if (address === undefined) continue;
    for (const word of words) {
      const name = normalizeHost(word);
      add(addresses, name, written.replace(/%.*$/, ''));
      add(names, address, name);
    }
  }
  return { addresses, names };
}

/** Lists against advertisers give one address to a hundred thousand names. */
const PER_KEY_LIMIT = 16;

function add(table: Map<string, string[]>, key: string, value: string): void {
  const values = table.get(key);
  if (values === undefined) table.set(key, [value]);
  else if (values.length < PER_KEY_LIMIT) values.push(value);
}

interface Servers {
  readonly servers: readonly string[];
  /** Domains that are put behind short names. */
  readonly search: readonly string[];
}

export function parseResolvConf(text: string): Servers {
  const servers: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [key, ...words] = line.replace(/[#;].*/, '').trim().split(/\s+/);
    if (key === 'nameserver' && isIP((words[0] ?? '').replace(/%.*$/, '')) !== 0) servers.push(words[0] ?? '');
    if (key === 'search' || key === 'domain') search = words.map(normalizeHost);
  }
  return { servers: servers.slice(0, 3), search };
}

/** Whether names are looked for in other places than files and servers: multicast DNS, directories, containers. */
function hasOtherSources(text: string): boolean {
  const sources = /^\s*hosts:(.*)$/m.exec(text)?.[1] ?? '';
  return sources.replace(/\[[^\]]*\]/g, ' ').split(/\s+/).some((word) => word !== '' && !/^(?:files|dns|myhostname)$/.test(word));
}

export interface SystemNames {
  readonly hosts: () => HostsTable;
  readonly servers: () => Servers;
  readonly hasOtherSources: () => boolean;
}

export function systemNames(folder = '/etc'): SystemNames {
  return { hosts: watched(`${folder}/hosts`, parseHosts), servers: watched(`${folder}/resolv.conf`, parseResolvConf), hasOtherSources: watched(`${folder}/nsswitch.conf`, hasOtherSources) };
}
