/** Terminals and drivers that run or type commands: tmux, screen, expect, gdb. */
import type { Word } from '../../model/command-line.ts';
import { type Inner, joined, literal, scan, texts, type Unwrapped, valuesOf, type Wrapper, type WrapperTable } from './grammar.ts';

interface TmuxRow {
  readonly values: string;
  readonly kind: 'command' | 'shell' | 'condition' | 'keys' | 'tmux';
}

const TMUX_ROWS: readonly (readonly [names: readonly string[], row: TmuxRow])[] = [
  [['new-session', 'new'], { values: 'cefFnstxy', kind: 'command' }],
  [['new-window', 'neww'], { values: 'ceFnt', kind: 'command' }],
  [['split-window', 'splitw'], { values: 'ceFlpt', kind: 'command' }],
  [['respawn-pane', 'respawnp', 'respawn-window', 'respawnw'], { values: 'cet', kind: 'command' }],
  [['display-popup', 'popup'], { values: 'bcdehsStTwxy', kind: 'command' }],
  [['pipe-pane', 'pipep'], { values: 't', kind: 'shell' }],
  [['run-shell', 'run'], { values: 'cdt', kind: 'shell' }],
  [['if-shell', 'if'], { values: 't', kind: 'condition' }],
  [['send-keys', 'send'], { values: 'cNt', kind: 'keys' }],
  [['bind-key', 'bind', 'set-hook', 'confirm-before', 'confirm', 'command-prompt'], { values: 'NTtpI', kind: 'tmux' }],
];
const TMUX = new Map(TMUX_ROWS.flatMap(([names, row]) => names.map((name) => [name, row] as const)));

const tmux: Wrapper = (args) => {
  const scanned = scan(args, { values: 'fLST', text: ['c'] });
  const inner = texts(valuesOf(scanned, ['c']));
  const command: Word[] = [];
  for (const word of [...scanned.operands, literal(';')]) {
    if (word.text !== ';' && !word.text.endsWith(';')) {
      command.push(word);
      continue;
    }
    if (word.text.length > 1) command.push({ ...word, text: word.text.slice(0, -1) });
    inner.push(...tmuxCommand(command));
    command.length = 0;
  }
  return { standing: 'judged', innerStanding: 'reading', inner };
};

function tmuxCommand(words: readonly Word[]): Inner[] {
  const [name, ...rest] = words;
  const row = TMUX.get(name?.text ?? '');
  if (row === undefined) return [];
  const { operands } = scan(rest, { values: row.values });
  const [first] = operands;
  if (first === undefined) return [];
  switch (row.kind) {
    case 'command':
      return operands.length === 1 ? texts([first]) : [{ kind: 'words', words: operands }];
    case 'shell':
      return texts([first]);
    case 'condition':
      return [...texts([first]), ...operands.slice(1).flatMap((word) => tmuxCommand(splitWords(word)))];
    case 'keys':
      return texts([typed(operands)]);
    case 'tmux':
      return operands.flatMap((word, index) => [...tmuxCommand(splitWords(word)), ...(TMUX.has(word.text) ? tmuxCommand(operands.slice(index)) : [])]);
  }
}

/** Words of a tmux command inside a word, near enough for finding what it runs. */
function splitWords(word: Word): Word[] {
  const found: Word[] = [];
  for (const match of word.text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)) found.push({ ...word, text: match[1] ?? match[2] ?? match[3] ?? '' });
  return found;
}

/** Keys typed one after the other; some have names. */
function typed(words: readonly Word[]): Word {
  const keys: Readonly<Record<string, string>> = { Enter: '\n', 'C-m': '\n', 'C-j': '\n', KPEnter: '\n', Space: ' ', Tab: ' ' };
  return { ...joined(words), text: words.map((word) => keys[word.text] ?? word.text).join('') };
}

const screen: Wrapper = (args) => {
  const scanned = scan(args, { values: 'cehpsStT' });
  const words = scanned.operands;
  const typing = args.findIndex((arg) => /^-[a-zA-Z]*X$/.test(arg.text));
  if (typing >= 0) {
    const [verb, ...rest] = args.slice(typing + 1);
    if (verb?.text === 'stuff') return { standing: 'judged', innerStanding: 'reading', inner: texts([{ ...joined(rest), text: joined(rest).text.replace(/\\(?:n|r|012|015)|\^M|\r/g, '\n') }]) };
    return { standing: 'judged', innerStanding: 'reading', inner: /^(?:exec|screen)$/.test(verb?.text ?? '') && rest.length > 0 ? [{ kind: 'words', words: rest }] : [] };
  }
  return { standing: 'judged', innerStanding: 'reading', inner: words.length === 0 || scanned.options.some((option) => /^[rRxl]$/.test(option.name)) ? [] : [{ kind: 'words', words }] };
};

