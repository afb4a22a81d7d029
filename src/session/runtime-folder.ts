/** The session's private folder: socket, launcher, shims, preload. And what earlier sessions that were killed left behind. */
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readProcess } from '../evaluator/lineage.ts';
import { PatchworkError } from '../model/errors.ts';
import { findLeftBehind } from './left-behind.ts';

/** Longest path of a Unix socket less its own name (sockaddr_un(7): 108 bytes on Linux, 104 on macOS). */
const SOCKET_FOLDER_LIMIT = 96;

export interface SessionRecord {
  readonly id: string;
  readonly pid: number;
  /** Start time of the process in clock ticks: a reused pid is another process. */
  readonly started: string | undefined;
  readonly agent: string;
  readonly command: readonly string[];
  readonly project: string;
  readonly since: string;
  readonly temporary: string;
  readonly log: string;
  readonly policies: readonly { readonly layer: string; readonly file: string; readonly mode: string }[];
}

export interface RuntimeFolder {
  readonly path: string;
  readonly socket: string;
  readonly bin: string;
  readonly temporary: string;
  writeRecord(record: SessionRecord): void;
  /** All but the shim folder, which is removed by its own owner. */
  remove(): void;
}

/** Of a session inside a session, in whose temporary folder it lies: names are short there, since the path of a socket must be. */
const NESTED_BASE = 'pw';

function temporaryBase(): string {
  const folder = tmpdir();
  return join(folder, TEMPORARY.test(basename(folder)) ? NESTED_BASE : `patchwork-${process.getuid?.() ?? 0}`);
}

function nameIn(base: string, id: string): string {
  return basename(base) === NESTED_BASE ? id.slice(-6) : id;
}

/** Folders that may hold sessions' folders, the preferred one first. */
function bases(): string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return [...(runtime?.startsWith('/') && isTrusted(runtime) ? [join(runtime, 'patchwork')] : []), temporaryBase()];
}

/** The system makes it, for us alone (XDG Base Directory Specification); anything else is passed over. */
function isTrusted(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === (process.getuid?.() ?? stats.uid) && (stats.mode & 0o022) === 0;
}

/** Throws PW_RUNTIME_FOLDER when there is no place that is ours alone. */
export function createRuntimeFolder(id: string): RuntimeFolder {
  const problems: string[] = [];
  for (const base of bases()) {
    try {
      const name = nameIn(base, id);
      const path = join(privateFolder(base), name);
      if (path.length > SOCKET_FOLDER_LIMIT) throw new Error('its path is too long for a Unix socket');
      mkdirSync(path, { mode: 0o700 });
      if (!canExecuteIn(path)) {
        rmSync(path, { recursive: true });
        throw new Error('programs cannot be executed there (mounted noexec?)');
      }
      const temporary = createTemporary(nameIn(temporaryBase(), id));
      mkdirSync(join(path, 'bin'), { mode: 0o700 });
      return {
        path,
        socket: join(path, 'sock'),
        bin: join(path, 'bin'),
        temporary,
        writeRecord: (record) => writeFileSync(join(path, 'session.json'), JSON.stringify(record), { mode: 0o600 }),
        remove: () => {
          rmSync(temporary, { recursive: true, force: true, maxRetries: 2 });
          // A program that is no part of what is held here may have moved it away.
          if (!isOurFolder(path)) return;
          for (const name of readdirSync(path)) if (name !== 'bin') rmSync(join(path, name), { recursive: true, force: true });
        },
      };
    } catch (error) {
      problems.push(`${base}: ${(error as Error).message}`);
    }
  }
  throw new PatchworkError('PW_RUNTIME_FOLDER', `no folder for the session could be made: ${problems.join('; ')}`, { hint: 'set TMPDIR to a folder that you own, with a short path' });
}

/** access(2) says no for a file that may not be executed where it lies. */
function canExecuteIn(folder: string): boolean {
  const probe = join(folder, 'probe');
  writeFileSync(probe, '', { mode: 0o700 });
  const isExecutable = accessible(probe);
  rmSync(probe);
  return isExecutable;
}

function accessible(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function createTemporary(name: string): string {
  const path = join(privateFolder(temporaryBase()), `${name}-tmp`);
  mkdirSync(path, { mode: 0o700 });
  return path;
}

/** Ours, a folder and no link, closed to others; where somebody was there first, a fresh one beside it. */
function privateFolder(path: string): string {
  // A link that leads nowhere is there, too: nothing is made through it.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  const isOurs = stats.isDirectory() && !stats.isSymbolicLink() && stats.uid === (process.getuid?.() ?? stats.uid);
  if (!isOurs) return mkdtempSync(`${path}-`);
  if ((stats.mode & 0o077) !== 0) chmodSync(path, 0o700);
  return path;
}

/**
 * Sessions that are running now, and the folders of those that are not any more. What a record says is believed only
 * as far as showing it goes: a session may have written it, so no path in it is ever removed.
 */
export function findSessions(): { readonly running: SessionRecord[]; readonly stale: string[] } {
  const running: SessionRecord[] = [];
  const stale: string[] = [];
  for (const base of new Set(bases())) {
    if (!isOurFolder(base)) continue;
    for (const name of readdirSync(base).filter((each) => NAME.test(each))) {
      const path = join(base, name);
      const record = isOurFolder(path) ? readRecord(path) : undefined;
      if (record !== undefined && isAlive(record)) running.push(record);
      else if (record !== undefined || isAbandoned(path)) stale.push(path, join(temporaryBase(), `${name}-tmp`));
    }
  }
  return { running, stale: [...stale, ...orphans()].filter(isOurFolder) };
}

/** Temporary folders whose session's folder is gone, and of which no process is left. */
function orphans(): string[] {
  const base = temporaryBase();
  if (!isOurFolder(base)) return [];
  return readdirSync(base)
    .filter((name) => TEMPORARY.test(name) && isAbandoned(join(base, name)))
    .filter((name) => {
      const session = name.slice(0, -4);
      // A session that was started with another XDG_RUNTIME_DIR has its folder where we do not look.
      return !bases().some((each) => existsSync(join(each, session))) && findLeftBehind(session).length === 0;
    })
    .map((name) => join(base, name));
}

/** What cannot be removed is tried again by the next start. */
export function removeStale(): void {
  try {
    for (const path of findSessions().stale) rmSync(path, { recursive: true, force: true });
  } catch {
    // Another session is clearing the same folders.
  }
}

/** As session.ts makes them, and their end alone. */
const NAME = /^(?:\d{8}T\d{6}-)?[0-9a-f]{6}$/;
const TEMPORARY = /^(?:\d{8}T\d{6}-)?[0-9a-f]{6}-tmp$/;

function isOurFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === (process.getuid?.() ?? stats.uid);
}

/** Milliseconds after which a folder without a record is that of a start, or an end, that did not finish. */
const ABANDONED_MS = 60_000;

function isAbandoned(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && Date.now() - stats.mtimeMs > ABANDONED_MS;
}

function readRecord(path: string): SessionRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(path, 'session.json'), 'utf8')) as Partial<SessionRecord> | null;
    const isWhole = typeof record?.id === 'string' && Number.isSafeInteger(record.pid) && (record.pid ?? 0) > 0 && typeof record.agent === 'string' && typeof record.project === 'string';
    return isWhole ? (record as SessionRecord) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(record: SessionRecord): boolean {
  try {
    process.kill(record.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return record.started === undefined || readProcess(record.pid)?.started === record.started;
}
