/** Shells as agents start them under a fail-closed policy: login shells begin without noise, snapshots of them are read, and neither opens anything else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

const skip = (await whyNoGuard()) ?? (existsSync('/bin/bash') ? false : 'there is no /bin/bash here');
const POLICY = 'version: 1\nmode: fail-closed\nrules:\n  files:\n    deny: ["**/.env*"]\n    allow: ["src/**"]\n  commands:\n    deny: ["sudo *"]\n    allow: ["git *"]\n';
/** Starts what its words say, and puts out what came of it. */
const AGENT = `#!${process.execPath}\nif (process.argv[2] === "read") require("fs").readFileSync(process.argv[3]);\nconst { status, stdout, stderr } = require("child_process").spawnSync(process.argv[2], process.argv.slice(3), { encoding: "utf8" });\nconsole.log(JSON.stringify({ status, stdout, stderr }));\n`;

let sandbox: Sandbox;
let snapshot: string;
before(() => {
  if (skip !== false) return;
  sandbox = createSandbox('agent-shells');
  sandbox.write('policy.yml', POLICY);
  sandbox.write('.env', 'SECRET-CONTENT\n');
  for (const name of ['cn', 'claude']) {
    sandbox.write(`bin/${name}`, AGENT);
    chmodSync(join(sandbox.project, 'bin', name), 0o755);
  }
  sandbox.write('src/tool', '#!/bin/sh\necho RAN\n');
  chmodSync(join(sandbox.project, 'src', 'tool'), 0o755);
  mkdirSync(join(sandbox.home, '.claude'));
  snapshot = join(sandbox.home, '.claude', 'snapshot.sh');
});
after(() => sandbox?.remove());

interface Outcome {
  readonly status: number | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
}

function run(agent: string, words: readonly string[]): { stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, 'run', '--quiet', '--policy', 'policy.yml', `./bin/${agent}`, ...words], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', input: '', timeout: 60_000, killSignal: 'SIGKILL' });
}

function start(agent: string, words: readonly string[]): Outcome {
  const { stdout, stderr } = run(agent, words);
  assert.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout) as Outcome;
}

const profile = (text: string): void => writeFileSync(join(sandbox.home, '.profile'), text);

test('a login shell reads its start-up files, and asks who it is', { skip }, () => {
  profile('FROM_PROFILE="by $(id -u)"\nPATH=$HOME/more:$PATH\n');
  const { status, stdout, stderr } = start('cn', ['/bin/bash', '-lc', 'echo "$FROM_PROFILE"; case $PATH in *"$HOME/more"*) echo in PATH ;; esac; git --version >/dev/null && echo git']);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `by ${process.getuid?.()}\nin PATH\ngit\n`, stderr: '' });
});

test('start-up files are no more open to others than before, nor at all with a key in them', { skip }, () => {
  profile('FROM_PROFILE=yes\n');
  const { stdout: read, stderr: why } = run('cn', ['read', join(sandbox.home, '.profile')]);
  assert.equal(read, '');
  assert.match(why, /denied file_read .*\.profile/);
  writeFileSync(join(sandbox.home, '.other'), 'other\n');
  assert.equal(start('cn', ['/bin/bash', '-c', 'read -r line < ~/.other && echo "$line"']).stdout, null);
  profile('FROM_PROFILE=yes\nexport SOME_API_KEY=sk-1\n');
  const { stdout, stderr } = start('cn', ['/bin/bash', '-lc', 'echo "$FROM_PROFILE"']);
  assert.equal(stdout, '\n');
  assert.match(stderr ?? '', /denied file_read .*\.profile/);
});

test('what its own state holds is read into a shell, and each thing that it does is judged', { skip }, () => {
  writeFileSync(snapshot, 'shopt -s expand_aliases\nVALUE=kept\n');
  const line = (text: string): readonly string[] => ['/bin/bash', '-c', `source ${snapshot} 2>/dev/null || true && eval '${text}'`];
  assert.deepEqual(start('claude', line('echo $VALUE > src/a && git --version >/dev/null && echo git')), { status: 0, stdout: 'git\n', stderr: '' });
  writeFileSync(snapshot, `${sandbox.project}/src/tool\nread -r line < ${sandbox.project}/.env; echo "$line"\ngit() { ${sandbox.project}/src/tool; }\necho made > ${sandbox.project}/other\n`);
  const { stdout } = start('claude', line('git --version'));
  assert.doesNotMatch(stdout ?? '', /RAN|SECRET/);
  assert.equal(existsSync(join(sandbox.project, 'other')), false);
  // Of another agent it is no more than a file of the home; so is one that lies elsewhere.
  assert.equal(start('cn', line('git --version')).status, null);
  assert.equal(start('claude', ['/bin/bash', '-c', 'source ./src/tool; git --version']).status, null);
});

for (const [words, program] of [['cat', '/bin/date'], ['cat', 'src/tool'], ['id -u', '/bin/date']] as const) {
  test(`a program that calls itself \`${words}\` is none (${program})`, { skip }, () => {
    const [name = '', ...rest] = words.split(' ');
    writeFileSync(snapshot, `exec -a ${name} ${program.startsWith('/') ? program : join(sandbox.project, program)} ${rest.join(' ')}\n`);
    const { status, stderr } = start('claude', ['/bin/bash', '-c', `source ${snapshot}`]);
    assert.notEqual(status, 0);
    assert.match(stderr ?? '', /denied/);
  });
}

for (const line of ['LD_PRELOAD=$PWD/src/x.so cat', 'export LD_PRELOAD=$PWD/src/x.so; exec cat', 'LD_PRELOAD=$PWD/src/x.so id -u', 'LD_AUDIT=$PWD/src/x.so env true', 'export LD_LIBRARY_PATH=$PWD/src; exec true', 'GCONV_PATH=$PWD/src timeout 5 true', 'env LD_PRELOAD=$PWD/src/x.so true', 'LD_PRELOAD=$PWD/src/x.so bash --norc --noprofile -n', 'BASH_ENV=$PWD/src/tool bash --norc --noprofile -n']) {
  test(`with code of the agent's in it a program that needs no rule is another one: ${line}`, { skip }, () => {
    writeFileSync(snapshot, `${line}\n`);
    const { status, stderr } = start('claude', ['/bin/bash', '-c', `source ${snapshot}`]);
    assert.notEqual(status, 0);
    assert.match(stderr ?? '', /denied command_execute .*\n.*(?:LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|GCONV_PATH|BASH_ENV).* changes what runs/);
  });
}

test('without it they need none', { skip }, () => {
  writeFileSync(snapshot, 'cat < src/tool | cat > /dev/null && env true && A=b timeout 5 true && BASH_ENV= bash --norc --noprofile -n <<< "echo no" && export LD_LIBRARY_PATH=$PWD/src && sh -c "echo yes"\n');
  assert.deepEqual(start('claude', ['/bin/bash', '-c', `source ${snapshot}`]), { status: 0, stdout: 'yes\n', stderr: '' });
});
