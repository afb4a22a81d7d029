/** Much of everything, and an evaluator that does not answer: bounded in time and memory, and the session ends cleanly. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileC } from '../support/compile.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { startLive, until } from '../support/live-session.ts';
import { createSandbox, ROOT, type Sandbox } from '../support/patchwork.ts';

const skip = (await whyNoGuard()) ?? false;
let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('exhaustion');
  const problem = compileC(join(ROOT, 'test', 'fixtures', 'guard', 'exhaust.c'), join(sandbox.project, 'exhaust'), ['-pthread']);
  if (problem !== undefined) throw new Error(problem);
  mkdirSync(join(sandbox.project, 'area'));
  writeFileSync(join(sandbox.project, 'free.txt'), 'free\n');
  // In a file: as a word of the agent's it would deny the start.
  writeFileSync(join(sandbox.project, 'look.sh'), 'cat denied.env\n');
  writeFileSync(join(sandbox.project, 'denied.env'), 'SECRET-CONTENT\n');
  sandbox.write('policy.yml', 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["**/*.env"]\n  commands:\n    deny: ["forbidden *"]\n');
});
after(() => sandbox.remove());

const OPTIONS = ['--quiet', '--policy', 'policy.yml'];
/** Bytes in kB at most, measured at about a third of it. */
const GUARD_KB = 64 * 1024;
const SESSION_KB = 400 * 1024;

function status(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Runs in a session, after which a denied file is still denied and a free one is not. */
async function exhaust(script: string, limitMs: number): Promise<string> {
  const session = await startLive(sandbox, { options: OPTIONS, script: `${script}\ncat free.txt; sh ./look.sh; echo finished` });
  await until(() => session.output().includes('finished'), script, limitMs);
  const guard = status(session.agentPid, 'PPid');
  const memory = [status(guard, 'VmHWM'), status(session.process.pid ?? 0, 'VmHWM')];
  // `read` has met the end of its input.
  assert.deepEqual(await session.end(), { code: 1, signal: null });
  assert.match(session.output(), /^free$/m);
  assert.ok(!session.output().includes('SECRET'));
  assert.ok((memory[0] ?? 0) < GUARD_KB && (memory[1] ?? 0) < SESSION_KB, `guard ${memory[0]} kB, session ${memory[1]} kB`);
  return session.output();
}

test('5000 processes at once', { skip }, async () => {
  assert.match(await exhaust('./exhaust processes 5000', 20_000), /made 5000\nfailed 0/);
});

test('50000 threads, one after the other', { skip }, async () => {
  assert.match(await exhaust('./exhaust threads 50000', 20_000), /made 50000/);
});

test('200000 paths', { skip }, async () => {
  assert.match(await exhaust('mkdir -p area/1; touch area/1/1; ./exhaust paths 200000', 40_000), /found 1/);
});

test('50 megabytes of words are too many, and a megabyte is not', { skip }, async () => {
  assert.match(await exhaust('./exhaust argv 50; ./exhaust argv 1 && echo ran', 20_000), /^E2BIG\nran$/m);
});

test('3000 named pipes that nobody writes to', { skip }, async () => {
  assert.match(await exhaust('./exhaust fifos 3000', 20_000), /made 3000, read too/);
});

test("connections to the evaluator's socket", { skip }, async () => {
  assert.match(await exhaust('./exhaust connections 5000 "${PATH%%/bin:*}/sock"', 20_000), /read too/);
});

test('an evaluator that is stopped denies within a bound, whatever it is asked, and all goes on when it goes on', { skip }, async () => {
  // One question is more than a socket holds. What has letters beyond ASCII is asked about.
  const large = 'word=$(printf %0120000d 0); /usr/bin/env -u none true $word $word $word && echo ran';
  const script = `ask() { { ${large}-$1; } & for i in $2; do : > area/é$1$i && echo made-$1; done; wait; }; echo ready; read go; ask stopped 1; echo waited; read go; ask awake "$(seq 20 | tr "\\n" " ")"; ./exhaust threads 2; echo finished`;
  const session = await startLive(sandbox, { options: OPTIONS, script });
  await until(() => session.output().includes('ready'), 'it waits');
  const { pid } = session.process;
  session.process.stdin?.write('go\n');
  process.kill(pid ?? 0, 'SIGSTOP');
  try {
    await until(() => session.output().includes('waited'), 'it is answered', 60_000);
  } finally {
    process.kill(pid ?? 0, 'SIGCONT');
  }
  session.process.stdin?.write('go\n');
  await until(() => session.output().includes('finished'), 'it goes on');
  assert.doesNotMatch(session.output(), /-stopped|SECRET/);
  assert.deepEqual([/^ran-awake$/gm, /^made-awake$/gm].map((done) => session.output().match(done)?.length), [1, 20], session.output() + session.errors());
  assert.match(session.output(), /^made 2$/m);
  assert.deepEqual(await session.end(), { code: 1, signal: null });
});

test('a program in memory that is overwritten without a newer time is another program', { skip: skip || (existsSync('/dev/shm') && existsSync('/usr/bin/python3') ? false : 'no /dev/shm, or no python3') }, async () => {
  const folder = mkdtempSync('/dev/shm/pw-exhaustion-');
  try {
    const bin = join(sandbox.home, 'bin');
    mkdirSync(bin);
    writeFileSync(join(folder, 'denied.c'), '#include <stdio.h>\nint main(){puts("RAN-DENIED");return 0;}\n');
    writeFileSync(join(folder, 'free.c'), '#include <stdio.h>\nint x[3]={1,2,3};\nint main(int c,char**v){(void)v;puts("harmless");return x[c%3]>9;}\n');
    assert.equal(compileC(join(folder, 'denied.c'), join(bin, 'forbidden'), []), undefined);
    const program = join(folder, 'program');
    assert.equal(compileC(join(folder, 'free.c'), program, ['-O2', '-s']), undefined);
    appendFileSync(program, Buffer.alloc(Math.max(0, statSync(join(bin, 'forbidden')).size - statSync(program).size), 7));
    writeFileSync(join(sandbox.project, 'swap.py'), 'import mmap,os,sys\nnew=open(sys.argv[1],"rb").read(); fd=os.open(sys.argv[2],os.O_RDWR); m=mmap.mmap(fd,0)\nfor i in range(0,len(m),4096): m[i]\nm[:len(new)]=new; m.close(); os.close(fd); print("swapped")\n');
    const script = `sleep 2.2; ${program}; ${program}; python3 swap.py ${join(bin, 'forbidden')} ${program}; ${program}; echo finished`;
    const session = await startLive(sandbox, { options: OPTIONS, script, env: { PATH: `${bin}:${process.env['PATH']}` } });
    await until(() => session.output().includes('finished'), script);
    assert.match(session.output(), /^harmless\nharmless\nswapped\nfinished$/m);
    await session.end();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
