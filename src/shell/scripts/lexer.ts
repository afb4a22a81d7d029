/**
 * Tokens of a script in another language, as far as finding its calls with literal arguments needs them: strings, names,
 * brackets. One pass, each character looked at once.
 */

export interface Token {
  readonly kind: 'string' | 'name' | 'punct';
  /** Value of a string, with `$_unknown_` where something is put in; else as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Something is put into the string when it runs. */
  readonly isComputed?: boolean;
  /** A string that is run: backquotes, `%x(…)`, `qx(…)`. */
  readonly isCommand?: boolean;
  /** `qw(a b)`, `%w[a b]`. */
  readonly isList?: boolean;
}

/** How a language writes comments and strings. */
export interface Dialect {
  readonly lineComments: readonly string[];
  readonly blockComment?: readonly [string, string];
  readonly quotes: string;
  /** Quotes whose text is taken as it stands. */
  readonly rawQuotes?: string;
  readonly backquote?: 'template' | 'command';
  readonly hasTripleQuotes?: boolean;
  readonly hasRegex?: boolean;
  /** `q(…)`, `qx{…}` of Perl; `%q(…)`, `%x(…)` of Ruby; `[[…]]` of Lua. */
  readonly special?: 'perl' | 'ruby' | 'lua';
  /** What puts a value into a double-quoted string. */
  readonly interpolation?: 'dollar' | 'hash' | 'braces';
  /** Joins strings. */
  readonly concat: readonly string[];
  /** A call needs no brackets. */
  readonly barecalls?: boolean;
}

/** Stands in shell text for what is not known: an expansion of a variable that nobody sets. */
export const UNKNOWN = '$_unknown_';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', a: '\x07', b: '\b', f: '\f', v: '\v', e: '\x1b', '\n': '' };
const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

export function lex(text: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  const commentStarts = new Set([...dialect.lineComments, ...(dialect.blockComment ?? [])].map((mark) => mark[0]));
  let at = 0;
  const push = (token: Token): void => {
    tokens.push(token);
    at = token.end;
  };
  while (at < text.length) {
    const char = text[at] as string;
    const comment = commentStarts.has(char) ? dialect.lineComments.find((mark) => text.startsWith(mark, at)) : undefined;
    if (char === '\n') push({ kind: 'punct', text: '\n', start: at, end: at + 1 });
    else if (/\s/.test(char)) at++;
    else if (dialect.blockComment !== undefined && commentStarts.has(char) && text.startsWith(dialect.blockComment[0], at)) {
      const end = text.indexOf(dialect.blockComment[1], at + 2);
      at = end < 0 ? text.length : end + dialect.blockComment[1].length;
    } else if (comment !== undefined && !isVariableMark(text, at, dialect)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else push(special(text, at, dialect, tokens) ?? plain(text, at, dialect, tokens));
  }
  return tokens;
}

/** `$#list` of Perl is no comment. */
function isVariableMark(text: string, at: number, dialect: Dialect): boolean {
  return dialect.special === 'perl' && text[at - 1] === '$';
}

function plain(text: string, at: number, dialect: Dialect, before: readonly Token[]): Token {
  const char = text[at] as string;
  if (dialect.hasTripleQuotes && (text.startsWith('"""', at) || text.startsWith("'''", at))) return readString(text, at, at + 3, text.slice(at, at + 3), dialect, '');
  if (dialect.quotes.includes(char)) return readString(text, at, at + 1, char, dialect, '');
  if (char === '`' && dialect.backquote !== undefined) return { ...readString(text, at, at + 1, '`', dialect, ''), isCommand: dialect.backquote === 'command' };
  if (char === '/' && dialect.hasRegex && isRegexPlace(before)) return readRegex(text, at);
  const name = /[\p{L}_$@]/u.test(char) ? nameEnd(text, at) : at;
  if (name > at) {
    const word = text.slice(at, name);
    // Python: r'…', b'…', f'…' and pairs of them.
    if (dialect.hasTripleQuotes && /^[rbfuRBFU]{1,2}$/.test(word) && dialect.quotes.includes(text[name] ?? ' ')) {
      const triple = text.startsWith('"""', name) || text.startsWith("'''", name);
      return readString(text, at, name + (triple ? 3 : 1), text.slice(name, name + (triple ? 3 : 1)), dialect, word.toLowerCase());
    }
    return { kind: 'name', text: word, start: at, end: name };
  }
  if (/[.:>=!~&|]/.test(text[at + 1] ?? ' ')) for (const mark of ['...', '::', '->', '=>', '==', '!=', '..', '=~', '|&', '>>']) if (text.startsWith(mark, at)) return { kind: 'punct', text: mark, start: at, end: at + mark.length };
  return { kind: 'punct', text: char, start: at, end: at + 1 };
}

function nameEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && /[\p{L}\p{N}_$?!]/u.test(text[end] as string)) end++;
  while (end > at + 1 && /[?!]/.test(text[end - 1] as string) && /[=(]/.test(text[end] ?? ' ')) end--;
  return end;
}

/** A slash opens a pattern where no value stands before it. */
function isRegexPlace(before: readonly Token[]): boolean {
  const last = before[before.length - 1];
  if (last === undefined) return true;
  if (last.kind === 'string') return false;
  if (last.kind === 'name') return /^(?:return|typeof|case|in|of|and|or|not|if|unless|split|when|print)$/.test(last.text);
  return !/^(?:\)|\]|\d)$/.test(last.text);
}

