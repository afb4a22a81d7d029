/** What a program sees of its sockets: the same with Patchwork as without, down to the error of a second connect. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { PROGRAM, ROOT } from '../support/patchwork.ts';
import { type Bed, createBed, whyNoBed } from './support/bed.ts';
import { POLICY } from './support/world.ts';

const skip = (await whyNoGuard()) ?? whyNoBed() ?? false;
/** Permitted by themselves, so that what is compared is the socket. */
const ADDRESSES = ['203.0.113.53', '203.0.113.200', '203.0.113.1', '255.255.255.255', '2001:db8:66::99'].map((each) => `"${each}"`).join(', ');
/** docs/network.md says so. */
const DIFFERENT = new Map([['fastopen sendto', 'OSError ENOTSUP']]);

let bed: Bed;
before(async () => {
  if (skip === false) bed = await createBed('parity');
});
after(() => bed?.close());

function rowsOf(out: string): Map<string, string> {
  return new Map(out.trim().split('\n').map((line) => line.split(' -> ') as [string, string]));
}

for (const mode of ['fail-closed', 'fail-open']) {
  test(`sockets look the same (${mode})`, { skip, timeout: 180_000 }, () => {
    const script = `cat > sockets.py <<'PYTHON'\n${readFileSync(join(ROOT, 'test/network/support/parity.py'), 'utf8')}\nPYTHON\n/usr/bin/python3 sockets.py`;
    const bare = rowsOf(bed.bare(script, { timeoutMs: 80_000 }).out);
    const governed = bed.governed(script, { timeoutMs: 80_000, policy: POLICY.replace('"udp.test"', `"udp.test", ${ADDRESSES}`).replace('fail-closed', mode) });
    assert.ok(bare.size > 50, [...bare.keys()].join());
    assert.deepEqual(rowsOf(governed.out), new Map([...bare, ...DIFFERENT]), governed.err.slice(-2000));
  });
}

/** What the kernel lets everybody do is not the same everywhere. */
const whyNoUser = skip === false && spawnSync('setpriv', ['--reuid', '1000', '--regid', '1000', '--clear-groups', 'test', '-r', PROGRAM]).status !== 0 ? 'an ordinary user cannot read this folder' : skip;

test('a host that refuses looks the same to an ordinary user', { skip: whyNoUser, timeout: 180_000 }, () => {
  const refusals = readFileSync(join(ROOT, 'test/network/support/parity.py'), 'utf8').split(/^(?=@t\()/m).filter((row, index) => index === 0 || /^@t\('refused/.test(row));
  const script = `cat > sockets.py <<'PYTHON'\n${refusals.join('')}\nPYTHON\n/usr/bin/python3 sockets.py`;
  const bare = rowsOf(bed.bare(script, { isOrdinary: true }).out);
  const governed = bed.governed(script, { isOrdinary: true, timeoutMs: 80_000, policy: POLICY.replace('"udp.test"', `"udp.test", ${ADDRESSES}`) });
  assert.ok(bare.size > 5, [...bare.keys()].join());
  assert.deepEqual(rowsOf(governed.out), bare, governed.err.slice(-2000));
});
