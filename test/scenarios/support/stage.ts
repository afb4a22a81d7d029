/** The stage of a theme: project, home, what lies outside, tools. Set up anew before each pass, at the same path, so that outputs compare. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compileC } from '../../support/compile.ts';
import { ROOT } from '../../support/patchwork.ts';
import type { Row, Seen, Use } from './model.ts';
import { POLICIES, policyText } from './policies.ts';

const SOURCES = join(ROOT, 'test', 'scenarios', 'c');

/** With PATCHWORK_SCENARIOS_UID set, the superuser runs everything as that user. */
const UID = process.env['PATCHWORK_SCENARIOS_UID'] === undefined ? undefined : Number(process.env['PATCHWORK_SCENARIOS_UID']);
export const USER = UID === undefined ? {} : { uid: UID, gid: UID };
export const uid = UID ?? process.getuid?.() ?? 0;

/** Programs by content, compiled once for all themes and runs. */
const CACHE = join(tmpdir(), `pw-scenarios-${process.getuid?.() ?? 0}`);

/** The path of the program, or why there is none. */
export function program(source: string, isStatic = false): { readonly file: string } | { readonly problem: string } {
  const path = join(SOURCES, `${source}.c`);
  // A source may say how it wants to be compiled.
  const own = /^\/\* flags: (.*) \*\//.exec(readFileSync(path, 'utf8'))?.[1]?.split(' ');
  const flags = own ?? ['-pthread', '-w', ...(isStatic ? ['-static'] : [])];
  const key = createHash('sha256').update(readFileSync(path)).update(readFileSync(join(SOURCES, 'scenario.h'))).update(flags.join(' ')).digest('hex').slice(0, 24);
  mkdirSync(CACHE, { recursive: true, mode: 0o755 });
  if (lstatSync(CACHE).uid !== (process.getuid?.() ?? 0)) return { problem: `${CACHE} belongs to somebody else` };
  const file = join(CACHE, `${source}-${key}`);
  if (existsSync(file)) return { file };
  const fresh = `${file}.${process.pid}`;
  const problem = compileC(path, fresh, flags);
  if (problem !== undefined) return { problem };
  chmodSync(fresh, 0o755);
  renameSync(fresh, file);
  return { file };
}

export interface Stage {
  readonly base: string;
  readonly home: string;
  readonly project: string;
  readonly outside: string;
  readonly tools: string;
  /** Empties and fills it. */
  reset(rows: readonly (Row | Use)[]): void;
  rowFolder(row: Row | Use): string;
  /** The words that start a row. */
  words(row: Row | Use): readonly string[];
  see(row: Row | Use, results: string, isSessionWhole: boolean): Seen;
  policyFile(name: string): string | undefined;
  remove(): void;
}

function makeBase(): string {
  // What lies in the folder for temporary files is inside the workspace: outside is a home.
  const folders = [process.env['PATCHWORK_SCENARIOS'], UID === undefined ? homedir() : homeOf(UID), tmpdir()];
  for (const folder of folders) {
    if (folder === undefined) continue;
    try {
      return realpathSync(mkdtempSync(join(folder, '.pw-sc-')));
    } catch {
      // The next one.
    }
  }
  throw new Error('there is no folder for the scenarios');
}

function homeOf(user: number): string | undefined {
  return readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).find((fields) => fields[2] === String(user))?.[5];
}

