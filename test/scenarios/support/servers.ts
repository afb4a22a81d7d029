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
  const segment = await holdSegment();
  return {
    env: { DENIED_PORT: String(port), ABSTRACT: abstract, OUTSIDE_TTY: terminal, OUTSIDE_SEGMENT: segment.id },
    close() {
      segment.end();
      for (const server of servers) server.close();
      datagrams.close();
      tmux('kill-server');
    },
  };
}

/** Shared memory of a program outside (shmget(2)). */
async function holdSegment(): Promise<{ readonly id: string; end(): void }> {
  const made = program('tricks');
  if ('problem' in made) return { id: '', end() {} };
  const holder = spawn(made.file, ['shm_hold'], { stdio: ['pipe', 'pipe', 'ignore'], ...USER });
  const [id] = (await once(holder.stdout, 'data')) as [Buffer];
  return { id: String(id).trim(), end: () => void holder.stdin.end() };
}
