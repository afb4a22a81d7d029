/** What the guard parses, under the address and undefined-behaviour sanitizers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/patchwork.ts';

/** Built and run; undefined when there is no compiler that can. */
function runSanitized(sources: readonly string[]): readonly [status: number | null, stderr: string] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pw-parsers-'));
  try {
    const program = join(folder, 'parsers');
    const flags = ['-std=gnu11', '-g', '-O1', '-pthread', '-Wno-format-truncation', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const built = spawnSync('cc', [...flags, '-o', program, ...sources.map((file) => join(ROOT, file))], { encoding: 'utf8' });
    if (built.error !== undefined || /cannot find -l(?:asan|ubsan)/.test(built.stderr)) return undefined;
    assert.equal(built.status, 0, built.stderr);
    const { status, stderr } = spawnSync(program, { encoding: 'utf8', timeout: 120_000 });
    return [status, stderr];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const skip = process.platform !== 'linux';
const NO_COMPILER = 'there is no compiler with sanitizers';

test('200,000 damaged answers leave the parsers whole', { skip }, (t) => {
  const end = runSanitized(['test/fixtures/guard/parsers.c', 'native/answer.c', 'native/base64.c', 'native/inet.c', 'native/settled.c', 'native/text.c']);
  return end === undefined ? t.skip(NO_COMPILER) : assert.deepEqual(end, [0, '']);
});

test('100,000 damaged programs and 20,000 lists of words that lead anywhere do as well', { skip }, (t) => {
  const native = readdirSync(join(ROOT, 'native')).filter((file) => file.endsWith('.c') && file !== 'guard.c').map((file) => `native/${file}`);
  const end = runSanitized(['test/fixtures/guard/elves.c', ...native]);
  return end === undefined ? t.skip(NO_COMPILER) : assert.deepEqual(end, [0, '']);
});
