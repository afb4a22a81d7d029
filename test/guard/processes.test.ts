/** The session protects itself: signals, tracing, memory, limits, sockets, other worlds. And what stays permitted. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { createGuardBench, type GuardBench, whyNoGuard } from '../support/guarded.ts';

const skip = (await whyNoGuard()) ?? false;
let bench: GuardBench;
before(() => {
  if (skip === false) bench = createGuardBench('guard-processes');
});
after(() => bench?.sandbox.remove());

/** The guard is the parent of the agent, the session its grandparent. */
const PIDS = 'g=$PPID; s=$(awk \'/^PPid/ {print $2}\' /proc/$g/status)\n';
const ATTACKS: readonly (readonly [string, string])[] = [
  ['a signal to the guard', './attack kill $g 9'],
  ['a signal to the session', './attack kill $s 9'],
  ['a stop of the guard', './attack kill $g 19'],
  ['tgkill', './attack tgkill $g 9'],
  ['a pidfd', './attack pidfd $g 9'],
  ['kill of the shell', 'kill -9 $g'],
  ['ptrace', './attack ptrace $g'],
  ['ptrace of the session', './attack ptrace $s'],
  ['its memory', './attack memory $s'],
  ['a limit', './attack limit $g'],
  ['its descriptors', './attack getfd $s'],
  ['its environment', 'cat /proc/$s/environ > /dev/null'],
  ['its memory as a file', 'head -c 1 /proc/$s/mem > /dev/null'],
  ['its root', 'cat /proc/$s/root/etc/passwd > /dev/null'],
  ['its open files', 'ls /proc/$g/fd/ > /dev/null'],
  ['its open files, reopened', 'for f in /proc/$s/fd/*; do : < $f && exit 0; done; exit 1'],
  ['its score for the out-of-memory killer', 'echo 1000 > /proc/$g/oom_score_adj'],
  ['the socket of the evaluator removed', 'rm -f "${BASH_ENV%/*}/sock"'],
  ['the runtime folder moved', 'mv "${BASH_ENV%/*}" area/x'],
  ['the folder above the runtime folder moved', 'd=${BASH_ENV%/*}; mv "${d%/*}" area/x'],
  ['a shim replaced', 'ln -sf /bin/true "${BASH_ENV%/*}/bin/ls"'],
  ['the log changed', 'for f in ~/.patchwork/sessions/*; do echo x >> $f || exit 1; done'],
  ['the log read', 'cat ~/.patchwork/sessions/* > /dev/null'],
  ['the policy of the project planted', 'mkdir .patchwork && echo x > .patchwork/policy.yml'],
  ['the home moved', 'mv ~ ~x'],
  ['io_uring', './attack io_uring'],
  ['a user namespace', './attack unshare'],
  ['a user namespace by clone', './attack clone-user'],
  ['a mount', 'mount -t tmpfs none area'],
  ['a terminal that is typed for', './attack tiocsti'],
];

for (const [what, script] of ATTACKS) {
  test(`refused: ${what}`, { skip }, () => {
    const { stdout, status } = bench.governed(`${PIDS}(${script}); echo "code $?"; echo alive`);
    assert.match(stdout, /code [1-9]\d*\nalive/);
    assert.equal(status, 0);
  });
}

test('everybody outside stays untouched by a signal to everybody, and to the own group', { skip }, () => {
  const { stdout } = bench.governed('trap : TERM; /bin/sleep 30 & kill -TERM -1; wait $!; echo "ended $?"; set -m; (kill -TERM 0) ; echo alive');
  assert.match(stdout, /ended 143[\s\S]*alive/);
});

test('signals inside the session work as ever', { skip }, () => {
  const script = 'sleep 30 & kill $!; wait $!; echo $?; sleep 30 & kill -9 $!; wait $! 2>/dev/null; echo $?; kill -0 $$; echo $?; kill -0 99999999 2>/dev/null; echo $?; trap "echo got" USR1; kill -USR1 $$; ./attack tgkill $$ 10';
  const [bare, governed] = [bench.bare(script), bench.governed(script)];
  assert.deepEqual([governed.stdout, governed.status], [bare.stdout, bare.status]);
});

