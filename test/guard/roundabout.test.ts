/** Ways that need somebody outside, or an agent that is no shell: forged cover, names that are gone, policies behind links, and waits. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createGuardBench, type GuardBench, SECRET, whyNoGuard } from '../support/guarded.ts';
import { startLive, until } from '../support/live-session.ts';

const skip = (await whyNoGuard()) ?? false;
let bench: GuardBench;
before(() => {
  if (skip === false) bench = createGuardBench('guard-roundabout');
});
after(() => bench?.sandbox.remove());

/** Stops a launcher before it asks, asks in its name for what is allowed, and lets it go on. */
const FORGERY = `
import json, os, signal, socket
run = os.path.dirname(os.environ["PATH"].split(":")[0])
def ask(pid, argv, exe):
    st = os.stat(exe)
    s = socket.socket(socket.AF_UNIX); s.connect(run + "/sock")
    s.sendall((json.dumps({"v": 1, "id": 1, "op": "ask", "pep": "shim", "pid": pid, "action": "command_execute", "argv": argv, "exe": exe, "file": "%d:%d" % (st.st_dev, st.st_ino), "cwd": os.getcwd(), "env": []}) + "\\n").encode())
    return json.loads(s.recv(65536))["effect"]
cat = os.path.realpath("/bin/cat")
for turn in range(10):
    pid = os.fork()
    if pid == 0: os.execv(run + "/bin/touch", ["touch", "made"] + ["x" * 100000] * 8)
    for _ in range(100000):
        try:
            if os.readlink("/proc/%d/exe" % pid).startswith(run): break
        except OSError: pass
    os.kill(pid, signal.SIGSTOP)
    effect = ask(pid, ["cat", "x"], cat)
    os.kill(pid, signal.SIGCONT)
    os.waitpid(pid, 0)
print("asked", effect, "made", os.path.exists("made"))
`;

test('a launcher is covered by what it starts, not by what another process asks in its name', { skip: skip === false && !existsSync('/usr/bin/python3') ? 'there is no /usr/bin/python3' : skip }, () => {
  const { sandbox } = bench;
  const file = sandbox.write('narrow.yml', 'version: 1\nmode: fail-closed\nrules:\n  files:\n    allow: ["./**"]\n  commands:\n    allow: ["cat *"]\n');
  sandbox.write('forgery.py', FORGERY);
  const { stdout } = sandbox.run(['run', '--quiet', '--policy', file, '/usr/bin/python3', './forgery.py']);
  assert.match(stdout, /asked allow made False/);
});

