/** What passes unasked under fail-closed, as the evaluator has it: only while the log can be written, and each with its number. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { AuditWriter } from '../../src/audit/writer.ts';
import { decodeQuestion, isNotice, type Verdict } from '../../src/evaluator/protocol.cts';
import { DecisionService } from '../../src/evaluator/service.ts';
import { evaluatorOf } from '../support/batch-in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'pw-written-'));
after(() => rmSync(folder, { recursive: true }));

const POLICY = 'version: 1\nmode: fail-closed\nrules:\n  network:\n    allow:\n      - allowed.test\n    deny:\n      - "*"\n';
const HEAD = Buffer.from('GET /page?token=hunter2 HTTP/1.1\r\nHost: allowed.test\r\n\r\n').toString('base64');
const NETWORK = { v: 1, pep: 'guard', pid: process.pid, standing: 0, host: '203.0.113.10', port: 80, bytes: HEAD } as const;

let count = 0;
function start(isWrittenAhead = true) {
  const audit = new AuditWriter({ sessionId: `s${++count}`, agent: 'test', project: { name: 'p', path: '/nowhere/project' }, folder });
  const failures: string[] = [];
  const service = new DecisionService({ evaluator: evaluatorOf({ layer: 'user', text: POLICY }), audit, environment: {}, bin: join(folder, 'bin'), ownPreload: '', hasGuard: true, mustRecord: true, isWrittenAhead, onFailure: (what) => failures.push(what) });
  service.network.judgements.names.remember('allowed.test', ['203.0.113.10'], 60);
  const say = (message: object): unknown => {
    const question = decodeQuestion(JSON.stringify(message));
    assert.ok(question.op !== 'guard');
    return isNotice(question) ? service.note(question) : service.answer(question);
  };
  const ask = async (): Promise<Verdict & { same?: number }> => (await say({ ...NETWORK, id: 1, op: 'relay', ended: 0, silent: 0 })) as Verdict & { same?: number };
  const settle = async (): Promise<string> => ((await say({ v: 1, id: 1, op: 'settle', pep: 'guard', pid: 0 })) as Verdict).effect;
  const pass = (ahead: number): unknown => say({ ...NETWORK, id: 0, op: 'passed', ahead });
  const events = (): AuditEvent[] => readFileSync(audit.file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as AuditEvent);
  return { audit, service, failures, say, ask, settle, pass, events };
}

test('what was told is on record when that is answered, with its number, without secrets', async () => {
  const { ask, settle, pass, events, audit } = start();
  assert.equal((await ask()).same, 5);
  for (const number of [1, 2, 3]) pass(number);
  assert.equal(await settle(), 'allow');
  assert.deepEqual(events().map(({ decision, target }) => [decision.ahead, target.url]), [undefined, 1, 2, 3].map((each) => [each, 'http://allowed.test/page?token=[redacted]']));
  audit.close();
});

test('a change of a file that a command covers, too', async () => {
  const { say, settle, events, audit } = start();
  say({ v: 1, id: 0, op: 'did', pep: 'guard', pid: process.pid, action: 'file_create', standing: 1, real: '/nowhere/project/a', path: 'a', cwd: '/nowhere/project', exe: '/usr/bin/touch', ahead: 1 });
  assert.equal(await settle(), 'allow');
  assert.deepEqual(events().map(({ action, decision, target }) => [action, decision.ahead, decision.effect, target.path]), [['file_create', 1, 'allow', 'a']]);
  audit.close();
});

test('without such a file nothing may be repeated', async () => {
  const { ask, audit } = start(false);
  const verdict = await ask();
  assert.deepEqual([verdict.effect, verdict.same], ['allow', undefined]);
  audit.close();
});

test('what could not be recorded is said, and nothing passes unasked from then on', async () => {
  const { ask, settle, pass, audit, service } = start();
  assert.equal((await ask()).same, 5);
  audit.close();
  pass(1);
  assert.equal(await settle(), 'deny');
  assert.equal(service.recorder.ahead.has(1), false);
  const denied = await ask();
  assert.deepEqual([denied.effect, denied.same], ['deny', undefined]);
  assert.equal(await settle(), 'deny', 'nor later');
});

test('what was lost while the disk was full counts as lost, though what came later is on record', async () => {
  const { settle, pass, audit, service } = start();
  const { appendAll } = audit;
  pass(1);
  service.recorder.flush();
  audit.appendAll = () => assert.fail('the disk is full');
  pass(2);
  service.recorder.flush();
  audit.appendAll = appendAll.bind(audit);
  pass(3);
  assert.equal(await settle(), 'deny');
  for (const has of [service.recorder.ahead, verifyLog(audit.file).ahead]) assert.deepEqual([1, 2, 3, 4].map((number) => has.has(number)), [true, false, true, false]);
  audit.close();
});

test('the guard hears when an address got another name', async () => {
  const { ask, service, audit } = start();
  await ask();
  assert.equal((await ask() as { news?: number }).news, undefined);
  service.network.judgements.names.remember('also.test', ['203.0.113.10'], 60);
  assert.equal((await ask() as { news?: number }).news, 1);
  service.network.judgements.names.remember('also.test', ['203.0.113.10'], 60);
  assert.equal((await ask() as { news?: number }).news, undefined);
  audit.close();
});
