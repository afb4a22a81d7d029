/** What no policy opens: the caller has its errno and hears why, and the log has it, once, whatever is tried how often. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '../../src/audit/event.ts';
import { compileC } from '../support/compile.ts';
import { createSandbox, PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';
import { NO_TMUX, openTerminal } from '../support/tmux.ts';
import { whyNoGuard } from '../support/guarded.ts';

const skip = (await whyNoGuard()) ?? false;
let sandbox: Sandbox;
before(() => {
  if (skip !== false) return;
  sandbox = createSandbox('refusals');
  const problem = compileC(join(ROOT, 'test', 'fixtures', 'guard', 'refused.c'), join(sandbox.project, 'refused'), []);
  if (problem !== undefined) throw new Error(problem);
  sandbox.write('open.yml', 'version: 1\nmode: fail-open\nrules: {}\n');
});
const seen = new Set<string>();
beforeEach(() => {
  if (skip === false) for (const { session_id: id } of logged()) seen.add(id);
});
after(() => sandbox?.remove());

/** Events of the sessions of this test, each session's in order. */
function logged(): AuditEvent[] {
  return readdirSync(sandbox.home).includes('.patchwork') ? sandbox.events().filter(({ session_id: id }) => !seen.has(id)) : [];
}

function denied(): AuditEvent[] {
  return logged().filter((event) => event.status === 'denied');
}

function governed(script: string, timeout = 60_000) {
  return sandbox.run(['run', '--quiet', '--policy', 'open.yml', 'bash', '-c', script], { env: { OUTSIDE: String(process.pid) }, input: '', timeout });
}

/** Way, errno, the call in the log, what the words name. */
const CALLS: readonly (readonly [way: string, errno: string, call: string, what: string])[] = [
  ['mount', 'EPERM', 'mount', 'a mount'],
  ['umount2', 'EPERM', 'umount2', 'a mount'],
  ['pivot_root', 'EPERM', 'pivot_root', 'a mount'],
  ['fsopen', 'EPERM', 'fsopen', 'a mount'],
  ['open_tree', 'EPERM', 'open_tree', 'a mount'],
  ['chroot', 'EPERM', 'chroot', 'another root folder'],
  ['unshare', 'EPERM', 'unshare', 'a new namespace'],
  ['clone', 'EPERM', 'clone', 'a new namespace'],
  ['setns', 'EPERM', 'setns', 'a new namespace'],
  ['open_by_handle_at', 'EPERM', 'open_by_handle_at', 'a file by its handle'],
  ['pidfd_getfd', 'EPERM', 'pidfd_getfd', 'a descriptor of another process'],
  ['swapon', 'EPERM', 'swapon', 'a change of the running system'],
  ['reboot', 'EPERM', 'reboot', 'a change of the running system'],
  ['delete_module', 'EPERM', 'delete_module', 'a change of the running system'],
  ['sethostname', 'EPERM', 'sethostname', 'a change of the running system'],
  ['settimeofday', 'EPERM', 'settimeofday', 'a change of the clock'],
  ['clock_settime', 'EPERM', 'clock_settime', 'a change of the clock'],
  ['ioctl-tiocsti', 'EPERM', 'ioctl', 'typing into a terminal'],
  ['ioctl-setflags', 'EPERM', 'ioctl', "a change of a file's flags"],
  ['ioctl-label', 'EPERM', 'ioctl', 'a change of the whole file system'],
  ['socket-raw', 'EPERM', 'socket', 'a raw socket'],
  ['socket-raw6', 'EPERM', 'socket', 'a raw socket'],
  ['socket-ping', 'EACCES', 'socket', 'a raw socket'],
  ['socket-packet', 'EAFNOSUPPORT', 'socket', 'a raw socket'],
  ['mknod', 'EPERM', 'mknod', 'a device node'],
  ['ptrace', 'EPERM', 'ptrace', 'ptrace'],
  ['process_vm_readv', 'EPERM', 'process_vm_readv', 'the memory of another process'],
  ['kill', 'EPERM', 'kill', 'a signal'],
  ['setpriority', 'EPERM', 'setpriority', 'a change of other processes'],
];

