/** The relay of a session, known to the decision point that it asks. */
import type { NetworkDesk } from '../evaluator/network-desk.ts';
import type { UpstreamProxies } from '../network/proxies.ts';
import { RelayServer } from '../network/relay-server.ts';

interface Relay {
  /** For proxy variables, with the session's secret in it. */
  readonly proxy: string;
  close(): Promise<void>;
}

export async function startRelay(desk: NetworkDesk, proxies: UpstreamProxies): Promise<Relay> {
  const server = new RelayServer(desk.judgements, proxies);
  const port = await server.listen();
  desk.relay = { port, preface: (facts) => server.preface(facts) };
  return { proxy: `http://patchwork:${server.secret}@127.0.0.1:${port}`, close: () => server.close() };
}