test('a descriptor that names a denied file leads nowhere when the name is gone', { skip }, async () => {
  const { sandbox } = bench;
  const vault = join(sandbox.home, 'vault');
  mkdirSync(vault, { recursive: true });
  writeFileSync(join(vault, 'exact.key'), `${SECRET}\n`);
  const file = sandbox.write('exact.yml', 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["~/vault/exact.key"]\n');
  const script = `exec python3 -c '
import os, sys, time
fd = os.open("${vault}/exact.key", os.O_PATH)
print("ready", flush=True)
while os.path.exists("${vault}/exact.key"): time.sleep(0.02)
try: print("got", open("/proc/self/fd/%d" % fd).read(), flush=True)
except OSError as e: print("errno", e.errno, flush=True)'`;
  const session = await startLive(sandbox, { script, options: ['--policy', file] });
  await until(() => session.output().includes('ready'), 'it holds the name');
  rmSync(join(vault, 'exact.key'));
  await until(() => /got|errno/.test(session.output()), 'it has tried');
  await session.end();
  assert.match(session.output(), /errno 13/);
});

test('a policy is nobody\'s to change, wherever it lies and whatever leads to it', { skip }, () => {
  const { sandbox } = bench;
  const dots = join(sandbox.home, 'dotfiles');
  mkdirSync(dots, { recursive: true, mode: 0o700 });
  const text = 'version: 1\nmode: fail-open\nrules: {}\n';
  writeFileSync(join(dots, 'policy.yml'), text, { mode: 0o600 });
  mkdirSync(join(sandbox.home, '.patchwork'), { recursive: true, mode: 0o700 });
  symlinkSync(join(dots, 'policy.yml'), join(sandbox.home, '.patchwork', 'policy.yml'));
  try {
    sandbox.write('change.sh', "echo '# x' >> ~/dotfiles/policy.yml || echo refused; mv ~/dotfiles ~/d2 || echo refused; rm ~/dotfiles/policy.yml || echo refused; echo x > ~/dotfiles/other && echo free");
    const { stdout, stderr } = sandbox.run(['run', '--quiet', 'bash', './change.sh']);
    assert.equal(stdout, 'refused\nrefused\nrefused\nfree\n', stderr);
    assert.equal(readFileSync(join(dots, 'policy.yml'), 'utf8'), text);
  } finally {
    rmSync(join(sandbox.home, '.patchwork', 'policy.yml'));
  }
  const given = sandbox.write('given.yml', text);
  sandbox.write('change.sh', 'echo "# x" >> given.yml || echo refused; cp /etc/hostname new && mv new given.yml || echo refused');
  const { stdout, stderr } = sandbox.run(['run', '--quiet', '--policy', given, 'bash', './change.sh']);
  assert.equal(stdout, 'refused\nrefused\n', stderr);
});

/** landlock(7): all that it handles is allowed everywhere, and yet whatever is done for it is done elsewhere. */
const BOX = `import ctypes, struct
c, rights, root = ctypes.CDLL(None), 1 << 1 | 1 << 8 | 1 << 14, os.open("/", os.O_PATH)
rules = c.syscall(444, struct.pack("Q", rights), ctypes.c_long(8), 0)
c.syscall(445, rules, 1, struct.pack("Qi", rights, root), 0)
c.prctl(38, 1, 0, 0, 0); c.syscall(446, rules, 0)
`;

/** Everybody who would wait for ever for a worker would stop the session: five at once, one more than there are workers. */
const WAITS: readonly (readonly [what: string, python: string])[] = [
  ['a full pipe as standard error', 'r, w = os.pipe(); os.set_blocking(w, False)\ntry:\n  while True: os.write(w, b"x" * 4096)\nexcept BlockingIOError: pass\nos.set_blocking(w, True); os.dup2(w, 2)\nact = lambda i: deny(".env%d" % i)'],
  ['a terminal that was told to stop', 'import pty, termios\nm, s = pty.openpty(); termios.tcflow(s, termios.TCOOFF); os.dup2(s, 2)\nact = lambda i: deny(".env%d" % i)'],
  ['a terminal that nobody reads', 'import pty, termios\nm, s = pty.openpty(); os.set_blocking(s, False)\ntry:\n  while True: os.write(s, b"x" * 4096)\nexcept BlockingIOError: pass\nos.set_blocking(s, True); os.dup2(s, 2)\nact = lambda i: deny(".env%d" % i)'],
  ['a lease on a file', 'import fcntl, signal\nsignal.signal(signal.SIGIO, signal.SIG_IGN)\nf = [open("area/l%d" % i, "w") for i in range(6)]\nfor i in range(6): fcntl.fcntl(f[i], 1024, 1)\nact = lambda i: os.open("area/l%d" % i, os.O_WRONLY)'],
  ['a lease on a file that is truncated', 'import fcntl, signal\nsignal.signal(signal.SIGIO, signal.SIG_IGN)\nf = [open("area/l%d" % i, "w") for i in range(6)]\nfor i in range(6): fcntl.fcntl(f[i], 1024, 1)\nact = lambda i: os.truncate("area/l%d" % i, 0)'],
  ['the same in a sandbox of its own', `${BOX}import fcntl, signal\nsignal.signal(signal.SIGIO, signal.SIG_IGN)\nf = [open("area/l%d" % i, "w") for i in range(6)]\nfor i in range(6): fcntl.fcntl(f[i], 1024, 1)\nact = lambda i: os.truncate("area/l%d" % i, 0)`],
  ['a script under a lease', 'import fcntl, signal\nsignal.signal(signal.SIGIO, signal.SIG_IGN)\nf = [open("area/l%d" % i, "w") for i in range(6)]\nfor i in range(6): f[i].write("#!/bin/true\\n"); f[i].flush(); os.chmod("area/l%d" % i, 0o755); fcntl.fcntl(f[i], 1024, 1)\nact = lambda i: os.execv("area/l%d" % i, ["l"])'],
];
for (const [what, python] of WAITS) {
  test(`the guard does not wait for ${what}`, { skip }, () => {
    const code = `import os, sys, time\ndef deny(p):\n  try: open(p)\n  except OSError: pass\n${python}\npids = []\nfor i in range(6):\n  p = os.fork()\n  if p == 0:\n    try: act(i)\n    finally: os._exit(0)\n  pids.append(p)\ntime.sleep(0.3)\nbegun = time.time()\nopen("free.txt").read(); open("area/new", "w").close(); os.system("/bin/true")\nprint("quick" if time.time() - begun < 3 else "slow", flush=True)\nfor p in pids: os.kill(p, 9)\n`;
    const { stdout, stderr } = bench.governed(`cat > area/waits.py <<'E'\n${code}E\nexec python3 area/waits.py`);
    assert.equal(stdout, 'quick\n', stderr);
  });
}
