/**
 * A program is itself under any name: hard links are found by inode, copies by their content. Only for the programs that
 * deny rules name, and the dynamic loaders. An ELF program is its machine code: what is appended to it, its tables of
 * sections, symbols and notes make no other program of it. A copy whose code was changed is another one (docs/bypasses.md).
 */
import { readFileSync, statfsSync, statSync, type BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DeniedPrograms, type NamedFile, type ProgramPlaces } from './denied-programs.ts';
import { fingerprintOf, type Fingerprint, isSameProgram, learn } from './fingerprint.ts';
import { realPath } from './paths.ts';

/** Milliseconds for which what lies on PATH is remembered. */
const MEMORY_MS = 5000;
/** Milliseconds after which the originals are read in the background: whoever moves one away later has it known before. */
const READ_AHEAD_MS = 300;
const READ_AHEAD_BYTES_LIMIT = 16n * 1024n * 1024n;
const FINGERPRINTS_LIMIT = 2048;
const FORMER_LIMIT = 256;
/** File systems remembered; a session cannot mount others. */
const DEVICES_LIMIT = 64;
const LOADERS = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1', '/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-aarch64.so.1'];
/** Programs that are many: one file under all names is no disguise. */
const MULTI_CALL = /^(?:busybox|toybox|coreutils|volta-shim|rustup|mise)$/;
/** Those that others' names lead to (`shutdown`, `pkill`, `dropdb`, `rmmod`), and that do something else under each: the name says what. */
const LENDS_NAMES = /^(?:systemctl|git|pgrep|pg_wrapper|kmod|lvm|snap|ccache|distcc|icecc|sccache|opal_wrapper|mtools|xtables-(?:nft|legacy)-multi)$/;
/** A folder of scripts that are one text under all names (pyenv, rbenv, nodenv), and how that text finds out which it is. */
const SHIM_FOLDER = 'shims';
const ASKS_ITS_NAME = '${0##*/}';
const SHIM_BYTES_LIMIT = 8192;
/** Runtimes that are made into other programs by appending those: only a whole copy is the runtime. */
const RUNTIMES = /^(?:node|nodejs|bun|deno)$/;

interface Original extends NamedFile {
  readonly stats: BigIntStats;
}

export class KnownPrograms {
  readonly #denied: DeniedPrograms;
  #originals: readonly Original[] = [];
  /** What lay on PATH earlier in this session, and is elsewhere by now. */
  readonly #former: Original[] = [];
  #until = Number.NEGATIVE_INFINITY;
  /** Stars were looked up, which a session need not wait for at its start. */
  #isWhole = false;
  readonly #folders: readonly string[];
  readonly #begun = Date.now();
  readonly #fingerprints = new Map<string, Fingerprint | undefined>();
  /** Names of files as they are now; anew whenever the originals are looked at. */
  readonly #named = new Map<string, string[]>();
  readonly #keepingTimes = new Map<bigint, boolean>();

