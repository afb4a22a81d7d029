/** Host patterns: names with wildcards, host:port, addresses, CIDR ranges, localhost. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { matchesWildcard } from './match-text.ts';

/** 4, 6 or 0, as net.isIP: whose expression for IPv6 takes ten milliseconds to build, for names as well. */
export function ipFamily(text: string): 0 | 4 | 6 {
  if (isIPv4(text)) return 4;
  return text.includes(':') && isIPv6(text) ? 6 : 0;
}

export interface HostPattern {
  readonly kind: 'any' | 'name' | 'address' | 'range' | 'localhost' | 'local';
  readonly host: string;
  readonly port: number | undefined;
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Undefined when the text is no host pattern (a URL, a path, a port out of range). */
export function parseHostPattern(text: string): HostPattern | undefined {
  const pattern = text.trim().toLowerCase();
  // A socket of this machine: its path, or `@` and its abstract name; `*` matches any text.
  if (/^unix:[/@*]/.test(text.trim())) return { kind: 'local', host: text.trim(), port: undefined };
  if (pattern === '*' || pattern === '**') return { kind: 'any', host: '*', port: undefined };
  const range = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(pattern);
  if (range !== null) {
    const family = ipFamily(range[1] ?? '');
    const isValid = family !== 0 && Number(range[2]) <= (family === 4 ? 32 : 128);
    return isValid ? { kind: 'range', host: `${range[1]}/${range[2]}`, port: undefined } : undefined;
  }
  if (ipFamily(pattern) !== 0) return { kind: 'address', host: pattern, port: undefined };
  const bracketed = /^\[([0-9a-f.:]+)\](?::(\d{1,5}|\*))?$/.exec(pattern);
  if (bracketed !== null && ipFamily(bracketed[1] ?? '') === 6) return withPort('address', bracketed[1] ?? '', bracketed[2]);
  const named = /^([a-z0-9_.*-]+)(?::(\d{1,5}|\*))?$/.exec(pattern);
  if (named === null) return undefined;
  const host = (named[1] ?? '').replace(/\.$/, '');
  if (host === '') return undefined;
  if (host === 'localhost') return withPort('localhost', host, named[2]);
  return withPort(ipFamily(host) === 4 ? 'address' : 'name', host, named[2]);
}

function withPort(kind: HostPattern['kind'], host: string, port: string | undefined): HostPattern | undefined {
  if (port === undefined || port === '*') return { kind, host, port: undefined };
  return Number(port) <= 65535 ? { kind, host, port: Number(port) } : undefined;
}

/** Ranges are compiled once; a policy holds a handful. */
const ranges = new Map<string, BlockList>();

/**
 * `host` is in normal form (resolve/destination.ts). A deny of `*.x.org` also covers `x.org`; an allow does not.
 */
export function matchesHost(pattern: HostPattern, host: string, port: number | undefined, list: 'deny' | 'allow'): boolean {
  if (pattern.kind === 'local') return matchesWildcard(pattern.host, host);
  if (host.startsWith('unix:') && pattern.kind !== 'any') return false;
  // A name that is none must not slip through a wildcard: `.github.com`, a NUL in the middle.
  if (list === 'allow' && pattern.kind !== 'any' && !/^[a-z0-9_][a-z0-9_.:-]*$/.test(host) && !host.includes('::')) return false;
  if (pattern.port !== undefined && port !== pattern.port && !(port === undefined && list === 'deny')) return false;
  switch (pattern.kind) {
    case 'any':
      return true;
    case 'localhost':
      // Connecting to the unspecified address reaches this machine (ip(7)).
      if (list === 'deny' && (host === '0.0.0.0' || host === '::')) return true;
      return host === 'localhost' || host.endsWith('.localhost') || LOOPBACK.some((range) => isInRange(range, host));
    case 'range':
      return isInRange(pattern.host, host);
    case 'address':
      return isInRange(`${pattern.host}/${ipFamily(pattern.host) === 6 ? 128 : 32}`, host);
    case 'name':
      if (matchesWildcard(pattern.host, host)) return true;
      return list === 'deny' && pattern.host.startsWith('*.') && host === pattern.host.slice(2);
  }
}

function isInRange(range: string, host: string): boolean {
  const family = ipFamily(host);
  if (family === 0) return false;
  let list = ranges.get(range);
  if (list === undefined) {
    const [address = '', bits = '0'] = range.split('/');
    list = new BlockList();
    list.addSubnet(address, Number(bits), ipFamily(address) === 6 ? 'ipv6' : 'ipv4');
    ranges.set(range, list);
  }
  return list.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
