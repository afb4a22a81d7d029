/** What the guard parses, under the address and undefined-behaviour sanitizers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/patchwork.ts';

test('200,000 damaged answers leave the parsers whole', { skip: process.platform !== 'linux' }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pw-parsers-'));
  try {
    const program = join(folder, 'parsers');
    const sources = ['test/fixtures/guard/parsers.c', 'native/answer.c', 'native/base64.c', 'native/inet.c', 'native/text.c'].map((file) => join(ROOT, file));
    const built = spawnSync('cc', ['-std=gnu11', '-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-o', program, ...sources], { encoding: 'utf8' });
    if (built.error !== undefined || /cannot find -l(?:asan|ubsan)/.test(built.stderr)) return t.skip('there is no compiler with sanitizers');
    assert.equal(built.status, 0, built.stderr);
    const { status, stderr } = spawnSync(program, { encoding: 'utf8', timeout: 120_000 });
    assert.deepEqual([status, stderr], [0, '']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return undefined;
});