  constructor(words: Iterable<string>, folders: readonly string[], places: ProgramPlaces) {
    this.#denied = new DeniedPrograms(words, folders, places);
    this.#folders = folders;
    setTimeout(() => this.#readAhead(), READ_AHEAD_MS).unref();
  }

  /** The names of the programs that `file` is, by whatever name it goes: as deny rules have them. */
  namesOf(file: string): string[] {
    return [...this.#denied.patternsOf(file), ...this.#identify(file)];
  }

  #identify(file: string): string[] {
    const stats = statOf(file);
    if (stats === undefined || !stats.isFile() || stats.size === 0n) return [];
    // What lay on PATH before the session is no copy that was made in it.
    this.#refresh(!this.#folders.includes(dirname(file)) || Number(stats.ctimeMs) >= this.#begun);
    const isLasting = this.#keepsTimes(file, stats);
    const key = keyOf(stats);
    const known = isLasting ? this.#named.get(key) : undefined;
    if (known !== undefined) return known;
    const theirs = isLasting ? this.#fingerprint(file, stats) : fingerprintOf(file, stats);
    const names = [...new Set([...this.#originals, ...this.#former].filter((each) => this.#isSame(each, theirs, stats)).map((each) => each.name))];
    if (isLasting && this.#named.size < FINGERPRINTS_LIMIT) this.#named.set(key, names);
    return names;
  }

  #keepsTimes(file: string, { dev }: BigIntStats): boolean {
    const known = this.#keepingTimes.get(dev);
    if (known !== undefined) return known;
    const keeps = keepsTimes(file);
    if (this.#keepingTimes.size >= DEVICES_LIMIT) this.#keepingTimes.clear();
    this.#keepingTimes.set(dev, keeps);
    return keeps;
  }

  #refresh(isWhole: boolean): void {
    const now = performance.now();
    if (now < this.#until && (this.#isWhole || !isWhole)) return;
    this.#until = now + MEMORY_MS;
    this.#isWhole ||= isWhole;
    const found: Original[] = [];
    for (const { name, file } of [...this.#denied.files(this.#isWhole), ...LOADERS.map((each): NamedFile => ({ name: basename(each), file: each }))]) {
      const stats = statOf(file);
      if (stats === undefined || !stats.isFile() || stats.size === 0n) continue;
      const own = basename(realPath(file));
      if (MULTI_CALL.test(own) || (LENDS_NAMES.test(own) && basename(name) !== own) || isShim(file, stats) || isLauncher(file, stats)) continue;
      found.push({ name, file, stats });
    }
    for (const before of this.#originals) {
      const isThere = found.some((each) => each.name === before.name && keyOf(each.stats) === keyOf(before.stats));
      if (!isThere && this.#former.length < FORMER_LIMIT) this.#former.push(before);
    }
    this.#originals = found;
    this.#named.clear();
  }

  #readAhead(): void {
    this.#refresh(true);
    for (const { file, stats } of this.#originals) {
      const made = stats.size <= READ_AHEAD_BYTES_LIMIT ? this.#fingerprint(file, stats) : undefined;
      if (made !== undefined) learn(made);
    }
  }

  #isSame(original: Original, theirs: Fingerprint | undefined, stats: BigIntStats): boolean {
    if (original.stats.ino === stats.ino && original.stats.dev === stats.dev) return true;
    const isExact = RUNTIMES.test(basename(original.name));
    if (isExact && original.stats.size !== stats.size) return false;
    // Most programs are told apart without reading the original.
    const ours = this.#fingerprint(original.file, original.stats);
    return ours !== undefined && theirs !== undefined && isSameProgram(ours, theirs, isExact);
  }

  #fingerprint(file: string, stats: BigIntStats): Fingerprint | undefined {
    const key = keyOf(stats);
    if (this.#fingerprints.has(key)) return this.#fingerprints.get(key);
    if (this.#fingerprints.size >= FINGERPRINTS_LIMIT) this.#forgetOthers();
    // What cannot be read cannot be compared; its name and place are judged all the same.
    const made = fingerprintOf(file, stats);
    this.#fingerprints.set(key, made);
    return made;
  }

  /** Those of the originals stay: the files may be gone. */
  #forgetOthers(): void {
    const kept = new Set([...this.#originals, ...this.#former].map((each) => keyOf(each.stats)));
    for (const key of this.#fingerprints.keys()) if (!kept.has(key)) this.#fingerprints.delete(key);
  }
}

/** Files in memory are written through a mapping without a newer time (shmem notices no write to a page that was read before). */
const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;

function keepsTimes(file: string): boolean {
  try {
    const { type } = statfsSync(file);
    return type !== TMPFS && type !== RAMFS;
  } catch {
    return false;
  }
}

function keyOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

function isShim(file: string, { size }: BigIntStats): boolean {
  if (basename(dirname(file)) !== SHIM_FOLDER || size > SHIM_BYTES_LIMIT) return false;
  try {
    return readFileSync(file, 'latin1').includes(ASKS_ITS_NAME);
  } catch {
    return false;
  }
}

/** The shims of a session around this one are one program under every name. */
function isLauncher(file: string, { dev, ino }: BigIntStats): boolean {
  const launcher = statOf(join(dirname(dirname(file)), 'launch'));
  return launcher?.dev === dev && launcher.ino === ino;
}

/** The dynamic loader runs the program that its words name, whatever the first of them says. */
export function isLoaderName(name: string): boolean {
  return LOADERS.some((each) => basename(each) === name);
}

function statOf(file: string): BigIntStats | undefined {
  try {
    return statSync(file, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
