/** Hosts in one normal form, so that no spelling slips past a rule. */
import { isIP } from 'node:net';

/** Lower case, no trailing dot, no brackets, addresses canonical (`0x7f.1`, `2130706433`, `::ffff:127.0.0.1`). */
export function normalizeHost(host: string): string {
  // A socket of this machine, by its path or its abstract name (unix(7)).
  if (host.startsWith('unix:')) return host;
  const bare = host.trim().toLowerCase().replace(/^\[|\]$/g, '').replace(/%.*$/, '').replace(/\.$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  if (mapped !== null) return mapped[1] ?? bare;
  const family = isIP(bare);
  if (family === 4) return bare;
  try {
    // The URL parser follows inet_aton's odd forms and shortens IPv6 (WHATWG URL, host parsing).
    const parsed = new URL(`http://${family === 6 ? `[${bare}]` : bare}/`).hostname.replace(/^\[|\]$/g, '');
    const hexMapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(parsed);
    if (hexMapped === null) return parsed;
    const [high, low] = [Number.parseInt(hexMapped[1] ?? '', 16), Number.parseInt(hexMapped[2] ?? '', 16)];
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  } catch {
    return bare;
  }
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
  if (isIP(text) === 6) return { host: normalizeHost(text), port: undefined };
  const match = /^(\[[^\]]+\]|[^:/\s]+)(?::(\d{1,5}))?(?:\/.*)?$/.exec(text);
  if (match === null) return undefined;
  return { host: normalizeHost(match[1] ?? ''), port: match[2] === undefined ? undefined : Number(match[2]) };
}
