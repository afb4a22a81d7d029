/** Hosts in one normal form, so that no spelling slips past a rule. */
import { ipFamily } from '../policy/match-host.ts';

/** Lower case, no trailing dot, no brackets, addresses canonical (`0x7f.1`, `2130706433`, `::ffff:127.0.0.1`). */
export function normalizeHost(host: string): string {
  // A socket of this machine, by its path or its abstract name (unix(7)).
  if (host.startsWith('unix:')) return host;
  const bare = withoutZone(host.trim().toLowerCase().replace(/^\[|\]$/g, '')).replace(/\.$/, '');
  const family = ipFamily(bare);
  if (family === 4) return bare;
  // The parser below would take these for the end of the host; a resolver takes them for a part of it.
  if (family === 0 && /[\s\x00-\x20/\\?#@%:<>^|[\]`{}"]/.test(bare)) return bare;
  try {
    // The URL parser follows inet_aton's odd forms and shortens IPv6 (WHATWG URL, host parsing).
    const parsed = new URL(`http://${family === 6 ? `[${bare}]` : bare}/`).hostname.replace(/^\[|\]$/g, '');
    return ipFamily(parsed) === 6 ? (embeddedIPv4(parsed) ?? parsed) : parsed;
  } catch {
    return bare;
  }
}

/** `fe80::1%eth0`: through which interface; a name has no such thing. */
function withoutZone(host: string): string {
  const at = host.indexOf('%');
  return at > 0 && ipFamily(host.slice(0, at)) === 6 ? host.slice(0, at) : host;
}

/**
 * The IPv4 address that an IPv6 address leads to: mapped (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052, RFC 8215),
 * 6to4 (RFC 3056), compatible (RFC 4291).
 */
function embeddedIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const starts = (...values: readonly number[]): boolean => values.every((value, index) => groups[index] === value);
  const at = (index: number): string => [(groups[index] ?? 0) >> 8, (groups[index] ?? 0) & 255, (groups[index + 1] ?? 0) >> 8, (groups[index + 1] ?? 0) & 255].join('.');
  if (starts(0, 0, 0, 0, 0, 0xffff)) return at(6);
  const isTranslated = starts(0, 0, 0, 0, 0xffff, 0) || starts(0x64, 0xff9b, 0, 0, 0, 0) || starts(0x64, 0xff9b, 1);
  // `::` and `::1` are addresses of their own.
  const isCompatible = starts(0, 0, 0, 0, 0, 0) && (groups[6] ?? 0) > 0;
  const inner = isTranslated || isCompatible ? at(6) : starts(0x2002) ? at(1) : undefined;
  // Whoever translates it is not this machine.
  return inner === undefined || /^(?:0|127)\./.test(inner) ? undefined : inner;
}

/** Eight groups of a valid address, as the URL parser writes it. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const read = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [read(head), tail === undefined ? [] : read(tail)];
  return tail === undefined ? first : [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443, 'ftp:': 21, 'ssh:': 22, 'git:': 9418 };

/** Host and port of a URL, or of `host`, `host:port`; undefined when the text names no host. */
export function parseDestination(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    try {
      const url = new URL(text);
      if (url.hostname === '') return undefined;
      return { host: normalizeHost(url.hostname), port: url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port) };
    } catch {
      return undefined;
    }
  }
  if (ipFamily(text) === 6) return { host: normalizeHost(text), port: undefined };
  const match = /^(\[[^\]]+\]|[^:/\s]+)(?::(\d{1,5}))?(?:\/.*)?$/.exec(text);
  if (match === null) return undefined;
  return { host: normalizeHost(match[1] ?? ''), port: match[2] === undefined ? undefined : Number(match[2]) };
}
