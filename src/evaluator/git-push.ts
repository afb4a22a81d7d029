/** `git push` in a repository whose settings force it (`remote.NAME.push = +…`, `remote.NAME.mirror`, git-config(1)): nothing of that stands in its words. */
import { basename, dirname, join, resolve } from 'node:path';
import { readPlainFile } from '../resolve/plain-file.ts';

const GLOBAL_WITH_VALUE = new Set(['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--config-env', '--super-prefix', '--attr-source', '--shallow-file']);
/** Bytes of a file of settings; files that name other files; folders upwards. */
const SIZE_LIMIT = 256 * 1024;
const FILES_LIMIT = 32;
const FOLDERS_LIMIT = 64;

const SECTION = /^\s*\[\s*(?<name>[\w.-]+)(?:\s+"(?<sub>(?:[^"\\]|\\.)*)")?\s*\](?<rest>.*)$/;
const ENTRY = /^\s*(?<key>[A-Za-z][\w-]*)\s*(?:=\s*(?<value>.*?))?\s*$/;
const TRUE = /^(?:true|yes|on|[1-9]\d*)$/i;

/** The words with the option that the settings stand for; undefined where there is none, or it is no push. */
export function forcedPush(argv: readonly string[], cwd: string, home: string): readonly string[] | undefined {
  if (basename(argv[0] ?? '') !== 'git') return undefined;
  let folder = cwd;
  let gitFolder: string | undefined;
  let at = 1;
  for (; argv[at]?.startsWith('-') === true; at++) {
    const word = argv[at] ?? '';
    if (word === '-C') folder = resolve(folder, argv[at + 1] ?? '');
    else if (word === '--git-dir') gitFolder = argv[at + 1];
    else if (word.startsWith('--git-dir=')) gitFolder = word.slice('--git-dir='.length);
    if (GLOBAL_WITH_VALUE.has(word)) at++;
  }
  if (argv[at] !== 'push') return undefined;
  const files = gitFolder === undefined ? settingsAbove(folder) : [join(resolve(folder, gitFolder), 'config')];
  const remotes = new Set<string>();
  const seen = new Set<string>();
  for (const file of [...files, join(home, '.gitconfig'), join(home, '.config/git/config')]) collect(file, home, remotes, seen);
  const words = argv.slice(at + 1);
  return remotes.has('') || [...remotes].some((remote) => words.includes(remote)) || (remotes.size > 0 && words.every((word) => word.startsWith('-'))) ? [...argv, '--force'] : undefined;
}

/** The settings of the repository that `folder` lies in; a `.git` that is a file leads to them (gitrepository-layout(5)). */
function settingsAbove(folder: string): string[] {
  let at = folder;
  for (let steps = 0; steps < FOLDERS_LIMIT; steps++) {
    const link = /^gitdir:\s*(?<path>.+?)\s*$/m.exec(read(join(at, '.git')))?.groups?.['path'];
    const folders = [join(at, '.git'), at, ...(link === undefined ? [] : [resolve(at, link), resolve(at, link, '../..')])];
    const files = folders.flatMap((each) => [join(each, 'config'), join(each, 'config.worktree')]).filter((file) => read(file) !== '');
    if (files.length > 0) return files;
    if (dirname(at) === at) break;
    at = dirname(at);
  }
  return [];
}

/** Adds the remotes whose pushes are forced. */
function collect(file: string, home: string, remotes: Set<string>, seen: Set<string>): void {
  if (seen.has(file) || seen.size >= FILES_LIMIT) return;
  seen.add(file);
  let section = '';
  let sub = '';
  for (const line of read(file).replaceAll('\\\n', '').split('\n')) {
    const head = SECTION.exec(line)?.groups;
    if (head !== undefined) {
      section = (head['name'] ?? '').toLowerCase();
      sub = (head['sub'] ?? '').replaceAll(/\\(.)/g, '$1');
    }
    const entry = ENTRY.exec(head === undefined ? line : (head['rest'] ?? ''))?.groups;
    if (entry === undefined) continue;
    const key = (entry['key'] ?? '').toLowerCase();
    const value = (entry['value'] ?? '').replace(/\s+[#;].*$/, '').replaceAll('"', '');
    if (section === 'remote' && ((key === 'push' && /^\+|^:./.test(value)) || (key === 'mirror' && (entry['value'] === undefined || TRUE.test(value))))) remotes.add(sub);
    if ((section === 'include' || section === 'includeif') && key === 'path') collect(value.startsWith('~/') ? join(home, value.slice(2)) : resolve(dirname(file), value), home, remotes, seen);
  }
}

/** Empty for what is no file, or too large. */
function read(file: string): string {
  return readPlainFile(file, SIZE_LIMIT) ?? '';
}
