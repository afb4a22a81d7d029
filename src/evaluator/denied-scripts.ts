/**
 * A denied script that its interpreter is given otherwise than by its path: by a bare name (`cd /usr/bin; node npm publish`, `bash npm`),
 * without its ending, or by another file of its package (`node /usr/lib/node_modules/npm publish`). Read as if by its path, as rules
 * know it. What is only called so is not it.
 */
import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ProgramFinder } from '../resolve/executable.ts';
import { realPath } from '../resolve/paths.ts';
import { readPlainFile } from '../resolve/plain-file.ts';
import { isBelow } from '../resolve/places.ts';
import { isInterpreter, SHELLS } from '../shell/wrappers.ts';

type Finder = Pick<ProgramFinder, 'facts' | 'find' | 'folders'>;

/** Words that are looked at: options of the interpreter stand before the script. */
const WORDS_LIMIT = 32;
const PACKAGE_LIMIT = 256 * 1024;
const NODE = /^(?:node|nodejs|bun|tsx|ts-node|deno)(?:-?\d[\d.]*)?$/;
/** What Node tries behind a name that is no file. */
const ENDINGS = ['.js', '.cjs', '.mjs', '.json'];

/** The words with that script's path, one reading for each word that may be it; the table of wrappers says which word is. */
export function deniedScripts([program = '', ...args]: readonly string[], cwd: string, finder: Finder): (readonly string[])[] {
  const name = basename(program);
  if (!isInterpreter(name)) return [];
  // Those look along PATH, too: perl and ruby when they are told to.
  const folders = SHELLS.has(name) || args.some((word) => /^-\w*S/.test(word)) ? [cwd, ...finder.folders] : [cwd];
  return args.slice(0, WORDS_LIMIT).flatMap((word, index) => {
    if (word === '' || word.startsWith('-')) return [];
    const scripts = NODE.test(name) ? nodeScripts(resolve(cwd, word), cwd, finder) : word.includes('/') ? [] : firstOf(folders.map((folder) => join(folder, word)), cwd, finder);
    return scripts.map((script) => [program, ...args.slice(0, index), script, ...args.slice(index + 1)]);
  });
}

/** The file that a name leads to first, where it is a program that rules know. */
function firstOf(files: readonly string[], cwd: string, finder: Finder): string[] {
  return files.filter(isFile).slice(0, 1).filter((file) => isKnown(file, cwd, finder));
}

function nodeScripts(path: string, cwd: string, finder: Finder): string[] {
  const file = [path, ...ENDINGS.map((ending) => path + ending)].find(isFile);
  if (file !== undefined && isKnown(file, cwd, finder)) return [file];
  return file === undefined && !isFile(join(path, 'package.json')) ? [] : programsOfPackage(realPath(file ?? path), finder);
}

/** What the package that a file lies in puts on PATH; the file is none of its programs itself. */
function programsOfPackage(real: string, finder: Finder): string[] {
  let root = real;
  while (!isFile(join(root, 'package.json'))) {
    if (dirname(root) === root) return [];
    root = dirname(root);
  }
  const bin = programsIn(readPlainFile(join(root, 'package.json'), PACKAGE_LIMIT) ?? '');
  if (Object.values(bin).some((target) => resolve(root, target) === real)) return [];
  const found = Object.keys(bin).map((name) => finder.find(name));
  return found.filter((file): file is string => file !== undefined && isBelow(root, realPath(file)));
}

function programsIn(text: string): Record<string, string> {
  try {
    const { name, bin } = JSON.parse(text) as { readonly name?: unknown; readonly bin?: unknown };
    const rows = typeof bin === 'string' ? [[String(name), bin] as const] : Object.entries((bin ?? {}) as Record<string, unknown>);
    return Object.fromEntries(rows.filter((row): row is [string, string] => typeof row[1] === 'string'));
  } catch {
    return {};
  }
}

function isKnown(file: string, cwd: string, finder: Finder): boolean {
  const { isTheOneOnPath, aliases, real = '' } = finder.facts(file, cwd, file);
  return isTheOneOnPath || aliases.some((alias) => alias !== basename(file) && alias !== basename(real));
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}
