/** What git runs: aliases, helpers named by settings and options, hooks of its own commands (git(1), git-config(1)). */
import type { Word } from '../../model/command-line.ts';
import { type Inner, literal, quote, scan, texts, valuesOf, type Wrapper, type WrapperTable } from './grammar.ts';

const GLOBAL = { values: 'Cc', longValues: ['git-dir', 'work-tree', 'namespace', 'config-env', 'super-prefix', 'attr-source', 'list-cmds', 'shallow-file'] };

/** Options of the sub-commands whose value is shell text or a program. */
const TEXT_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  rebase: ['x', 'exec'],
  push: ['exec', 'receive-pack'],
  fetch: ['upload-pack'],
  pull: ['upload-pack'],
  clone: ['u', 'upload-pack'],
  'ls-remote': ['upload-pack', 'exec'],
  'fetch-pack': ['upload-pack', 'exec'],
  'send-pack': ['receive-pack', 'exec'],
  archive: ['exec'],
  'filter-branch': ['tree-filter', 'index-filter', 'msg-filter', 'env-filter', 'commit-filter', 'parent-filter', 'tag-name-filter', 'subdirectory-filter', 'setup'],
  'filter-repo': [],
  difftool: ['x', 'extcmd'],
  grep: ['open-files-in-pager'],
  'for-each-repo': [],
  'send-email': ['sendmail-cmd', 'smtp-server', 'to-cmd', 'cc-cmd', 'header-cmd'],
  instaweb: ['httpd', 'd', 'browser', 'b'],
  'web--browse': ['browser', 'b'],
  help: [],
  daemon: ['access-hook'],
};

/** Letters of the sub-commands that take a value, so that the value is not read as an option. */
const VALUES: Readonly<Record<string, string>> = { rebase: 'sXC', push: 'o', clone: 'bocj', commit: 'mFCct', log: 'nLSG', difftool: 't', tag: 'mFu', merge: 'mFsX', archive: 'o', fetch: 'jo', grep: 'efABCm' };

/** Settings whose value is run (git-config(1)); what stands before the text of a shell is in the pattern. */
const COMMAND_SETTING = /^(?:core\.(?:sshcommand|pager|editor|fsmonitor|gitproxy|askpass|alternaterefscommand)|sequence\.editor|diff\.external|gpg\.program|gpg\.[^.]+\.program|gpg\.ssh\.defaultkeycommand|pager\.[^.]+|diff\..+\.(?:command|textconv)|filter\..+\.(?:clean|smudge|process)|merge\..+\.driver|mergetool\..+\.cmd|difftool\..+\.cmd|man\..+\.cmd|browser\..+\.cmd|uploadpack\.packobjectshook|interactive\.difffilter|trailer\..+\.(?:command|cmd)|tar\..+\.command|remote\..+\.(?:uploadpack|receivepack)|sendemail\.(?:sendmailcmd|tocmd|cccmd)|hook\..+\.command)$/i;
/** Values that only switch something off or page it. */
const HARMLESS = /^(?:|cat|less|more|true|false|0|1|on|off|yes|no|vi|vim|nano|less -\w+)$/i;

/** What the setting runs; `rest` are the words given to an alias. */
function settingRuns(key: string, value: string, from: Word, rest: readonly Word[]): Inner[] {
  const alias = /^alias\.(.+)$/i.exec(key);
  if (alias !== null) {
    if (value.startsWith('!')) return [{ kind: 'text', word: literal(`${value.slice(1)} ${given(alias[1] ?? '', rest)}`, from) }];
    return value === '' ? [] : [{ kind: 'text', word: literal(`git ${value} ${given(alias[1] ?? '', rest)}`, from) }];
  }
  // A helper's name without `!` or a path is a program of git's own.
  if (/^credential\.(?:.+\.)?helper$/i.test(key)) return value.startsWith('!') ? texts([literal(value.slice(1), from)]) : value.startsWith('/') ? texts([literal(value, from)]) : [];
  return COMMAND_SETTING.test(key) && !HARMLESS.test(value) ? texts([literal(value, from)]) : [];
}

/** Settings that make a command what an option of it would (git-config(1)): sub-command, option. */
const OPTION_SETTINGS: readonly (readonly [key: RegExp, value: RegExp, sub: string, option: string])[] = [
  [/^remote\..+\.push$/i, /^\+|^:./, 'push', '--force'],
  [/^remote\..+\.mirror$/i, /^(?:|true|yes|on|[1-9]\d*)$/i, 'push', '--mirror'],
  [/^clean\.requireforce$/i, /^(?:false|no|off|0)$/i, 'clean', '--force'],
];

/** The command with that option: the one of this line, `sub`, or the next one that is typed. */
function settingMeans(key: string, value: string, from: Word, sub: string | undefined, rest: readonly Word[]): Inner[] {
  const found = OPTION_SETTINGS.filter(([keys, values, command]) => keys.test(key) && values.test(value) && (sub === undefined || sub === command));
  return found.map(([, , command, option]) => ({ kind: 'words', words: [literal('git', from), literal(command, from), literal(option, from), ...rest] }));
}

