/** Which file a command's name stands for. */
import { accessSync, constants, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { ProgramFacts } from '../model/request.ts';
import type { ProgramPlaces } from './denied-programs.ts';
import { KnownPrograms } from './identity.ts';
import { realPath } from './paths.ts';

/**
 * Milliseconds for which a look-up is remembered. A program that appears earlier on PATH meanwhile is another file than
 * the remembered one, and so is not allowed: the error is on the strict side.
 */
const MEMORY_MS = 1000;
const NAMES_LIMIT = 4096;

interface Found {
  readonly file: string | undefined;
  readonly real: string | undefined;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

/** The session's own search path, without the shim folder, as it was when the session began. */
export class ProgramFinder {
  readonly #folders: readonly string[];
  readonly #skip: string | undefined;
  readonly #found = new Map<string, Found>();
  readonly #known: KnownPrograms | undefined;

  /** `denied`: the programs that deny rules name, which are found under any name. */
  constructor(path: string, { shimFolder, denied = [], places }: { readonly shimFolder?: string; readonly denied?: Iterable<string>; readonly places?: ProgramPlaces } = {}) {
    this.#folders = path.split(':').filter((folder) => folder !== '' && folder !== shimFolder);
    this.#skip = shimFolder;
    const names = [...denied];
    if (names.length > 0 && places !== undefined) this.#known = new KnownPrograms(names, this.#folders, places);
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  /** The file that a bare name leads to, undefined when there is none. */
  find(name: string): string | undefined {
    return this.#lookUp(name).file;
  }

  #lookUp(name: string): Found {
    if (name === '' || name.includes('/')) return { file: undefined, real: undefined, until: 0 };
    const now = performance.now();
    const known = this.#found.get(name);
    if (known !== undefined && known.until > now) return known;
    const folder = this.#folders.find((each) => isExecutable(`${each}/${name}`));
    const file = folder === undefined ? undefined : join(folder, name);
    if (this.#found.size >= NAMES_LIMIT) this.#found.clear();
    const found: Found = { file, real: file === undefined ? undefined : realPath(file), until: now + MEMORY_MS };
    this.#found.set(name, found);
    return found;
  }

  /**
   * `written` is the command word; `executable` the file that an enforcement point is about to execute, which counts
   * more than the word: whoever starts it may call it what he likes (`exec -a`), and an allow rule means what the name leads to.
   * `handle` is a path that leads to that very file, where its own path may lead elsewhere by now.
   */
  facts(written: string, cwd: string, executable?: string, handle?: string): ProgramFacts {
    const name = basename(written);
    const { file: onPath, real: realOnPath } = this.#lookUp(name);
    const own = executable === undefined ? { file: onPath, real: realOnPath } : this.#lookUp(basename(executable));
    const file = executable ?? (written.includes('/') ? resolve(cwd, written) : onPath);
    if (file === undefined) return { real: undefined, isTheOneOnPath: !written.includes('/'), aliases: [name] };
    const real = handle !== undefined ? realPath(handle) : file === own.file || this.#isShim(file) ? (own.real ?? realPath(file)) : realPath(file);
    const isTheOneOnPath = onPath !== undefined ? realOnPath === real : !written.includes('/') && executable === undefined;
    return { real, isTheOneOnPath, aliases: [...new Set([name, basename(file), ...this.#identify(handle ?? file), basename(real)])] };
  }

  /** Names of denied programs that the file is a copy or another link of. */
  #identify(file: string): string[] {
    return this.#known?.namesOf(file) ?? [];
  }

  #isShim(file: string): boolean {
    return this.#skip !== undefined && file.startsWith(`${this.#skip}/`);
  }
}

export function isExecutable(file: string): boolean {
  // Most look-ups miss, and a thrown error costs more than all of the rest.
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile() || (stats.mode & 0o111) === 0) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
