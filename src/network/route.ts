/** Where the relay sends a request on: to the address that the client meant, or to the host that it named. */
import type { RequestHead } from './http-head.ts';
import type { NetworkJudge, NetworkVerdict } from './judge.ts';
import type { UpstreamProxies } from './proxies.ts';
import type { Side } from './stream.ts';
import { connectThrough, connectTo, proxyAuthorization } from './upstream.ts';

/** Who the client is, and whom it called. */
export interface Origin {
  readonly pid: number;
  readonly standing?: number;
  /** Undefined for a client of the relay itself. */
  readonly address: string | undefined;
  readonly port: number;
}

export interface RelayContext {
  readonly judge: NetworkJudge;
  readonly proxies: UpstreamProxies;
  /** Whether a `Proxy-Authorization` field shows the session's secret. */
  readonly isAdmitted: (field: string | undefined) => boolean;
  readonly secret: string;
}

export interface Route {
  readonly side: Side;
  /** `as-is`: the client's own words; `origin`: the server itself is asked; `proxy`: another proxy is; `tunnel`: it is open. */
  readonly how: 'as-is' | 'origin' | 'proxy' | 'tunnel';
  readonly authorization?: string;
}

/** A verdict where the addresses of the host are denied, an error where it cannot be reached. */
export async function openUpstream(origin: Origin, head: Pick<RequestHead, 'host' | 'port' | 'method'>, context: RelayContext): Promise<Route | NetworkVerdict | Error> {
  const isTunnel = head.method === 'CONNECT';
  if (origin.address !== undefined) {
    const side = await connectTo([origin.address], origin.port);
    return side instanceof Error ? side : { side, how: 'as-is' };
  }
  const [host, port] = [head.host ?? '', head.port ?? (isTunnel ? 443 : 80)];
  const proxy = context.proxies.choose(host, isTunnel);
  if (proxy !== undefined) {
    const isAsked = !isTunnel && proxy.kind === 'http';
    const side = isAsked ? await connectTo([proxy.host], proxy.port) : await connectThrough(proxy, host, port);
    if (side instanceof Error) return side;
    return isAsked ? { side, how: 'proxy', authorization: proxyAuthorization(proxy) } : { side, how: isTunnel ? 'tunnel' : 'origin' };
  }
  const addresses = await context.judge.addresses(origin.pid, host, port);
  if ('isAllowed' in addresses) return addresses;
  const side = await connectTo(addresses, port);
  return side instanceof Error ? side : { side, how: isTunnel ? 'tunnel' : 'origin' };
}
