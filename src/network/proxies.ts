/** The proxies that the user's own environment names: what goes to them is judged by the hosts that it asks them for. */
import { normalizeHost } from '../resolve/destination.ts';

export interface UpstreamProxy {
  readonly kind: 'http' | 'socks';
  readonly host: string;
  readonly port: number;
  /** `user:password`, decoded. */
  readonly credentials: string | undefined;
}

const KINDS: Readonly<Record<string, readonly [kind: UpstreamProxy['kind'], port: number]>> = {
  'http:': ['http', 80], 'socks5:': ['socks', 1080], 'socks5h:': ['socks', 1080], 'socks:': ['socks', 1080],
};

/** Undefined for what is no proxy that the relay can speak to (TLS to the proxy itself among them). */
export function parseProxy(text: string | undefined): UpstreamProxy | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    const [kind, port] = KINDS[url.protocol] ?? [];
    if (kind === undefined || port === undefined || url.hostname === '') return undefined;
    const credentials = url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return { kind, host: normalizeHost(url.hostname), port: url.port === '' ? port : Number(url.port), credentials };
  } catch {
    return undefined;
  }
}

export interface UpstreamProxies {
  readonly all: readonly UpstreamProxy[];
  /** The proxy for a host, undefined where it is reached directly. */
  choose(host: string, isTls: boolean): UpstreamProxy | undefined;
}

/** Lower case first: programs read it so, since a web server may set HTTP_PROXY from a header (CVE-2016-5385). */
export function upstreamProxies(environment: NodeJS.ProcessEnv): UpstreamProxies {
  const read = (name: string): UpstreamProxy | undefined => parseProxy(environment[name.toLowerCase()] ?? environment[name]);
  const [http, https, all] = [read('HTTP_PROXY'), read('HTTPS_PROXY'), read('ALL_PROXY')];
  const exceptions = (environment['no_proxy'] ?? environment['NO_PROXY'] ?? '').split(/[\s,]+/).filter((each) => each !== '').map((each) => each.toLowerCase().replace(/^\*?\./, ''));
  return {
    all: [http, https, all].filter((proxy) => proxy !== undefined),
    choose: (host, isTls) => {
      if (exceptions.some((each) => each === '*' || host === each || host.endsWith(`.${each}`))) return undefined;
      return (isTls ? https : http) ?? all;
    },
  };
}
