/** Shells, builtins that run text, and `env`: judged by their content. */
import type { Word } from '../../model/command-line.ts';
import { joined, literal, prefix, runs, scan, scriptAsProgram, skipOptions, type Unwrapped, valuesOf, type Wrapper, type WrapperTable } from './grammar.ts';

/** Shells whose text is read as POSIX shell text. */
const POSIX_SHELLS = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'rbash', 'yash', 'posh', 'lksh', 'ksh93', 'hush'];
/** Everything that runs what comes through a pipe. */
export const SHELLS: ReadonlySet<string> = new Set([...POSIX_SHELLS, 'csh', 'tcsh', 'fish', 'pwsh']);

const STANDARD_INPUT = /^\/(?:dev\/stdin|dev\/fd\/0|proc\/self\/fd\/0)$/;

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
  const readsScript = operand === undefined || readsInput || STANDARD_INPUT.test(operand.text);
  return readsScript ? { standing: 'judged', innerStanding: 'same', inner: [], readsScript } : { standing: 'judged', innerStanding: 'reading', inner: scriptAsProgram(args, at), readsScript };
};

/** csh, fish and PowerShell have a syntax of their own: the text is one more reading, the shell answers for it. */
const foreignShell: Wrapper = (args) => {
  const scanned = scan(args, { values: 'C', text: ['c', 'command', 'init-command'] });
  const inner = valuesOf(scanned, ['c', 'command', 'C', 'init-command']).map((word) => ({ kind: 'text', word, outputToShell: true }) as const);
  return { standing: 'judged', innerStanding: 'reading', inner, readsScript: inner.length === 0 && scanned.operands.length === 0 };
};

const powershell: Wrapper = (args) => {
  const at = args.findIndex((arg) => /^-(?:c|command|e|ec|encodedcommand)$/i.test(arg.text));
  const text = args.slice(at + 1);
  if (at < 0 || text.length === 0) return { standing: 'judged', innerStanding: 'reading', inner: [], readsScript: args.length === 0 };
  const isEncoded = /^-e/i.test(args[at]?.text ?? '');
  return { standing: 'judged', innerStanding: 'reading', inner: [isEncoded ? { kind: 'opaque', word: joined(text), why: 'the command is encoded' } : { kind: 'text', word: joined(text) }] };
};

/** `env -S 'words'`: the text is split like a command line (env(1)). */
const env: Wrapper = (args) => {
  for (const [index, arg] of args.entries()) {
    if (!arg.text.startsWith('-')) break;
    const attached = /^(?:-[iv0]*S|--split-string=)(.+)$/s.exec(arg.text);
    const apart = /^(?:-[iv0]*S|--split-string)$/.test(arg.text) ? args[index + 1] : undefined;
    const text = attached?.[1] ?? apart?.text;
    if (text === undefined) continue;
    const after = args.slice(index + (apart === undefined ? 1 : 2));
    const whole = [text, ...after.map((word) => word.text)].join(' ').trim();
    // Assignments in front stay: they are read as a shell reads them.
    const bare = dropOptions(whole);
    return { standing: 'transparent', innerStanding: 'same', inner: [{ kind: 'text', word: { ...arg, text: bare, isDynamic: arg.isDynamic || (apart?.isDynamic ?? false) } }] };
  }
  return prefix({ values: 'uC', longValues: ['unset', 'chdir'], variables: true })(args);
};

function dropOptions(text: string): string {
  let rest = text;
  for (let word = /^-\S+\s+/.exec(rest); word !== null; word = /^-\S+\s+/.exec(rest)) rest = rest.slice(word[0].length);
  return rest;
}

const passive: Unwrapped = { standing: 'builtin', innerStanding: 'same', inner: [] };

const evaluate: Wrapper = (args) => (args.length === 0 ? passive : { standing: 'transparent', innerStanding: 'same', inner: [{ kind: 'text', word: joined(args), outputToShell: true, sameShell: 'now' }] });

/** `source FILE` needs a rule; `source /dev/stdin` reads what comes in. */
const sourced: Wrapper = (args) => ({ standing: 'judged', innerStanding: 'same', inner: [], readsScript: STANDARD_INPUT.test(args[0]?.text ?? '') });

