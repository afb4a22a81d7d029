/**
 * Commands whose output is one word, or none, that no program takes for an option: `git push origin $(git branch --show-current)`
 * cannot become a forced push. One row a program; `test` looks at the words behind its name.
 */
type Test = (args: readonly string[]) => boolean;

const anything: Test = () => true;
const without = (pattern: RegExp): Test => (args) => !args.some((arg) => pattern.test(arg));
const only = (...allowed: readonly string[]): Test => (args) => args.every((arg) => allowed.includes(arg));

/** Names of branches and commits never begin with a dash (git-check-ref-format(1)). */
const GIT: Readonly<Record<string, Test>> = {
  branch: (args) => args.length === 1 && args[0] === '--show-current',
  'rev-parse': (args) => args.length > 0 && args.every((arg) => /^(?:HEAD|@)[~^0-9]*$|^--(?:short(?:=\d+)?|abbrev-ref|verify|show-toplevel|git-dir|absolute-git-dir)$/.test(arg)),
  'merge-base': without(/^-/),
};

const ROWS: Readonly<Record<string, Test>> = {
  git: (args) => Object.hasOwn(GIT, args[0] ?? '') && GIT[args[0] ?? '']?.(args.slice(1)) === true,
  pwd: only('-P', '-L'),
  date: (args) => args.every((arg) => /^\+[%\w][%\w:.T_-]*$|^-[uI]s?$/.test(arg)),
  nproc: only('--all'),
  whoami: only(),
  hostname: only('-s', '-f'),
  id: only('-u', '-g', '-un', '-gn'),
  uname: only('-s', '-r', '-m', '-n', '-p', '-o'),
  mktemp: only('-d'),
  arch: anything,
};

export function isOneWordOutput(program: string, args: readonly string[]): boolean {
  return Object.hasOwn(ROWS, program) && ROWS[program]?.(args) === true;
}
