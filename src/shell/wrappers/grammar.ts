/** What the rows of the wrapper tables are made of: option grammars, and how the inner command is found behind them. */
import type { Assignment, FileTouch, Standing, Word } from '../../model/command-line.ts';

/** What a wrapper runs: words as they stand, shell text, or text that cannot be known. */
export type Inner =
  | { readonly kind: 'words'; readonly words: readonly Word[]; readonly assignments?: readonly Assignment[]; readonly isOpenEnded?: boolean }
  | { readonly kind: 'text'; readonly word: Word; readonly outputToShell?: boolean; readonly sameShell?: 'now' | 'later' }
  | { readonly kind: 'opaque'; readonly word: Word; readonly why: string; readonly isReading?: boolean };

export interface Unwrapped {
  /** How the wrapper itself counts, and how what it runs does. */
  readonly standing: Standing;
  readonly innerStanding: 'same' | 'reading';
  readonly inner: readonly Inner[];
  /** Reads its script from standard input. */
  readonly readsScript?: boolean;
  /** It is read out of a script in another language: what that does is asked for when it does it. */
  readonly isScript?: boolean;
  /** Files that a script among its words names. */
  readonly touches?: readonly Pick<FileTouch, 'access' | 'path' | 'span'>[];
}

/** `input` is the text of a heredoc or here-string on standard input. */
export type Wrapper = (args: readonly Word[], input?: Word) => Unwrapped | undefined;
export type WrapperTable = Readonly<Record<string, Wrapper>>;

export interface OptionGrammar {
  /** Letters that take a value in the next word when nothing is attached. */
  readonly values?: string;
  readonly longValues?: readonly string[];
  /** Long options without a value that a longer one begins with. */
  readonly longFlags?: readonly string[];
  /** Options that take several words (`bwrap --bind FROM TO`), without their dashes. */
  readonly arity?: Readonly<Record<string, number>>;
  /** Long options with one dash (`emacs -eval`): no clusters. */
  readonly oneDash?: boolean;
  /** Operands before the command (`timeout 5 CMD`). */
  readonly skip?: number;
  /** `NAME=value` words before the command are variables. */
  readonly variables?: boolean;
}

/** A row that says what is run: options whose value is shell text, and what the operands are. */
export interface Spec extends OptionGrammar {
  readonly text?: readonly string[];
  /** Options come after operands too, as getopt_long(3) has it. */
  readonly permutes?: boolean;
  /** `words`: a command; `text`: joined, shell text; `texts`: each operand is one. */
  readonly rest?: 'words' | 'text' | 'texts';
  readonly standing?: Standing;
}

interface FoundOption {
  readonly name: string;
  readonly value: Word | undefined;
}

export interface Scanned {
  readonly options: readonly FoundOption[];
  readonly operands: readonly Word[];
  /** How many words the options took. */
  readonly taken: number;
  /** Operands before a `--`, where there is one. */
  readonly dashes: number | undefined;
}

function nothing(standing: Standing): Unwrapped {
  return { standing, innerStanding: 'reading', inner: [] };
}

export function literal(text: string, from?: Word): Word {
  return { text, isDynamic: from?.isDynamic ?? false, canSplit: false, span: from?.span };
}

/** A script that is handed to its interpreter by its path is the program that the script is (`node /usr/bin/npm publish`). */
export function scriptAsProgram(args: readonly Word[], at: number): Inner[] {
  return args[at]?.text.includes('/') === true ? [{ kind: 'words', words: args.slice(at) }] : [];
}

export function joined(words: readonly Word[]): Word {
  const [first] = words;
  return { ...(first ?? literal('')), text: words.map((word) => word.text).join(' '), isDynamic: words.some((word) => word.isDynamic) };
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Options and operands; the scan ends at the first operand unless the program permutes. */
export function scan(args: readonly Word[], grammar: OptionGrammar & { readonly text?: readonly string[] }, permutes = false): Scanned {
  const options: FoundOption[] = [];
  const operands: Word[] = [];
  let dashes: number | undefined;
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at] as Word;
    if (word.text === '--') {
      dashes = operands.length;
      operands.push(...args.slice(at + 1));
      at++;
      break;
    }
    if (!word.text.startsWith('-') || word.text === '-') {
      if (!permutes) break;
      operands.push(word);
      continue;
    }
    at += readOption(word, args, at, grammar, options);
  }
  return { options, operands: permutes || dashes !== undefined ? operands : args.slice(at), taken: at, dashes };
}

