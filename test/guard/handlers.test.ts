/** Programs for other machines, which a handler runs that the administrator registered (binfmt_misc): in a user namespace that has its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

const FOLDER = '/proc/sys/fs/binfmt_misc';
const REGISTER = `mount -t binfmt_misc none ${FOLDER} && echo ':pw:M::PW-HANDLED::/bin/echo:' > ${FOLDER}/register`;
/** Linux 6.7: before that there is one for all of the machine. */
const isThere = spawnSync('unshare', ['-Urm', 'sh', '-c', `${REGISTER} && test ! -e /proc/1/root${FOLDER}/pw`]).status === 0;
const skip = (await whyNoGuard()) ?? (isThere ? false : 'no handler can be registered here');
const POLICY = 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["id"]\n';
/** The name is that of the one and of the other in turn. */
const RACE = `
import os, shutil, subprocess, sys, time
os.mkdir('race'); os.chdir('race')
open('given', 'w').write('PW-HANDLED\\n'); os.chmod('given', 0o755)
print(subprocess.run(['./given', 'a b'], capture_output=True, text=True).stdout, end='')
shutil.copy('given', 'one'); shutil.copy('/usr/bin/id', 'other')
child = os.fork()
if child == 0:
    while True:
        for name in ('one', 'other'): os.link(name, 'new'); os.rename('new', 'given')
until, ran = time.time() + 3, 0
while time.time() < until and not ran:
    try: ran = 'uid=' in subprocess.run(['./given'], capture_output=True, text=True).stdout
    except OSError: pass
os.kill(child, 9)
print('RAN' if ran else 'nothing')
`;

let sandbox: Sandbox;
before(() => {
  if (skip !== false) return;
  sandbox = createSandbox('handlers');
  sandbox.write('policy.yml', POLICY);
  sandbox.write('race.py', RACE);
});
after(() => sandbox?.remove());

function run(words: readonly string[]): string {
  const { stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-c', `${REGISTER}; exec "$@"`, 'sh', ...words], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' });
  spawnSync('rm', ['-rf', join(sandbox.project, 'race')]);
  assert.match(stdout, /^\.\/given a b$/m, stderr);
  return stdout;
}

test('a handler runs what it is for, and nothing else runs in its place', { skip }, () => {
  assert.match(run(['python3', 'race.py']), /RAN/);
  assert.doesNotMatch(run([process.execPath, PROGRAM, 'run', '--quiet', '--policy', 'policy.yml', 'python3', 'race.py']), /RAN/);
});
