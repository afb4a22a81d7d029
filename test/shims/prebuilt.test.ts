/** The programs that come with the npm package: the same bytes each time, and enough where there is no compiler. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSandbox, ROOT, sandboxEnvironment } from '../support/patchwork.ts';

const isThere = process.platform === 'linux' && spawnSync('gcc', ['--version']).error === undefined;
const skip = isThere ? false : 'prebuilding needs Linux and gcc';
/** No program header of type PT_INTERP (elf(5)). */
function isStatic(elf: Buffer): boolean {
  const [offset, size, count] = [Number(elf.readBigUInt64LE(0x20)), elf.readUInt16LE(0x36), elf.readUInt16LE(0x38)];
  return Array.from({ length: count }, (_, i) => elf.readUInt32LE(offset + i * size)).every((type) => type !== 3);
}

const own = `linux-${process.arch}`;

test('the package brings the native programs along: reproducible, static, used where no compiler is', { skip, timeout: 180_000 }, () => {
  const sandbox = createSandbox('prebuilt');
  const prebuild = (folder: string): string => {
    execFileSync(process.execPath, [join(ROOT, 'shims', 'prebuilt.mjs'), join(sandbox.home, folder)], { stdio: ['ignore', 'ignore', 'pipe'] });
    return join(sandbox.home, folder, own);
  };
  const [first, second] = [prebuild('first'), prebuild('second')];
  const names = readdirSync(first).sort();
  assert.deepEqual(names, ['farm', 'guard', 'launch', 'pty']);
  for (const name of names) assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), `${name} is the same twice`);
  for (const name of names) assert.ok(isStatic(readFileSync(join(first, name))), `${name} is static`);

  const installed = join(sandbox.home, 'package', 'shims');
  mkdirSync(installed, { recursive: true });
  for (const file of ['build.mjs', 'toolchain.mjs']) copyFileSync(join(ROOT, 'shims', file), join(installed, file));
  const build = () => spawnSync(process.execPath, [join(installed, 'build.mjs')], { env: { PATH: '/nonexistent' }, encoding: 'utf8' });
  assert.match(build().stderr, /no C compiler was found/);
  cpSync(first, join(installed, 'prebuilt', own), { recursive: true });
  assert.equal(build().status, 0);
  for (const name of names) assert.ok(existsSync(join(installed, 'out', name)) && (statSync(join(installed, 'out', name)).mode & 0o111) !== 0, name);

  // After `npm install --ignore-scripts`, nothing of shims/out is there.
  const whole = join(sandbox.home, 'whole');
  for (const part of ['bin', 'dist/bundle', 'shims/shell', 'package.json']) cpSync(join(ROOT, part), join(whole, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(whole, 'node_modules'));
  const policy = sandbox.write('policy.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["uname -r"]\n');
  const run = (...words: string[]) => spawnSync(process.execPath, [join(whole, 'bin', 'patchwork.js'), 'run', '-q', '--policy', policy, ...words], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
  const missing = run('true');
  assert.deepEqual([missing.status, missing.stdout], [69, '']);
  assert.match(missing.stderr, /^patchwork: the native program \w+ is missing in [^\n]+\n {2}hint: run `npm rebuild patchwork[^\n]+\n$/);
  cpSync(first, join(whole, 'shims', 'prebuilt', own), { recursive: true });
  for (const kind of [[], ['--pty']]) {
    const { status, stderr } = run(...kind, 'sh', '-c', 'uname -s');
    assert.equal(status, 0, stderr);
  }
  assert.match(run('sh', '-c', 'uname -r').stderr, /^patchwork: denied command_execute `/);
  sandbox.remove();
});
