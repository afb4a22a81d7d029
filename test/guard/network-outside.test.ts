/** Sockets that a program outside the session hands in over a Unix socket that the policy permits. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { whyNoGuard } from '../support/guarded.ts';
import { allow, deny, startGoverned } from '../support/scripted-guard.ts';

const skip = (await whyNoGuard()) ?? false;
const NAME = `patchwork-hand-in-${process.pid}`;
/** Fresh ones, a bound one, and one of IPv6. */
const GIVER = `
import socket
l = socket.socket(socket.AF_UNIX); l.bind("\\0${NAME}"); l.listen(); print("ready", flush=True)
a = l.accept()[0]
b = socket.socket(); b.bind(("127.0.0.1", 0))
s = [socket.socket(), b, socket.socket(socket.AF_INET6), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
socket.send_fds(a, [b"x"], [each.fileno() for each in s]); a.recv(1)`;
const TAKER = `
import errno, socket, sys
u = socket.socket(socket.AF_UNIX); u.connect("\\0${NAME}")
_, fds, _, _ = socket.recv_fds(u, 1, 8)
host = "127.0.0.9"
def name(call):
    try: return call()
    except OSError as e: return errno.errorcode[e.errno]
t, b, six, d = (socket.socket(fileno=fd) for fd in fds)
for each, at in ((t, host), (b, host), (six, "::ffff:" + host)): print(name(lambda: each.connect((at, int(sys.argv[1])))))
print(name(lambda: d.sendto(b"leak", (host, int(sys.argv[1])))))`;

test('a socket that was made outside leads nowhere that is denied', { skip }, async () => {
  let reached = 0;
  const server = createServer(() => void reached++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.9', resolve));
  const bound = server.address();
  const giver = spawn('/usr/bin/python3', ['-c', GIVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve) => giver.stdout.once('data', resolve));
    const governed = await startGoverned(['/usr/bin/python3', '-c', TAKER, String(typeof bound === 'object' ? bound?.port : 0)], ({ host }) => (host.startsWith('unix:') ? allow : deny()));
    const { out, err } = await governed.ended;
    assert.deepEqual(out.trim().split('\n'), ['EACCES', 'EACCES', 'EACCES', 'EACCES'], err);
    assert.equal(reached, 0);
  } finally {
    giver.kill();
    server.close();
  }
});