/** Plumbing that pushes: read as the command that people know. What it reads from its input may be `+main`. */
const PUSHES = new Set(['send-pack', 'http-push']);

/** The words behind the alias in the same line. */
function given(name: string, rest: readonly Word[]): string {
  const at = rest.findIndex((word) => word.text === name);
  return at < 0 ? '' : rest.slice(at + 1).map((word) => quote(word.text)).join(' ');
}

const git: Wrapper = (args) => {
  const inner: Inner[] = [];
  const top = scan(args, GLOBAL);
  const [sub, ...rest] = top.operands;
  for (const setting of valuesOf(top, ['c'])) {
    const at = setting.text.indexOf('=');
    if (at > 0) inner.push(...settingRuns(setting.text.slice(0, at), setting.text.slice(at + 1), setting, top.operands));
    // Without `=` it is switched on.
    const [key, value] = at > 0 ? [setting.text.slice(0, at), setting.text.slice(at + 1)] : [setting.text, 'true'];
    inner.push(...settingMeans(key, value, setting, sub?.text ?? '', rest));
  }
  const name = sub?.text ?? '';
  // The url of a remote may be a command: `ext::sh -c …`.
  for (const word of rest) if (word.text.startsWith('ext::')) inner.push({ kind: 'text', word: { ...word, text: word.text.slice(5).replace(/%[SGV] ?/g, '').replaceAll('% ', ' ') } });
  if (Object.hasOwn(TEXT_OPTIONS, name)) {
    const options = scan(rest, { values: VALUES[name] ?? '', text: TEXT_OPTIONS[name] ?? [] }, true);
    inner.push(...texts(valuesOf(options, TEXT_OPTIONS[name] ?? [])));
    if (name === 'grep') inner.push(...texts(rest.filter((word) => /^-O./.test(word.text)).map((word) => ({ ...word, text: word.text.slice(2) }))));
    if (name === 'clone') {
      for (const setting of [...rest.flatMap((word, index) => (/^(?:-c|--config)$/.test(word.text) ? (rest[index + 1] ?? []) : word.text.startsWith('--config=') ? literal(word.text.slice(9), word) : []))]) {
        const at = setting.text.indexOf('=');
        if (at > 0) inner.push(...settingRuns(setting.text.slice(0, at), setting.text.slice(at + 1), setting, []));
      }
    }
  }
  if (name === 'config') inner.push(...configured(rest));
  if (PUSHES.has(name)) inner.push({ kind: 'words', words: [literal('git', sub), literal('push', sub), ...rest, ...(rest.some((word) => word.text === '--stdin') ? [literal('--force', sub)] : [])] });
  if (name === 'remote') for (const word of rest) if (/^--mirror(?:=push)?$/.test(word.text)) inner.push({ kind: 'words', words: [literal('git', word), literal('push', word), literal('--mirror', word)] });
  if (name === 'bisect' && rest[0]?.text === 'run') inner.push({ kind: 'words', words: rest.slice(1) });
  if (name === 'for-each-repo') inner.push({ kind: 'words', words: [literal('git', sub), ...scan(rest, { longValues: ['config'] }).operands] });
  if (name === 'submodule') {
    const [verb, ...words] = scan(rest, {}).operands;
    const command = scan(words, {}).operands;
    if (verb?.text === 'foreach' && command.length === 1) inner.push(...texts(command));
    if (verb?.text === 'foreach' && command.length > 1) inner.push({ kind: 'words', words: command });
  }
  return inner.length === 0 ? undefined : { standing: 'judged', innerStanding: 'same', inner };
};

/** `git config alias.x '!CMD'`, `git config set core.pager CMD`: run the next time. */
function configured(rest: readonly Word[]): Inner[] {
  const scanned = scan(rest, { values: 'f', longValues: ['file', 'type', 'blob', 'comment', 'value', 'default'] }, true);
  if (scanned.options.some((option) => /^(?:get.*|unset.*|list|l|remove-section|rename-section|e|edit)$/.test(option.name))) return [];
  const words = /^(?:set|add)$/.test(scanned.operands[0]?.text ?? '') ? scanned.operands.slice(1) : scanned.operands;
  const [key, value] = words;
  return key === undefined || value === undefined ? [] : [...settingRuns(key.text, value.text, value, []), ...settingMeans(key.text, value.text, value, undefined, [])];
}

/** Programs of git that can be called by their own name (`/usr/lib/git-core/git-push`). */
const GIT_PROGRAMS = new Set('add am apply archive bisect branch bundle checkout cherry-pick clean clone commit config difftool fetch filter-branch grep init log merge mv pull push rebase reset restore revert rm show stash submodule switch tag update-ref worktree send-pack fetch-pack diff cat-file ls-remote daemon remote'.split(' '));

export function gitProgram(name: string): Wrapper | undefined {
  const sub = name.slice(4);
  if (!name.startsWith('git-') || !GIT_PROGRAMS.has(sub)) return undefined;
  return (args) => ({ standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: [literal('git'), literal(sub), ...args] }] });
}

export const GIT_WRAPPERS: WrapperTable = { git };
