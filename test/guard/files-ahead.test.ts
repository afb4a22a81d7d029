/** Under fail-closed what a covered program makes, writes and removes in the project, and plain programs that it starts, are written down first, and told: no question waits for it. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readAhead } from '../../src/audit/ahead.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { type Answer, type Asked, startGoverned } from '../support/scripted-guard.ts';

const skip = (await whyNoGuard()) ?? false;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pw-written-')));
after(() => rmSync(folder, { recursive: true, force: true }));

const STANDING = 7;
/** What the shell starts is covered. */
function judge(question: Asked): Answer {
  if (question.op === 'did') return undefined;
  return question.action === 'command_execute' ? { effect: 'allow', standing: STANDING } : { effect: 'allow' };
}

let count = 0;
async function run(program: string, answer: (question: Asked) => Answer | Promise<Answer> = judge, file = join(folder, `${++count}.ahead`)) {
  const project = mkdtempSync(join(folder, 'project-'));
  const governed = await startGoverned(['/bin/sh', '-c', program, 'sh', project], answer, { env: { PATCHWORK_AHEAD: file }, writes: [project] });
  const { code, out, err } = await governed.ended;
  const about = ({ real = '' }: Asked): boolean => real.startsWith(`${project}/`);
  const told = governed.asked.filter((each) => each.op === 'did').map(({ action, real = '', ahead }) => `${ahead} ${action} ${real.slice(project.length + 1)}`);
  const asked = governed.asked.filter((each) => each.op === 'ask' && about(each)).map(({ action, real = '' }) => `${action} ${real.slice(project.length + 1)}`);
  return { code, out, err, project, file, told, asked };
}

test('what is covered is told with the number of its line, and nobody is asked', { skip, timeout: 30_000 }, async () => {
  const { code, err, told, asked, file } = await run('cd "$1"; touch one; mkdir two; rm one');
  assert.equal(code, 0, err);
  assert.deepEqual(told, ['1 file_create one', '2 file_create two', '3 file_delete one']);
  assert.deepEqual(asked, []);
  // All of it is on record (`settle` was allowed), so the lines are given up.
  assert.deepEqual(readAhead(file), []);
});

test('the lines of a killed session stay, each with what was done', { skip, timeout: 30_000 }, async () => {
  const project = mkdtempSync(join(folder, 'project-'));
  const file = join(folder, 'killed.ahead');
  const never = (question: Asked): Answer | Promise<Answer> => (question.op === 'settle' ? new Promise<Answer>(() => {}) : judge(question));
  const governed = await startGoverned(['/bin/sh', '-c', 'cd "$1"; touch one; mkdir two; echo done; exec sleep 20', 'sh', project], never, { env: { PATCHWORK_AHEAD: file }, writes: [project] });
  governed.process.stdout?.once('data', () => governed.process.kill('SIGKILL'));
  await governed.ended;
  assert.deepEqual(readAhead(file).map((line) => ('real' in line ? `${line.number} ${line.action} ${line.real}` : '')), [`1 file_create ${project}/one`, `2 file_create ${project}/two`]);
});

test('the agent itself is asked about', { skip, timeout: 30_000 }, async () => {
  const { code, err, told, asked } = await run('cd "$1"; : > one');
  assert.equal(code, 0, err);
  assert.deepEqual([told, asked], [[], ['file_write one']]);
});

test('what cannot be put on record ends it, and what cannot be written down is asked about', { skip, timeout: 30_000 }, async () => {
  const refuses = (question: Asked): Answer => (question.op === 'settle' ? { effect: 'deny', message: '', reason: 'test' } : judge(question));
  const first = await run('cd "$1"; touch one; sleep 0.5; touch two', refuses);
  assert.deepEqual([first.told, first.asked], [['1 file_create one'], ['file_write two']]);
  const second = await run('cd "$1"; touch one', judge, join(folder, 'no', 'such', 'folder'));
  assert.deepEqual([second.told, second.asked], [[], ['file_write one']]);
  assert.ok(existsSync(join(second.project, 'one')));
});

test('plain programs that a covered one starts are told of, without their words ahead', { skip, timeout: 30_000 }, async () => {
  const plain = (question: Asked): Answer | Promise<Answer> => {
    if (question.op === 'ran' || question.op === 'did') return undefined;
    if (question.op === 'settle') return new Promise<Answer>(() => {});
    return question.action === 'command_execute' ? { effect: 'allow', standing: STANDING, plain: 1 } : { effect: 'allow' };
  };
  const file = join(folder, 'programs.ahead');
  const governed = await startGoverned(['/bin/sh', '-c', 'for i in 1 2; do /bin/sh -c "/bin/true a; /bin/true password=b; :" < /dev/null; done; sleep 0.1; echo done; exec sleep 20'], plain, { env: { PATCHWORK_AHEAD: file }, writes: [] });
  governed.process.stdout?.once('data', () => governed.process.kill('SIGKILL'));
  await governed.ended;
  const told = governed.asked.filter((each) => each.op === 'ran').map(({ ahead, argv }) => `${ahead} ${argv?.join(' ')}`);
  // The shell's own starts are the agent's: asked each time, after what was gathered until then.
  assert.deepEqual(told, ['1 /bin/true password=b', '2 /bin/true a', '3 /bin/true password=b']);
  assert.deepEqual(readAhead(file).map((line) => ('real' in line ? `${line.number} ${line.action} ${line.real}` : '')), [1, 2, 3].map((each) => `${each} command_execute /bin/true`));
  assert.ok(!readFileSync(file, 'utf8').includes('password'));
});