const trap: Wrapper = (args) => {
  const rest = args[0]?.text === '--' ? args.slice(1) : args;
  const [first] = rest;
  if (first === undefined || rest.length < 2 || /^-(l|p)?$/.test(first.text) || first.text === '') return passive;
  return { standing: 'transparent', innerStanding: 'same', inner: [{ kind: 'text', word: first, sameShell: 'later' }] };
};

const alias: Wrapper = (args) => ({
  standing: 'builtin',
  innerStanding: 'reading',
  inner: args.filter((arg) => arg.text.includes('=')).map((arg) => ({ kind: 'text', word: { ...arg, text: arg.text.slice(arg.text.indexOf('=') + 1) } })),
});

/** Builtins of bash that keep shell text for later: `bind -x '"\C-l": CMD'`, `complete -C CMD`, `mapfile -C CMD`. */
function keepsText(read: (args: readonly Word[]) => readonly Word[]): Wrapper {
  return (args) => ({ standing: 'builtin', innerStanding: 'same', inner: read(args).map((word) => ({ kind: 'text', word })) });
}

/** `complete -C CMD`: bash puts words of its own behind CMD. */
function completer(args: readonly Word[]): readonly Word[] {
  return valuesOf(scan(args, { values: 'AGWFCXPSo' }, true), ['C']).flatMap((word) => [word, { ...word, text: `${word.text} "$@"` }]);
}

export const SHELL_WRAPPERS: WrapperTable = {
  ...Object.fromEntries(POSIX_SHELLS.map((name) => [name, shell])),
  csh: foreignShell,
  tcsh: foreignShell,
  fish: foreignShell,
  pwsh: powershell,
  powershell,
  env,
  genv: env,
  eval: evaluate,
  trap,
  alias,
  command: (args) => (/^-[vV]+$/.test(args[0]?.text ?? '') ? passive : prefix({})(args)),
  builtin: prefix({}),
  // Without a command it only opens files.
  exec: (args) => (skipOptions(args, { values: 'a' }).length === 0 ? passive : prefix({ values: 'a' })(args)),
  compgen: keepsText(completer),
  source: sourced,
  '.': sourced,
  bind: keepsText((args) => args.flatMap((arg, index) => (args[index - 1]?.text === '-x' ? [literal(arg.text.slice(arg.text.indexOf(':') + 1), arg)] : []))),
  complete: keepsText(completer),
  mapfile: keepsText((args) => valuesOf(scan(args, { values: 'dnOstuCc' }, true), ['C'])),
  readarray: keepsText((args) => valuesOf(scan(args, { values: 'dnOstuCc' }, true), ['C'])),
  at: schedule(),
  batch: schedule(),
  crontab: (args, input) => {
    const isInput = args.length === 0 || args.some((arg) => arg.text === '-');
    // The times stand before each command.
    const lines = isInput && input !== undefined ? input.text.split('\n').map((line) => ({ ...input, text: line.replace(/^\s*(?:@\w+|(?:[\d*,/A-Za-z-]+\s+){4}[\d*,/A-Za-z-]+)\s+/, '') })) : [];
    return { standing: 'judged', innerStanding: 'reading', inner: lines.filter((line) => !/^\s*(?:#|$)/.test(line.text)).map((word) => ({ kind: 'text', word })), readsScript: isInput && input === undefined };
  },
  newgrp: () => ({ standing: 'judged', innerStanding: 'reading', inner: [], readsScript: true }),
  su: runs({ text: ['c', 'command', 'session-command'], values: 'gGsTw', permutes: true }),
  sg: (args) => {
    const rest = args.filter((arg) => arg.text !== '-');
    const [, first, second] = rest;
    const word = first?.text === '-c' ? second : first;
    return { standing: 'judged', innerStanding: 'reading', inner: word === undefined ? [] : [{ kind: 'text', word }] };
  },
  capsh: (args) => {
    const at = args.findIndex((arg) => arg.text === '--' || arg.text === '==');
    return { standing: 'judged', innerStanding: 'reading', inner: at < 0 ? [] : [{ kind: 'words', words: [literal('bash'), ...args.slice(at + 1)] }] };
  },
};

/** `at now <<EOF`: the text on standard input is run later. */
function schedule(): Wrapper {
  return (args) => ({ standing: 'judged', innerStanding: 'reading', inner: [], readsScript: !args.some((arg) => /^-[a-zA-Z]*[flrdc]/.test(arg.text)) });
}
