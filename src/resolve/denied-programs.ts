/** The programs that deny rules name: by name or by path, each with or without stars. */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { matchesWildcard } from '../policy/match-text.ts';
import { realPath } from './paths.ts';

/** Programs that stars stand for; more of them are known by their names alone. */
const STARRED_LIMIT = 256;

/** Where relative paths and `~` start from. */
export interface ProgramPlaces {
  readonly project: string;
  readonly home: string;
}

export interface NamedFile {
  /** As rules have it. */
  readonly name: string;
  readonly file: string;
}

export class DeniedPrograms {
  readonly #names: readonly string[];
  readonly #starred: readonly string[];
  readonly #files: readonly NamedFile[];
  readonly #starredFiles: readonly NamedFile[];
  readonly #folders: readonly string[];

  /** `words`: the first ones of their patterns. A star alone names no program. */
  constructor(words: Iterable<string>, folders: readonly string[], { project, home }: ProgramPlaces) {
    const all = [...new Set(words)].filter((word) => /[^*/]/.test(word));
    const names = all.filter((word) => !word.includes('/'));
    const files = all.filter((word) => word.includes('/')).map((name): NamedFile => ({ name, file: name.startsWith('~/') ? join(home, name.slice(2)) : resolve(project, name) }));
    this.#names = names.filter((name) => !name.includes('*'));
    this.#starred = names.filter((name) => name.includes('*'));
    this.#files = files.filter(({ name }) => !name.includes('*'));
    this.#starredFiles = files.filter(({ name }) => name.includes('*'));
    this.#folders = folders;
  }

  /** The files that they lead to now; what stars stand for takes a look at all of PATH. */
  files(withStars: boolean): NamedFile[] {
    const named = this.#names.flatMap((name) => this.#folders.map((folder): NamedFile => ({ name, file: join(folder, name) })));
    return [...named, ...this.#files, ...(withStars ? this.#matching() : [])];
  }

  /** Patterns of paths that `file` is hit by. */
  patternsOf(file: string): string[] {
    if (this.#starredFiles.length === 0) return [];
    const paths = [file, realPath(file)];
    return this.#starredFiles.filter((each) => paths.some((path) => matchesWildcard(each.file, path))).map(({ name }) => name);
  }

  /** What is called so, but leads to a program of another name (`git-shell` to `git`), makes no such program of that one. */
  #matching(): NamedFile[] {
    if (this.#starred.length === 0) return [];
    const isMeant = (name: string): boolean => this.#starred.some((pattern) => matchesWildcard(pattern, name));
    const found = this.#folders.flatMap((folder) => namesIn(folder).filter(isMeant).map((name): NamedFile => ({ name, file: join(folder, name) })));
    return found.filter(({ file }) => isMeant(basename(realPath(file)))).slice(0, STARRED_LIMIT);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
