/**
 * Programs that run other commands: one row says how to find what they run. Option grammars from their manuals.
 * Adding a wrapper is a row here and a row in test/shell/wrappers.test.ts.
 */
import type { Assignment, Standing, Word } from '../model/command-line.ts';

/** What a wrapper runs: words as they stand, shell text, or text that cannot be known. */
export type Inner =
  | { readonly kind: 'words'; readonly words: readonly Word[]; readonly assignments?: readonly Assignment[]; readonly isOpenEnded?: boolean }
  | { readonly kind: 'text'; readonly word: Word; readonly outputToShell?: boolean; readonly isSameShell?: boolean }
  | { readonly kind: 'opaque'; readonly word: Word; readonly why: string };

export interface Unwrapped {
  /** How the wrapper itself counts, and how what it runs does. */
  readonly standing: Standing;
  readonly innerStanding: 'same' | 'reading';
  readonly inner: readonly Inner[];
  /** Reads its script from standard input. */
  readonly readsScript?: boolean;
}

interface OptionGrammar {
  /** Letters and long names that take a value in the next word. */
  readonly values?: string;
  readonly longValues?: readonly string[];
  /** Operands before the command (`timeout 5 CMD`). */
  readonly skip?: number;
  /** `NAME=value` words before the command are variables. */
  readonly variables?: boolean;
}

export type Wrapper = (args: readonly Word[]) => Unwrapped | undefined;

/** `prefix options COMMAND args`. */
function prefix(grammar: OptionGrammar, standing: Standing = 'transparent'): Wrapper {
  return (args) => {
    const rest = skipOptions(args, grammar);
    const isEmpty = rest.length === 0;
    const assignments = grammar.variables ? args.slice(0, args.length - rest.length).flatMap(readVariable) : [];
    return {
      standing: isEmpty && standing === 'transparent' ? 'judged' : standing,
      innerStanding: standing === 'transparent' ? 'same' : 'reading',
      inner: isEmpty ? [] : [{ kind: 'words', words: rest, assignments }],
    };
  };
}

function readVariable(word: Word): Assignment[] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word.text);
  return match === null ? [] : [{ name: match[1] ?? '', value: { ...word, text: match[2] ?? '' } }];
}

function skipOptions(args: readonly Word[], grammar: OptionGrammar): readonly Word[] {
  let at = 0;
  for (; at < args.length; at++) {
    const text = args[at]?.text ?? '';
    if (text === '--') {
      at++;
      break;
    }
    if (!text.startsWith('-') || text === '-') break;
    if (takesNextWord(text, grammar)) at++;
  }
  if (grammar.variables) while (/^[A-Za-z_][A-Za-z0-9_]*=/.test(args[at]?.text ?? '')) at++;
  return args.slice(at + (grammar.skip ?? 0));
}

function takesNextWord(text: string, grammar: OptionGrammar): boolean {
  if (text.startsWith('--')) return !text.includes('=') && (grammar.longValues ?? []).includes(text.slice(2));
  const letters = text.slice(1);
  const first = [...letters].findIndex((letter) => (grammar.values ?? '').includes(letter));
  return first >= 0 && first === letters.length - 1;
}

/** `sh -c TEXT`, `sh FILE`, `sh` (reads standard input). Flags may be clustered (`-lc`) or apart. */
const shell: Wrapper = (args) => {
  let at = 0;
  let hasText = false;
  let readsInput = false;
  for (; at < args.length; at++) {
    const text = args[at]?.text ?? '';
    if (text === '--' || text === '-') {
      at++;
      break;
    }
    if (text.startsWith('--')) {
      if (/^--(rcfile|init-file)$/.test(text)) at++;
      continue;
    }
    if (!/^[-+]./.test(text)) break;
    if (text.startsWith('-') && text.includes('c')) hasText = true;
    if (text.startsWith('-') && text.includes('s')) readsInput = true;
    if (/[oO]$/.test(text)) at++;
  }
  const operand = args[at];
  if (hasText) {
    if (operand === undefined) return { standing: 'judged', innerStanding: 'same', inner: [] };
    return { standing: 'transparent', innerStanding: 'same', inner: [{ kind: 'text', word: operand, outputToShell: true }] };
  }
  return { standing: 'judged', innerStanding: 'same', inner: [], readsScript: operand === undefined || readsInput };
};

