/** What runs outside of the session: sockets that a session must not reach, ports that a rule denies. */
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { program, type Stage, uid, USER } from './stage.ts';

export interface Servers {
  readonly env: Readonly<Record<string, string>>;
  close(): void;
}

/** A socket like docker.sock, one in the abstract name space, a port on each of two addresses of this machine. */
export async function startServers(stage: Stage): Promise<Servers> {
  const folder = join(stage.base, 'servers');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const servers: Server[] = [];
  const listen = async (address: { path: string } | { host: string; port: number }): Promise<number> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('SERVER-REACHED\n');
    });
    servers.push(server);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(address, resolve));
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  };
  const abstract = `pw-scenarios-${process.pid}`;
  for (const name of ['docker.sock', 'agent.sock', '.env.sock']) {
    const path = join(folder, name);
    if (existsSync(path)) rmSync(path);
    await listen({ path });
    chmodSync(path, 0o777);
    chownSync(path, uid, uid);
  }
  await listen({ path: `\0${abstract}` });
  const port = await listen({ host: '127.0.0.9', port: 0 });
  await listen({ host: '127.0.0.1', port });
  const datagrams = createSocket('udp4');
  datagrams.on('message', (_message, from) => {
    datagrams.send('SERVER-REACHED\n', from.port, from.address);
  });
  await new Promise<void>((resolve) => datagrams.bind(port, '127.0.0.9', resolve));
  chownSync(folder, uid, uid);
  const tmux = (...words: string[]) => spawnSync('tmux', ['-S', join(folder, 'tmux'), '-f', '/dev/null', ...words], { ...USER, env: { PATH: process.env['PATH'], HOME: stage.base, LC_ALL: 'C.UTF-8' } });
  tmux('new-session', '-d', 'sleep 600');
  const terminal = tmux('list-panes', '-F', '#{pane_tty}').stdout?.toString().trim() ?? '';
  const segment = await hold('shm_hold');
  const queue = await hold('queue_hold');
  const hand = await startHand(join(folder, 'hand.sock'));
  return {
    env: { DENIED_PORT: String(port), ABSTRACT: abstract, OUTSIDE_TTY: terminal, OUTSIDE_SEGMENT: segment.ids[0] ?? '', OUTSIDE_QUEUE: queue.ids[0] ?? '', OUTSIDE_SET: queue.ids[1] ?? '', OUTSIDE_KEY: queue.ids[2] ?? '' },
    close() {
      segment.end();
      queue.end();
      hand.kill();
      for (const server of servers) server.close();
      datagrams.close();
      tmux('kill-server');
    },
  };
}

/** Things of a program outside that have no path (svipc(7)), by their numbers, for as long as it holds them. */
async function hold(mode: 'shm_hold' | 'queue_hold'): Promise<{ readonly ids: readonly string[]; end(): void }> {
  const made = program('tricks');
  if ('problem' in made) return { ids: [], end() {} };
  const holder = spawn(made.file, [mode], { stdio: ['pipe', 'pipe', 'ignore'], ...USER });
  const [text] = (await once(holder.stdout, 'data')) as [Buffer];
  return { ids: String(text).trim().split(' '), end: () => void holder.stdin.end() };
}

/** Opens for whoever asks (`open FLAGS PATH`), and hands the descriptor over (SCM_RIGHTS); listens where it is told to (`listen PATH`); puts a row's canary far down (`deep PATH LEVELS NAME`). */
const HAND = `import array, os, signal, socket, sys, threading
signal.signal(10, lambda *_: None)
def listen(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    server = socket.socket(socket.AF_UNIX); server.bind(path); server.listen()
    return server
def greet(server):
    while True: server.accept()[0].sendall(b"SERVER-REACHED\\n")
hand = listen(sys.argv[1]); os.chmod(sys.argv[1], 0o777); print("ready", flush=True)
while True:
    client, _ = hand.accept()
    try:
        what, *words = client.recv(9999).decode("utf8", "surrogateescape").split(" ")
        if what == "listen": threading.Thread(target=greet, args=(listen(words[0]),), daemon=True).start(); client.sendall(b"x")
        elif what == "deep":
            at = os.open(words[0], 0)
            for _ in range(int(words[1])): os.mkdir(words[2], dir_fd=at); at = os.open(words[2], 0, dir_fd=at)
            os.write(os.open("plain", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=at), open(words[0] + "/../canary", "rb").read()); client.sendall(b"x")
        else:
            fd = os.pidfd_open(os.getpid()) if what == "pidfd" else os.open(words[1].replace("PID", str(os.getpid())), int(words[0]))
            client.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]); os.close(fd)
    except OSError as error: print(error, file=sys.stderr)
    client.close()
`;

async function startHand(path: string): Promise<{ kill(): void }> {
  if (existsSync(path)) rmSync(path);
  const hand = spawn('python3', ['-c', HAND, path], { stdio: ['ignore', 'pipe', 'ignore'], ...USER });
  await Promise.race([once(hand.stdout, 'data'), once(hand, 'error')]);
  return { kill: () => void hand.kill() };
}
