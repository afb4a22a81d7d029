/** Editors and line editors that run commands from their own: vim, emacs, ed, sed, awk. */
import type { Word } from '../../model/command-line.ts';
import { readAwk } from '../scripts/awk.ts';
import { readScript, type Touch } from '../scripts/read.ts';
import { readSed } from '../scripts/sed.ts';
import { type Inner, literal, named, scan, texts, type Unwrapped, valuesOf, type Wrapper, type WrapperTable } from './grammar.ts';

function result(inner: readonly Inner[], touches: readonly Touch[] = []): Unwrapped {
  return { standing: 'judged', innerStanding: 'reading', inner, touches };
}

/** One command of ex: `!CMD`, `:r !CMD`, `w !CMD`, `w FILE`, `call system('CMD')`, `terminal CMD`. */
function exCommand(word: Word): { inner: Inner[]; touches: Touch[] } {
  const inner: Inner[] = [];
  const touches: Touch[] = [];
  for (const line of word.text.split('\n')) {
    const text = line.replace(/^[\s:]+/, '').replace(/^(?:sil(?:ent)?!?|exe(?:cute)?|noau(?:tocmd)?|keepalt)\s+(?:["'](.*)["']$)?/, '$1').replace(/^:/, '');
    // A bang behind the name of a command only forces it (`q!`, `w! FILE`).
    const bang = /^(?:[%0-9,.$'<>+-]*)(?:(?:r|re|read|w|wr|write|terminal|te|ter|term)\s+)?!\s*(.+)$/.exec(text);
    const shell = /^(?:te|ter|term|terminal|make|grep)!?\s+(.+)$/.exec(text);
    const command = bang?.[1] ?? (shell !== null && /^te/.test(text) ? shell[1] : undefined);
    if (command !== undefined) inner.push(...texts([literal(command, word)]));
    const file = command === undefined ? /^(?:[%0-9,.$'<>]*)(w|wr|write|wq|sav|saveas|up|update|r|re|read|e|ed|edit|sp|split|vs|vsplit|tabe|tabedit|so|source)!?\s+(?:>>\s*)?([^!|\s]\S*)\s*$/.exec(text) : null;
    if (file !== null) touches.push({ access: /^(?:w|sav|up)/.test(file[1] ?? '') ? 'write' : 'read', path: literal(file[2] ?? '', word), span: word.span });
    // Other languages in it are read for their calls.
    const script = /^(?:py|py3|python|python3|pyx)\s+(.+)$/.exec(text);
    const reading = /^(?:lua)\s+(.+)$/.test(text) ? readScript('lua', literal(text.slice(4), word)) : script !== null ? readScript('python', literal(script[1] ?? '', word)) : readScript('vim', literal(text, word));
    inner.push(...reading.inner.filter((each) => each.kind !== 'opaque'));
    touches.push(...reading.touches);
  }
  return { inner, touches };
}

const vim: Wrapper = (args, input) => {
  const commands: Word[] = [];
  for (const [index, arg] of args.entries()) {
    const next = args[index + 1];
    if (/^(?:-[a-zA-Z]*c|--cmd)$/.test(arg.text) && next !== undefined) commands.push(next);
    else if (/^-c./.test(arg.text)) commands.push(literal(arg.text.slice(2), arg));
    else if (/^\+[^\d/]/.test(arg.text)) commands.push(literal(arg.text.slice(1), arg));
  }
  if (input !== undefined) commands.push(input);
  const readings = commands.map(exCommand);
  return result(readings.flatMap((reading) => reading.inner), readings.flatMap((reading) => reading.touches));
};

const ed: Wrapper = (_, input) => {
  if (input === undefined) return undefined;
  const { inner, touches } = exCommand(input);
  return result(inner, touches);
};

/** Calls of Emacs Lisp that start programs: `(shell-command "CMD")`, `(call-process "PROG" nil nil nil "ARG")`. */
function lisp(word: Word): { inner: Inner[]; touches: Touch[] } {
  const inner: Inner[] = [];
  const touches: Touch[] = [];
  for (const call of word.text.matchAll(/\(\s*(shell-command(?:-to-string|-on-region)?|async-shell-command|compile|call-process(?:-shell-command)?|start-process(?:-shell-command)?|process-lines|make-process|delete-file|delete-directory|write-region|write-file|find-file|insert-file-contents|load-file|rename-file|copy-file)\s([^()]{0,2000})/g)) {
    const strings = [...(call[2] ?? '').matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/gs, '$1'));
    const [first] = strings;
    const name = call[1] ?? '';
    if (first === undefined) continue;
    if (/^(?:delete-file|write-|find-file|insert-|load-|rename-|copy-)/.test(name)) touches.push({ access: /^delete|^rename/.test(name) ? 'delete' : /^write/.test(name) ? 'write' : 'read', path: literal(first, word), span: word.span });
    else if (name === 'delete-directory') inner.push({ kind: 'words', words: ['rm', '-rf', first].map((text) => literal(text, word)) });
    else if (/shell|compile/.test(name)) inner.push(...texts([literal(strings[name.startsWith('start') ? strings.length - 1 : 0] ?? first, word)]));
    else inner.push({ kind: 'words', words: (name === 'start-process' ? strings.slice(Math.min(1, strings.length - 1)) : strings).map((text) => literal(text, word)) });
  }
  return { inner, touches };
}

const emacs: Wrapper = (args) => {
  const scanned = scan(args, { oneDash: true, values: 'lfLu', longValues: ['load', 'funcall', 'directory', 'user', 'init-directory'], text: ['eval', 'execute', 'e'] }, true);
  const readings = valuesOf(scanned, ['eval', 'execute', 'e']).map(lisp);
  return result(readings.flatMap((reading) => reading.inner), readings.flatMap((reading) => reading.touches));
};

/** The script is an option's value, else the first operand. */
function scriptsOf(args: readonly Word[], options: readonly string[], fileOptions: readonly string[], values: string, longValues: readonly string[] = []): Word[] {
  const scanned = scan(args, { values, longValues: [...longValues, ...fileOptions.filter((name) => name.length > 1)], text: [...options, ...fileOptions.filter((name) => name.length === 1)] }, true);
  const scripts = valuesOf(scanned, options);
  const isFromFile = valuesOf(scanned, fileOptions).length > 0;
  const [first] = scanned.operands;
  return scripts.length > 0 || isFromFile || first === undefined ? scripts : [first];
}

const sed: Wrapper = (args) => {
  const readings = scriptsOf(args, ['e', 'expression'], ['f', 'file'], 'l', ['line-length']).map(readSed);
  return result(readings.flatMap((reading) => reading.inner), readings.flatMap((reading) => reading.touches));
};

const awk: Wrapper = (args, input) => {
  const isInput = args.some((arg, index) => /^-[fE]-$/.test(arg.text) || (/^(?:-[fE]|--file|--exec)$/.test(arg.text) && /^(?:-|\/dev\/stdin)$/.test(args[index + 1]?.text ?? '')));
  if (isInput && input !== undefined) {
    const { inner, touches } = readAwk(input);
    return result(inner, touches);
  }
  const readings = scriptsOf(args, ['e', 'source'], ['f', 'file', 'E', 'exec'], 'Fvil', ['field-separator', 'assign', 'include', 'load']).map(readAwk);
  return result(readings.flatMap((reading) => reading.inner), readings.flatMap((reading) => reading.touches));
};

export const EDITOR_WRAPPERS: WrapperTable = {
  ...named(['vim', 'vi', 'nvim', 'view', 'gvim', 'rvim', 'vimdiff', 'vim.basic', 'vim.tiny'], vim),
  ...named(['ex'], vim),
  ...named(['ed', 'red'], ed),
  ...named(['emacs', 'emacsclient', 'emacs-nox'], emacs),
  ...named(['sed', 'gsed'], sed),
  ...named(['awk', 'gawk', 'mawk', 'nawk', 'original-awk'], awk),
};
