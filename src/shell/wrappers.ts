/**
 * Programs that run other commands: the tables of wrappers/, one row a program. Adding a wrapper is a row in the table
 * where it belongs and a row in test/shell/wrappers.test.ts.
 */
import { EDITOR_WRAPPERS } from './wrappers/editors.ts';
import { FILE_WRAPPERS } from './wrappers/files.ts';
import { GIT_WRAPPERS, gitProgram } from './wrappers/git.ts';
import { either, literal, prefix, type Wrapper, type WrapperTable } from './wrappers/grammar.ts';
import { LANGUAGE_WRAPPERS, node } from './wrappers/languages.ts';
import { LAUNCHER_WRAPPERS } from './wrappers/launchers.ts';
import { PREFIX_WRAPPERS } from './wrappers/prefixes.ts';
import { SCREEN_WRAPPERS } from './wrappers/screens.ts';
import { SHELL_WRAPPERS, SHELLS } from './wrappers/shells.ts';
import { TOOL_WRAPPERS } from './wrappers/tools.ts';

export type { Inner, Unwrapped } from './wrappers/grammar.ts';
export { SHELLS } from './wrappers/shells.ts';

const WRAPPERS: WrapperTable = {
  ...LAUNCHER_WRAPPERS,
  ...PREFIX_WRAPPERS,
  ...FILE_WRAPPERS,
  ...SCREEN_WRAPPERS,
  ...EDITOR_WRAPPERS,
  ...LANGUAGE_WRAPPERS,
  ...TOOL_WRAPPERS,
  ...GIT_WRAPPERS,
  ...SHELL_WRAPPERS,
  bun: (args, input) => either(TOOL_WRAPPERS['bun'] as Wrapper, node)(args, input),
};

const LOADER = prefix({ longValues: ['library-path', 'preload', 'audit', 'argv0', 'glibc-hwcaps-prepend', 'inhibit-rpath', 'glibc-hwcaps-mask'] }, 'transparent');
const VERSIONED = /^(python|pypy|perl|ruby|php|lua|node|vim|emacs|gawk|mawk)-?\d[\d.]*$/;

/** Those that are known by their whole name. */
export const WRAPPER_NAMES: readonly string[] = Object.keys(WRAPPERS);

/** Wrappers known by a pattern of their name: the dynamic loader runs any program by path; `python3.12` is python. */
export function wrapperFor(name: string): Wrapper | undefined {
  if (Object.hasOwn(WRAPPERS, name)) return WRAPPERS[name];
  if (/^ld(-linux)?(-[a-z0-9_-]+)?\.so(\.\d+)*$/.test(name)) return LOADER;
  if (name.startsWith('git-')) return gitProgram(name);
  // dash has no `time` of its own: `time -f %e CMD` is the program's option there.
  if (/^-[a-z-]/.test(name)) return (args) => prefix({ values: 'fo', longValues: ['format', 'output'] }, 'judged')([literal(name), ...args]);
  const versioned = VERSIONED.exec(name)?.[1];
  return versioned === undefined ? undefined : WRAPPERS[versioned];
}

/** Its script is a file that its words name. */
export function isInterpreter(name: string): boolean {
  return SHELLS.has(name) || Object.hasOwn(LANGUAGE_WRAPPERS, name) || VERSIONED.test(name);
}

/** Shell builtins without an effect outside the shell (product rule); their redirections are judged as file actions. */
export const BUILTINS: ReadonlySet<string> = new Set([
  ':', '[', '[[', 'alias', 'bg', 'bind', 'break', 'caller', 'case', 'cd', 'compgen', 'complete', 'compopt', 'continue', 'declare', 'dirs', 'disown', 'echo', 'enable', 'exit', 'export', 'false', 'fc', 'fg', 'getopts', 'hash', 'help', 'history', 'jobs', 'let', 'local', 'logout', 'mapfile', 'popd', 'printf', 'pushd', 'pwd', 'read', 'readarray', 'readonly', 'return', 'set', 'setopt', 'shift', 'shopt', 'suspend', 'test', 'times', 'trap', 'true', 'type', 'typeset', 'ulimit', 'umask', 'unalias', 'unset', 'unsetopt', 'wait', 'whence', 'where', 'autoload', 'emulate',
]);
