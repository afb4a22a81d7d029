/** What connections cost: through the guard and the relay, to servers in a namespace of their own. Needs the superuser. */
import { spawn } from 'node:child_process';
import { createBed, whyNoBed } from '../network/support/bed.ts';
import { POLICY } from '../network/support/world.ts';
import { line, median, ROUNDS } from './measure.ts';

/** Python opens the connections and takes the time of each, so that no start of a program is in the figures; prints the median in milliseconds. */
const EACH = (address: string, words: string, count: number): string => `import socket, time
${address}
T = []
for i in range(${count}):
  b = time.perf_counter(); s = socket.create_connection(A); s.sendall(${words})
  while s.recv(65536): pass
  s.close(); T.append(time.perf_counter() - b)
print(sorted(T)[len(T) // 2] * 1000)`;
const SERVE = `import socket, sys, threading
S = socket.create_server(('', int(sys.argv[1]) if len(sys.argv) > 1 else 0), backlog=512); A = ('127.0.0.1', S.getsockname()[1])
def serve():
  while True:
    c, _ = S.accept(); c.recv(1000); c.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\nok'); c.close()`;
const LOOKED_UP = (port: number): string => `A = (socket.getaddrinfo('allowed.test', 0, socket.AF_INET, socket.SOCK_STREAM)[0][4][0], ${port})`;
const REQUEST = "b'GET /%d HTTP/1.0\\r\\nHost: allowed.test\\r\\n\\r\\n' % i";
const OUTSIDE = 8123;

const python = (script: string): string => `/usr/bin/python3 -c "${script.replaceAll('"', '\\"')}"`;
/** Once to warm up, then timed. */
const twice = (work: string): string => `${work}\ns=$(date +%s%N); ${work}\necho $(( ($(date +%s%N) - s) / 1000 ))e-3`;
const OPEN = POLICY.replace('fail-closed', 'fail-open');

const ROWS: readonly (readonly [what: string, script: string, policy?: string])[] = [
  ['connect and request, a server of its own', python(`${SERVE}\nthreading.Thread(target=serve, daemon=True).start()\n${EACH('', "b'q'", 500)}`)],
  ['the same, localhost outside the session', python(EACH(`A = ('127.0.0.1', ${OUTSIDE})`, "b'q'", 500))],
  ['the same, fail-open', python(EACH(`A = ('127.0.0.1', ${OUTSIDE})`, "b'q'", 500)), OPEN],
  ['connect and request, plain HTTP', python(EACH(LOOKED_UP(OUTSIDE), REQUEST, 500))],
  ['the same, fail-open', python(EACH(LOOKED_UP(OUTSIDE), REQUEST, 500)), OPEN],
  ['the same, a server in Node', python(EACH(LOOKED_UP(80), REQUEST, 200))],
  ['the same, a server in Node, fail-open', python(EACH(LOOKED_UP(80), REQUEST, 200)), OPEN],
  ['20 × curl https', twice('for i in {1..20}; do curl -s -o /dev/null https://allowed.test/; done')],
  ['1 GB by https', twice('curl -s --http1.1 -o /dev/null https://allowed.test/bytes/1000000000')],
  ['1 GB by http', twice('curl -s -o /dev/null http://allowed.test/bytes/1000000000')],
  ['200 downloads at once, https', twice('for i in $(seq 200); do echo "url = https://allowed.test/$i"; echo "output = /dev/null"; done > list; curl -s --http1.1 --parallel --parallel-immediate --parallel-max 200 -K list')],
  ['npm install from a registry', twice('rm -rf q; mkdir q; cd q; echo "{}" > package.json; npm install --cafile "$CA" --cache ./cache --registry https://allowed.test --no-audit --no-fund --silent tiny-package; cd ..')],
];

export async function* networkRows(): AsyncGenerator<string> {
  const why = whyNoBed();
  if (why !== undefined) return yield `network: ${why}`;
  const rounds = Math.min(ROUNDS, 5);
  const bed = await createBed('bench');
  const servers = [bed.inside, bed.outside].map((namespace) => spawn('ip', ['netns', 'exec', namespace, '/usr/bin/python3', '-c', `${SERVE}\nserve()`, String(OUTSIDE)], { stdio: 'ignore' }));
  try {
    for (const [what, script, policy] of ROWS) {
      const options = { timeoutMs: 120_000, ...(policy === undefined ? {} : { policy }) };
      const pairs = Array.from({ length: rounds }, () => [bed.bare(script, options), bed.governed(script, options)].map(({ out }) => Number(out.trim().split('\n').at(-1))) as [number, number]);
      yield line(what, median(pairs.map(([bare]) => bare)), median(pairs.map(([, ours]) => ours)), median(pairs.map(([bare, ours]) => ours / bare)));
    }
  } finally {
    for (const server of servers) server.kill();
    bed.close();
  }
}
