/** Which file a command's name stands for. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import type { ProgramFacts } from '../model/request.ts';
import { realPath } from './paths.ts';

/** The session's own search path, without the shim folder, as it was when the session began. */
export class ProgramFinder {
  readonly #folders: readonly string[];
  readonly #skip: string | undefined;

  constructor(path: string, shimFolder?: string) {
    this.#folders = path.split(':').filter((folder) => folder !== '' && folder !== shimFolder);
    this.#skip = shimFolder;
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  /** The file that a bare name leads to, undefined when there is none. */
  find(name: string): string | undefined {
    if (name === '' || name.includes('/')) return undefined;
    for (const folder of this.#folders) {
      const file = join(folder, name);
      if (isExecutable(file)) return file;
    }
    return undefined;
  }

  /**
   * `written` is the command word; `executable` the file that an enforcement point is about to execute, which counts
   * more than the word.
   */
  facts(written: string, cwd: string, executable?: string): ProgramFacts {
    const name = basename(written);
    const onPath = this.find(executable === undefined ? name : basename(executable));
    const file = executable ?? (written.includes('/') ? resolve(cwd, written) : onPath);
    if (file === undefined) return { real: undefined, isTheOneOnPath: !written.includes('/'), aliases: [name] };
    const real = realPath(this.#isShim(file) ? (onPath ?? file) : file);
    const isTheOneOnPath = onPath !== undefined ? realPath(onPath) === real : !written.includes('/') && executable === undefined;
    return { real, isTheOneOnPath, aliases: [...new Set([name, basename(file), basename(real)])] };
  }

  #isShim(file: string): boolean {
    return this.#skip !== undefined && file.startsWith(`${this.#skip}/`);
  }
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The interpreter of a script's `#!` line and its one argument; undefined for a binary or an unreadable file. */
export function shebangOf(file: string): { readonly interpreter: string; readonly argument: string | undefined } | undefined {
  try {
    const head = readFileSync(file).subarray(0, 256).toString('latin1');
    const match = /^#![ \t]*(\S+)(?:[ \t]+([^\n]*?))?[ \t]*\n/.exec(head);
    if (match === null || !isAbsolute(match[1] ?? '')) return undefined;
    return { interpreter: match[1] ?? '', argument: match[2] };
  } catch {
    return undefined;
  }
}
