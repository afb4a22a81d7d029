/** What a line starts in real bash: recorder programs stand under every name, in folders where nothing can be harmed. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/patchwork.ts';

const FIXTURES = join(ROOT, 'test', 'fixtures', 'corpus');
/** These run other programs, so they must be what they are. */
const REAL = ['bash', 'sh', 'dash', 'zsh', 'env', 'nice', 'timeout', 'nohup', 'xargs', 'find', 'setsid', 'stdbuf'];
const STUCK_MS = 3000;
const NOBODY = 65534;

export interface Ran {
  readonly line: string;
  /** `bash -n` takes it. */
  readonly isAccepted: boolean;
  readonly commands: readonly (readonly string[])[];
}

/** Undefined where the recorder cannot be compiled. */
export async function runInBash(lines: readonly string[], names: readonly string[]): Promise<Ran[] | undefined> {
  const root = mkdtempSync(join(tmpdir(), 'patchwork-lines-'));
  try {
    for (const folder of ['real', 'real/bin', 'n', 'work', 'lines', 'home']) mkdirSync(join(root, folder));
    const recorder = join(root, 'recorder');
    if (spawnSync('cc', ['-O1', '-o', recorder, join(FIXTURES, 'recorder.c')]).status !== 0) return undefined;
    for (const name of new Set([...names, 'no', 'out'])) if (!REAL.includes(name)) linkSync(recorder, join(root, 'real', 'bin', name));
    for (const name of REAL) for (const folder of ['/usr/bin', '/bin']) if (!existsSync(join(root, 'real', 'bin', name)) && existsSync(join(folder, name))) symlinkSync(join(folder, name), join(root, 'real', 'bin', name));
    for (const [index, line] of lines.entries()) writeFileSync(join(root, 'lines', String(index)), line);
    for (const file of ['log', 'accepted', 'at']) writeFileSync(join(root, file), '');
    copyFileSync(join(FIXTURES, 'drive.sh'), join(root, 'drive.sh'));
    chmodSync(root, 0o755);
    if (process.getuid?.() === 0) for (const file of ['.', 'n', 'work', 'home', 'log', 'accepted', 'at']) chownSync(join(root, file), NOBODY, NOBODY);
    for (let from = 0; from < lines.length; ) from = await drive(root, from, lines.length);
    return readRecords(root, lines);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Returns where to go on: behind the line that hung, or at the end. */
function drive(root: string, from: number, to: number): Promise<number> {
  const child = spawn('/bin/bash', ['--norc', join(root, 'drive.sh'), root, String(from), String(to)], { env: {}, cwd: root, detached: true, stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}) });
  const at = (): number => Number(readFileSync(join(root, 'at'), 'utf8')) || from;
  let last = -1;
  let changed = Date.now();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now = at();
      if (now !== last) [last, changed] = [now, Date.now()];
      else if (Date.now() - changed > STUCK_MS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, 100);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve(code === 0 && at() === to - 1 ? to : at() + 1);
    });
  });
}

function readRecords(root: string, lines: readonly string[]): Ran[] {
  const accepted = new Set(readFileSync(join(root, 'accepted'), 'utf8').split('\n').filter((line) => line !== '').map(Number));
  const commands = lines.map((): string[][] => []);
  const fields = readFileSync(join(root, 'log'), 'utf8').split('\0');
  for (let at = 0; at + 2 < fields.length; ) {
    const count = Number(fields[at + 1]);
    commands[Number(fields[at])]?.push(fields.slice(at + 2, at + 2 + count));
    at += 2 + count;
  }
  return lines.map((line, index) => ({ line, isAccepted: accepted.has(index), commands: commands[index] ?? [] }));
}
