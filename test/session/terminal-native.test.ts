/** The tests of the terminal once more, with our own program (shims/pty.c) where node-pty would be first; and what only that does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadNodePty } from '../../src/session/terminal.ts';
import { isRunning, until } from '../support/live-session.ts';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';
import { NO_TMUX, openTerminal, type Terminal } from '../support/tmux.ts';

const hasNodePty = (await loadNodePty()) !== undefined;
process.env['PATCHWORK_TERMINAL'] = 'native';
if (hasNodePty) {
  await import('./terminal.test.ts');
  await import('./terminal-pipe.test.ts');
} else test('the tests of the terminal, once more', { skip: 'node-pty is not installed, so they are about our own program already' }, () => {});

let sandbox: Sandbox;
let terminal: Terminal | undefined;
before(() => {
  sandbox = createSandbox('native');
});
after(() => {
  terminal?.close();
  sandbox.remove();
});

const NO_DASH = NO_TMUX || (spawnSync('dash', ['-c', ':']).error === undefined ? false : 'dash is not installed');

/** dash changes nothing of its own about its terminal; bash has its own settings back after a job that was stopped. */
function open(shell = 'dash'): Terminal {
  terminal?.close();
  terminal = openTerminal(shell, { cwd: sandbox.project, env: { ...sandboxEnvironment(sandbox.home), PS1: 'outer$ ', LC_ALL: 'C.UTF-8' } });
  terminal.type(`patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }; stty -a > before; clear`);
  terminal.keys('Enter');
  return terminal;
}

function type(at: Terminal, text: string): void {
  at.type(text);
  at.keys('Enter');
}

async function isAsBefore(at: Terminal): Promise<void> {
  type(at, 'clear; stty -a > after; cmp before after && echo same terminal');
  await at.expect(/^same terminal$/m);
}

/** In a terminal: a session whose agent says who it is, and its session. */
async function openWaiting(): Promise<{ readonly at: Terminal; readonly agent: number; readonly helper: number; readonly session: number }> {
  const at = open();
  rmSync(join(sandbox.project, 'hung-up'), { force: true });
  // What it says is seen at once: by then it must be ready for the end of its terminal.
  const script = 'trap "echo got > hung-up; exit" HUP; read -r _ _ _ session _ < /proc/$PPID/stat; echo "agent $$ helper $PPID session $session."; while :; do read -t 0.1 line; done';
  type(at, `patchwork run --no-guard -q bash -c '${script}'`);
  const [, agent, helper, session] = /agent (\d+) helper (\d+) session (\d+)\.$/m.exec(await at.expect(/agent \d+ helper \d+ session \d+\.$/m)) ?? [];
  return { at, agent: Number(agent), helper: Number(helper), session: Number(session) };
}

for (const victim of ['session', 'helper'] as const) {
  test(`after SIGKILL of the ${victim} the terminal is as it was, and the agent was hung up on`, { skip: NO_DASH }, async () => {
    const waiting = await openWaiting();
    process.kill(waiting[victim], 'SIGKILL');
    await until(() => [waiting.agent, waiting.helper, waiting.session].every((pid) => !isRunning(pid)), 'all are gone');
    assert.ok(existsSync(join(sandbox.project, 'hung-up')));
    await isAsBefore(waiting.at);
  });
}

test('when the terminal is closed, the agent is hung up on and everything ends', { skip: NO_DASH }, async () => {
  const { at, agent, helper, session } = await openWaiting();
  at.close();
  await until(() => [agent, helper, session].every((pid) => !isRunning(pid)), 'all are gone');
});

test('a session that was stopped and goes on has its terminal raw again', { skip: NO_DASH }, async () => {
  const at = open('bash --norc --noprofile');
  type(at, "patchwork run -q --no-guard bash --norc --noprofile -c 'echo $PPID.; read -r line; echo \"got $line\"'");
  const helper = Number(/^(\d+)\.$/m.exec(await at.expect(/^\d+\.$/m))?.[1]);
  const group = Number(spawnSync('ps', ['-o', 'pgid=', '-p', String(helper)], { encoding: 'utf8' }).stdout);
  process.kill(-group, 'SIGSTOP');
  await at.expect(/Stopped/);
  await isAsBefore(at);
  type(at, 'clear; fg');
  await at.expect(/patchwork\.js/);
  await new Promise((resolve) => setTimeout(resolve, 300));
  type(at, 'on');
  const shown = await at.expect(/^got on$/m);
  // Echoed by the inner terminal alone.
  assert.equal(shown.match(/^on$/gm)?.length, 1, shown);
});

test('a character of several bytes is erased as one', { skip: NO_DASH }, async () => {
  const at = open();
  type(at, `stty iutf8; patchwork run -q sh -c 'echo "cat is $((1 + 1))"; exec cat'`);
  await at.expect(/cat is 2$/m);
  at.type('a漢');
  at.keys('BSpace', 'Enter', 'C-d');
  await at.expect(/^a *\na$/m);
});

function shell(line: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('bash', ['-c', `patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${line}`], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 30_000 });
}

test('the agent has its standard streams alone, no ignored or blocked signal, and its name as it was written', () => {
  const under = (agent: string): string => shell(`exec 40> x 250> y; trap "" USR1 PIPE; patchwork run -q --pty ${agent} < /dev/null`).stdout.trim().replaceAll(/\s+/g, ' ');
  // 3 is the folder itself, as it is read.
  assert.equal(under('ls /proc/self/fd'), '0 1 2 3');
  assert.match(under('grep -E "Sig(Blk|Ign)" /proc/self/status'), /^SigBlk: 0+ SigIgn: 0+$/);
  assert.equal(under('cat /proc/self/cmdline').replaceAll('\0', ' '), 'cat /proc/self/cmdline ');
});

test('an agent that cannot be started is no bug, and said as without a terminal', () => {
  chmodSync(sandbox.write('bad', '#!/nowhere/at-all\n'), 0o755);
  for (const option of ['', '--pty']) {
    const { status, stdout, stderr } = shell(`patchwork run -q --no-guard ${option} ./bad < /dev/null`);
    assert.deepEqual([status, stdout, stderr.split('\n')[0]], [127, '', 'patchwork: ./bad cannot be started: ENOENT']);
  }
});

test('an agent that closes its terminal for a while is not hung up on', () => {
  assert.equal(shell("patchwork run -q --pty bash -c 'exec < /dev/null > /dev/null 2>&1; sleep 0.3; echo back > /dev/tty; exit 7' < /dev/null; echo $?").stdout, 'back\r\n7\n');
});

// With node-pty what was read lies in Node's own queue, and takes a second signal.
test('a signal ends a session that waits for a reader only', () => {
  // How much the pipe and the terminals hold is the kernel's business: once nothing more goes in, the agent ends, and the session cannot.
  const agent = 'echo $$ > pid; yes & until { read -r _; read -r _ now; } < /proc/$!/io; [ "$now" = "$before" ]; do before=$now; sleep 0.5; done; kill -9 $!; exit 3';
  const line = `mkfifo slow; "${process.execPath}" "${PROGRAM}" run -q --pty bash -c '${agent}' < /dev/null > slow & exec 3< slow; until [ -s pid ] && [ ! -e /proc/$(< pid) ]; do sleep 0.1; done; sleep 0.5; kill -0 $! && echo waits; kill $!; wait $!; echo "code $?"`;
  assert.equal(shell(line).stdout, 'waits\ncode 3\n');
});
