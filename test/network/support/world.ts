/** The hosts of the tests' own network: names, addresses, ports. Documentation ranges (RFC 5737, RFC 3849) stand for the Internet. */

export const SERVER = '203.0.113.53';
export const DENIED = '203.0.113.66';
export const DENIED6 = '2001:db8:66::66';
export const PRIVATE = '10.66.0.5';
export const METADATA = '169.254.169.254';

export const BANNER_PORT = 2222;
export const ECHO_PORT = 5432;
export const SINK_PORT = 6000;
export const UDP_PORT = 7000;
/** A web server that takes more than it should. */
export const LENIENT_PORT = 8090;

export const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'allowed.test': ['203.0.113.10', '2001:db8:66::10'],
  'also.test': ['203.0.113.11'],
  'six.test': ['2001:db8:66::16'],
  /** Behind the same address as a permitted one. */
  'shared.test': ['203.0.113.10'],
  'denied.test': [DENIED, DENIED6],
  'wild.test': ['203.0.113.12'],
  'rebind.test': [PRIVATE],
  'mixed.test': ['203.0.113.13', PRIVATE],
  'meta.test': [METADATA],
  'home.test': ['127.0.0.1', '::1'],
  'mapped.test': ['::ffff:a42:5'],
  'corp.test': ['10.77.0.6'],
  'udp.test': [SERVER],
  'port.test': ['203.0.113.14'],
};

/** Every address that the server answers at. */
export const ALL = [SERVER, DENIED, PRIVATE, METADATA, '203.0.113.10', '203.0.113.11', '203.0.113.12', '203.0.113.13', '203.0.113.14', '203.0.113.15', '10.77.0.6'];
export const ALL6 = ['2001:db8:66::10', '2001:db8:66::16', DENIED6];

export const POLICY = `version: 1
mode: fail-closed
rules:
  files:
    allow: ["**", "/**"]
  commands:
    allow: ["*"]
  network:
    allow: ["allowed.test", "also.test", "six.test", "*.wild.test", "rebind.test", "mixed.test", "meta.test", "home.test", "mapped.test", "corp.test", "10.77.0.0/16", "port.test:443", "udp.test", "localhost"]
    deny: ["*"]
`;