const KILLERS = `import os
c = os.fork()
if c == 0: os.setuid(65534); os._exit(0)
assert os.waitpid(c, 0)[1] == 0
def kill_many():
  for i in range(400):
    c = os.fork()
    while c == 0:
      try: os.chmod("there-is-none", 0o600)
      except FileNotFoundError: pass
    for _ in range(i % 50 * 20): pass
    os.kill(c, 9); assert os.waitpid(c, 0)[1] == 9
killers = []
for k in range(32):
  c = os.fork()
  if c == 0: kill_many(); os._exit(0)
  killers.append(c)
print([os.waitpid(c, 0)[1] for c in killers] == [0] * 32)`;

// Once somebody was somebody else, the guard looks up who asks; who is gone by then is nobody.
test('thousands that are killed while they ask end nobody else', { skip: skip !== false ? skip : process.getuid?.() !== 0 && 'only root becomes somebody else' }, () => {
  bench.sandbox.write('killers.py', KILLERS);
  const { stdout, stderr } = bench.governed('python3 killers.py');
  assert.equal(stdout, 'True\n', stderr);
});

test('what ps shows of the machine it still shows', { skip }, () => {
  const { stdout } = bench.governed('ps -e | grep -c . ; ps -o pid= -p 1; pgrep -x no-such-program; cat /proc/1/comm /proc/loadavg /proc/meminfo | wc -l');
  assert.match(stdout, /^\d+\n +1\n\d+\n$/);
});

const SERVER = (address: string): string => `import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.bind(${address})\ns.listen(5)\nprint("ready", flush=True)\nwhile True:\n  c, _ = s.accept()\n  print("visited", flush=True)`;

test('sockets of programs outside are closed under fail-closed, and open as the policy says', { skip }, async (t) => {
  const { project } = bench.sandbox;
  const outside = `${project}/../outside.sock`;
  const servers = [`"${outside}"`, 'b"\\0patchwork-outside"'].map((address) => spawn('python3', ['-c', SERVER(address)], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [, ...rest] = servers;
  try {
    const isThere = await Promise.all(servers.map((server) => once(server.stdout, 'data').then(() => true, () => false)));
    if (!isThere.every(Boolean)) return t.skip('there is no Python');
    const rules = (network: string): string => `version: 1\nmode: fail-closed\nrules:\n  files: { allow: ["./**"] }\n  commands: { allow: ["./attack *", "echo *"] }\n  network: ${network}\n  max_risk: critical\n`;
    const script = `./attack connect ${outside}; ./attack connect-abstract patchwork-outside`;
    bench.sandbox.write('closed.yml', rules('{ deny: ["*"] }'));
    assert.equal(bench.governed(script, ['--policy', 'closed.yml']).stdout, 'connect: EACCES\nconnect: EACCES\n');
    bench.sandbox.write('open.yml', rules('{ allow: ["unix:*/outside.sock", "unix:@patchwork-outside"], deny: ["*"] }'));
    assert.equal(bench.governed(script, ['--policy', 'open.yml']).stdout, 'connect: done\nconnect: done\n');
    assert.equal(rest.length, 1);
  } finally {
    for (const server of servers) server.kill();
  }
  return undefined;
});

test('an address that a rule denies is not reached, other addresses are', { skip }, () => {
  bench.sandbox.write('net.yml', 'version: 1\nmode: fail-open\nrules:\n  network:\n    deny: ["127.0.0.2", "169.254.0.0/16"]\n');
  const script = 'import socket\nfor h in ("127.0.0.2", "169.254.169.254", "127.0.0.1"):\n  s = socket.socket(); s.settimeout(2)\n  print(h, s.connect_ex((h, 9)))';
  bench.sandbox.write('net.py', script);
  const { stdout } = bench.governed('python3 net.py', ['--policy', 'net.yml']);
  assert.equal(stdout, '127.0.0.2 13\n169.254.169.254 13\n127.0.0.1 111\n');
});
