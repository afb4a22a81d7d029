/** Requests that follow each other: each on record, whether it was asked about or told of. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { type Bed, createBed, whyNoBed } from './support/bed.ts';
import { POLICY } from './support/world.ts';

const skip = (await whyNoGuard()) ?? whyNoBed() ?? false;
const COUNT = 30;
const CLIENT = `/usr/bin/python3 - <<'END'
import http.client, socket
for i in range(${COUNT}):
  c = http.client.HTTPConnection("allowed.test"); c.request("GET", "/page/%d?q=%d" % (i, i)); assert b"SERVED http GET allowed.test /page/%d?q=" % i in c.getresponse().read(); c.close()
c = http.client.HTTPConnection("allowed.test")
for i in range(${COUNT}): c.request("GET", "/kept/%d" % i); assert b"/kept/%d " % i in c.getresponse().read()
c.request("GET", "/", headers={"Host": "denied.test"}); print(c.getresponse().status)
A = socket.gethostbyname("allowed.test")
for i in range(3):
  c = http.client.HTTPConnection(A); c.request("GET", "/literal"); print(c.getresponse().status); c.close()
END`;

let bed: Bed;
before(async () => {
  if (skip === false) bed = await createBed('repeated');
});
after(() => bed?.close());

/** How many passed unasked and were written ahead. */
function repeat(mode: string): number {
  bed.seen();
  const { out, err } = bed.governed(CLIENT, { policy: POLICY.replace('fail-closed', mode) });
  assert.equal(out, '403\n403\n403\n403\n', err);
  const all = bed.sandbox.events();
  const session = all.at(-1)?.session_id;
  const events = all.filter((event) => event.session_id === session && event.action === 'network_request' && event.target.port === 80);
  const urls = events.filter(({ status }) => status === 'completed').map(({ target }) => target.url);
  const expected = [...Array.from({ length: COUNT }, (_, i) => `http://allowed.test/page/${i}?q=${i}`), ...Array.from({ length: COUNT }, (_, i) => `http://allowed.test/kept/${i}`)];
  assert.deepEqual([...urls].sort(), expected.sort());
  for (const { target, decision, process, status } of events.filter((each) => each.status === 'completed')) assert.deepEqual([target.host, target.address, decision.rule, decision.pep, status, process.exe?.startsWith('/usr/bin/python3')], ['allowed.test', '2001:db8:66::10', 'network.allow: allowed.test', 'relay', 'completed', true]);
  assert.equal(bed.seen().filter((each) => /^http /.test(each)).length, 2 * COUNT, 'nothing else has reached the server');
  // What passed unasked was written ahead under fail-closed: each with its number, and nothing is left of it.
  const ahead = all.filter((event) => event.session_id === session).flatMap(({ decision }) => decision.ahead ?? []);
  assert.deepEqual(ahead, Array.from({ length: ahead.length }, (_, i) => i + 1));
  assert.deepEqual(readdirSync(join(bed.sandbox.home, '.patchwork', 'sessions')).filter((name) => name.endsWith('.ahead')), []);
  assert.equal((JSON.parse(bed.sandbox.run(['verify', session ?? '', '--json']).stdout) as { state: string }).state, 'sound');
  return ahead.length;
}

test('fail-open: what is told of afterwards is on record as what is asked about, one event each', { skip }, () => assert.equal(repeat('fail-open'), 0));

test('fail-closed: what is told of afterwards is on record as what is asked about, one event each', { skip }, () => {
  // On a busy machine a session may have to ask about everything; that is on record as well.
  const counts: number[] = [];
  while (counts.length < 3 && (counts.at(-1) ?? 0) <= COUNT) counts.push(repeat('fail-closed'));
  assert.ok((counts.at(-1) ?? 0) > COUNT, `${counts.join(', ')} passed unasked`);
});

test('a session that is killed: each request that reached the server stands in the log, or in what was written ahead', { skip }, () => {
  const endless = `/usr/bin/python3 - <<'END'
import http.client
i = 0
while True:
  c = http.client.HTTPConnection("allowed.test"); c.request("GET", "/endless/%d" % i); c.getresponse().read(); c.close(); i += 1
END`;
  bed.seen();
  // Killed from outside, as a machine that is out of memory does.
  const { out } = bed.governed(endless, { timeoutMs: 3000 });
  assert.equal(out, '');
  const seen = bed.seen().flatMap((each) => /\/endless\/\d+/.exec(each) ?? []);
  const [verdict] = bed.sandbox.run(['verify', '--json']).stdout.trim().split('\n').map((line) => JSON.parse(line) as { session: string; state: string; passed: { path: string }[] }).filter(({ state }) => state === 'killed');
  assert.ok(verdict !== undefined);
  const logged = bed.sandbox.events().filter(({ session_id }) => session_id === verdict.session).flatMap(({ target }) => /\/endless\/\d+/.exec(target.url ?? '') ?? []);
  const known = new Set([...logged, ...verdict.passed.map(({ path }) => `/${path}`)]);
  assert.ok(seen.length > 20, `${seen.length} requests`);
  assert.deepEqual(seen.filter((each) => !known.has(each)), []);
  assert.equal(known.size, logged.length + verdict.passed.length, 'nothing stands in both');
});
