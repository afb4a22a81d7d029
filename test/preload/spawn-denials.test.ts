/** A denied program is not started, and its absence looks like any program that the kernel refuses to execute. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Governed, MODES } from './modes.ts';
import { startSession } from './session.ts';

interface Seen {
  readonly name: string;
  readonly value?: string;
  readonly code?: string;
  readonly syscall?: string;
  readonly path?: string;
  readonly spawnargs?: readonly string[];
  readonly message?: string;
  readonly patchwork?: { action: string; rule: string; reason: string };
  readonly result?: object;
}

const CHANGED_ITS_MIND = 'an argument list that changes its mind';

for (const { name: mode, isGuarded, skip, start } of MODES) {
  describe(`programs ${mode}`, { skip }, () => {
    let session: Governed;
    let rows: readonly Seen[] = [];

    before(async () => {
      session = await start();
      const { stdout, stderr } = await session.run('spawn-denials.cjs');
      assert.equal(stderr.replace(/.*ExperimentalWarning.*\n.*trace-warnings.*\n/, ''), '');
      rows = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Seen);
    });
    after(() => session.close());

    test('every way to start a denied program fails with EACCES and names the rule', () => {
      const wrong = rows.filter((row) => {
        if (row.name === CHANGED_ITS_MIND) return row.value !== '7';
        return row.code !== 'EACCES' || !/^(?:files|commands)\.deny: /.test(`${row.patchwork?.rule}`) || !row.message?.includes(`${row.patchwork?.reason}`);
      });
      assert.deepEqual(wrong, []);
      assert.ok(rows.length >= 18);
    });

    test('each is in the log once', { skip: !isGuarded && 'there is none' }, () => assert.equal(session.denied()?.length, rows.length - 1));

    test('nothing was started', () => assert.equal(existsSync(join(session.project, 'started')), false));

    test('the errors have the shape of Node’s own', () => {
      const row = (name: string): Seen => rows.find((one) => one.name === name) as Seen;
      assert.equal(row('spawn').syscall, 'spawn sh');
      assert.equal(row('spawn').path, 'sh');
      assert.deepEqual(row('spawn').spawnargs, ['-c', 'touch started; : denied']);
      assert.equal(row('spawnSync').syscall, 'spawnSync sh');
      assert.deepEqual(row('spawnSync').result, { status: null, output: null });
    });
  });
}

test('the question carries argument list, program, identity and folder, and asks for advice only', async () => {
  const session = await startSession();
  await session.run('spawn-denials.cjs');
  const asked = session.questions.filter((one) => one.op === 'ask' && one.action === 'command_execute');
  const [first] = asked;
  assert.ok(first?.op === 'ask' && first.action === 'command_execute');
  assert.deepEqual(first.argv, ['sh', '-c', 'touch started; : denied']);
  assert.match(first.exe, /^\/(usr\/)?bin\/sh$/);
  assert.match(first.file, /^\d+:\d+$/);
  assert.equal(first.cwd, session.project);
  assert.equal(first.advise, true);
  assert.ok(first.env.some((pair) => pair.startsWith('PATH=')));
  await session.close();
});
