/** Addresses of the Internet: what kind of place one leads to. Pure. */
import { BlockList, isIP } from 'node:net';
import { normalizeHost } from '../resolve/destination.ts';

/** Where an address leads. `public` is everything that no other kind names. */
export type AddressKind = 'loopback' | 'unspecified' | 'metadata' | 'link-local' | 'private' | 'multicast' | 'public';

/** Tried in order. IANA special-purpose registries (RFC 6890); RFC 1918, 6598, 4193, 3927, 4291. */
const KINDS: readonly (readonly [AddressKind, readonly string[]])[] = [
  ['unspecified', ['0.0.0.0/8', '::/128']],
  ['loopback', ['127.0.0.0/8', '::1/128']],
  // Credentials of the machine itself: AWS, GCP, Azure, ECS, EKS, Alibaba, Oracle.
  ['metadata', ['169.254.169.254/32', '169.254.170.2/32', '169.254.170.23/32', '169.254.169.253/32', '100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32', 'fd00:ec2::/32', 'fd20:ce::254/128']],
  ['link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15', 'fc00::/7', 'fec0::/10']],
  // What stands for 127.0.0.0/8 or 0.0.0.0/8 at somebody else's: translated, compatible, 6to4.
  ['private', ['::/104', '::7f00:0/104', '::ffff:0:0:0/104', '::ffff:0:7f00:0/104', '64:ff9b::/104', '64:ff9b::7f00:0/104', '64:ff9b:1::/48', '2002::/24', '2002:7f00::/24']],
  ['multicast', ['224.0.0.0/4', '255.255.255.255/32', 'ff00::/8']],
];

let lists: readonly (readonly [AddressKind, BlockList])[] | undefined;

/** Made when the first address is looked at: not at every start. */
function listsOfKinds(): readonly (readonly [AddressKind, BlockList])[] {
  lists ??= KINDS.map(([kind, ranges]) => {
    const list = new BlockList();
    for (const range of ranges) {
      const [address = '', bits] = range.split('/');
      list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
    }
    return [kind, list];
  });
  return lists;
}

const CANONICAL = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** The canonical text of an address literal, an IPv4 address inside an IPv6 one taken out; undefined for anything else. */
export function parseAddress(text: string): string | undefined {
  // Most are, and the rest costs far more.
  if (CANONICAL.test(text)) return text;
  if (isIP(text.replace(/%.*$/, '')) === 0) return undefined;
  const address = normalizeHost(text);
  return isIP(address) === 0 ? undefined : address;
}

/** The kinds of a few addresses: several questions of one connection ask for the same. */
const known = new Map<string, AddressKind>();
const KNOWN_LIMIT = 256;

/** `address` in canonical text. */
export function kindOf(address: string): AddressKind {
  let kind = known.get(address);
  if (kind === undefined) {
    kind = findKind(address);
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(address, kind);
  }
  return kind;
}

function findKind(address: string): AddressKind {
  const family = isIP(address);
  if (family === 0) return 'public';
  const name = family === 6 ? 'ipv6' : 'ipv4';
  return listsOfKinds().find(([, list]) => list.check(address, name))?.[0] ?? 'public';
}

/** Places that a name of somebody else's must not lead to (DNS rebinding). */
export function isInternal(address: string): boolean {
  return kindOf(address) !== 'public';
}

/** This machine itself: connecting to the unspecified address reaches it, too (ip(7)). */
export function isOwnMachine(address: string): boolean {
  const kind = kindOf(address);
  return kind === 'loopback' || address === '0.0.0.0' || address === '::';
}

/** Names of this machine, whatever a name server may say (RFC 6761). */
export function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The 4 or 16 bytes of an address record as canonical text; undefined for another length. */
export function addressOfBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16));
  return parseAddress(groups.join(':'));
}

/** The bytes of an address as records hold them: 4 or 16; an IPv4 address in an IPv6 one is kept as it was written. */
export function bytesOfAddress(address: string): Buffer | undefined {
  const family = isIP(address);
  if (family === 4) return Buffer.from(address.split('.').map(Number));
  if (family !== 6) return undefined;
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const read = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [read(head), tail === undefined ? [] : read(tail)];
  const groups = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

/** The address that a name of the reverse tree stands for (RFC 1035 §3.5, RFC 3596 §2.5); undefined for other names. */
export function addressOfReverseName(name: string): string | undefined {
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (four !== null) return parseAddress(four.slice(1, 5).reverse().join('.'));
  if (!/^(?:[0-9a-f]\.){32}ip6\.arpa$/.test(name)) return undefined;
  const digits = name.slice(0, 63).split('.').reverse().join('');
  return parseAddress(digits.replace(/(.{4})(?=.)/g, '$1:'));
}