function readRegex(text: string, at: number): Token {
  let isClass = false;
  for (let i = at + 1; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') isClass = true;
    else if (text[i] === ']') isClass = false;
    else if (text[i] === '/' && !isClass) return { kind: 'punct', text: '/…/', start: at, end: i + 1 };
  }
  return { kind: 'punct', text: '/', start: at, end: at + 1 };
}

/** Perl's and Ruby's own brackets, Lua's long ones. */
function special(text: string, at: number, dialect: Dialect, before: readonly Token[]): Token | undefined {
  if (dialect.special === 'lua' && text.startsWith('[[', at)) {
    const end = text.indexOf(']]', at);
    return { kind: 'string', text: text.slice(at + 2, end < 0 ? undefined : end), start: at, end: end < 0 ? text.length : end + 2 };
  }
  const last = before[before.length - 1];
  const isMember = last?.text === '.' || last?.text === '->' || last?.text === '$' || last?.text === 'sub';
  const match = isMember ? null : dialect.special === 'perl' ? /^(q[qxwr]?|m|s|y|tr)\s{0,3}([^\w\s,;=)]|(?<=\s)#)/.exec(text.slice(at, at + 8)) : dialect.special === 'ruby' ? /^%([qQxwWi]?)([^\w\s=])/.exec(text.slice(at, at + 4)) : null;
  if (match === null || /[\w$@%&]/.test(text[at - 1] ?? ' ') || (dialect.special === 'ruby' && last?.kind === 'name' && match[1] === '') || text.startsWith('=>', at + (match[1] ?? '').length)) return undefined;
  const open = match[2] ?? '';
  const close = CLOSERS[open] ?? open;
  const start = at + match[0].length;
  const kind = match[1] ?? '';
  const end = closing(text, start, open, close);
  if (/^(?:m|qr|s|y|tr)$/.test(kind)) {
    if (/^(?:m|qr)$/.test(kind)) return { kind: 'punct', text: '/…/', start: at, end };
    let second = end;
    if (open !== close) while (second < text.length && text[second] !== open && /\s/.test(text[second] as string)) second++;
    return { kind: 'punct', text: '/…/', start: at, end: closing(text, open === close ? second : second + 1, open, close) };
  }
  const body = text.slice(start, Math.max(start, end - 1));
  const isRaw = kind === 'q' || kind === 'w' || kind === 'qw' || kind === 'i';
  const { value, isComputed } = isRaw ? { value: body, isComputed: false } : resolveEscapes(body, dialect.interpolation ?? '');
  return { kind: 'string', text: value, start: at, end, isComputed, isCommand: kind === 'x' || kind === 'qx', isList: kind === 'w' || kind === 'W' || kind === 'qw' };
}

function closing(text: string, from: number, open: string, close: string): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === close && --depth === 0) return i + 1;
    else if (text[i] === open && open !== close) depth++;
  }
  return text.length;
}

function readString(text: string, start: number, from: number, close: string, dialect: Dialect, marks: string): Token {
  const isRaw = marks.includes('r') || (dialect.rawQuotes ?? '').includes(close[0] ?? '');
  let end = from;
  while (end < text.length && !text.startsWith(close, end)) end += text[end] === '\\' ? 2 : 1;
  const body = text.slice(from, Math.min(end, text.length));
  const isPlain = (dialect.rawQuotes ?? '').includes(close[0] ?? '');
  const how = marks.includes('f') ? 'braces' : close === '`' && dialect.backquote === 'template' ? 'template' : close.startsWith('"') || close === '`' ? (dialect.interpolation ?? '') : '';
  const { value, isComputed } = isRaw ? { value: isPlain ? body.replace(/\\(['\\])/g, '$1') : body, isComputed: false } : resolveEscapes(body, how);
  return { kind: 'string', text: value, start, end: Math.min(text.length, end + close.length), isComputed };
}

/** Escapes resolved; what is put in becomes UNKNOWN. */
function resolveEscapes(body: string, how: string): { value: string; isComputed: boolean } {
  let value = '';
  let isComputed = false;
  for (let i = 0; i < body.length; i++) {
    const char = body[i] as string;
    if (char === '\\') {
      const code = /^(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|([0-7]{2,3}))/.exec(body.slice(i + 1, i + 11));
      const digits = code?.[1] ?? code?.[2] ?? code?.[3] ?? code?.[4];
      const point = digits !== undefined ? Number.parseInt(digits, 16) : Number.parseInt(code?.[5] ?? '', 8);
      if (code !== null && point <= 0x10ffff) {
        value += String.fromCodePoint(point);
        i += code[0].length;
      } else {
        const next = body[++i] ?? '';
        value += ESCAPES[next] ?? next;
      }
      continue;
    }
    const width = putIn(body, i, how);
    if (width === 0) value += char;
    else {
      value += UNKNOWN;
      isComputed = true;
      i += width - 1;
    }
  }
  return { value, isComputed };
}

/** Length of what is put in at `i`; 0 when nothing is. */
function putIn(body: string, i: number, how: string): number {
  const char = body[i];
  if (how === 'braces' && char === '{' && body[i + 1] !== '{') return closing(body, i + 1, '{', '}') - i;
  if (how === 'template' && char === '$' && body[i + 1] === '{') return closing(body, i + 2, '{', '}') - i;
  if (how === 'hash' && char === '#' && body[i + 1] === '{') return closing(body, i + 2, '{', '}') - i;
  if (how === 'dollar' && (char === '$' || char === '@') && /[A-Za-z_{]/.test(body[i + 1] ?? '')) {
    if (body[i + 1] === '{') return closing(body, i + 2, '{', '}') - i;
    let end = i + 1;
    while (/\w/.test(body[end] ?? '')) end++;
    return end - i;
  }
  return 0;
}
