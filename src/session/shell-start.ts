/** How an interactive shell is started so that it reads its user's own start-up files, and ends with the shims in front. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentProfile } from '../agents/profiles.ts';

/** This file is dist/src/session/shell-start.js, or packed as deep. */
const TEXTS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shims', 'shell');

export interface ShellFacts {
  readonly runtime: string;
  readonly bin: string;
  /** The program that is started. */
  readonly shell: string;
  readonly inherited: NodeJS.ProcessEnv;
}

interface ShellCommand {
  readonly args: readonly string[];
  readonly variables: NodeJS.ProcessEnv;
}

/** `bash -x` shows the script's own lines alone; bash-env.sh turns it on again. Nothing is opened for that: each bash reads this. */
const QUIET = '{ case $- in *x*v* | *v*x*) _patchwork_traces=xv ;; *x*) _patchwork_traces=x ;; *v*) _patchwork_traces=v ;; *) _patchwork_traces= ;; esac; set +xv; } 2>&-\n';

/** What every bash reads that runs a script. */
export function writeShellFiles(facts: Omit<ShellFacts, 'shell'>): void {
  const file = facts.inherited['BASH_ENV'] ?? '';
  // First of all: it may be that of a session around this one, which uses the same names.
  write(facts, 'bash-env', ['front.sh', 'bash-env.sh'], {}, `${file === '' ? '' : `if [ -r ${quote(file)} ]; then . ${quote(file)}; fi\n`}${QUIET}`);
}

function startZsh(facts: ShellFacts, args: readonly string[]): ShellCommand {
  mkdirSync(join(facts.runtime, 'zsh'), { mode: 0o700 });
  write(facts, join('zsh', '.zshenv'), ['front.sh', 'zshenv.zsh'], { user_zdotdir: facts.inherited['ZDOTDIR'] ?? '' });
  write(facts, join('zsh', '.zprofile'), ['zprofile.zsh']);
  write(facts, join('zsh', '.zshrc'), ['line.zsh', 'zshrc.zsh']);
  write(facts, join('zsh', '.zlogin'), ['zlogin.zsh']);
  return { args, variables: { ZDOTDIR: join(facts.runtime, 'zsh') } };
}

function write({ runtime, bin }: Omit<ShellFacts, 'shell'>, name: string, texts: readonly string[], values: Readonly<Record<string, string>> = {}, before = ''): void {
  const lines = Object.entries({ bin, runtime, ...values }).map(([variable, value]) => `_patchwork_${variable}=${quote(value)}\n`);
  writeFileSync(join(runtime, name), [before, ...lines, ...texts.map((text) => readFileSync(join(TEXTS, text), 'utf8'))].join(''), { mode: 0o600 });
}

export function shellStart(profile: AgentProfile, args: readonly string[], isTerminal: boolean, facts: ShellFacts): ShellCommand {
  if (profile.name === 'zsh') return startZsh(facts, args);
  const plan = profile.name === 'bash' ? readBashWords(args) : undefined;
  if (plan === undefined || !(plan.isInteractive || isTerminal)) return { args, variables: {} };
  const file = join(facts.runtime, 'bashrc');
  const reads = plan.isLogin ? (plan.skipsProfile ? 'none' : 'login') : plan.skipsFile ? 'none' : 'file';
  write(facts, 'bashrc', ['front.sh', 'line.bash', 'bashrc.sh'], { shell: facts.shell, reads, user_file: plan.file ?? join(facts.inherited['HOME'] ?? '', '.bashrc'), user_env: facts.inherited['ENV'] ?? '' });
  // A login shell reads no --rcfile, and none is read after --norc; in POSIX mode both read ENV, and nothing else.
  return reads === 'file' ? { args: ['--rcfile', file, ...plan.others], variables: {} } : { args: ['--posix', ...plan.others], variables: { ENV: file } };
}

interface BashWords {
  isInteractive: boolean;
  isLogin: boolean;
  skipsProfile: boolean;
  skipsFile: boolean;
  file: string | undefined;
  /** All words but those that say which file is read. */
  readonly others: string[];
}

/** Long options of bash(1) that leave it a shell for a person, and what they say. */
const LONG: Readonly<Record<string, Partial<BashWords>>> = {
  '--login': { isLogin: true },
  '--noprofile': { skipsProfile: true },
  '--norc': { skipsFile: true },
  '--noediting': {},
  '--verbose': {},
};
/** Letters that leave it so, too: not `c`, which is a script, nor `r`, which forbids to set PATH. */
const LETTERS = /^[-+][abefhiklmnptuvxBCEHPT]+$/;

/** Undefined for anything but a shell for a person: scripts, and options that are not known. */
function readBashWords(args: readonly string[]): BashWords | undefined {
  const words: BashWords = { isInteractive: false, isLogin: false, skipsProfile: false, skipsFile: false, file: undefined, others: [] };
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const long = Object.hasOwn(LONG, word) ? LONG[word] : undefined;
    if (word === '--rcfile' || word === '--init-file') {
      words.file = args[++at];
      continue;
    }
    if (long === undefined && !LETTERS.test(word)) return undefined;
    Object.assign(words, long);
    if (long === undefined && word.startsWith('-')) {
      words.isInteractive ||= word.includes('i');
      words.isLogin ||= word.includes('l');
    }
    words.others.push(word);
  }
  return words;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
