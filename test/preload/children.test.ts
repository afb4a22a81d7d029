/** How an allowed program is started: by its shim where the PATH leads to one, else by the launcher; and what it inherits. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Session, startSession } from './session.ts';

let session: Session;
let withShims: Readonly<Record<string, string>>;

before(async () => {
  session = await startSession();
  writeFileSync(join(session.runtime, 'bin/ls'), '#!/bin/sh\necho shim "${PATCHWORK_EXEC-unset}"\n');
  chmodSync(join(session.runtime, 'bin/ls'), 0o755);
  withShims = { PATH: `${session.runtime}/bin:${process.env['PATH']}` };
});
after(() => session.close());

/** Rows: title, code, whether the PATH has the shims, what is printed. Each is run as it stands and in its asynchronous form. */
const ROUTES: readonly (readonly [title: string, code: string, hasShims: boolean, expected: RegExp])[] = [
  ['a bare name goes to its shim', "execFileSync('ls')", true, /^shim unset\n$/],
  ['a bare name in a shell goes to its shim', "execSync('ls')", true, /^shim unset\n$/],
  ['a shim by its path stays a shim', "execFileSync(RUNTIME + '/bin/ls')", true, /^shim unset\n$/],
  ['a bare name without shims goes through the launcher', "execFileSync('ls', ['-d', '/'])", false, /^\/\n$/],
  [
    'a path goes through the launcher, which leaves nothing behind',
    "execFileSync('/usr/bin/env', ['sh', '-c', 'echo ${PATCHWORK_EXEC-unset}'])",
    true,
    /^unset\n$/,
  ],
  ['the launcher keeps argv[0]', "execFileSync('/bin/sh', ['-c', 'echo $0'])", true, /^\/bin\/sh\n$/],
  ['a relative path is relative to the folder of the child', "execFileSync('./script', { cwd: 'open' })", true, /^script\n$/],
];

for (const [title, code, hasShims, expected] of ROUTES) {
  test(title, async () => {
    writeFileSync(join(session.project, 'open/script'), '#!/bin/sh\necho script\n', { mode: 0o755 });
    const call = code.replace('RUNTIME', JSON.stringify(session.runtime));
    const sync = await session.evaluate(
      `process.stdout.write(require('child_process').${call})`,
      hasShims ? { env: withShims } : {},
    );
    assert.match(sync.stdout, expected, sync.stderr);
    const asyncCall = call.replace('Sync(', '(').replace(/\)$/, ', (error, out) => process.stdout.write(String(error ?? out)))');
    const late = await session.evaluate(`require('child_process').${asyncCall}`, hasShims ? { env: withShims } : {});
    assert.match(late.stdout, expected, late.stderr);
  });
}

/** The word is put together in the child: in its argument list the rules would find it. */
const CHILD =
  "try { require('fs').readFileSync('den' + 'ied/file.txt'); console.log('read') } catch (error) { console.log(error.code) }";
const inChild = (options: string): string =>
  `console.log(require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(CHILD)}], ${options}).toString().trim())`;

test('a child keeps the preload whatever its environment', async () => {
  for (const options of [
    '{}',
    '{ env: {} }',
    "{ env: { NODE_OPTIONS: '--no-warnings' } }",
    "{ env: { NODE_OPTIONS: '' }, shell: '' }",
  ]) {
    assert.equal((await session.evaluate(inChild(options))).stdout, 'EACCES\n', options);
  }
  const cleared = `delete process.env.NODE_OPTIONS; ${inChild('{}')}`;
  assert.equal((await session.evaluate(cleared)).stdout, 'EACCES\n');
});

test('a preload of the user still runs, after ours', async () => {
  writeFileSync(
    join(session.project, 'user.cjs'),
    "globalThis.isOurs = !/native code/.test(require('fs').openSync) && require('fs').openSync.toString().length",
  );
  const env = { NODE_OPTIONS: `--require ${session.runtime}/src/preload/register.cjs --require ./user.cjs` };
  assert.equal((await session.evaluate('console.log(isOurs > 0)', { env })).stdout, 'true\n');
});

test('a worker keeps the preload whatever its options', async () => {
  for (const options of [
    '{}',
    '{ env: {} }',
    '{ execArgv: [] }',
    '{ execArgv: [], env: { NODE_OPTIONS: "" } }',
    '{ env: require("worker_threads").SHARE_ENV }',
  ]) {
    const code = `new (require('worker_threads').Worker)(${JSON.stringify(CHILD)}, { eval: true, ...${options} })`;
    assert.equal((await session.evaluate(code)).stdout, 'EACCES\n', options);
  }
});

test('an ES module and its named imports are judged', async () => {
  const { stdout } = await session.run('named-imports.mjs');
  assert.equal(stdout, 'EACCES EACCES EACCES\n');
});
