/** What connections cost: through the guard and the relay, to servers in a namespace of their own. Needs the superuser. */
import { createBed, whyNoBed } from '../network/support/bed.ts';
import { line, median, ROUNDS } from './measure.ts';

/** Python opens the connections, so that no start of a program is in the figures. */
const CONNECT = `import socket
A = socket.getaddrinfo('allowed.test', 0, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
for i in range(100):
  s = socket.create_connection((A, 80)); s.sendall(b'GET / HTTP/1.0\\r\\nHost: allowed.test\\r\\n\\r\\n')
  while s.recv(4096): pass
  s.close()`;
const LOCAL = `import socket, threading
S = socket.create_server(('127.0.0.1', 0)); A = S.getsockname()
def serve():
  while True:
    c, _ = S.accept(); c.recv(100); c.sendall(b'x'); c.close()
threading.Thread(target=serve, daemon=True).start()
for i in range(300):
  s = socket.create_connection(A); s.sendall(b'q'); s.recv(10); s.close()`;
const python = (script: string): string => `/usr/bin/python3 -c "${script.replaceAll('"', '\\"')}"`;

const ROWS: readonly (readonly [what: string, work: string])[] = [
  ['300 connections to a server of its own', python(LOCAL)],
  ['100 × connect and request, http', python(CONNECT)],
  ['20 × curl https', 'for i in {1..20}; do curl -s -o /dev/null https://allowed.test/; done'],
  ['1 GB by https', 'curl -s --http1.1 -o /dev/null https://allowed.test/bytes/1000000000'],
  ['1 GB by http', 'curl -s -o /dev/null http://allowed.test/bytes/1000000000'],
  ['200 downloads at once, https', 'for i in $(seq 200); do echo "url = https://allowed.test/$i"; echo "output = /dev/null"; done > list; curl -s --http1.1 --parallel --parallel-immediate --parallel-max 200 -K list'],
  ['npm install from a registry', 'rm -rf q; mkdir q; cd q; echo "{}" > package.json; npm install --cafile "$CA" --cache ./cache --registry https://allowed.test --no-audit --no-fund --silent tiny-package; cd ..'],
];

export async function* networkRows(): AsyncGenerator<string> {
  const why = whyNoBed();
  if (why !== undefined) return yield `network: ${why}`;
  const rounds = Math.min(ROUNDS, 5);
  const bed = await createBed('bench');
  try {
    for (const [what, work] of ROWS) {
      const script = `${work}\ns=$(date +%s%N); ${work}\necho $(( ($(date +%s%N) - s) / 1000 ))`;
      const pairs = Array.from({ length: rounds }, () => [bed.bare(script, { timeoutMs: 120_000 }), bed.governed(script, { timeoutMs: 120_000 })].map(({ out }) => Number(out.trim().split('\n').at(-1)) / 1000) as [number, number]);
      yield line(what, median(pairs.map(([bare]) => bare)), median(pairs.map(([, ours]) => ours)), median(pairs.map(([bare, ours]) => ours / bare)));
    }
  } finally {
    bed.close();
  }
}