/** Rows may leave folders without any permission, and files that cannot be changed. */
function clear(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    spawnSync('chattr', ['-R', '-i', '-a', folder]);
    spawnSync('chmod', ['-R', 'u+rwX', folder]);
    // It goes deeper than a path can be long.
    spawnSync('rm', ['-rf', folder]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

export const canaryOf = (id: string): string => `CANARY-${createHash('sha256').update(id).digest('hex').slice(0, 12)}`;

export function createStage(): Stage {
  const base = makeBase();
  const home = join(base, 'home');
  const project = join(base, 'project');
  const outside = join(base, 'outside');
  const tools = join(base, 'tools');
  const rowFolder = (row: Row | Use): string => join(project, 'rows', row.id);

  const tool = (name: string, target: string, isStatic = false): void => {
    const made = program(name, isStatic);
    if ('problem' in made) throw new Error(made.problem);
    copyFileSync(made.file, target);
    chmodSync(target, 0o755);
  };
  const own = (folder: string): void => {
    if (UID !== undefined) spawnSync('chown', ['-R', `${UID}:${UID}`, folder]);
  };
  own(base);

  const fill = (row: Row | Use): void => {
    const folder = rowFolder(row);
    mkdirSync(folder, { recursive: true });
    const put = (given: string, text: string): void => {
      const name = given.replaceAll('{CANARY}', canaryOf(row.id));
      const path = name.startsWith('@out') ? join(outside, row.id, name.slice(5)) : join(folder, name);
      if (name.endsWith('/')) {
        mkdirSync(path, { recursive: true });
        return;
      }
      mkdirSync(dirname(path), { recursive: true });
      const filled = text.replaceAll('{CANARY}', canaryOf(row.id)).replaceAll('{BASE}', base).replaceAll('{ROW}', folder);
      if (filled.startsWith('-> ')) symlinkSync(filled.slice(3), path);
      else writeFileSync(path, filled, { mode: filled.startsWith('#!') ? 0o755 : 0o644 });
    };
    mkdirSync(join(outside, row.id), { recursive: true });
    for (const [name, text] of Object.entries(row.files ?? {})) put(name, text);
    if (row.sh !== undefined) put('attack.sh', `${row.sh}\n`);
    if (row.python !== undefined) put('attack.py', `${row.python}\n`);
    if (row.perl !== undefined) put('attack.pl', `${row.perl}\n`);
    if (row.node !== undefined) put('attack.cjs', `${row.node}\n`);
    if (row.c !== undefined) {
      const made = program(row.c, row.isStatic);
      if ('problem' in made) throw new Error(made.problem);
      const file = join(folder, 'attack');
      try {
        linkSync(made.file, file);
      } catch {
        copyFileSync(made.file, file);
      }
    }
  };

  return {
    base,
    home,
    project,
    outside,
    tools,
    rowFolder,
    reset(rows) {
      for (const folder of [home, project, outside, tools, join(base, 'tmp')]) clear(folder);
      for (const folder of [home, join(base, 'tmp'), join(project, '.git'), join(project, 'rows'), join(outside, 'locked'), join(tools, 'bin'), join(tools, 'static'), join(tools, 'run', 'bin')]) mkdirSync(folder, { recursive: true });
      tool('driver', join(tools, 'driver'));
      tool('tricks', join(tools, 'tricks'));
      tool('bare', join(tools, 'bin', 'denybare'));
      tool('recorder', join(tools, 'bin', 'denytool'));
      tool('recorder', join(tools, 'bin', 'argtool'));
      tool('recorder', join(tools, 'static', 'denytool'), true);
      tool('recorder', join(tools, 'bin', 'denystatic'), true);
      writeFileSync(join(tools, 'run', 'session.json'), '{}');
      writeFileSync(join(tools, 'loose.yml'), 'version: 1\nmode: fail-open\nrules: {}\n', { mode: 0o600 });
      mkdirSync(join(home, '.patchwork', 'sessions'), { recursive: true, mode: 0o700 });
      writeFileSync(join(home, '.patchwork', 'sessions', 'earlier.jsonl'), '{"earlier":true}\n', { mode: 0o600 });
      for (const [file, text] of [['keys/seal.pem', '-----BEGIN PRIVATE KEY-----\n'], ['keys/ledger.jsonl', '{}\n'], ['seals/earlier.jsonl', '{}\n'], ['index/index.sqlite', 'SQLite format 3: CREATE\n']] as const) {
        mkdirSync(join(home, '.patchwork', file, '..'), { recursive: true, mode: 0o700 });
        writeFileSync(join(home, '.patchwork', file), text, { mode: 0o600 });
      }
      for (const name of Object.keys(POLICIES)) writeFileSync(join(home, '.patchwork', `${name}.yml`), policyText(name, base) ?? '', { mode: 0o600 });
      for (const row of rows) fill(row);
      own(base);
    },
    words(row) {
      if (row.line !== undefined) return ['sh', '-c', row.line];
      if (row.sh !== undefined) return ['sh', './attack.sh'];
      if (row.python !== undefined) return ['python3', './attack.py'];
      if (row.perl !== undefined) return ['perl', './attack.pl'];
      if (row.node !== undefined) return ['node', './attack.cjs'];
      return ['./attack', ...(row.args ?? [])];
    },
    see(row, results, isSessionWhole) {
      const text = (file: string): string | undefined => {
        try {
          return readFileSync(file, 'latin1');
        } catch {
          return undefined;
        }
      };
      const at = (path: string): string => (path.startsWith('/') ? path : path.startsWith('@out/') ? join(outside, row.id, path.slice(5)) : path.startsWith('@base/') ? join(base, path.slice(6)) : join(rowFolder(row), path));
      const stats = (path: string) => lstatSync(at(path), { throwIfNoEntry: false });
      const [code = -2, signal = 0, , isTimeout = 0] = (text(join(results, `${row.id}.code`)) ?? '').split(' ').map((each) => (each === '' ? undefined : Number(each)));
      const quiet = <T>(look: () => T): T | undefined => {
        try {
          return look();
        } catch {
          return undefined;
        }
      };
      return {
        id: row.id,
        canary: canaryOf(row.id),
        out: text(join(results, `${row.id}.out`)) ?? '',
        err: text(join(results, `${row.id}.err`)) ?? '',
        code,
        signal,
        isTimeout: isTimeout === 1,
        file: (path) => quiet(() => (statSync(at(path)).isFile() ? text(at(path)) : undefined)),
        exists: (path) => quiet(() => stats(path)) !== undefined,
        mode: (path) => quiet(() => stats(path)?.mode.toString(8)),
        changed: (path) => quiet(() => stats(path)?.mtimeMs),
        owner: (path) => quiet(() => { const found = stats(path); return found === undefined ? undefined : `${found.uid}:${found.gid}`; }),
        isSessionWhole,
      };
    },
    policyFile(name) {
      return name === 'default' ? undefined : join(home, '.patchwork', `${name}.yml`);
    },
    remove() {
      clear(base);
    },
  };
}
