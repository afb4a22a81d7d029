/** What a sed script runs and touches: `e`, `s///e`, `w FILE`, `r FILE` (sed(1)). */
import type { TouchAccess, Word } from '../../model/command-line.ts';
import type { Inner } from '../wrappers/grammar.ts';
import { UNKNOWN } from './lexer.ts';
import { SCRIPT_TEXT_LIMIT } from '../../model/limits.ts';
import { type ScriptReading, type Touch, tooLong } from './read.ts';

export function readSed(source: Word): ScriptReading {
  const { text } = source;
  if (text.length > SCRIPT_TEXT_LIMIT) return tooLong(source);
  const inner: Inner[] = [];
  const touches: Touch[] = [];
  const run = (command: string): void => {
    const shown = command.replace(/\\[0-9]|&/g, UNKNOWN).trim();
    if (shown === '' || shown.startsWith(UNKNOWN)) inner.push({ kind: 'opaque', word: source, why: 'what the sed script starts is not known before it runs', isReading: true });
    else inner.push({ kind: 'text', word: { ...source, text: shown, isDynamic: false } });
  };
  const file = (access: TouchAccess, path: string): void => {
    if (path !== '' && !path.startsWith('/dev/std')) touches.push({ access, path: { ...source, text: path, isDynamic: false }, span: source.span });
  };
  const endOfLine = (from: number): number => {
    const end = text.indexOf('\n', from);
    return end < 0 ? text.length : end;
  };
  let at = 0;
  while (at < text.length && inner.length + touches.length < 200) {
    at = skipAddresses(text, at);
    const command = text[at++];
    if (command === undefined) break;
    if (command === 's' || command === 'y') {
      const delimiter = text[at] ?? '';
      const second = behind(text, at + 1, delimiter);
      const end = behind(text, second, delimiter);
      let flags = end;
      while (flags < text.length && /[gpiImM0-9eE]/.test(text[flags] as string)) flags++;
      if (command === 's' && text.slice(end, flags).includes('e')) run(text.slice(second, end - 1));
      at = flags;
      if (command === 's' && text[at] === 'w') {
        at = endOfLine(at);
        file('write', text.slice(flags + 1, at).trim());
      }
    } else if (command === 'e') {
      const end = endOfLine(at);
      run(text.slice(at, end).replace(/^\s+/, ''));
      at = end;
    } else if (/[wWrR]/.test(command)) {
      const end = endOfLine(at);
      file(command.toLowerCase() === 'w' ? 'write' : 'read', text.slice(at, end).trim());
      at = end;
    } else if (/[aic]/.test(command)) {
      at = endOfLine(at);
      while (text[at - 1] === '\\' && at < text.length) at = endOfLine(at + 1);
    } else if (/[btT:]/.test(command)) {
      while (at < text.length && !/[;\n}]/.test(text[at] as string)) at++;
    }
  }
  return { inner, touches };
}

/** Index behind the next delimiter that is not escaped and stands in no bracket expression. */
function behind(text: string, from: number, delimiter: string): number {
  let isClass = false;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') isClass = true;
    else if (text[i] === ']') isClass = false;
    else if (text[i] === delimiter && !(isClass && text.indexOf(']', i) > i && text.indexOf(']', i) < i + 40)) return i + 1;
  }
  return text.length;
}

function skipAddresses(text: string, from: number): number {
  let at = from;
  for (;;) {
    const char = text[at];
    if (char === undefined) return at;
    if (/[\s;{}0-9$,!~+]/.test(char)) at++;
    else if (char === '/') at = skipFlags(text, behind(text, at + 1, '/'));
    else if (char === '\\') at = skipFlags(text, behind(text, at + 2, text[at + 1] ?? ''));
    else if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else return at;
  }
}

function skipFlags(text: string, from: number): number {
  let at = from;
  while (text[at] === 'I' || text[at] === 'M') at++;
  return at;
}