/** `env -S 'words'`: the text is split like a command line (env(1)). */
const env: Wrapper = (args) => {
  for (const [index, arg] of args.entries()) {
    if (!arg.text.startsWith('-')) break;
    const joined = /^(?:-[iv0]*S|--split-string=)(.+)$/s.exec(arg.text);
    const apart = /^(?:-[iv0]*S|--split-string)$/.test(arg.text) ? args[index + 1] : undefined;
    const text = joined?.[1] ?? apart?.text;
    if (text === undefined) continue;
    const after = args.slice(index + (apart === undefined ? 1 : 2));
    const whole = [text, ...after.map((word) => word.text)].join(' ').trim();
    // Assignments in front stay: they are read as a shell reads them.
    const bare = whole.replace(/^(?:-\S+\s+)*/, '');
    return { standing: 'transparent', innerStanding: 'same', inner: [{ kind: 'text', word: { ...arg, text: bare, isDynamic: arg.isDynamic || (apart?.isDynamic ?? false) } }] };
  }
  return prefix({ values: 'uC', longValues: ['unset', 'chdir'], variables: true })(args);
};

const XARGS: OptionGrammar = { values: 'adEILnPs', longValues: ['arg-file', 'delimiter', 'max-lines', 'max-args', 'max-procs', 'max-chars', 'replace', 'process-slot-var'] };

const xargs: Wrapper = (args) => {
  const rest = skipOptions(args, XARGS);
  return { standing: 'judged', innerStanding: 'same', inner: rest.length === 0 ? [] : [{ kind: 'words', words: rest, isOpenEnded: true }] };
};

/** Every `-exec … ;` or `+`; `-delete` is a deletion of its own (risk, touches). */
const find: Wrapper = (args) => {
  const inner: Inner[] = [];
  for (let at = 0; at < args.length; at++) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(args[at]?.text ?? '')) continue;
    const start = at + 1;
    while (at + 1 < args.length && args[at + 1]?.text !== ';' && !(args[at + 1]?.text === '+' && args[at]?.text === '{}')) at++;
    inner.push({ kind: 'words', words: args.slice(start, at + 1), isOpenEnded: true });
    at++;
  }
  return { standing: 'judged', innerStanding: 'same', inner };
};

/** The first operand after the options, or the value of an option, is shell text. */
function textAfter(grammar: OptionGrammar, joinRest: boolean): Wrapper {
  return (args) => {
    const rest = skipOptions(args, grammar);
    const [first] = rest;
    if (first === undefined) return { standing: 'judged', innerStanding: 'reading', inner: [] };
    const words = joinRest ? rest : [first];
    const word = { ...first, text: words.map((each) => each.text).join(' '), isDynamic: words.some((each) => each.isDynamic) };
    return { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'text', word }] };
  };
}

/** Options whose value is shell text or a command (`script -c`, `su -c`, `flock -c`, `npm exec -c`). */
function textOption(pattern: RegExp): Wrapper {
  return (args) => ({
    standing: 'judged',
    innerStanding: 'reading',
    inner: args.flatMap((arg, index): Inner[] => {
      const attached = pattern.exec(arg.text);
      if (attached === null) return [];
      const word = attached[1] !== undefined && attached[1] !== '' ? { ...arg, text: attached[1] } : args[index + 1];
      return word === undefined ? [] : [{ kind: 'text', word }];
    }),
  });
}

/** The first row that finds something inside wins. */
function either(...wrappers: readonly Wrapper[]): Wrapper {
  return (args) => {
    let last: Unwrapped | undefined;
    for (const wrapper of wrappers) {
      last = wrapper(args);
      if (last !== undefined && last.inner.length > 0) return last;
    }
    return last;
  };
}

/** Options of git's sub-commands whose next word is shell text or a program. */
const GIT_TEXT_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  rebase: ['-x', '--exec'],
  push: ['--exec', '--receive-pack'],
  fetch: ['--upload-pack'],
  clone: ['-u', '--upload-pack'],
  'ls-remote': ['--upload-pack'],
  'filter-branch': ['--tree-filter', '--index-filter', '--msg-filter', '--env-filter', '--commit-filter'],
  difftool: ['-x', '--extcmd'],
  grep: ['-O', '--open-files-in-pager'],
};

