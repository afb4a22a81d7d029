/** A denied host is not connected to and its name not looked up; the program sees an ordinary connection error that names the rule. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Governed, MODES } from './modes.ts';
import { startSession } from './session.ts';

interface Seen {
  readonly name: string;
  readonly value?: string;
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly message?: string;
  readonly patchwork?: { action: string; rule: string };
  readonly cause?: string;
}

/** The allowed first reading is what counts: the port is closed. */
const CHANGED_ITS_MIND = 'a host getter that changes its mind';

for (const { name: mode, skip, start } of MODES) {
  describe(`hosts ${mode}`, { skip }, () => {
    let session: Governed;
    let rows: readonly Seen[] = [];

    before(async () => {
      session = await start();
      const { stdout, stderr } = await session.run('network-denials.cjs');
      assert.equal(stderr.replace(/.*ExperimentalWarning.*\n.*trace-warnings.*\n/, ''), '');
      rows = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Seen);
    });
    after(() => session.close());

    test('every way to a denied host fails with EACCES and names the rule', () => {
      const wrong = rows.filter((row) => {
        if (row.name === CHANGED_ITS_MIND) return row.code !== 'ECONNREFUSED';
        if (row.name === 'WebSocket') return row.value !== undefined;
        return row.code !== 'EACCES' || row.patchwork?.action !== 'network_request' || !row.message?.includes(`${row.patchwork.rule}`);
      });
      assert.deepEqual(wrong, []);
      assert.ok(rows.length >= 31);
    });

    test('fetch rejects with the denial itself', () => {
      const row = rows.find(({ name }) => name === 'fetch');
      assert.equal(row?.cause, undefined);
      assert.equal(row?.address, 'denied.test');
      assert.equal(row?.port, 80);
    });
  });
}

test('hosts and ports of the questions are those of the calls', async () => {
  const session = await startSession();
  await session.run('network-denials.cjs');
  const asked = session.questions.flatMap((one) =>
    one.op === 'ask' && one.action === 'network_request' ? [`${one.host}:${one.port}`] : [],
  );
  for (const expected of [
    'denied.test:80',
    'denied.test:443',
    'denied.test:8080',
    'denied.test:0',
    'localhost:9',
    '127.0.0.1:9',
  ]) {
    assert.ok(asked.includes(expected), expected);
  }
  await session.close();
});
