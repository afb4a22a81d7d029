/**
 * Settings that make a command of git what an option of it would (`remote.NAME.push = +…`, `remote.NAME.mirror`, `clean.requireForce`,
 * git-config(1)), and the branch that `git push` means: nothing of that stands in its words. Read where git reads them: files, variables and words.
 */
import { basename, dirname, resolve } from 'node:path';
import { parseCommand } from '../shell/options.ts';
import { type Setting, SettingsReader } from './git-files.ts';

const GLOBAL_WITH_VALUE = new Set(['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--config-env', '--super-prefix', '--attr-source', '--shallow-file']);
/** Folders upwards. */
const FOLDERS_LIMIT = 64;

const TRUE = /^(?:true|yes|on|[1-9]\d*)$/i;
const FALSE = /^(?:false|no|off|0|)$/i;

interface Words {
  readonly sub: string;
  readonly folder: string;
  /** Given by `--git-dir`. */
  readonly gitFolder: string | undefined;
  /** Given by `-c`; without `=` it is switched on. */
  readonly settings: readonly (readonly [name: string, value: string | undefined])[];
  readonly operands: readonly string[];
}

/** Sub-command → whether the settings stand for `--force`. */
const FORCED: Readonly<Record<string, (settings: readonly Setting[], operands: readonly string[]) => boolean>> = {
  push: (settings, operands) => {
    const remotes = new Set(settings.filter(({ section, key, value }) => section === 'remote' && ((key === 'push' && /^\+|^:./.test(value ?? '')) || (key === 'mirror' && (value === undefined || TRUE.test(value))))).map(({ sub }) => sub));
    return remotes.has('') || operands.some((word) => remotes.has(word)) || (remotes.size > 0 && operands.every((word) => word.startsWith('-')));
  },
  // The last one counts, and which of the files is the last is git's to know.
  clean: (settings, operands) => !isOnlyShown(operands) && settings.some(({ section, key, value }) => section === 'clean' && key === 'requireforce' && value !== undefined && FALSE.test(value)),
};

function isOnlyShown(operands: readonly string[]): boolean {
  return operands.some((word) => /^(?:-[dfqixX]*n|--dry-run$)/.test(word)) && !operands.some((word) => word.startsWith('--no-'));
}

/** The words with what the settings stand for, in each way that there is one. `environment` as `NAME=value`. */
export function asSettingsHaveIt(argv: readonly string[], cwd: string, environment: readonly string[], home: string): (readonly string[])[] {
  if (basename(argv[0] ?? '') !== 'git') return [];
  const words = readWords(argv, cwd);
  const isForced = Object.hasOwn(FORCED, words.sub) ? FORCED[words.sub] : undefined;
  if (isForced === undefined) return [];
  const given = (name: string): readonly string[] => environment.filter((entry) => entry.startsWith(`${name}=`)).map((entry) => entry.slice(name.length + 1)).filter((value) => value !== '');
  const homes = [home, ...given('HOME')];
  const reader = new SettingsReader(homes);
  const folders = words.gitFolder === undefined ? given('GIT_DIR') : [words.gitFolder];
  for (const folder of [...folders, ...given('GIT_COMMON_DIR')]) reader.readFolder(resolve(words.folder, folder));
  if (folders.length === 0) readAbove(words.folder, reader);
  // Where it is set, git reads that one instead of the user's own.
  const elsewhere = given('GIT_CONFIG_GLOBAL');
  for (const file of elsewhere) reader.readFile(resolve(words.folder, file));
  if (elsewhere.length === 0) {
    for (const each of homes) for (const file of ['.gitconfig', '.config/git/config']) reader.readFile(resolve(each, file));
    for (const each of given('XDG_CONFIG_HOME')) reader.readFile(resolve(each, 'git/config'));
  }
  for (const file of [...given('GIT_CONFIG_SYSTEM'), '/etc/gitconfig']) reader.readFile(resolve(words.folder, file));
  reader.readVariables(environment, words.folder);
  for (const [name, value] of words.settings) reader.addNamed(name, value, words.folder);
  const forced = isForced(reader.settings, words.operands) ? [[...argv, '--force']] : [];
  return [...forced, ...(words.sub === 'push' ? asBranchesHaveIt(argv, reader) : [])];
}

/** `git push`, `git push origin`, `git push origin HEAD`: the branch that is checked out, by its name here and over there. */
function asBranchesHaveIt(argv: readonly string[], { branches, settings }: SettingsReader): (readonly string[])[] {
  const [, remote, ...refs] = parseCommand('git', argv.slice(1)).operands;
  return branches.flatMap((branch) => {
    const upstream = (key: string): string[] => settings.filter((each) => each.section === 'branch' && each.sub === branch && each.key === key).flatMap(({ value }) => value ?? []);
    const names = [branch, ...upstream('merge').map((ref) => ref.replace(/^refs\/heads\//, ''))];
    if (refs.length === 0) return names.map((name) => [...argv, ...(remote === undefined ? [upstream('remote')[0] ?? 'origin'] : []), name]);
    return refs.some(isHead) ? names.map((name) => argv.map((word) => (isHead(word) ? word.replace(/HEAD|@/, () => name) : word))) : [];
  });
}

function isHead(word: string): boolean {
  return /^\+?(?:HEAD|@)$/.test(word);
}

function readWords(argv: readonly string[], cwd: string): Words {
  const settings: (readonly [string, string | undefined])[] = [];
  let folder = cwd;
  let gitFolder: string | undefined;
  let at = 1;
  for (; argv[at]?.startsWith('-') === true; at++) {
    const word = argv[at] ?? '';
    const value = argv[at + 1] ?? '';
    if (word === '-C') folder = resolve(folder, value);
    else if (word === '-c') settings.push(pairIn(value));
    else if (word === '--config-env') settings.push(...anyValue(value));
    else if (word.startsWith('--config-env=')) settings.push(...anyValue(word.slice('--config-env='.length)));
    else if (word === '--git-dir') gitFolder = value;
    else if (word.startsWith('--git-dir=')) gitFolder = word.slice('--git-dir='.length);
    if (GLOBAL_WITH_VALUE.has(word)) at++;
  }
  return { sub: argv[at] ?? '', folder, gitFolder, settings, operands: argv.slice(at + 1) };
}

function pairIn(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** `NAME=VARIABLE`: what that variable holds is not told. */
function anyValue(text: string): (readonly [string, string])[] {
  const [name] = pairIn(text);
  return ['+', 'true', 'false'].map((value) => [name, value]);
}

/** The settings of the repository that `folder` lies in. */
function readAbove(folder: string, reader: SettingsReader): void {
  let at = folder;
  for (let steps = 0; steps < FOLDERS_LIMIT; steps++) {
    const isFound = reader.readFolder(resolve(at, '.git')) || reader.readFolder(at);
    if (isFound || dirname(at) === at) return;
    at = dirname(at);
  }
}
