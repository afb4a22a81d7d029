/** What a script in another language would start and touch, where its calls have arguments that are plain to see. */
import type { FileTouch, TouchAccess, Word } from '../../model/command-line.ts';
import { SCRIPT_TEXT_LIMIT, SCRIPT_TOKENS_LIMIT } from '../../model/limits.ts';
import type { Inner } from '../wrappers/grammar.ts';
import { findAliases } from './aliases.ts';
import { type Call, LANGUAGES, type Language, type LanguageName } from './languages.ts';
import { lex, type Token, UNKNOWN } from './lexer.ts';
import { behindBracket, findNames, type Names, splitArguments, type Value, readValue } from './values.ts';

export type Touch = Pick<FileTouch, 'access' | 'path' | 'span'>;

export interface ScriptReading {
  readonly inner: readonly Inner[];
  readonly touches: readonly Touch[];
}

const NESTING_LIMIT = 3;
const CALLS_LIMIT = 500;
/** Undoes an encoding: code that comes out of it was meant not to be read. */
const DECODES = /b64decode|base64|fromhex|unhexlify|decodebytes|Buffer\.from|atob|unpack|rot13|\bchr\b|fromCharCode|decode64|pack\(|zlib|marshal|gzinflate|str_rot13/;

interface Reader {
  readonly language: Language;
  readonly name: LanguageName;
  readonly source: Word;
  readonly tokens: readonly Token[];
  readonly names: Names;
  /** Other names of what is called: `from os import system as x`. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly depth: number;
  readonly inner: Inner[];
  readonly touches: Touch[];
  /** Tokens that may still be looked at as arguments. */
  budget: number;
}

export function readScript(name: LanguageName, source: Word, depth = 0): ScriptReading {
  if (source.text.length > SCRIPT_TEXT_LIMIT) return tooLong(source);
  const language = LANGUAGES[name];
  const tokens = lex(source.text, language.dialect);
  const reader: Reader = { language, name, source, tokens, names: findNames(tokens, language.dialect), aliases: findAliases(tokens, language), depth, inner: [], touches: [], budget: SCRIPT_TOKENS_LIMIT };
  for (let at = 0; at < tokens.length && reader.budget >= 0 && reader.inner.length + reader.touches.length < CALLS_LIMIT; at++) {
    const token = tokens[at] as Token;
    if (token.isCommand) addText(reader, token.text, token.isComputed === true && token.text.startsWith(UNKNOWN), token);
    const callee = calleeAt(reader, at);
    if (callee !== undefined) for (const call of matching(reader, callee, at)) readCall(reader, call, callee, at);
  }
  if (reader.budget < 0 || reader.inner.length + reader.touches.length >= CALLS_LIMIT) reader.inner.push(...tooLong(source).inner);
  return { inner: reader.inner, touches: reader.touches };
}

export function tooLong(source: Word): ScriptReading {
  return { inner: [{ kind: 'opaque', word: source, why: 'the script is too long to be read ahead' }], touches: [] };
}

/** The name that is called: as it stands, or as a string in `x['name'](…)` and `getattr(x, 'name')(…)`. */
function calleeAt({ tokens, aliases }: Reader, at: number): string | undefined {
  const token = tokens[at] as Token;
  if (token.kind === 'name') return tokens[at - 1]?.text === 'def' || tokens[at - 1]?.text === 'function' ? undefined : (aliases.get(token.text) ?? token.text);
  if (token.kind === 'string' && /^[\])]$/.test(tokens[at + 1]?.text ?? '') && tokens[at + 2]?.text === '(') return token.text;
  return undefined;
}

function matching(reader: Reader, callee: string, at: number): readonly Call[] {
  const rows = Object.hasOwn(reader.language.calls, callee) ? (reader.language.calls[callee] ?? []) : [];
  if (rows.length === 0) return [];
  const isOnPath = reader.tokens[at - 1]?.text === '.' && isReceiver(reader, at - 2);
  // A pattern's own method: `/x/.exec(y)`.
  if (reader.tokens[at - 1]?.text === '.' && reader.tokens[at - 2]?.text === '/…/') return [];
  return rows.filter((row) => (row.onReceiver === true) === (isOnPath && rows.some((each) => each.onReceiver)) && (row.needs === undefined || row.needs.some((word) => reader.source.text.includes(word))));
}

