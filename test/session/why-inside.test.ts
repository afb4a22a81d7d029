/** `patchwork why` inside a session: what an agent asks that was told "permission denied" and no more. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('why-inside');
  sandbox.write('.env', 'SECRET\n');
  sandbox.write('deny.yml', 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["**/.env*"]\n');
});
after(() => sandbox.remove());

const WHY = `"${process.execPath}" "${PROGRAM}" why`;

/** By a file: a line that names what is denied would be denied as a whole. */
function run(script: string) {
  sandbox.write('script.sh', script);
  return sandbox.run(['run', '--quiet', '--policy', 'deny.yml', 'bash', './script.sh']);
}

test('it shows what was denied, by which rule, to whom', () => {
  const { stdout, stderr } = run(`${WHY}; cat .env 2> /dev/null; ${WHY}`);
  const [first = '', when = '', rule = '', by = ''] = stdout.split('\n');
  assert.equal(first, 'patchwork: nothing was denied in this session yet', stderr);
  assert.match(when, /^\d{4}-\S+Z patchwork: denied (?:command_execute `cat \.env`|file_read `\.env`)$/);
  assert.match(rule, /^ {2}rule: files\.deny: \*\*\/\.env\* \(user policy, \S+deny\.yml:5\)/);
  assert.match(by, /^ {2}by: \/\S+, process \d+$/);
  assert.equal(stderr, '');
});

test('no more than the last twenty, the newest at the end, nothing raw', () => {
  const { stdout } = run(`for i in $(seq 30); do cat .env$i 2> /dev/null; done; cat $'.env\\e[31m' 2> /dev/null; ${WHY}`);
  const lines = stdout.split('\n').filter((line) => line.includes('denied'));
  assert.equal(lines.length, 20);
  assert.match(lines[18] ?? '', /\.env30/);
  assert.doesNotMatch(stdout, /\u001b/);
});

test('an event that is asked for is not shown: the log stays closed', () => {
  const { stdout, status } = run(`cat .env 2> /dev/null; ${WHY} 20260101T000000-abcdef-1; echo $?`);
  assert.match(stdout, /^\d+\n$/);
  assert.doesNotMatch(stdout, /^0/);
  assert.equal(status, 0);
});

test('a session inside a session shows its own', () => {
  const { stdout } = run(`cat .env 2> /dev/null; "${process.execPath}" "${PROGRAM}" run --quiet --policy deny.yml bash -c '${WHY}'`);
  assert.equal(stdout, 'patchwork: nothing was denied in this session yet\n');
});
