/** The words of a command as a program reads them: options as a set, operands in order. */
import { TOOL_ALIASES, TOOLS, type ToolGrammar } from './tools.ts';

export interface ParsedCommand {
  /** Long names where the tool's grammar knows them, else the letter or name as written; value undefined when none. */
  readonly options: readonly ParsedOption[];
  /** Sub-command first, where the tool has them. */
  readonly operands: readonly string[];
  /** For tools without a grammar: operands that may be values of the option before them. */
  readonly maybeValues: ReadonlySet<number>;
  readonly isKnownTool: boolean;
}

interface ParsedOption {
  readonly name: string;
  readonly value: string | undefined;
  /** How it was written, for rules that name the letter. */
  readonly written: string;
}

function grammarOf(program: string): ToolGrammar | undefined {
  const name = TOOL_ALIASES[program] ?? program;
  return Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
}

/** `words` without the program itself. */
export function parseCommand(program: string, words: readonly string[]): ParsedCommand {
  const root = grammarOf(program);
  const options: ParsedOption[] = [];
  const operands: string[] = [];
  const maybeValues = new Set<number>();
  let grammar = root;
  let onlyOperands = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (onlyOperands || word === '-' || !word.startsWith('-')) {
      const isSub = operands.length === 0 && root?.sub !== undefined && !onlyOperands;
      const name = isSub ? (root?.aliases?.[word] ?? completed(word, root) ?? word) : word;
      if (isSub) grammar = mergeGrammar(root, Object.hasOwn(root?.sub ?? {}, name) ? root?.sub?.[name] : undefined);
      const before = at > 0 ? (words[at - 1] ?? '') : '';
      if (grammar === undefined && before.startsWith('-') && !before.includes('=') && before !== '--') maybeValues.add(operands.length);
      operands.push(name);
    } else if (word === '--') {
      onlyOperands = true;
    } else {
      at += readOption(word, words[at + 1], grammar, options);
    }
  }
  return { options, operands, maybeValues, isKnownTool: root !== undefined };
}

/** `npm pub`, `npm pu`. */
function completed(word: string, root: ToolGrammar | undefined): string | undefined {
  return word.length < 2 ? undefined : root?.abbreviated?.find((name) => name.startsWith(word));
}

/** Returns how many further words the option took as its value. */
function readOption(word: string, next: string | undefined, grammar: ToolGrammar | undefined, options: ParsedOption[]): number {
  if (word.startsWith('--') || grammar?.oneDash) {
    const [name = '', value] = splitOnce(word.replace(/^--?/, ''), '=');
    const names = completions(name, grammar);
    const takesNext = value === undefined && names.some((each) => grammar?.values?.includes(each));
    for (const each of names) options.push({ name: each, value: value ?? (takesNext ? next : undefined), written: word });
    return takesNext ? 1 : 0;
  }
  const letters = word.slice(1);
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? '';
    const takesValue = grammar?.values?.includes(letter) ?? false;
    const rest = letters.slice(at + 1).replace(/^=/, '');
    const value = takesValue ? (rest === '' ? next : rest) : undefined;
    for (const name of (grammar?.short?.[letter] ?? letter).split(' ')) {
      const [long = '', fixed] = splitOnce(name, '=');
      options.push({ name: long, value: fixed ?? value, written: `-${letter}` });
    }
    if (takesValue) return rest === '' ? 1 : 0;
  }
  return 0;
}

/** Long names that an abbreviation may stand for (getopt_long(3) takes unambiguous ones; denying is for all). */
function completions(name: string, grammar: ToolGrammar | undefined): string[] {
  if (grammar === undefined || grammar.oneDash || name === '') return [name];
  const known = [...(grammar.long ?? []), ...Object.values(grammar.short ?? {}).flatMap((each) => each.split(' '))];
  if (known.includes(name)) return [name];
  const found = [...new Set(known.filter((each) => each.length > 1 && each.startsWith(name)))];
  return found.length > 0 ? found : [name];
}

const merged = new WeakMap<ToolGrammar, ToolGrammar>();

/** Global options stay valid after the sub-command; its own meaning of a letter wins. */
function mergeGrammar(root: ToolGrammar | undefined, sub: ToolGrammar | undefined): ToolGrammar | undefined {
  if (root === undefined || sub === undefined) return root;
  const known = merged.get(sub);
  if (known !== undefined) return known;
  const grammar: ToolGrammar = {
    short: { ...root.short, ...sub.short },
    long: [...(root.long ?? []), ...(sub.long ?? [])],
    // A global letter must not eat the next word where the sub-command gives it another meaning.
    values: [...(sub.values ?? []), ...(root.values ?? []).filter((each) => !Object.hasOwn(sub.short ?? {}, each))],
  };
  merged.set(sub, grammar);
  return grammar;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
