/** Why a call was refused is told to the process that was refused it, for that path, and decides nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../../src/evaluator/evaluator.ts';
import type { FileQuestion } from '../../src/evaluator/protocol.cts';
import { Refusals } from '../../src/evaluator/refusals.ts';

/** As if this very process, which is Node's, had the preload. */
const OWN = 'PATH=';

function denied(path: string): Judgement {
  return {
    request: { action: 'file_read', requested: path, absolute: path, real: `/real${path}` },
    decision: { effect: 'deny', step: 'deny_rule', layer: 'user', reason: `no ${path}`, rule: undefined, risk: { level: 'low', flags: [] }, layers: [] },
    isTransparentShell: false,
    isForkBomb: false,
    isAgentItself: false,
  } as unknown as Judgement;
}

function question(path: string, pep: FileQuestion['pep'] = 'guard'): FileQuestion {
  return { v: 1, id: 1, op: 'ask', pep, pid: process.pid, action: 'file_read', path, cwd: '/' };
}

function why(refusals: Refusals, path: string, pid = process.pid): string | undefined {
  const verdict = refusals.why({ v: 1, id: 2, op: 'why', pep: 'preload', pid, path, cwd: '/folder' });
  assert.equal(verdict.id, 2);
  return verdict.effect === 'deny' ? verdict.reason : undefined;
}

test('the guard gets no words for a Node program with the preload, which finds them by every name of the file', () => {
  const refusals = new Refusals(OWN);
  const { message, reason } = refusals.answer(question('/folder/secret'), denied('/folder/secret'));
  assert.deepEqual([message, reason], ['', 'no /folder/secret']);
  for (const path of ['/folder/secret', 'secret', '../folder/secret', '/real/folder/secret', '/folder', '/folder/secret/below']) assert.equal(why(refusals, path), 'no /folder/secret', path);
  for (const path of ['/folder/secre', '/folder/secrets', '/other']) assert.equal(why(refusals, path), undefined, path);
  assert.equal(why(refusals, '/folder/secret', process.pid + 1), undefined);
});

test('the last denial at a path counts, and the nearest path', () => {
  const refusals = new Refusals(OWN);
  refusals.answer(question('/a'), denied('/a'));
  refusals.answer(question('/a/b'), denied('/a/b'));
  assert.equal(why(refusals, '/a'), 'no /a');
  assert.equal(why(refusals, '/a/b/c'), 'no /a/b');
});

test('a random end is no other name', () => {
  const refusals = new Refusals(OWN);
  refusals.answer(question('/a/x-Abc123'), denied('/a/x-Abc123'));
  assert.equal(why(refusals, '/a/x-XXXXXX'), 'no /a/x-Abc123');
  assert.equal(why(refusals, '/a/y-XXXXXX'), undefined);
});

test('whoever asked beforehand, and whoever has no preload, gets the words at once', () => {
  for (const [refusals, pep, kept] of [[new Refusals(OWN), 'preload', undefined], [new Refusals('--require=/none of this'), 'guard', 'no /x']] as const) {
    const { message } = refusals.answer(question('/x', pep), denied('/x'));
    assert.match(message, /^patchwork: denied/);
    // Nobody without a preload asks; a program with an add-on may.
    assert.equal(why(refusals, '/x'), kept);
  }
});

test('thousands of denials are not kept', () => {
  const refusals = new Refusals(OWN);
  for (let i = 0; i < 5000; i++) refusals.answer(question(`/x${i}`), denied(`/x${i}`));
  assert.equal(why(refusals, '/x0'), undefined);
  assert.equal(why(refusals, '/x4999'), 'no /x4999');
});