/** `Path('x')` ends at `at`. */
function isReceiver(reader: Reader, at: number): boolean {
  return reader.tokens[at]?.text === ')' && receiverStart(reader, at) !== undefined;
}

function receiverStart(reader: Reader, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i >= 0 && i > at - 100; i--) {
    const { kind, text } = reader.tokens[i] as Token;
    if (kind !== 'punct') continue;
    if (text === ')') depth++;
    else if (text === '(' && --depth === 0) return /^(?:Path|PosixPath|Pathname|PurePath)$/.test(reader.tokens[i - 1]?.text ?? '') ? i : undefined;
  }
  return undefined;
}

function argumentsAt(reader: Reader, at: number): { values: readonly Value[]; source: readonly Token[] } | undefined {
  const { tokens, language } = reader;
  const next = reader.tokens[at]?.kind === 'string' ? at + 2 : at + 1;
  let slice: readonly Token[];
  if (tokens[next]?.text === '(') slice = tokens.slice(next + 1, behindBracket(tokens, next) - 1);
  else if (language.dialect.barecalls && tokens[next] !== undefined) slice = statement(tokens, next);
  else return undefined;
  reader.budget -= slice.length;
  const values = splitArguments(slice).map((each) => readValue(each, language.dialect, reader.names)).filter((value) => value !== undefined);
  return { values, source: slice };
}

