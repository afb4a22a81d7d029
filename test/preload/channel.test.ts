/** The connection to the evaluator: synchronous, invisible to the program, and closed doors when it is gone. */
import assert from 'node:assert/strict';
import { rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answer, type Session, startSession } from './session.ts';

const UNREACHABLE = /EACCES: the evaluator of this session cannot be reached, open 'open\/file.txt'/;
const READ = "console.log(require('fs').readFileSync('open/file.txt', 'utf8'))";

async function withSession(answer: Answer | undefined, use: (session: Session) => Promise<void>): Promise<void> {
  const session = await startSession(answer);
  try {
    await use(session);
  } finally {
    await session.close();
  }
}

test('without an evaluator everything is denied, and loading the preload says nothing', () =>
  withSession(undefined, async (session) => {
    rmSync(join(session.runtime, 'sock'));
    assert.deepEqual(await session.evaluate('0'), { stdout: '', stderr: '', code: 0 });
    const { stdout, stderr, code } = await session.evaluate(READ);
    assert.match(stderr, UNREACHABLE);
    assert.deepEqual([stdout, code], ['', 1]);
    assert.match((await session.evaluate("require('child_process').execSync('touch made')")).stderr, /EACCES.*cannot be reached/);
    assert.match((await session.evaluate("require('net').connect(1, '127.0.0.1')")).stderr, /EACCES.*cannot be reached/);
    assert.throws(() => statSync(join(session.project, 'made')));
  }));

test('an evaluator that hangs up once is asked again', () => {
  let isFirst = true;
  return withSession(
    (question) => {
      if (question.op === 'hello' || !isFirst) return undefined;
      isFirst = false;
      return 'hang up';
    },
    async (session) => assert.equal((await session.evaluate(READ)).stdout, 'open text\n\n'),
  );
});

test('an evaluator that always hangs up denies', () =>
  withSession(
    () => 'hang up',
    async (session) => assert.match((await session.evaluate(READ)).stderr, UNREACHABLE),
  ));

test('an evaluator that is silent denies when the time is up', () =>
  withSession(
    (question) => (question.op === 'hello' ? undefined : 'silence'),
    async (session) => assert.match((await session.evaluate(READ)).stderr, UNREACHABLE),
  ));

test('an answer to another question is no answer', () =>
  withSession(
    ({ id }) => ({ v: 1, id: id + 1, effect: 'allow' }),
    async (session) => assert.match((await session.evaluate(READ)).stderr, UNREACHABLE),
  ));

test('thousands of questions in a busy program are all answered', () =>
  withSession(undefined, async (session) => {
    const { stdout } = await session.run('many-questions.cjs');
    assert.equal(stdout, '20000 reads, 4 workers with 500 each, 0 wrong\n');
    assert.ok(session.questions.length >= 22_000, `${session.questions.length}`);
  }));

test('a long question is answered', () =>
  withSession(undefined, async (session) => {
    const call = "execFileSync('/bin/echo', Array(20).fill('x'.repeat(1e5)), { maxBuffer: 1e7 })";
    const { stdout } = await session.evaluate(`console.log(require('child_process').${call}.length)`);
    assert.equal(stdout, '2000020\n');
  }));

test('the connection neither keeps the process alive nor shows', () =>
  withSession(undefined, async (session) => {
    const count = 'console.log(process._getActiveHandles().length, process.getActiveResourcesInfo().length)';
    const code = `${READ}; setTimeout(() => ${count}, 20)`;
    assert.equal((await session.evaluate(code)).stdout, (await session.evaluate(code, { isBare: true })).stdout);
  }));

test('a program that closes every descriptor gets no question written into its files', () =>
  withSession(undefined, async (session) => {
    const { stdout } = await session.run('close-all.cjs');
    assert.equal(stdout, 'denied nothing, file holds 0 bytes\n');
  }));

test('reads below the settled folders are not asked, unless a dangerous text is in either name', () =>
  withSession(undefined, async (session) => {
    symlinkSync('/etc/hostname', join(session.project, 'open/denied-name'));
    symlinkSync('/etc/hostname', join(session.project, 'open/name'));
    const paths = ['/etc/hostname', 'open/name', 'open/denied-name', '/etc/../etc/denied-too'];
    await session.evaluate(`for (const path of ${JSON.stringify(paths)}) try { require('fs').readFileSync(path) } catch {}`);
    const reads = session.questions.flatMap((one) => (one.op === 'ask' && one.action === 'file_read' ? [one.path] : []));
    assert.deepEqual(reads, ['open/denied-name', '/etc/../etc/denied-too']);
    assert.equal(session.questions.filter(({ op }) => op === 'hello').length, 1);
  }));
