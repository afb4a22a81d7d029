/**
 * A program is itself under any name: hard links are found by inode, copies by size and then by content. Only for the
 * programs that deny rules name, and the dynamic loaders. A copy that was changed is another program (docs/bypasses.md).
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { realPath } from './paths.ts';

/** Milliseconds for which what lies on PATH is remembered. */
const MEMORY_MS = 5000;
const CONTENT_BYTES_LIMIT = 256 * 1024 * 1024;
const HASHES_LIMIT = 512;
const LOADERS = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1', '/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-aarch64.so.1'];
/** Programs that are many: one file under all names is no disguise. */
const MULTI_CALL = /^(?:busybox|toybox|coreutils)$/;

interface Original {
  readonly name: string;
  readonly file: string;
  readonly stats: BigIntStats;
}

export class KnownPrograms {
  readonly #names: ReadonlySet<string>;
  readonly #folders: readonly string[];
  #bySize = new Map<bigint, Original[]>();
  #until = Number.NEGATIVE_INFINITY;
  readonly #hashes = new Map<string, string>();

  constructor(names: Iterable<string>, folders: readonly string[]) {
    this.#names = new Set([...names].filter((name) => /^[^*?/]+$/.test(name)));
    this.#folders = folders;
  }

  /** The names of the programs that `file` is, by whatever name it goes. */
  namesOf(file: string): string[] {
    const stats = statOf(file);
    if (stats === undefined || !stats.isFile()) return [];
    this.#refresh();
    const candidates = this.#bySize.get(stats.size) ?? [];
    return [...new Set(candidates.filter((each) => this.#isSame(each, file, stats)).map((each) => each.name))];
  }

  #refresh(): void {
    const now = performance.now();
    if (now < this.#until) return;
    this.#until = now + MEMORY_MS;
    this.#bySize = new Map();
    const files = [...this.#names].flatMap((name) => this.#folders.map((folder) => [name, join(folder, name)] as const));
    for (const [name, file] of [...files, ...LOADERS.map((each) => [basename(each), each] as const)]) {
      const stats = statOf(file);
      if (stats === undefined || !stats.isFile() || stats.size === 0n) continue;
      const real = basename(realPath(file));
      if (MULTI_CALL.test(real) || isLauncher(file, stats)) continue;
      this.#bySize.set(stats.size, [...(this.#bySize.get(stats.size) ?? []), { name, file, stats }]);
    }
  }

  #isSame(original: Original, file: string, stats: BigIntStats): boolean {
    if (original.stats.ino === stats.ino && original.stats.dev === stats.dev) return true;
    if (stats.size > CONTENT_BYTES_LIMIT) return true;
    const [ours, theirs] = [this.#hashOf(original.file, original.stats), this.#hashOf(file, stats)];
    return ours !== undefined && ours === theirs;
  }

  #hashOf(file: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string | undefined {
    const key = `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    try {
      const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
      if (this.#hashes.size >= HASHES_LIMIT) this.#hashes.clear();
      this.#hashes.set(key, hash);
      return hash;
    } catch {
      // What cannot be read cannot be compared; its name and place are judged all the same.
      return undefined;
    }
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
