/** /proc and the like that somebody mounted a second time (a chroot, a container's folder): what holds for them holds there, whatever their path. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createGuardBench, type GuardBench, whyNoGuard } from '../support/guarded.ts';
import { startLive, until } from '../support/live-session.ts';

const isRoot = process.getuid?.() === 0;
const skip = isRoot ? ((await whyNoGuard()) ?? false) : 'only root can mount';

/** How each is mounted. A part may be mounted alone. */
const MOUNTS: Readonly<Record<string, readonly string[]>> = {
  again: ['-t', 'proc', 'proc'], bound: ['--bind', '/proc'], part: ['--bind', '/proc/sys'], 'a b': ['-t', 'proc', 'proc'], sysfs: ['-t', 'sysfs', 'sysfs'], cgroup: ['-t', 'cgroup2', 'cgroup'],
};

/** Tells which of them can be opened, and does nothing more. */
const OPENS = `
import os, sys
for path in sys.argv[2:]:
    try: os.close(os.open(path, getattr(os, sys.argv[1]))); print("OPENED", path)
    except OSError as error: print("errno", error.errno)
`;

let bench: GuardBench;
let jail = '';
const mounted = new Set<string>();
function mount(name: string, how: readonly string[]): void {
  const folder = join(jail, name);
  mkdirSync(folder, { recursive: true });
  if (spawnSync('mount', [...how, folder]).status === 0) mounted.add(name);
}
const whyNot = (names: readonly string[]): string | undefined => (names.every((name) => mounted.has(name)) ? undefined : 'it cannot be mounted here');

before(() => {
  if (skip !== false) return;
  bench = createGuardBench('guard-mounted-again');
  bench.sandbox.write('opens.py', OPENS);
  jail = join(bench.sandbox.project, 'jail');
  for (const [name, how] of Object.entries(MOUNTS)) mount(name, how);
});
after(() => {
  for (const name of mounted) spawnSync('umount', ['-l', join(jail, name)]);
  bench?.sandbox.remove();
});

/** `$PPID` is the guard, and without it the test. */
const ROWS: readonly (readonly [title: string, names: readonly string[], path: string, flags: string])[] = [
  ["the guard's memory", ['again', 'bound', 'a b'], '$PPID/mem', 'O_RDWR'],
  ["the guard's variables", ['again', 'bound', 'a b'], '$PPID/environ', 'O_RDONLY'],
  ['its descriptors', ['again', 'bound'], '$PPID/fd', 'O_RDONLY'],
  ['the same by way of a thread', ['again', 'bound'], '$PPID/task/$PPID/maps', 'O_RDONLY'],
  ['a setting of the kernel', ['again', 'bound'], 'sys/kernel/core_pattern', 'O_WRONLY'],
  ['the same in what is mounted alone', ['part'], 'kernel/core_pattern', 'O_WRONLY'],
  ['a setting of a driver', ['sysfs'], 'kernel/profiling', 'O_WRONLY'],
  ['a control group', ['cgroup'], 'cgroup.procs', 'O_WRONLY'],
];

for (const [title, names, path, flags] of ROWS) {
  test(`mounted again: ${title}`, { skip }, (context) => {
    const problem = whyNot(names);
    if (problem !== undefined) return context.skip(problem);
    const script = `python3 opens.py ${flags} ${names.map((name) => `"jail/${name}/${path}"`).join(' ')}`;
    const bare = bench.bare(script);
    if (!bare.stdout.includes('OPENED')) return context.skip('not to be had here without Patchwork either');
    const { stdout, stderr } = bench.governed(script);
    assert.equal(stdout, 'errno 13\n'.repeat(names.length), stderr);
    assert.match(stderr, /patchwork: denied/);
  });
}

const USES = `for p in jail/again jail/bound; do
  head -1 $p/self/status; cat $p/$$/comm $p/1/comm $p/sys/kernel/ostype; grep -qz ^PATH= $p/$$/environ && echo own; ls $p/self/fd | wc -l
done
ls jail/sysfs; cat jail/part/kernel/ostype`;

test('what is everybody’s and what is one’s own is read there as ever', { skip }, (context) => {
  const problem = whyNot(['again', 'bound', 'sysfs', 'part']);
  if (problem !== undefined) return context.skip(problem);
  const bare = bench.bare(USES);
  assert.match(bare.stdout, /Name:\thead[\s\S]*own/);
  assert.equal(bench.governed(USES).stdout, bare.stdout);
});

/** Waits for the test, and for what it mounted to be known; then says what can be opened. */
const LATER = (paths: string): string => `until [ -e go ]; do sleep 0.05; done; rm go; sleep 2.2; python3 opens.py O_RDONLY ${paths}; echo done`;

test('processes of another namespace are nobody of this session, whatever their numbers are', { skip }, async (context) => {
  const session = await startLive(bench.sandbox, { options: ['--quiet', '--policy', 'policy.yml'], script: LATER('/proc/$$/environ jail/foreign/1/environ jail/foreign/$$/environ') });
  const folder = join(jail, 'foreign');
  mkdirSync(folder, { recursive: true });
  // One of them gets the number that the agent has here.
  const inside = `mount -t proc proc '${folder}' && echo ${session.agentPid - 1} >/proc/sys/kernel/ns_last_pid && { sleep 60 & wait; }`;
  const holder = spawn('unshare', ['-p', '-f', 'sh', '-c', inside], { stdio: 'ignore', detached: true });
  try {
    await until(() => holder.exitCode !== null || readdirSync(folder).includes(String(session.agentPid)), 'a namespace with that number');
    if (holder.exitCode !== null) return context.skip('no such namespace here');
    mounted.add('foreign');
    bench.sandbox.write('go', '');
    await until(() => session.output().includes('done'), 'the end of the script');
    assert.match(session.output(), /OPENED \/proc\/\d+\/environ\nerrno 13\nerrno 13\n/);
  } finally {
    process.kill(-(holder.pid ?? 0), 'SIGKILL');
    await session.end();
  }
});

test('what is mounted while the session runs is known within two seconds', { skip }, async () => {
  const session = await startLive(bench.sandbox, { options: ['--quiet', '--policy', 'policy.yml'], script: LATER('jail/later/$PPID/environ') });
  mount('later', ['-t', 'proc', 'proc']);
  assert.ok(mounted.has('later'));
  bench.sandbox.write('go', '');
  await until(() => session.output().includes('done'), 'the end of the script');
  await session.end();
  assert.match(session.output(), /errno 13\ndone/);
});
