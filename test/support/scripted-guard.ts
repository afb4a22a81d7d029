/** The guard's program itself, with an evaluator that answers as a test says: what the C side does with each answer. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './patchwork.ts';

/** One question, as it came. */
export interface Asked {
  readonly op: string;
  readonly action?: string;
  readonly id: number;
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly transport?: string;
  /** Base 64; not of every question. */
  readonly bytes?: string;
  /** Of what was written ahead. */
  readonly ahead?: number;
  readonly real?: string;
  readonly argv?: readonly string[];
  readonly ended: number;
  readonly silent: number;
}

export type Answer = Readonly<Record<string, unknown>> | undefined;
/** What the evaluator says to a question of the network, with `writes` to any question; undefined is silence. */
export type Script = (question: Asked) => Answer | Promise<Answer>;

export interface Governed {
  readonly process: ChildProcess;
  readonly asked: readonly Asked[];
  readonly folder: string;
  /** Cuts all connections, as a dead evaluator does. */
  cut(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

export const allow: Answer = { effect: 'allow' };
export const deny = (message = 'patchwork: denied by the test'): Answer => ({ effect: 'deny', message, reason: 'test' });

/** Runs `argv` under the guard. */
export async function startGoverned(argv: readonly string[], script: Script, options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly user?: { readonly uid: number; readonly gid: number }; readonly guard?: string; readonly wall?: readonly string[]; readonly writes?: readonly string[] } = {}): Promise<Governed> {
  const folder = mkdtempSync(join(tmpdir(), 'pw-scripted-'));
  writeFileSync(join(folder, 'launch'), '');
  const asked: Asked[] = [];
  const peers = new Set<Socket>();
  const server = createServer((peer) => {
    let text = '';
    peers.add(peer);
    peer.on('error', () => {}).on('close', () => peers.delete(peer));
    peer.setEncoding('utf8').on('data', (more) => {
      text += String(more);
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const question = JSON.parse(text.slice(0, end)) as Asked;
        text = text.slice(end + 1);
        void reply(peer, question);
      }
    });
  });
  const reply = async (peer: Socket, question: Asked): Promise<void> => {
    const isNetwork = question.op === 'relay' || question.op === 'passed' || question.op === 'dns' || question.op === 'settle' || question.action === 'network_request';
    const isHeard = isNetwork || options.writes !== undefined;
    if (isHeard && question.op !== 'guard') asked.push(question);
    const answer = question.op === 'guard' ? { effect: 'settled', folders: ['/'], literals: [], wallFolders: options.wall ?? [], writeFolders: options.writes ?? [], writeLiterals: [] } : isHeard ? await script(question) : allow;
    if (answer !== undefined && !peer.destroyed) peer.write(`${JSON.stringify({ v: 1, id: question.id, ...answer })}\n`);
  };
  await new Promise<void>((resolve) => server.listen(join(folder, 'sock'), resolve));
  if (options.user !== undefined) {
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'sock'), 0o666);
  }
  const child = spawn(options.guard ?? join(ROOT, 'shims', 'out', 'guard'), [join(folder, 'sock'), argv[0] ?? '', ...argv], { env: { ...process.env, ...options.env, PATCHWORK_GUARD: 'token' }, stdio: 'pipe', ...options.user });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (more) => (out += String(more)));
  child.stderr.setEncoding('utf8').on('data', (more) => (err += String(more)));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => {
      server.close();
      for (const peer of peers) peer.destroy();
      rmSync(folder, { recursive: true, force: true });
      resolve({ code, out, err });
    }),
  );
  return { process: child, asked, folder, ended, cut: () => { server.close(); for (const peer of peers) peer.destroy(); } };
}
