// Which programs the kernel guard lets start without a question: only those that no rule can name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainPrograms } from '../../src/evaluator/plain.ts';
import { compilePolicy } from '../../src/policy/compile.ts';
import { parsePolicy } from '../../src/policy/parse.ts';

const PLACE = { project: '/home/me/project', home: '/home/me' };

function plainUnder(text: string): ((names: readonly string[]) => boolean) | undefined {
  const { policy, problems } = parsePolicy(text, 'policy.yml', 'user');
  assert.ok(policy, JSON.stringify(problems));
  return plainPrograms([compilePolicy(policy, PLACE)]);
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
