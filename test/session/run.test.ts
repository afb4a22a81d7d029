/** `patchwork run` from outside: what it says, which words are its own, and with which code it ends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('run');
  sandbox.write('closed.yml', 'version: 1\nmode: fail-closed\nrules:\n  commands:\n    allow: ["true *"]\n  network:\n    deny: ["*"]\n');
  sandbox.write('deny.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["uname *"]\n');
  sandbox.write('broken.yml', 'version: 1\nmode: fail-open\nrules:\n  comands:\n    deny: []\n');
});
after(() => sandbox.remove());

test('the banner names session, agent, policy and layers on stderr, the summary counts and names the log', () => {
  const { status, stdout, stderr } = sandbox.run(['run', 'bash', '-c', 'uname >/dev/null; echo out']);
  assert.deepEqual([status, stdout], [0, 'out\n']);
  const lines = stderr.trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^patchwork: session \d{8}T\d{6}-[0-9a-f]{6}, agent bash$/);
  assert.match(stderr, /^patchwork: policy built-in default policy \(fail-open; `patchwork policy init` writes it out\)$/m);
  assert.match(stderr, /^patchwork: enforced by shims \(\d+ commands\), preload(?:, kernel guard, network relay; not there: mcp relay|; not there: .*network relay)/m);
  assert.match(lines.at(-1) ?? '', /^patchwork: 1 action, 0 denied; log: \/.*\.jsonl$/);
  assert.ok(lines.length <= 8, stderr);
});

test('--quiet says nothing at all', () => {
  for (const option of ['--quiet', '-q']) {
    const { stdout, stderr } = sandbox.run(['run', option, 'echo', 'x']);
    assert.deepEqual([stdout, stderr], ['x\n', '']);
  }
});

test('everything after the name of the agent is its own', () => {
  assert.equal(sandbox.run(['run', 'bash', '-c', 'echo "$@"', 'x', '--quiet', '--policy', 'nowhere', '--', '--help', '-h', '']).stdout, '--quiet --policy nowhere -- --help -h \n');
  assert.equal(sandbox.run(['run', '--', 'echo', '--', '-q']).stdout, '-- -q\n');
  assert.equal(sandbox.run(['run', '-q', '--policy=deny.yml', '--project', '.', 'echo', '--version']).status, 0);
  const { status, stdout, error } = sandbox.run(['run', 'python3', '-c', 'print(1)']);
  if (error === undefined && status !== 127) assert.deepEqual([status, stdout], [0, '1\n']);
});

const CODES: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ['no agent', ['run'], 64, /which agent is to be run/],
  ['only options', ['run', '--quiet'], 64, /which agent/],
  ['an unknown option', ['run', '--quite', 'true'], 64, /unknown option --quite/],
  ['an option without its value', ['run', '--policy'], 64, /--policy needs a value/],
  ['an empty value', ['run', '--policy=', 'true'], 64, /--policy needs a value/],
  ['a value where none belongs', ['run', '--quiet=1', 'true'], 64, /--quiet takes no value/],
  ['an option of the prototype', ['run', '--constructor', 'true'], 64, /unknown option/],
  ['an agent that is not there', ['run', 'no-such-agent'], 127, /no-such-agent: command not found/],
  ['an agent without a name', ['run', ''], 127, /command not found/],
  ['a path that is not there', ['run', './nothing'], 127, /command not found/],
  ['a policy that is not there', ['run', '--policy', 'nowhere.yml', 'true'], 78, /nowhere\.yml does not exist/],
  ['a broken policy', ['run', '--policy', 'broken.yml', 'true'], 78, /broken\.yml:4:3: error: .*comands/],
  ['a layer that is missing', ['run', '--no-guard', '--policy', 'closed.yml', 'true'], 69, /fail-closed.*kernel guard[\s\S]*--allow-degraded/],
  ['an agent that a rule denies', ['run', '--policy', 'deny.yml', 'uname', '-a'], 126, /denied command_execute `uname -a`/],
  ['a command of the agent that a rule denies', ['run', '--policy', 'deny.yml', 'bash', './inner.sh'], 126, /denied command_execute `uname -a`/],
];

for (const [what, args, code, said] of CODES) {
  test(`exit code ${code} for ${what}`, () => {
    sandbox.write('inner.sh', 'uname -a\n');
    const { status, stdout, stderr } = sandbox.run(args);
    assert.equal(status, code, stderr);
    assert.match(stderr, said);
    assert.equal(stdout, '');
    assert.doesNotMatch(stderr, /\bat .*\.js:\d+|this is a bug/);
  });
}

test('a missing layer is no obstacle with --allow-degraded, and banner and log say so', () => {
  const { status, stderr } = sandbox.run(['run', '--no-guard', '--policy', 'closed.yml', '--allow-degraded', 'true']);
  assert.equal(status, 0);
  assert.match(stderr, /warning: degraded: without the kernel guard/);
  assert.ok(sandbox.events().some(({ action, decision }) => action === 'session_start' && /degraded/.test(decision.reason)));
});

test("the agent's exit code is ours", () => {
  for (const code of [0, 1, 2, 3, 42, 125, 126, 127, 128, 255]) assert.equal(sandbox.run(['run', '-q', 'bash', '-c', `exit ${code}`]).status, code);
});

test("the agent's end by a signal is ours", () => {
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGALRM'] as const) {
    const { status, signal: ended, stderr } = sandbox.run(['run', '-q', 'bash', '-c', `kill -${signal.slice(3)} $$; sleep 1`]);
    assert.deepEqual([status, ended, stderr], [null, signal, ''], signal);
  }
});

test('a signal that does not end Node is reported as shells do, and opens no debugger', () => {
  for (const [signal, number] of [['USR1', 10], ['PIPE', 13]] as const) {
    const { status, signal: ended, stderr } = sandbox.run(['run', '-q', 'bash', '-c', `kill -${signal} $$; sleep 1`]);
    assert.ok(status === 128 + number || ended === `SIG${signal}`, `${signal}: ${status} ${ended}`);
    assert.equal(stderr, '');
  }
});

test('the environment says that a session is on, and nothing secret', () => {
  const { stdout } = sandbox.run(['run', '-q', 'env', '-0'], { env: { SOME_VARIABLE: 'kept' } });
  const environment = Object.fromEntries(stdout.split('\0').filter((each) => each !== '').map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]));
  assert.equal(environment['PATCHWORK'], '1');
  assert.match(environment['PATCHWORK_SESSION'] ?? '', /^\d{8}T\d{6}-[0-9a-f]{6}$/);
  assert.equal(environment['SOME_VARIABLE'], 'kept');
  assert.deepEqual(Object.keys(environment).filter((name) => name.startsWith('PATCHWORK')).sort(), ['PATCHWORK', 'PATCHWORK_SESSION']);
  assert.ok(!Object.keys(environment).some((name) => /TOKEN|SECRET|NONCE/.test(name) && process.env[name] === undefined));
});

test('an agent given by a relative or absolute path runs, with the name as it was written', () => {
  const file = sandbox.write('bin/own-agent', '#!/bin/sh\necho "$0"\n');
  chmodSync(file, 0o755);
  assert.equal(sandbox.run(['run', '-q', './bin/own-agent']).stdout, './bin/own-agent\n');
  assert.equal(sandbox.run(['run', '-q', file]).stdout, `${file}\n`);
  assert.equal(sandbox.run(['run', '-q', 'bash', '-c', 'echo $0']).stdout, 'bash\n');
});

test('a deleted working folder is an error of the user, not a bug', () => {
  const { stderr } = spawnSync('bash', ['-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" run -q true', process.execPath, PROGRAM], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
  assert.doesNotMatch(stderr, /this is a bug|\bat .*\.js:\d+/);
});
