/** Character devices by their numbers, whatever their paths: what reaches past every file and process is closed, and so is a console at which somebody works. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createGuardBench, type GuardBench, whyNoGuard } from '../support/guarded.ts';
import { isRunning, until } from '../support/live-session.ts';

const skip = process.getuid?.() === 0 ? ((await whyNoGuard()) ?? false) : 'only the superuser may open them';

/** Drivers that are not there say so by another errno (ENXIO, ENODEV): it is the guard that says EACCES. */
const CLOSED: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  mem: [1, 1], kmem: [1, 2], port: [1, 4], snapshot: [10, 231], msr: [202, 0], sg: [21, 0], mtd: [90, 0], raw: [162, 1], uinput: [10, 223], screen: [7, 1], 'device mapper': [10, 236], 'any disk of SCSI': [majorOf('bsg'), 0], 'an NVMe controller': [majorOf('nvme'), 0],
};
const OPEN: Readonly<Record<string, readonly [major: number, minor: number]>> = { null: [1, 3], zero: [1, 5], random: [1, 8], kmsg: [1, 11], tty: [5, 0] };

/** As the kernel gave them out; NaN for a driver that is not there. */
function majorOf(name: string): number {
  const characters = readFileSync('/proc/devices', 'utf8').split('Block devices:')[0] ?? '';
  return Number(new RegExp(`^ *(\\d+) ${name}$`, 'm').exec(characters)?.[1]);
}

const OPENS = `
import os, sys
for path in sys.argv[1:]:
    said = []
    for flags in (os.O_RDONLY, os.O_RDWR):
        try: os.close(os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)); said.append("opened")
        except OSError as error: said.append(str(error.errno))
    print(*said)
`;

let bench: GuardBench;
before(() => {
  if (skip !== false) return;
  bench = createGuardBench('guard-devices');
  bench.sandbox.write('opens.py', OPENS);
});
after(() => bench?.sandbox.remove());

const opens = (name: string): string => `python3 opens.py "${name}"`;

for (const [name, numbers] of Object.entries({ ...CLOSED, ...OPEN })) {
  test(`a node of ${name}`, { skip: skip === false && numbers.some(Number.isNaN) ? 'there is no such driver' : skip }, (context) => {
    if (spawnSync('mknod', [join(bench.sandbox.project, name), 'c', ...numbers.map(String)]).status !== 0) return context.skip('no nodes can be made here');
    const bare = bench.bare(opens(name)).stdout;
    assert.doesNotMatch(bare, /\b13\b/);
    const { stdout, stderr } = bench.governed(opens(name));
    assert.equal(stdout, name in CLOSED ? '13 13\n' : bare);
    if (name in CLOSED) assert.match(stderr, /patchwork: denied/);
  });
}

test('a console at which somebody outside works is closed; one where nobody does is not', { skip: skip === false && !existsSync('/dev/tty60') ? 'there are no consoles' : skip }, async (context) => {
  const [theirs, free] = ['/dev/tty60', '/dev/tty59'];
  const worker = spawn('sh', ['-c', `exec setsid -c sleep 60 <>${theirs} >&0 2>&0`], { stdio: 'ignore' });
  try {
    await until(() => worker.exitCode !== null || terminalOf(worker.pid ?? 0) !== '0', 'it works at a console');
    if (worker.exitCode !== null) return context.skip('no console can be had here');
    assert.equal(bench.bare(`${opens(theirs)}; ${opens(free)}`).stdout, 'opened opened\n'.repeat(2));
    assert.equal(bench.governed(`${opens(theirs)}; ${opens(free)}`).stdout, '13 13\nopened opened\n');
  } finally {
    if (isRunning(worker.pid ?? 0)) worker.kill('SIGKILL');
  }
});

/** proc_pid_stat(5), field 7. */
function terminalOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[4];
}