/** Arguments without brackets: up to what ends the statement. */
function statement(tokens: readonly Token[], from: number): readonly Token[] {
  const first = tokens[from];
  if (first?.kind === 'punct' && !/^[[{]$/.test(first.text)) return [];
  let depth = 0;
  let end = from;
  for (; end < tokens.length; end++) {
    const { kind, text } = tokens[end] as Token;
    if (kind === 'punct' && /^[([{]$/.test(text)) depth++;
    else if (kind === 'punct' && /^[)\]}]$/.test(text) && --depth < 0) break;
    else if (depth === 0 && ((kind === 'punct' && (text === ';' || text === '\n' || text === '|' || text === '&')) || (kind === 'name' && /^(?:or|and|if|unless|do|end|then|for|foreach|while)$/.test(text)))) break;
  }
  return tokens.slice(from, end);
}

function readCall(reader: Reader, call: Call, callee: string, at: number): void {
  const found = argumentsAt(reader, at);
  if (found === undefined) return;
  const token = reader.tokens[at] as Token;
  const values = found.values.slice(call.skip ?? 0);
  const [first, second] = values;
  if (call.onReceiver) {
    const start = receiverStart(reader, at - 2);
    const receiver = start === undefined ? undefined : readValue(reader.tokens.slice(start + 1, at - 2), reader.language.dialect, reader.names);
    if (receiver !== undefined) touch(reader, call.kind === 'open' ? openAccess(first, undefined, found.source) : (call.kind as TouchAccess), receiver);
    if (callee === 'rename' || callee === 'replace') touch(reader, 'write', first);
    return;
  }
  switch (call.kind) {
    case 'shell':
    case 'command':
      if (first !== undefined) addFirst(reader, first, token);
      return;
    case 'code':
      if (first !== undefined) addCode(reader, first, found.source, token);
      return;
    case 'words':
      if (values.length === 1 && first !== undefined) addFirst(reader, first, token);
      else addWords(reader, values.flatMap((value) => value.items ?? [value]), token);
      return;
    case 'program':
      if (first === undefined) return;
      if (first.items === undefined && second?.items === undefined) addFirst(reader, first, token);
      else addWords(reader, [...(first.items ?? [first]), ...(second?.items ?? [])], token);
      return;
    case 'execv':
      if (first !== undefined) addWords(reader, [first, ...(second?.items?.slice(1) ?? [])], token);
      return;
    case 'execl':
      if (first !== undefined) addWords(reader, [first, ...values.slice(2)], token);
      return;
    case 'tree':
      return deleteTree(reader, callee, values, found.source, token);
    case 'move':
      touch(reader, 'delete', first);
      return touch(reader, 'write', second);
    case 'copy':
      touch(reader, 'read', first);
      return touch(reader, 'write', second);
    case 'open':
      return open(reader, values, found.source, token);
    default:
      for (const value of call.kind === 'delete' ? values.flatMap((each) => each.items ?? [each]) : [first]) touch(reader, call.kind, value);
  }
}

/** Deleting a tree is `rm -rf` by another name. */
function deleteTree(reader: Reader, callee: string, values: readonly Value[], source: readonly Token[], token: Token): void {
  const [first] = values;
  const isTree = reader.name !== 'javascript' || source.some((each) => each.text === 'recursive') || (/^(?:remove|emptyDir)/.test(callee) && reader.source.text.includes('fs-extra'));
  for (const value of first?.items ?? (first === undefined ? [] : [first])) {
    if (isTree) addWords(reader, [known('rm'), known('-rf'), value], token);
    else touch(reader, 'delete', value);
  }
}

function known(text: string): Value {
  return { text, isComputed: false, isUnknown: false };
}

/** `open(F, MODE)`; Perl's and Ruby's `|` in the name is a pipe. */
function open(reader: Reader, values: readonly Value[], source: readonly Token[], token: Token): void {
  const [first, second, ...rest] = values;
  if (first === undefined) return;
  if (reader.name === 'perl' || reader.name === 'ruby') {
    if (/^\s*-\||^\s*\|-/.test(first.text)) return addWords(reader, second?.items ?? (rest.length > 0 && second !== undefined ? [second, ...rest] : second === undefined ? [] : [second]), token, rest.length === 0);
    const pipe = /^\s*\|(.*)$|^(.*)\|\s*$/s.exec(first.text);
    if (pipe !== null && !first.isUnknown) return addText(reader, pipe[1] ?? pipe[2] ?? '', false, token);
    const mode = /^\s*(\+?[<>]{1,2})(?::\S*)?\s*(.*)$/s.exec(first.text);
    if (mode !== null) return touch(reader, (mode[1] ?? '').includes('>') || (mode[1] ?? '').includes('+') ? 'write' : 'read', mode[2] === '' ? second : { ...first, text: mode[2] ?? '' });
  }
  touch(reader, openAccess(second, source.find((each) => /^O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)$/.test(each.text)), source), first);
}

function openAccess(mode: Value | undefined, flag: Token | undefined, source: readonly Token[]): TouchAccess {
  const named = source.findIndex((token) => token.text === 'mode');
  const text = named >= 0 ? (source[named + 2]?.text ?? '') : (mode?.text ?? 'r');
  return flag !== undefined || (text.length < 5 && /[wax+]/.test(text)) ? 'write' : 'read';
}

function touch(reader: Reader, access: TouchAccess, value: Value | undefined): void {
  if (value === undefined || value.isComputed || value.text === '' || value.items !== undefined) return;
  reader.touches.push({ access, path: { text: value.text, isDynamic: false, canSplit: false, span: reader.source.span }, span: reader.source.span });
}

/** One argument: shell text, or a list of words. */
function addFirst(reader: Reader, value: Value, token: Token): void {
  if (value.items !== undefined) addWords(reader, value.items, token);
  else addText(reader, value.text, value.isUnknown, token);
}

function addText(reader: Reader, text: string, isUnknown: boolean, token: Token): void {
  if (isUnknown) addOpaque(reader, token);
  else if (text.trim() !== '') reader.inner.push({ kind: 'text', word: { text, isDynamic: false, canSplit: false, span: reader.source.span } });
}

function addWords(reader: Reader, values: readonly Value[], token: Token, isText = false): void {
  const [first] = values;
  if (first === undefined) return;
  if (first.isUnknown) return addOpaque(reader, token);
  if (isText && values.length === 1) return addText(reader, first.text, false, token);
  reader.inner.push({ kind: 'words', words: values.map((value) => ({ text: value.text, isDynamic: value.isComputed, canSplit: false, span: reader.source.span })) });
}

function addCode(reader: Reader, value: Value, source: readonly Token[], token: Token): void {
  if (!value.isComputed && reader.depth < NESTING_LIMIT) {
    const { inner, touches } = readScript(reader.name, { ...reader.source, text: value.text }, reader.depth + 1);
    reader.inner.push(...inner);
    reader.touches.push(...touches);
    return;
  }
  const text = reader.source.text.slice(source[0]?.start ?? token.start, source[source.length - 1]?.end ?? token.end);
  if (DECODES.test(text)) addOpaque(reader, token);
}

function addOpaque(reader: Reader, token: Token): void {
  const text = reader.source.text.slice(token.start, Math.min(reader.source.text.length, token.end + 200));
  reader.inner.push({ kind: 'opaque', word: { ...reader.source, text }, why: `what \`${token.text}\` in the script starts is not known before it runs`, isReading: true });
}
