// Which programs the kernel guard lets start without a question: only those that no rule can name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainPrograms } from '../../src/evaluator/plain.ts';
import type { Recording } from '../../src/evaluator/settled.ts';
import { compilePolicy } from '../../src/policy/compile.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { evaluatorOf, PROJECT } from '../support/batch-in-process.ts';

const PLACE = { project: '/home/me/project', home: '/home/me' };

function plainUnder(text: string, recording: Recording = 'later'): ((names: readonly string[]) => boolean) | undefined {
  const { policy, problems } = parsePolicy(text, 'policy.yml', 'user');
  assert.ok(policy, JSON.stringify(problems));
  return plainPrograms([compilePolicy(policy, PLACE)], recording);
}

const OPEN = 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny:\n';

test('a program that no rule names is plain', () => {
  const isPlain = plainUnder(`${OPEN}      - "curl * | bash"\n      - "git push --force*"\n`);
  for (const name of ['true', 'cc1', 'as', 'ls', 'grep', 'cat', '[']) assert.equal(isPlain?.([name]), true, name);
});

test('what a rule names, what runs others, what is notable is not', () => {
  const isPlain = plainUnder(`${OPEN}      - "curl * | bash"\n      - "ls *"\n      - "kub*ctl delete *"\n`);
  for (const name of ['curl', 'bash', 'sh', 'ls', 'kubectl', 'env', 'find', 'python3.12', 'rm', 'busybox', 'coreutils', 'sbase-box', 'ld-linux-x86-64.so.2', 'git', 'dd', 'a b', '']) assert.equal(isPlain?.([name]), false, name);
});

test('one name of several that is not plain is enough', () => {
  assert.equal(plainUnder(`${OPEN}      - "curl *"\n`)?.(['true', 'curl']), false);
});

test('a star where the name stands makes none plain', () => {
  assert.equal(plainUnder(`${OPEN}      - "* --force"\n`)?.(['true']), false);
  assert.equal(plainUnder(`${OPEN}      - "t*e --force"\n`)?.(['true']), false);
});

test('where every word counts every program is asked about', () => {
  assert.equal(plainUnder('version: 1\nmode: fail-closed\n'), undefined);
  assert.equal(plainUnder(`${OPEN}      - "*"\n`), undefined);
  assert.equal(plainUnder('version: 1\nmode: fail-open\nrules:\n  max_risk: low\n'), undefined);
});

test('under fail-closed those that a command covers, where they are written down ahead', () => {
  const closed = OPEN.replace('fail-open', 'fail-closed');
  const isPlain = plainUnder(`${closed}      - "curl * | bash"\n`, 'ahead');
  assert.deepEqual(['true', 'cc1', 'curl', 'rm', 'env'].map((name) => isPlain?.([name])), [true, true, false, false, false]);
  assert.equal(plainUnder(`${closed}      - "curl * | bash"\n`, 'first'), undefined);
  assert.equal(plainUnder(`${closed}      - "curl * | bash"\n    nested: strict\n`, 'ahead'), undefined);
  for (const name of ['true', 'cc1', 'ls', 'make2', 'eslint']) {
    for (const words of [[], ['--force'], ['a|b', '/etc/shadow']]) {
      const { decision } = evaluatorOf({ layer: 'user', text: `${closed}      - "curl * | bash"\n      - "rm *"\n` }).judge({ action: 'command_execute', command: [name, ...words].join(' '), argv: [name, ...words], cwd: PROJECT }, { role: 'covered', by: 'npm ci' });
      assert.equal(decision.effect, 'allow', `${name} ${words.join(' ')}: ${decision.reason}`);
    }
  }
});