/** `git -c alias.x='!text'`, and settings of git that name a program to run. */
const git: Wrapper = (args) => {
  const inner: Inner[] = [];
  for (const [index, arg] of args.entries()) {
    const setting = arg.text === '-c' ? args[index + 1] : undefined;
    if (setting === undefined) continue;
    const match = /^(?:alias\.[^=]+=!|core\.(?:sshcommand|pager|editor|fsmonitor|gitproxy|askpass)=|sequence\.editor=|diff\.external=|credential\.helper=!|gpg\.program=|pager\.[^=]+=|diff\.[^=]+\.command=|filter\.[^=]+=|merge\.[^=]+\.driver=|uploadpack\.packobjectshook=)(.+)$/is.exec(setting.text);
    if (match !== null) inner.push({ kind: 'text', word: { ...setting, text: match[1] ?? '' } });
    const alias = /^alias\.([^=]+)=([^!].*)$/is.exec(setting.text);
    if (alias !== null) inner.push({ kind: 'text', word: { ...setting, text: `git ${alias[2]} ${args.slice(index + 2).filter((each) => each.text !== alias[1]).map((each) => quote(each.text)).join(' ')}` } });
  }
  const [sub, ...rest] = skipOptions(args, { values: 'Cc', longValues: ['git-dir', 'work-tree', 'namespace', 'config-env'] });
  for (const [index, arg] of rest.entries()) {
    const apart = GIT_TEXT_OPTIONS[sub?.text ?? '']?.includes(arg.text) ? rest[index + 1] : undefined;
    const attached = sub?.text === 'grep' && /^-O./.test(arg.text) ? [arg.text, arg.text.slice(2)] : /^--(?:open-files-in-pager|exec|upload-pack|receive-pack|tree-filter|index-filter|msg-filter|extcmd)=(.+)$/s.exec(arg.text);
    const word = attached === null ? apart : { ...arg, text: attached[1] ?? '' };
    if (word !== undefined) inner.push({ kind: 'text', word });
  }
  if (sub?.text === 'bisect' && rest[0]?.text === 'run') inner.push({ kind: 'words', words: rest.slice(1) });
  const last = rest[rest.length - 1];
  if (sub?.text === 'submodule' && rest[0]?.text === 'foreach' && last !== undefined) inner.push({ kind: 'text', word: last });
  return inner.length === 0 ? undefined : { standing: 'judged', innerStanding: 'same', inner };
};

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `npx CMD`, `npm exec -- CMD`, `npm exec -c TEXT`. */
function packageRunner(subs: readonly string[]): Wrapper {
  return (args) => {
    const rest = subs.length === 0 ? args : subs.includes(args[0]?.text ?? '') ? args.slice(1) : undefined;
    if (rest === undefined) return undefined;
    const text = textOption(/^(?:-c|--call=?)(.*)$/s)(rest);
    if (text !== undefined && text.inner.length > 0) return text;
    const words = skipOptions(rest, { values: 'pw', longValues: ['package', 'workspace'] });
    return { standing: 'judged', innerStanding: 'reading', inner: words.length === 0 ? [] : [{ kind: 'words', words }] };
  };
}

/** `python -m pip install x` is `pip install x`. */
const python: Wrapper = (args) => {
  const at = args.findIndex((arg) => arg.text === '-m');
  const words = at < 0 || args.slice(0, at).some((arg) => !arg.text.startsWith('-')) ? [] : args.slice(at + 1);
  return words.length === 0 ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words }] };
};

