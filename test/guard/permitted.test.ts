/** What is permitted goes on exactly as without the guard: results, errors, modes, descriptors, terminals. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createGuardBench, type GuardBench, whyNoGuard } from '../support/guarded.ts';
import { PROGRAM, SPEC, sandboxEnvironment } from '../support/patchwork.ts';

const skip = (await whyNoGuard()) ?? false;
let bench: GuardBench;
before(() => {
  if (skip === false) bench = createGuardBench('guard-permitted');
});
after(() => bench?.sandbox.remove());

const py = (text: string): string => `python3 - <<'END'\nimport os, sys, errno, stat, fcntl\ndef t(f, *a, **k):\n  try: r = f(*a, **k)\n  except OSError as e: r = errno.errorcode[e.errno]\n  print(f.__name__, a, r)\n  return r\nos.chdir("area")\n${text}\nEND`;
const SAME: readonly (readonly [string, string])[] = [
  ['errors of open', py('for p, f in [("none", 0), ("", 0), ("none/x", 0), ("../free.txt/x", 0), (".", os.O_WRONLY), (".", os.O_RDONLY | os.O_CREAT), ("x" * 300, 0), ("y/" * 3000, 0), ("../free.txt", os.O_DIRECTORY), ("../free.txt", os.O_CREAT | os.O_EXCL)]: t(os.open, p, f) if len(p) < 200 else print(t.__name__, [errno.errorcode[e.errno] for e in [None] if e] )\nfor p in ["x" * 300, "y/" * 3000]:\n  try: os.open(p, 0)\n  except OSError as e: print(errno.errorcode[e.errno])')],
  ['modes and umask', py('for mask in (0, 0o22, 0o77):\n  os.umask(mask)\n  for mode in (0o777, 0o666, 0o600, 0o4755):\n    n = "f%o%o" % (mask, mode); os.close(os.open(n, os.O_CREAT | os.O_WRONLY, mode)); print(oct(os.stat(n).st_mode)); os.mkdir(n + "d", mode); print(oct(os.stat(n + "d").st_mode)); os.mkfifo(n + "p", mode); print(oct(os.stat(n + "p").st_mode))')],
  ['flags of descriptors', py('open("a", "w").write("x")\nfor f in (0, os.O_CLOEXEC, os.O_NONBLOCK, os.O_APPEND | os.O_WRONLY, os.O_RDWR | os.O_SYNC, os.O_NOATIME, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK):\n  d = os.open("a", f); print(oct(fcntl.fcntl(d, fcntl.F_GETFL)), fcntl.fcntl(d, fcntl.F_GETFD)); os.close(d)\nd = os.open("a", 0); print(d); e = os.open("a", 0); print(e - d); os.set_inheritable(d, True); print(fcntl.fcntl(d, fcntl.F_GETFD))')],
  ['links', py('os.symlink("none", "dangling"); t(os.open, "dangling", 0); t(os.open, "dangling", os.O_CREAT | os.O_EXCL); os.close(os.open("dangling", os.O_CREAT | os.O_WRONLY)); print(os.path.exists("none")); os.symlink("loop", "loop"); t(os.open, "loop", 0); t(os.open, "dangling", os.O_NOFOLLOW); t(os.link, "none", "hard"); print(os.stat("none").st_nlink); t(os.readlink, "dangling"); t(os.symlink, "x", "loop"); t(os.link, "loop", "loop2", follow_symlinks=False); print(os.readlink("loop2"))')],
  ['folders', py('t(os.mkdir, "d"); t(os.mkdir, "d"); t(os.mkdir, "d/"); t(os.mkdir, "e/"); t(os.mkdir, "."); t(os.mkdir, "/"); t(os.mkdir, "none/x"); t(os.rmdir, "."); t(os.rmdir, "d/.."); t(os.rmdir, "e/"); t(os.unlink, "d"); open("f", "w"); t(os.rmdir, "f"); t(os.unlink, "f/"); t(os.unlink, "f"); t(os.unlink, "f"); open("d/x", "w"); t(os.rmdir, "d"); t(os.listdir, "d")')],
  ['moves', py('open("a", "w").write("a"); os.mkdir("d"); t(os.rename, "a", "d"); t(os.rename, "d", "a"); t(os.rename, "a", "b"); t(os.rename, "none", "x"); t(os.rename, "d", "d/e"); t(os.rename, "b", "c/"); t(os.rename, "d", "e/"); t(os.rename, ".", "x"); t(os.rename, "b", "none/b"); t(os.replace, "b", "e/b"); print(sorted(os.listdir(".")), os.listdir("e"))')],
  ['attributes', py('open("a", "w").write("abc"); t(os.chmod, "a", 0o640); print(oct(os.stat("a").st_mode)); t(os.utime, "a", (5, 7)); s = os.stat("a"); print(s.st_atime, s.st_mtime); t(os.truncate, "a", 1); print(os.path.getsize("a")); t(os.truncate, "none", 1); t(os.chown, "a", -1, -1); d = os.open("a", 0); t(os.fchmod, 3, 0o600); t(os.utime, 3, (9, 9)); print(oct(os.fstat(d).st_mode), os.fstat(d).st_mtime); os.symlink("a", "l"); t(os.utime, "l", (1, 1), follow_symlinks=False); print(os.lstat("l").st_mtime, os.stat("a").st_mtime); t(os.chmod, "none", 0o600); t(os.setxattr, "a", "user.x", b"y"); t(os.getxattr, "a", "user.x"); t(os.removexattr, "a", "user.x"); t(os.setxattr, "a", "bad", b"")')],
  ['files without a name', 'umask 027; ./attack tmpfile area area/named; cat area/named; stat -c %a area/named'],
  ['standard streams by name', 'echo a > /dev/stdout; echo b > /dev/stderr; echo c | cat /dev/stdin; echo d | cat /proc/self/fd/0; cat <(echo e); echo f > >(cat); sleep 0.2; exec 5> area/x; echo g > /dev/fd/5; cat area/x; cat < /dev/null; echo h > /dev/null; head -c 3 /dev/zero | wc -c'],
  ['/proc of the process itself', 'cat /proc/self/comm; cat /proc/thread-self/comm; [ "$(cut -d" " -f1 /proc/self/stat)" != "" ] && echo ok; bash -c \'[ "$(sed -n "s/^Pid:\\t//p" /proc/$$/status)" = $$ ] && echo same\'; ls /proc/self/fd | wc -l; tr "\\0" " " < /proc/self/cmdline; readlink /proc/self/cwd | grep -c project; cat /etc/mtab | wc -l; cat /proc/mounts | wc -l'],
  ['FIFOs', 'mkfifo area/p; (echo through > area/p) & cat area/p; wait; (sleep 0.3; echo late > area/p) & read line < area/p; echo $line; timeout 0.3 cat area/p; echo $?; mkfifo area/q; (read x < area/p; echo "got $x" > area/q) & echo back > area/p; cat area/q'],
  ['ten thousand opens', './attack many-opens free.txt'],
  ['copies of trees', 'cp -a /usr/share/perl5 area/t 2>/dev/null; diff -r /usr/share/perl5 area/t && echo same; tar cf area/t.tar -C area t; mkdir area/u; tar xf area/t.tar -C area/u; diff -r area/t area/u/t && echo same; rm -rf area/t; ls work'],
  ['local sockets', py('import socket\ns = socket.socket(socket.AF_UNIX); s.bind("s.sock"); print(s.getsockname(), oct(os.stat("s.sock").st_mode)); s.listen(1)\nc = socket.socket(socket.AF_UNIX); c.connect("s.sock"); a, _ = s.accept(); c.send(b"hi"); print(a.recv(9), c.getpeername())\nt(socket.socket(socket.AF_UNIX).connect, "none") if False else None\ntry: socket.socket(socket.AF_UNIX).connect("none")\nexcept OSError as e: print(errno.errorcode[e.errno])\nn = socket.socket(socket.AF_UNIX); n.bind(b"\\0pw-test-%d" % 1); n.listen(1); socket.socket(socket.AF_UNIX).connect(b"\\0pw-test-1"); print("abstract")\nd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind("d.sock"); socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", "d.sock"); print(d.recv(9))')],
  ['sockets of the loopback', py('import socket\ns = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1); c = socket.create_connection(s.getsockname()); a, _ = s.accept(); c.send(b"hi"); print(a.recv(9))\nc = socket.socket(); c.setblocking(False); print(errno.errorcode[c.connect_ex(s.getsockname())])\nz = socket.socket(); z.bind(("127.0.0.1", 0)); print(errno.errorcode[socket.socket().connect_ex(z.getsockname())])\nu = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0)); socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"udp", u.getsockname()); print(u.recv(9))')],
  ['threads and locks', py('import threading, sqlite3\ndb = sqlite3.connect("x.db"); db.execute("create table t (a)"); db.execute("insert into t values (1)"); db.commit(); print(db.execute("select * from t").fetchall())\ndef w(i):\n  for j in range(50): open("t%d" % i, "a").write("x")\nthreads = [threading.Thread(target=w, args=(i,)) for i in range(8)]\n[x.start() for x in threads]; [x.join() for x in threads]; print([os.path.getsize("t%d" % i) for i in range(8)])')],
  ['git', 'cd area && git init -q . && git config user.name a && git config user.email a@b && echo 1 > f && git add f && git commit -qm one --date "2020-01-01T00:00:00Z" && git checkout -qb b && echo 2 >> f && git commit -qam two && git checkout -q - && git merge -q b && git clone -q . ../area/clone && git -C clone log --format=%s && git worktree add -q wt b && ls wt && git status --short | grep -v "??"; git gc -q; git fsck'],
];

for (const [what, script] of SAME) {
  test(`as without the guard: ${what}`, { skip }, (t) => {
    const bare = bench.bare(script);
    if (/python3: (?:command )?not found/.test(bare.stderr)) return t.skip('there is no Python');
    assert.doesNotMatch(bare.stderr, /Traceback/);
    const governed = bench.governed(script);
    assert.deepEqual([governed.stdout, governed.stderr, governed.status], [bare.stdout, bare.stderr, bare.status]);
    return undefined;
  });
}

test('covered tools read their own settings in the home under fail-closed, and no keys', { skip }, () => {
  // What lies in the folder for temporary files is inside the workspace.
  const base = realpathSync(mkdtempSync(join(homedir(), '.pw-settings-')));
  const [home, project] = [join(base, 'home'), join(base, 'project')];
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  try {
    mkdirSync(join(project, '.git'), { recursive: true });
    mkdirSync(join(project, 'src'));
    write('dotfiles/git', '[user]\n  name = Ann\n  email = a@x\n');
    symlinkSync('dotfiles/git', join(home, '.gitconfig'));
    write('dotfiles/other', 'other\n');
    write('.ssh/config', 'Host x\n');
    write('.npmrc', 'fund=false\n');
    const read = (name: string): string => `node -e 'try { console.log(require("fs").readFileSync("${name}").length) } catch (e) { console.log(e.code) }'`;
    const script = `git init -q src/r && git -C src/r commit -q --allow-empty -m x && git -C src/r log --format=%an; npm config get fund; ${read('../home/dotfiles/other')}; ${read('../home/.ssh/config')}; ${read('../home/.npmrc')}; node -e 'try { require("fs").appendFileSync("../home/.gitconfig", "x") } catch (e) { console.log(e.code) }'`;
    const run = (): string => spawnSync(process.execPath, [PROGRAM, 'run', '--quiet', '--policy', join(SPEC, 'dev.yml'), 'bash', '-c', script], { cwd: project, env: sandboxEnvironment(home), encoding: 'utf8', timeout: 60_000 }).stdout;
    assert.equal(run(), 'Ann\nfalse\nEACCES\nEACCES\n11\nEACCES\n');
    write('.npmrc', 'fund=false\n//registry.example/:_authToken=abc\n');
    assert.match(run(), /EACCES\nEACCES\nEACCES\nEACCES\n$/);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
