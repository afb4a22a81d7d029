/** What a line starts in real bash: recorder programs stand under every name, in folders where nothing can be harmed. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/patchwork.ts';

const FIXTURES = join(ROOT, 'test', 'fixtures', 'corpus');
/** These run other programs, so they must be what they are. */
const REAL = ['bash', 'sh', 'dash', 'zsh', 'env', 'nice', 'timeout', 'nohup', 'xargs', 'find', 'setsid', 'stdbuf'];
const STUCK_MS = 4000;
const NOBODY = 65534;
/** Stands for the home that the lines had. */
export const HOME = '/home/nobody';

export interface Ran {
  readonly line: string;
  /** `bash -n` takes it. */
  readonly isAccepted: boolean;
  readonly commands: readonly (readonly string[])[];
}

/** Undefined where the recorder cannot be compiled. */
export async function runInBash(lines: readonly string[], names: readonly string[]): Promise<Ran[] | undefined> {
  const isRoot = process.getuid?.() === 0;
  const root = mkdtempSync(join(tmpdir(), 'patchwork-lines-'));
  try {
    for (const folder of ['real', 'real/bin', 'n', 'area', 'lines', 'home']) mkdirSync(join(root, folder));
    const recorder = join(root, 'recorder');
    if (spawnSync('cc', ['-O1', '-static', '-o', recorder, join(FIXTURES, 'recorder.c')]).status !== 0) return undefined;
    for (const name of new Set([...names, 'no', 'out'])) if (!REAL.includes(name)) linkSync(recorder, join(root, 'real', 'bin', name));
    for (const name of REAL) for (const folder of ['/usr/bin', '/bin']) if (!existsSync(join(root, 'real', 'bin', name)) && existsSync(join(folder, name))) symlinkSync(join(folder, name), join(root, 'real', 'bin', name));
    for (const [index, line] of lines.entries()) {
      writeFileSync(join(root, 'lines', String(index)), line);
      symlinkSync('../real', join(root, 'n', String(index)));
      mkdirSync(join(root, 'area', String(index)));
      if (isRoot) chownSync(join(root, 'area', String(index)), NOBODY, NOBODY);
    }
    for (const file of ['log', 'accepted', 'at0', `at${Math.ceil(lines.length / 2)}`]) writeFileSync(join(root, file), '');
    copyFileSync(join(FIXTURES, 'drive.sh'), join(root, 'drive.sh'));
    chmodSync(root, 0o755);
    if (isRoot) for (const file of ['home', 'log', 'accepted', 'at0', `at${Math.ceil(lines.length / 2)}`]) chownSync(join(root, file), NOBODY, NOBODY);
    const middle = Math.ceil(lines.length / 2);
    await Promise.all([driveAll(root, 0, middle), driveAll(root, middle, lines.length)]);
    return readRecords(root, lines);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function driveAll(root: string, start: number, to: number): Promise<void> {
  for (let from = start; from < to; ) from = await drive(root, from, to, `at${start}`);
}

/** Returns where to go on: behind the line that hung, or at the end. */
function drive(root: string, from: number, to: number, place: string): Promise<number> {
  const child = spawn('/bin/bash', ['--norc', join(root, 'drive.sh'), root, String(from), String(to), place], { env: {}, cwd: root, detached: true, stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}) });
  const at = (): number => Number(readFileSync(join(root, place), 'utf8')) || from;
  let last = -1;
  let changed = Date.now();
  return new Promise((resolve) => {
    let isKilled = false;
    const timer = setInterval(() => {
      const now = at();
      if (now !== last) [last, changed] = [now, Date.now()];
      else if (!isKilled && Date.now() - changed > STUCK_MS && child.pid !== undefined) {
        isKilled = true;
        if (process.env['FUZZ_STUCK']) console.error('stuck', JSON.stringify(readFileSync(join(root, 'lines', String(now)), 'utf8')));
        process.kill(-child.pid, 'SIGKILL');
      }
    }, 50);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve(isKilled || code !== 0 ? at() + 1 : to);
    });
  });
}

function readRecords(root: string, lines: readonly string[]): Ran[] {
  const accepted = new Set(readFileSync(join(root, 'accepted'), 'utf8').split('\n').filter((line) => line !== '').map(Number));
  const commands = lines.map((): string[][] => []);
  const fields = readFileSync(join(root, 'log'), 'utf8').split('\0');
  for (let at = 0; at + 2 < fields.length; ) {
    const count = Number(fields[at + 1]);
    commands[Number(fields[at])]?.push(fields.slice(at + 2, at + 2 + count).map((word) => word.replaceAll(`${root}/home`, HOME)));
    at += 2 + count;
  }
  return lines.map((line, index) => ({ line, isAccepted: accepted.has(index), commands: commands[index] ?? [] }));
}