/** Returns how many further words the option took. */
function readOption(word: Word, args: readonly Word[], at: number, grammar: OptionGrammar & { readonly text?: readonly string[] }, options: FoundOption[]): number {
  const next = args[at + 1];
  const isLong = word.text.startsWith('--') || grammar.oneDash === true;
  const takes = (name: string): boolean => (name.length === 1 && (grammar.values ?? '').includes(name)) || (grammar.longValues ?? []).includes(name) || (grammar.text ?? []).includes(name);
  if (isLong) {
    const bare = word.text.replace(/^--?/, '');
    const equals = bare.indexOf('=');
    const name = completion(equals < 0 ? bare : bare.slice(0, equals), grammar);
    const value = equals < 0 ? undefined : { ...word, text: bare.slice(equals + 1) };
    const count = value === undefined ? (grammar.arity?.[name] ?? (takes(name) ? 1 : 0)) : 0;
    options.push({ name, value: value ?? (count > 0 ? next : undefined) });
    return count;
  }
  for (let i = 1; i < word.text.length; i++) {
    const letter = word.text[i] ?? '';
    const several = grammar.arity?.[letter] ?? (takes(letter) ? 1 : 0);
    const rest = word.text.slice(i + 1);
    options.push({ name: letter, value: several === 0 ? undefined : rest === '' ? next : { ...word, text: rest } });
    if (several > 0) return rest === '' ? several : several - 1;
  }
  return 0;
}

/** getopt_long(3) takes a long name by any beginning that only one has. */
function completion(name: string, grammar: OptionGrammar & { readonly text?: readonly string[] }): string {
  const known = [...(grammar.longValues ?? []), ...(grammar.text ?? [])].filter((each) => each.length > 1);
  if (known.includes(name) || grammar.longFlags?.includes(name) || name.length < 2 || grammar.oneDash) return name;
  const found = known.filter((each) => each.startsWith(name));
  return found.length === 1 ? (found[0] ?? name) : name;
}

/** Values of the options named. */
export function valuesOf(scanned: Scanned, names: readonly string[]): Word[] {
  return scanned.options.flatMap((option) => (names.includes(option.name) && option.value !== undefined ? [option.value] : []));
}

export function texts(words: readonly Word[]): Inner[] {
  return words.filter((word) => word.text.trim() !== '').map((word): Inner => ({ kind: 'text', word }));
}

/** The row of a program whose options and operands say what it runs. */
export function runs(spec: Spec): Wrapper {
  return (args) => {
    const scanned = scan(args, spec, spec.permutes);
    const inner: Inner[] = texts(valuesOf(scanned, spec.text ?? []));
    const rest = scanned.operands.slice(spec.skip ?? 0);
    if (rest.length > 0 && spec.rest === 'words') inner.push({ kind: 'words', words: rest });
    if (rest.length > 0 && spec.rest === 'text') inner.push({ kind: 'text', word: joined(rest) });
    if (spec.rest === 'texts') inner.push(...texts(rest));
    return { standing: spec.standing ?? 'judged', innerStanding: 'reading', inner };
  };
}

/** `prefix options COMMAND args`. */
export function prefix(grammar: OptionGrammar, standing: Standing = 'transparent'): Wrapper {
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

const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

function readVariable(word: Word): Assignment[] {
  const match = VARIABLE.exec(word.text);
  return match === null ? [] : [{ name: match[1] ?? '', value: { ...word, text: match[2] ?? '' } }];
}

export function skipOptions(args: readonly Word[], grammar: OptionGrammar): readonly Word[] {
  let { operands } = scan(args, grammar);
  if (grammar.variables) {
    const first = operands.findIndex((word) => !VARIABLE.test(word.text));
    operands = first < 0 ? [] : operands.slice(first);
  }
  return operands.slice(grammar.skip ?? 0);
}

/** `tool [options] SUB …`: the row of the sub-command. */
export function bySub(grammar: OptionGrammar, rows: WrapperTable): Wrapper {
  return (args, input) => {
    const [sub, ...rest] = scan(args, grammar).operands;
    const row = sub !== undefined && Object.hasOwn(rows, sub.text) ? rows[sub.text] : undefined;
    return row?.(rest, input);
  };
}

/** The first row that finds something inside wins. */
export function either(...wrappers: readonly Wrapper[]): Wrapper {
  return (args, input) => {
    let last: Unwrapped | undefined;
    for (const wrapper of wrappers) {
      last = wrapper(args, input);
      if (last !== undefined && last.inner.length > 0) return last;
    }
    return last;
  };
}

/** The same row under several names. */
export function named(names: readonly string[], wrapper: Wrapper): WrapperTable {
  return Object.fromEntries(names.map((name) => [name, wrapper]));
}
