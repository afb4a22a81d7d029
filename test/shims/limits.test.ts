/** The launcher when many ask at once, when nobody answers, and when the environment was tampered with. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createWorkbench, linesOf, type Workbench } from '../support/launching.ts';

let bench: Workbench;
before(() => {
  bench = createWorkbench('limits');
  writeFileSync(join(bench.sandbox.project, 'policy.yml'), 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["forbidden *"]\n  files:\n    deny: ["**/kept.txt"]\n');
  bench.program('forbidden', '#!/bin/sh\necho FORBIDDEN RAN\n');
});
after(() => bench.sandbox.remove());

const governed = (script: string, more: object = {}) => bench.governed(script, { options: ['--policy', 'policy.yml'], ...more });

test('200 commands at once each get their own answer', () => {
  const { stdout } = governed('for i in {1..200}; do if (( i % 2 )); then SHOW=exit show $((i % 100)) & else forbidden $i 2>/dev/null & fi; pids+=($!); done; for pid in ${pids[@]}; do wait $pid; echo $?; done');
  assert.deepEqual(linesOf(stdout), Array.from({ length: 200 }, (_, index) => String((index + 1) % 2 === 1 ? (index + 1) % 100 : 126)));
});

test('a fork bomb of 2,000 commands is answered to the last one', () => {
  const script = 'for i in {1..20}; do ( for j in {1..100}; do SHOW=exit show 3 bomb & done; for j in {1..100}; do wait -n; echo $?; done ) & done; wait';
  const codes = linesOf(governed(script, { timeout: 50_000 }).stdout);
  assert.equal(codes.length, 2000);
  assert.deepEqual([...new Set(codes)], ['3']);
  const commands = bench.sandbox.events().filter(({ action, target }) => action === 'command_execute' && target.command === 'show 3 bomb');
  assert.equal(commands.length, 2000);
});

test('without the evaluator every command is denied at once', () => {
  const script = 'echo before; uname -s; kill -KILL $PPID; while kill -0 $PPID 2>/dev/null && [ "$(< /proc/$$/stat)" ] && grep -q "^PPid:.$PPID$" /proc/$$/status 2>/dev/null; do :; done; SECONDS=0; uname -s; echo "$? $((SECONDS < 3))"; node -p 1 2>/dev/null; echo $?';
  const { stdout, stderr } = governed(`exec > said 2>&1\n${script}`, { options: ['--no-guard'] });
  assert.equal(stdout.length + stderr.length, 0);
  const said = linesOf(bench.bare('sleep 1; cat said').stdout);
  assert.deepEqual(said.slice(0, 2), ['before', 'Linux']);
  assert.ok(said.includes('126 1') && said.at(-1) === '126', said.join('\n'));
});

test('an evaluator that does not answer is waited for, then the command is denied', () => {
  const script = 'exec > said 2>&1; kill -STOP $PPID; SECONDS=0; uname -s; echo "code $? after $((SECONDS))"; kill -CONT $PPID';
  governed(script, { timeout: 40_000, options: ['--no-guard'] });
  const [, seconds] = /^code 126 after (\d+)$/m.exec(bench.bare('cat said').stdout.toString()) ?? [];
  assert.ok(Number(seconds) >= 5 && Number(seconds) <= 20, `${seconds} s`);
});

test('Node has the preload in it whatever was done to NODE_OPTIONS on the way', () => {
  writeFileSync(join(bench.sandbox.project, 'kept.txt'), 'SECRET\n');
  writeFileSync(join(bench.sandbox.project, 'read.cjs'), "try { console.log(require('fs').readFileSync('kept.txt', 'utf8')) } catch (error) { console.log(error.code) }\n");
  const ways = [
    'node read.cjs',
    'NODE_OPTIONS= node read.cjs',
    'env -u NODE_OPTIONS node read.cjs',
    'env -i PATH="$PATH" node read.cjs',
    'NODE_OPTIONS=--no-warnings node read.cjs',
    'NODE_OPTIONS="--max-old-space-size=200 --no-warnings" node read.cjs',
    'NODE_OPTIONS="--title=$register" node read.cjs',
    'NODE_OPTIONS="--title=\\"--require=$register\\"" node read.cjs',
    'NODE_OPTIONS="--title --require=$register" node read.cjs',
    'NODE_OPTIONS="--require=$register.json" node read.cjs',
    'NODE_OPTIONS="--title=x--require=$register" node read.cjs',
  ];
  const script = `register="\${NODE_OPTIONS#*=}"\n${ways.map((way, index) => `echo "#${index}"; ${way} 2>/dev/null`).join('\n')}\n`;
  const said = governed(script).stdout.toString().split(/^#\d+\n/m).slice(1);
  assert.equal(said.length, ways.length);
  assert.deepEqual(ways.filter((_, index) => said[index]?.includes('SECRET')), []);
  assert.equal(said[0], 'EACCES\n');
});

test("the user's own NODE_OPTIONS are kept beside the preload", () => {
  const { stdout } = governed('node -p "process.title"; NODE_OPTIONS="--title=inner" node -p "process.title"', { env: { NODE_OPTIONS: '--title=outer' } });
  assert.equal(stdout.toString(), 'outer\ninner\n');
});

test('a session inside a session only restricts', () => {
  writeFileSync(join(bench.sandbox.project, 'open.yml'), 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["inner-forbidden *"]\n');
  bench.program('inner-forbidden', '#!/bin/sh\necho INNER RAN\n');
  writeFileSync(join(bench.sandbox.project, 'inner.sh'), 'forbidden 2>/dev/null; echo $?; inner-forbidden 2>/dev/null; echo $?; uname -s\n');
  const { stdout, stderr } = governed(`node ${programPath()} run --quiet --policy open.yml bash ./inner.sh; echo "inner: $?"`, { timeout: 15_000 });
  assert.deepEqual(linesOf(stdout), ['126', '126', 'Linux', 'inner: 0'], stderr.toString());
});

function programPath(): string {
  return join(import.meta.dirname, '..', '..', '..', 'bin', 'patchwork.js');
}