const LOADER: OptionGrammar = { longValues: ['library-path', 'preload', 'audit', 'argv0', 'glibc-hwcaps-prepend', 'inhibit-rpath'] };

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'rbash', 'yash', 'posh']);

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  env,
  xargs,
  find,
  git,
  npx: packageRunner([]),
  bunx: packageRunner([]),
  npm: packageRunner(['exec', 'x']),
  pnpm: packageRunner(['exec', 'dlx']),
  yarn: packageRunner(['exec', 'dlx']),
  bun: packageRunner(['x']),
  python,
  python3: python,
  nice: prefix({ values: 'n', longValues: ['adjustment'] }),
  ionice: prefix({ values: 'cnpPut', longValues: ['class', 'classdata', 'pid', 'pgid', 'uid'] }),
  nohup: prefix({}),
  setsid: prefix({}),
  time: prefix({ values: 'fo', longValues: ['format', 'output'] }),
  timeout: prefix({ values: 'ks', longValues: ['kill-after', 'signal'], skip: 1 }),
  stdbuf: prefix({ values: 'ioe', longValues: ['input', 'output', 'error'] }),
  command: (args) => (/^-[vV]+$/.test(args[0]?.text ?? '') ? { standing: 'builtin', innerStanding: 'same', inner: [] } : prefix({})(args)),
  builtin: prefix({}),
  exec: prefix({ values: 'a' }),
  chrt: prefix({ values: 'TPD', skip: 1 }, 'judged'),
  taskset: prefix({ skip: 1 }, 'judged'),
  setarch: prefix({ skip: 1 }, 'judged'),
  unshare: prefix({ values: 'SGR' }, 'judged'),
  nsenter: prefix({ values: 'tSGrw' }, 'judged'),
  setpriv: prefix({ longValues: ['reuid', 'regid', 'groups', 'inh-caps', 'ambient-caps', 'bounding-set', 'securebits', 'pdeathsig', 'selinux-label', 'apparmor-profile'] }, 'judged'),
  sudo: prefix({ values: 'CDghpRrTtUu', longValues: ['close-from', 'chdir', 'group', 'host', 'prompt', 'chroot', 'role', 'type', 'command-timeout', 'other-user', 'user'], variables: true }, 'judged'),
  doas: prefix({ values: 'Cu' }, 'judged'),
  pkexec: prefix({ longValues: ['user'] }, 'judged'),
  runuser: either(textOption(/^(?:-c|--command=?)(.*)$/s), prefix({ values: 'ugG' }, 'judged')),
  su: textOption(/^(?:-[a-z]*c|--command=?)(.*)$/s),
  chroot: prefix({ longValues: ['userspec', 'groups'], skip: 1 }, 'judged'),
  flock: either(textOption(/^(?:-c|--command=?)(.*)$/s), prefix({ values: 'wE', longValues: ['timeout', 'wait', 'conflict-exit-code'], skip: 1 }, 'judged')),
  watch: textAfter({ values: 'nq', longValues: ['interval', 'equexit'] }, true),
  script: textOption(/^(?:-[a-z]*c|--command=?)(.*)$/s),
  parallel: either(textAfter({ values: 'jINnLPaSd', longValues: ['jobs', 'arg-file', 'sshlogin', 'delay'] }, true)),
  ssh: (args) => {
    const rest = skipOptions(args, { values: 'BbcDEeFIiJLlmOopQRSWw', skip: 1 });
    const [first] = rest;
    if (first === undefined) return undefined;
    return { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'text', word: { ...first, text: rest.map((word) => word.text).join(' ') } }] };
  },
  strace: prefix({ values: 'abeEIoOpPsSuUX' }, 'judged'),
  ltrace: prefix({ values: 'aeloinpsuxF' }, 'judged'),
  busybox: prefix({}, 'judged'),
  toybox: prefix({}, 'judged'),
  eval: (args) => {
    const [first] = args;
    if (first === undefined) return { standing: 'builtin', innerStanding: 'same', inner: [] };
    const word = { ...first, text: args.map((arg) => arg.text).join(' '), isDynamic: args.some((arg) => arg.isDynamic) };
    return { standing: 'transparent', innerStanding: 'same', inner: [{ kind: 'text', word, outputToShell: true }] };
  },
  trap: (args) => {
    const rest = args[0]?.text === '--' ? args.slice(1) : args;
    const [first] = rest;
    if (first === undefined || rest.length < 2 || /^-(l|p)?$/.test(first.text) || first.text === '') return { standing: 'builtin', innerStanding: 'same', inner: [] };
    return { standing: 'transparent', innerStanding: 'same', inner: [{ kind: 'text', word: first, isSameShell: true }] };
  },
  alias: (args) => ({
    standing: 'builtin',
    innerStanding: 'reading',
    inner: args.filter((arg) => arg.text.includes('=')).map((arg) => ({ kind: 'text', word: { ...arg, text: arg.text.slice(arg.text.indexOf('=') + 1) } })),
  }),
  ...Object.fromEntries([...SHELLS].map((name) => [name, shell])),
};

/** Wrappers known by a pattern of their name: the dynamic loader runs any program by path. */
export function wrapperFor(name: string): Wrapper | undefined {
  if (Object.hasOwn(WRAPPERS, name)) return WRAPPERS[name];
  if (/^ld(-linux)?(-[a-z0-9_-]+)?\.so(\.\d+)*$/.test(name)) return prefix(LOADER, 'transparent');
  return undefined;
}

/** Shell builtins without an effect outside the shell (product rule); their redirections are judged as file actions. */
export const BUILTINS: ReadonlySet<string> = new Set([
  ':', '[', '[[', 'alias', 'bg', 'bind', 'break', 'caller', 'case', 'cd', 'compgen', 'complete', 'compopt', 'continue', 'declare', 'dirs', 'disown', 'echo', 'enable', 'exit', 'export', 'false', 'fc', 'fg', 'getopts', 'hash', 'help', 'history', 'jobs', 'let', 'local', 'logout', 'mapfile', 'popd', 'printf', 'pushd', 'pwd', 'read', 'readarray', 'readonly', 'return', 'set', 'setopt', 'shift', 'shopt', 'suspend', 'test', 'times', 'trap', 'true', 'type', 'typeset', 'ulimit', 'umask', 'unalias', 'unset', 'unsetopt', 'wait', 'whence', 'where', 'autoload', 'emulate',
]);