test('each call that is closed fails with its errno, says why, and is an event', { skip }, () => {
  const { stdout, stderr, status } = governed(CALLS.map(([way]) => `./refused ${way} 2> ${way}.err; cat ${way}.err >&2`).join('\n'));
  assert.equal(status, 0, stderr);
  const events = denied();
  const names = (call: string): string[] => (call === 'mknod' ? ['mknod', 'mknodat'] : [call]);
  for (const [way, errno, call, what] of CALLS) {
    assert.match(stdout, new RegExp(`^${way}: ${errno}$`, 'm'));
    const words = readFileSync(join(sandbox.project, `${way}.err`), 'utf8');
    assert.match(words, new RegExp(`^patchwork: denied ${what}\n {2}rule: self-protection \\(built in\\); .+\n {2}next: no policy opens this; go on without it\n$`), way);
    const [event, ...more] = events.filter((each) => names(call).includes(each.target.call ?? '') && each.decision.reason.startsWith(`${what}: `));
    assert.ok(event !== undefined, `${way} is not in the log`);
    assert.deepEqual([event.action, event.target.type, event.decision.layer, event.decision.rule, event.decision.pep, event.risk.flags.includes('self_protection')], ['system_call', 'system_call', 'builtin', 'self-protection', 'guard', true], way);
    assert.equal(event.process.exe, join(sandbox.project, 'refused'));
    assert.ok(event.process.pid > 0);
    if (CALLS.filter((row) => row[2] === call && row[3] === what).length === 1) assert.deepEqual(more, [], way);
  }
  assert.equal(events.length, CALLS.length);
});

test('`why`, the log and its filters, and the exports know them', { skip }, () => {
  assert.equal(governed('./refused unshare').status, 0);
  const why = sandbox.run(['why']);
  assert.match(why.stdout, /^action {5}system_call\ntarget {5}unshare\nstatus {5}denied$/m);
  assert.match(why.stdout, /^rule {7}self-protection \(built in\)$/m);
  assert.match(why.stdout, /^reason {5}a new namespace: a world of its own cannot be judged/m);
  assert.match(why.stderr, /no policy opens this/);
  assert.doesNotMatch(why.stderr, /policy explain/);
  assert.match(sandbox.run(['log', '--action', 'system_call']).stdout, /unshare +self-protection\n$/);
  assert.match(sandbox.run(['search', 'unshare']).stdout, /unshare/);
  const ocsf = JSON.parse(sandbox.run(['export', '--format', 'ocsf', '--action', 'system_call', '-n', '1']).stdout) as Record<string, unknown>;
  assert.deepEqual([ocsf['class_uid'], ocsf['kernel']], [1003, { name: 'unshare', type_id: 2, type: 'System Call' }]);
  assert.equal(sandbox.run(['verify']).status, 0);
});

test('files that nobody opens are file events: disks, memory and what /proc has of others', { skip }, (t) => {
  const disk = readdirSync('/dev').map((name) => `/dev/${name}`).find((path) => statSync(path, { throwIfNoEntry: false })?.isBlockDevice());
  const { stdout } = governed(`cat /proc/$OUTSIDE/environ; echo $?; head -c1 /proc/$OUTSIDE/mem; echo $?; : < /proc/$OUTSIDE/root/etc/passwd; echo $?; ${disk === undefined ? '' : `head -c1 ${disk}; echo $?`}`);
  assert.match(stdout, /^1\n1\n1\n(?:1\n)?$/);
  const targets = denied().map(({ action, target, decision }) => `${action} ${target.abs_path} ${decision.rule}`);
  const expected = [`/proc/${process.pid}/environ`, `/proc/${process.pid}/mem`, `/proc/${process.pid}/root`, ...(disk === undefined ? [] : [disk])];
  assert.deepEqual(targets, expected.map((path) => `file_read ${path} self-protection`));
  if (disk === undefined) t.diagnostic('there is no disk here');
});

test('what programs try out at their start, and what is permitted, says nothing', { skip }, () => {
  const { stdout, stderr } = governed('./refused quiet; ./refused free; ps aux > /dev/null; true');
  assert.match(stdout, /^quiet: \w+\nfree: done\n$/);
  assert.equal(stderr, '');
  assert.deepEqual(denied(), []);
});

