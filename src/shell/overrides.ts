/** Options and words that make a program run something else than its name says: no plain allow covers them. One row a program. */

interface Override {
  readonly programs: readonly string[];
  /** Held against each word, with the word after it. */
  readonly test: (word: string, next: string, args: readonly string[]) => boolean;
}

/** Settings of git that name a program, load a file, or speak through one (git-config(1)). */
const GIT_SETTING = /^(?:core\.(?:sshcommand|pager|editor|fsmonitor|gitproxy|askpass|hookspath|attributesfile|worktree|excludesfile|alternaterefscommand)|include\.path|includeif\..+|sequence\.editor|diff\.external|diff\..+\.(?:command|textconv)|filter\..+|merge\..+\.driver|mergetool\..+|difftool\..+|gpg\..*program|gpg\.program|pager\..+|credential\..*helper|credential\.helper|uploadpack\.packobjectshook|protocol\..*allow|url\..+|remote\..+\.(?:url|pushurl|proxy|uploadpack|receivepack)|init\.templatedir|submodule\..+|http\..*proxy|man\..+|browser\..+|web\.browser|interactive\.difffilter|trailer\..+|tar\..+|receive\..+|hook\..+)$/i;
/** Values that only switch something off. */
const OFF = /^(?:|true|yes|on|false|no|off|never|0|:|\/dev\/null|cat|less)$/i;
/** An alias for a command of git is read as that command; one for the shell runs anything. */
const SHELL_ALIAS = /^alias\.[^=]+=\s*!/i;

function isGitSetting(text: string): boolean {
  const at = text.indexOf('=');
  if (SHELL_ALIAS.test(text)) return true;
  return GIT_SETTING.test(at < 0 ? text : text.slice(0, at)) && !(at >= 0 && OFF.test(text.slice(at + 1)));
}

const OVERRIDES: readonly Override[] = [
  { programs: ['git'], test: (word, next) => (word === '-c' || word === '--config') && isGitSetting(next) },
  { programs: ['git'], test: (word) => /^--(?:config-env|exec-path=|template|upload-pack|receive-pack|super-prefix)/.test(word) || (word.startsWith('--config=') && isGitSetting(word.slice(9))) },
  { programs: ['git'], test: (word) => /^(?:ext|fd)::/.test(word) },
  { programs: ['git'], test: (word, next) => /^alias\./i.test(word) && /^\s*!/.test(next) },
  // `git config core.pager` shows, `git config core.pager X` sets.
  { programs: ['git'], test: (word, next, args) => GIT_SETTING.test(word) && next !== '' && !OFF.test(next) && args.includes('config') && !args.some((arg) => /^--(?:get|unset|list)/.test(arg)) },
  { programs: ['npm', 'npx', 'pnpm', 'yarn'], test: (word) => /^--(?:script-shell|node-options|globalconfig|userconfig|git|init-module|shell|prefix=\/)/.test(word) },
  { programs: ['sh', 'bash', 'dash', 'zsh', 'ksh'], test: (word) => /^--(?:rcfile|init-file)/.test(word) },
  { programs: ['hash'], test: (word) => /^-[a-z]*p/.test(word) },
  { programs: ['enable'], test: (word) => /^-[a-z]*f/.test(word) },
  { programs: ['make', 'gmake'], test: (word) => /^(?:SHELL|MAKEFLAGS|CC|CXX|AR|LD)=/.test(word) },
];
const LOADER = /^ld(?:-linux)?(?:-[a-z0-9_-]+)?\.so(?:\.\d+)*$/;

/** The word that changes what runs; undefined when there is none. `program` is a base name. */
export function overrideIn(program: string, args: readonly string[]): string | undefined {
  const rows = OVERRIDES.filter((row) => row.programs.includes(program));
  const isLoader = LOADER.test(program);
  if (rows.length === 0 && !isLoader) return undefined;
  return args.find((word, index) => (isLoader && /^--(?:preload|audit|library-path)/.test(word)) || rows.some((row) => row.test(word, args[index + 1] ?? '', args)));
}
