/** Words of the syntax tree to words with a known value, as far as it is known before the line runs. */
import type { Span, Word } from '../model/command-line.ts';
import { expandBraces } from './braces.ts';
import type { Constants } from './constants.ts';
import { isOneWordOutput } from './outputs.ts';
import type { SyntaxNode } from './parse.ts';

type TreeWord = Extract<SyntaxNode, { type: 'Word' }>;
type Part = NonNullable<TreeWord['parts']>[number];

/** Marks where an unquoted expansion splits the word; cannot occur in shell text (NUL ends an argument). */
export const SPLIT = '\0';

interface Piece {
  readonly text: string;
  readonly isDynamic: boolean;
  readonly canSplit: boolean;
  readonly hasBraces?: boolean;
  readonly isGlob?: boolean;
  /** What it is when its variable is not set. */
  readonly otherwise?: string;
}

export interface WordContext {
  readonly constants: Constants;
  /** Maps an offset of this text to the whole line; undefined when there is no such place. */
  readonly span: (start: number, end: number) => Span | undefined;
  /** Where the words are read, when that is not where they stand. */
  readonly at?: number;
}

/** One word of the tree is one word, or several after brace expansion and splitting, or none. */
export function readWord(word: TreeWord, context: WordContext): Word[] {
  const span = context.span(word.pos, word.end);
  const pieces = word.parts === undefined ? [literal(word.value)] : word.parts.map((part) => readPart(part, context, false));
  const isDynamic = pieces.some((piece) => piece.isDynamic);
  const canSplit = pieces.some((piece) => piece.canSplit && piece.isDynamic);
  const isGlob = pieces.some((piece) => piece.isGlob === true || (piece.hasBraces === true && /[*?[]/.test(piece.text)));
  const text = pieces.map((piece) => piece.text).join('');
  const texts = pieces.some((piece) => piece.hasBraces) ? expandBraces(text) : [text];
  const otherwise = pieces.some((piece) => piece.otherwise !== undefined) ? defaultsOf(pieces) : undefined;
  if (texts === undefined) return [{ text, isDynamic: true, canSplit: true, span }];
  return texts
    .flatMap((each) => (each.includes(SPLIT) ? each.split(SPLIT).filter((piece) => piece !== '') : [each]))
    .map((each) => ({ isDynamic, canSplit, span, ...expandTilde(each, word, context), ...(isGlob ? { isGlob } : {}), ...(otherwise === undefined ? {} : { otherwise }) }));
}

function defaultsOf(pieces: readonly Piece[]): string[] {
  const text = pieces.map((piece) => piece.otherwise ?? piece.text).join('');
  return text.split(SPLIT).filter((each) => each !== '');
}

function literal(text: string): Piece {
  return { text, isDynamic: false, canSplit: false };
}

function unknown(text: string, isQuoted: boolean): Piece {
  return { text, isDynamic: true, canSplit: !isQuoted };
}

function readPart(part: Part, context: WordContext, isQuoted: boolean): Piece {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return literal(part.value);
    case 'Glob':
    case 'ExtendedGlob':
      return { ...literal(part.text), isGlob: true };
    case 'BraceExpansion':
      // Nothing inside is quoted or expanded, else the words are not known.
      return /["'$`\\]/.test(part.text) ? unknown(part.text, false) : { ...literal(part.text), hasBraces: true };
    case 'DoubleQuoted':
    case 'LocaleString': {
      const pieces = part.parts.map((child) => readPart(child, context, true));
      return {
        text: pieces.map((piece) => piece.text).join(''),
        isDynamic: pieces.some((piece) => piece.isDynamic),
        canSplit: /\$(@|\{[^}]{0,200}\[@\])/.test(part.text),
        ...(pieces.some((piece) => piece.otherwise !== undefined) ? { otherwise: pieces.map((piece) => piece.otherwise ?? piece.text).join('') } : {}),
      };
    }
    case 'SimpleExpansion':
      return expandVariable(part.text.slice(1), part, context, isQuoted);
    case 'ParameterExpansion': {
      const isPlain = part.operation === undefined && part.prefix === undefined && part.index === undefined;
      return isPlain ? expandVariable(part.parameter, part, context, isQuoted) : { ...unknown(part.text, isQuoted), ...listOf(part, context), ...defaultOf(part, context, isQuoted) };
    }
    case 'CommandExpansion': {
      const output = echoedText(part, context);
      const printed = output === undefined ? printedText(part, context) : undefined;
      return output === undefined ? { ...unknown(part.text, isQuoted || hasOneWordOutput(part, context)), ...(printed === undefined ? {} : { otherwise: known(printed, isQuoted).text }) } : known(output, isQuoted);
    }
    default:
      return unknown(part.text, isQuoted);
  }
}

function known(value: string, isQuoted: boolean): Piece {
  // Unquoted, nothing is no word at all.
  return literal(isQuoted ? value : value === '' ? SPLIT : value.replace(/[ \t\n]+/g, SPLIT));
}

function expandVariable(name: string, part: Part, context: WordContext, isQuoted: boolean): Piece {
  // $IFS as a stand-in for a blank is the oldest way past a textual rule.
  const isPlainSplit = !context.constants.isAssigned('IFS');
  if (name === 'IFS' && !isQuoted && isPlainSplit) return literal(SPLIT);
  const value = context.constants.valueOf(name, context.at ?? part.pos);
  if (value !== undefined && (isQuoted || isPlainSplit)) return known(value, isQuoted);
  const maybe = context.constants.maybeAt(name, context.at ?? part.pos);
  return { ...unknown(part.text, isQuoted), ...(maybe === undefined ? {} : { otherwise: known(maybe, isQuoted).text }) };
}

/** `"${a[@]}"` is what the list was set to, where it is plain to see. */
function listOf(part: Extract<Part, { type: 'ParameterExpansion' }>, context: WordContext): { readonly otherwise?: string } {
  if (part.operation !== undefined || part.prefix !== undefined || !/^[@*]$/.test(part.index?.value ?? '')) return {};
  const value = context.constants.maybeAt(`${part.parameter}[@]`, context.at ?? part.pos);
  return value === undefined ? {} : { otherwise: value };
}

/** `$(printf %s rm)` is as good as `rm`. */
function printedText(part: Extract<Part, { type: 'CommandExpansion' }>, context: WordContext): string | undefined {
  const command = part.script?.commands.length === 1 ? part.script.commands[0]?.command : undefined;
  if (command?.type !== 'Command' || command.name?.value !== 'printf' || part.script?.source !== undefined) return undefined;
  const words = command.args.flatMap((arg) => (arg.type === 'Word' ? readWord(arg, context) : []));
  return words.map((word) => word.text).filter((text, index) => !text.includes('%') && !(index === 0 && text === '--')).join(' ').replaceAll('\\n', '');
}

/** `${x:-rm}` is `rm` where x is not set. */
function defaultOf(part: Extract<Part, { type: 'ParameterExpansion' }>, context: WordContext, isQuoted: boolean): { readonly otherwise?: string } {
  if (part.operation?.type !== 'Default' || !/^:?[-=+]$/.test(part.operation.operator)) return {};
  const words = readWord(part.operation.operand, context);
  const text = words.map((word) => word.text).join(SPLIT);
  return words.length === 0 || words.some((word) => word.isDynamic) ? {} : { otherwise: isQuoted ? text : text.replace(/[ \t\n]+/g, SPLIT) };
}

/** `$(echo rm)` is `rm`: the one substitution whose output is plain to see. */
function echoedText(part: Extract<Part, { type: 'CommandExpansion' }>, context: WordContext): string | undefined {
  const command = part.script?.commands.length === 1 ? part.script.commands[0]?.command : undefined;
  if (command?.type !== 'Command' || command.name?.value !== 'echo' || command.redirects.length > 0) return undefined;
  if (command.prefix.length > 0 || part.script?.source !== undefined) return undefined;
  const words = command.args.map((arg) => (arg.type === 'Word' ? readWord(arg, context) : []));
  const flat = words.flat();
  if (flat.some((word) => word.isDynamic || /^-[neE]+$/.test(word.text) || /[*?[\\]/.test(word.text))) return undefined;
  return flat.map((word) => word.text).join(' ');
}

function hasOneWordOutput(part: Extract<Part, { type: 'CommandExpansion' }>, context: WordContext): boolean {
  const command = part.script?.commands.length === 1 ? part.script.commands[0]?.command : undefined;
  if (command?.type !== 'Command' || command.name === undefined || command.prefix.length > 0 || part.script?.source !== undefined) return false;
  if (command.redirects.some((redirect) => redirect.operator.startsWith('<'))) return false;
  const words = [command.name, ...command.args].flatMap((arg) => (arg.type === 'Word' ? readWord(arg, context) : []));
  const [program, ...args] = words;
  return program !== undefined && !words.some((word) => word.isDynamic) && isOneWordOutput(program.text, args.map((arg) => arg.text));
}

/** The home may have been set to something else: then it is the one that is likely, and not certain. */
function expandTilde(text: string, word: TreeWord, context: WordContext): { readonly text: string; readonly isDynamic?: true } {
  if (!word.text.startsWith('~') || !(text === '~' || text.startsWith('~/'))) return { text };
  const home = context.constants.valueOf('HOME', word.pos);
  if (home !== undefined) return { text: home + text.slice(1) };
  return { text: (context.constants.outerOf('HOME') ?? '~') + text.slice(1), isDynamic: true };
}