test('the same call by the same process, 100,000 times: said once, two events, all counted', { skip, timeout: 240_000 }, () => {
  const { stdout, stderr, status } = governed('./refused unshare times 100000', 200_000);
  assert.deepEqual([status, stdout], [0, 'unshare: EPERM\n']);
  assert.equal(stderr.match(/patchwork: denied/g)?.length, 1);
  const events = denied();
  // The first at once; counts after two seconds, four more, and at the end.
  assert.ok(events.length >= 2 && events.length <= 8, `${events.length} events`);
  assert.equal(events.reduce((sum, { repeat }) => sum + (repeat?.count ?? 1), 0), 100_000);
  assert.match(logged().at(-1)?.decision.reason ?? '', /100000 denied/);
});

test('by 2,000 processes: a few by themselves, the others by their kind, all counted', { skip, timeout: 240_000 }, () => {
  const begun = Date.now();
  const { status } = governed('./refused chroot processes 1999', 200_000);
  const seconds = (Date.now() - begun) / 1000;
  assert.equal(status, 0);
  const events = denied();
  assert.equal(events.reduce((sum, { repeat }) => sum + (repeat?.count ?? 1), 0), 2000);
  // 64 of them in each four seconds.
  assert.ok(events.length <= 64 * (Math.ceil(seconds / 4) + 1) + 16, `${events.length} events in ${seconds} s`);
});

test('a process that asks again every few seconds is told once', { skip, timeout: 60_000 }, () => {
  const { stderr } = governed('for i in 1 2 3; do kill -WINCH $OUTSIDE; sleep 2.5; done');
  assert.equal(stderr.match(/patchwork: denied a signal/g)?.length, 1, stderr);
  const events = denied();
  assert.equal(events.reduce((sum, { repeat }) => sum + (repeat?.count ?? 1), 0), 3);
});

test('what is refused in the last moment of a session is in the log before its end', { skip }, () => {
  for (let i = 0; i < 5; i++) governed('exec ./refused mount');
  const events = logged();
  assert.equal(events.length, 5 * 4);
  for (let i = 0; i < 5; i++) assert.deepEqual(events.slice(4 * i, 4 * i + 4).map(({ action }) => action), ['session_start', 'command_execute', 'system_call', 'session_end']);
});

/** The session is started, `gone` is killed when the agent has said who its guard is, and what `./refused` saw is returned. */
async function without(gone: (session: number, guard: number) => number, script: string): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, 'run', '--quiet', '--policy', 'open.yml', 'bash', '-c', `${script} & echo "guard $PPID"; read -r x`], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), stdio: ['pipe', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += String(text)));
  child.stdin.on('error', () => {});
  const ended = new Promise((resolve) => child.once('close', resolve));
  // It runs by then: a program that is about to start when the guard goes does not.
  for (let i = 0; i < 400 && !(out.includes('guard ') && existsSync(join(sandbox.project, 'ready'))); i++) await sleep(50);
  rmSync(join(sandbox.project, 'ready'));
  process.kill(gone(child.pid ?? 0, Number(/guard (\d+)/.exec(out)?.[1])), 'SIGKILL');
  await ended;
  return readFileSync(join(sandbox.project, 'without.txt'), 'utf8');
}

test('without the guard they fail as everything does', { skip, timeout: 60_000 }, async () => {
  const text = await without((_, guard) => guard, './refused unshare without $PPID > without.txt');
  assert.equal(text, 'unshare: ENOSYS\n');
});

test('without the evaluator the guard refuses them, until it ends the session', { skip, timeout: 60_000 }, async () => {
  const text = await without((session) => session, 'S=$(awk \'/^PPid/ {print $2}\' /proc/$PPID/status); ./refused unshare without $S > without.txt');
  assert.match(text, /^(?:unshare: EPERM\n)?$/);
});

test('a program that draws its own screen is not torn; the log has the reason', { skip: skip === false ? NO_TMUX : skip, timeout: 60_000 }, async () => {
  const words = [process.execPath, PROGRAM, 'run', '--quiet', '--policy', 'open.yml', 'bash', '-c', "'stty -echo -icanon; clear; ./refused mount; echo drawn; read -r x'"];
  const terminal = openTerminal(words.join(' '), { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home) });
  try {
    const screen = await terminal.expect(/drawn/, 20_000);
    assert.match(screen, /^mount: EPERM\ndrawn$/m);
    assert.doesNotMatch(screen, /patchwork/);
    terminal.keys('Enter');
    for (let i = 0; i < 100 && logged().every(({ action }) => action !== 'session_end'); i++) await sleep(50);
    assert.deepEqual(denied().map(({ target }) => target.call), ['mount']);
  } finally {
    terminal.close();
  }
});
