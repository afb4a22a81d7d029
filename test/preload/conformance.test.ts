/** A program that is allowed everything behaves exactly as it does without the preload. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Governed, MODES } from './modes.ts';
import { FIXTURES } from './session.ts';

interface Row {
  readonly name: string;
  readonly seen: string;
}

/** How many behaviours the fixtures compare at least; their titles stand there. */
const BEHAVIOURS = 120;
const FILES = ['files', 'processes', 'network'].map((topic) => join(FIXTURES, `conformance-${topic}.cjs`));

for (const { name, skip, start } of MODES) {
  describe(`with the preload and without it, ${name}`, { skip }, () => {
    let session: Governed;
    let bare: readonly Row[] = [];
    let judged: readonly Row[] = [];

    before(async () => {
      session = await start();
      bare = await rowsOf(session, true);
      judged = await rowsOf(session, false);
    });
    after(() => session.close());

    test('all behaviours were compared', () => {
      assert.ok(bare.length >= BEHAVIOURS, `${bare.length} behaviours`);
      assert.deepEqual(
        judged.map((row) => row.name),
        bare.map((row) => row.name),
      );
    });

    test('every behaviour is the same', () => {
      const different = bare
        .map((row, index) => ({ name: row.name, bare: row.seen, judged: judged[index]?.seen }))
        .filter((row) => row.bare !== row.judged);
      assert.deepEqual(different, []);
    });

    test('the preload was there', async () => {
      const { stdout } = await session.evaluate("console.log(/native code|binding/.test(require('fs').readFileSync))");
      assert.equal(stdout, 'false\n');
    });
  });
}

async function rowsOf(session: Governed, isBare: boolean): Promise<readonly Row[]> {
  const { stdout } = await session.run('conformance.cjs', { isBare, args: FILES });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Row);
}
