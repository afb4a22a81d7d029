/** What an awk program starts and touches: `system()`, pipes to and from commands, `print > FILE`, `getline < FILE`. */
import type { TouchAccess, Word } from '../../model/command-line.ts';
import type { Inner } from '../wrappers/grammar.ts';
import type { Dialect, Token } from './lexer.ts';
import { lex, UNKNOWN } from './lexer.ts';
import { SCRIPT_TEXT_LIMIT } from '../../model/limits.ts';
import { type ScriptReading, type Touch, tooLong } from './read.ts';
import { behindBracket } from './values.ts';

const AWK: Dialect = { lineComments: ['#'], quotes: '"', hasRegex: true, concat: [] };
const ENDS = new Set([';', '\n', '{', '}', '|', '|&', ')', '(', '&', '>', '>>', '<']);

/** Strings next to each other are one; what is no string is not known. */
function joinedText(tokens: readonly Token[]): string {
  return tokens.map((token) => (token.kind === 'string' ? token.text : UNKNOWN)).join('').replaceAll(`${UNKNOWN}${UNKNOWN}`, UNKNOWN);
}

export function readAwk(source: Word): ScriptReading {
  if (source.text.length > SCRIPT_TEXT_LIMIT) return tooLong(source);
  const tokens = lex(source.text, AWK);
  const inner: Inner[] = [];
  const touches: Touch[] = [];
  const addCommand = (slice: readonly Token[]): void => {
    const text = joinedText(slice);
    if (text === '') return;
    if (text.startsWith(UNKNOWN)) inner.push({ kind: 'opaque', word: { ...source, text: source.text.slice(slice[0]?.start, slice[slice.length - 1]?.end) }, why: 'what the awk program starts is not known before it runs', isReading: true });
    else inner.push({ kind: 'text', word: { ...source, text, isDynamic: false } });
  };
  const addTouch = (access: TouchAccess, slice: readonly Token[]): void => {
    const text = joinedText(slice);
    if (text !== '' && !text.includes(UNKNOWN)) touches.push({ access, path: { ...source, text }, span: source.span });
  };
  let isPrinting = false;
  for (let at = 0; at < tokens.length && inner.length < 500; at++) {
    const { kind, text } = tokens[at] as Token;
    if (kind === 'name' && (text === 'print' || text === 'printf')) isPrinting = true;
    if (kind === 'name' && text === 'system' && tokens[at + 1]?.text === '(') addCommand(tokens.slice(at + 2, behindBracket(tokens, at + 1) - 1));
    if (kind === 'name' && text === 'getline') {
      const to = tokens.slice(at + 1, at + 4).findIndex((token) => token.kind === 'punct' && token.text === '<');
      if (to >= 0) addTouch('read', upToEnd(tokens, at + 2 + to));
    }
    if (kind !== 'punct') continue;
    if (text === ';' || text === '\n' || text === '}') isPrinting = false;
    if (text === '|' || text === '|&') {
      if (tokens[at + 1]?.text === '|') at++;
      else if (tokens[at - 1]?.text !== '|') addCommand(tokens[at + 1]?.text === 'getline' ? backToStart(tokens, at) : upToEnd(tokens, at + 1));
    }
    if (isPrinting && (text === '>' || text === '>>')) addTouch('write', upToEnd(tokens, at + 1));
  }
  return { inner, touches };
}

function upToEnd(tokens: readonly Token[], from: number): readonly Token[] {
  const start = tokens[from]?.text === '(' ? from + 1 : from;
  let end = start;
  while (end < tokens.length && !(tokens[end]?.kind === 'punct' && ENDS.has(tokens[end]?.text ?? ''))) end++;
  return tokens.slice(start, end);
}

function backToStart(tokens: readonly Token[], at: number): readonly Token[] {
  const last = tokens[at - 1]?.text === ')' ? at - 1 : at;
  let start = last;
  while (start > 0 && !(tokens[start - 1]?.kind === 'punct' && ENDS.has(tokens[start - 1]?.text ?? ''))) start--;
  return tokens.slice(start, last);
}