/** Tcl's `spawn`, `exec` and `send` by their first word; lines of the script, or pieces between `;`. */
function tclCommands(text: Word): Inner[] {
  return text.text.split(/[;\n{}[\]]/).flatMap((piece): Inner[] => {
    const match = /^\s*(?:spawn|exec|system|send(?:_user)?(?: --)?|open)\s+(?:-\w+\s+)*(.+)$/s.exec(piece);
    if (match === null) return [];
    return texts([{ ...text, text: (match[1] ?? '').replace(/^"(.*)"$/s, '$1').replace(/\\[rn]/g, '\n').replace(/^"?\|/, '') }]);
  });
}

const expect: Wrapper = (args, input) => {
  const scripts = valuesOf(scan(args, { text: ['c'], values: 'f' }), ['c']);
  return { standing: 'judged', innerStanding: 'reading', inner: [...scripts, ...(input === undefined ? [] : [input])].flatMap(tclCommands) };
};

/** `shell CMD`, `!CMD`, `python …`, `call system("CMD")` as a debugger's command. */
function debuggerCommand(word: Word): Inner[] {
  const match = /^\s*(?:!|(?:shell|she|make|platform\s+(?:shell|process\s+launch\s+--)|process\s+launch\s+--|pipe)\s)\s*(.+)$/s.exec(word.text);
  if (match !== null) return texts([{ ...word, text: match[1] ?? '' }]);
  const found: Inner[] = [];
  for (const call of word.text.matchAll(/(?:system|popen|execl\w*)\s*\(\s*(["'])((?:(?!\1)[^\\]|\\.)*)\1/g)) found.push({ kind: 'text', word: { ...word, text: (call[2] ?? '').replace(/\\(.)/gs, '$1') } });
  return found;
}

const GDB = { oneDash: true, longValues: ['ex', 'eval-command', 'iex', 'init-eval-command', 'x', 'command', 'ix', 'cd', 'd', 'directory', 'p', 'pid', 'c', 'core', 's', 'symbols', 'e', 'exec', 'se', 'tty', 'b', 'l', 'D', 'data-directory', 'i', 'interpreter'] };

const gdb: Wrapper = (args) => {
  const scanned = scan(args, GDB, true);
  const inner = valuesOf(scanned, ['ex', 'eval-command', 'iex', 'init-eval-command']).flatMap(debuggerCommand);
  const at = args.findIndex((arg) => /^--?args$/.test(arg.text));
  const program = at >= 0 ? scan(args.slice(at + 1), GDB).operands : scanned.operands.slice(0, 1);
  if (program.length > 0) inner.push({ kind: 'words', words: program });
  return result(inner);
};

const lldb: Wrapper = (args) => {
  const scanned = scan(args, { values: 'nwpcsSKfaLx', text: ['o', 'O', 'k', 'one-line', 'one-line-before-file', 'one-line-on-crash'] });
  const inner = valuesOf(scanned, ['o', 'O', 'k', 'one-line', 'one-line-before-file', 'one-line-on-crash']).flatMap(debuggerCommand);
  if (scanned.operands.length > 0) inner.push({ kind: 'words', words: scanned.operands });
  return result(inner);
};

function result(inner: readonly Inner[]): Unwrapped {
  return { standing: 'judged', innerStanding: 'reading', inner };
}

/** `osascript -e 'do shell script "CMD"'`. */
const osascript: Wrapper = (args) => result(texts(valuesOf(scan(args, { text: ['e'], values: 'ls' }), ['e']).flatMap((word) => {
  const match = /do shell script\s+"((?:[^"\\]|\\.)*)"/i.exec(word.text);
  return match === null ? [] : { ...word, text: (match[1] ?? '').replace(/\\(.)/gs, '$1') };
})));

export const SCREEN_WRAPPERS: WrapperTable = { tmux, screen, expect, tclsh: expect, gdb, 'gdb-multiarch': gdb, cgdb: gdb, lldb, osascript };
