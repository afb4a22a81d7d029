/** Shell text to a syntax tree. The only import of `unbash`; broken input is a value, not an exception. */
import type { ParsedScript, SyntaxNode } from 'unbash';
import { SHELL_TEXT_LIMIT, SYNTAX_DEPTH_LIMIT, SYNTAX_NODES_LIMIT } from '../model/limits.ts';

export type { ParsedScript, SyntaxNode } from 'unbash';

/** Loading the grammar takes a fifth of a session's start, so it is loaded beside it. */
let library: typeof import('unbash') | undefined;

/** Must have resolved before shell text is analyzed. */
export async function loadParser(): Promise<void> {
  library ??= await import('unbash');
}

function loaded(): typeof import('unbash') {
  if (library === undefined) throw new Error('loadParser() has not been awaited');
  return library;
}

export function forEachChild(node: SyntaxNode, callback: (child: SyntaxNode) => void): void {
  loaded().forEachChild(node, callback);
}

export type ParseResult =
  | { readonly ok: true; readonly script: ParsedScript }
  | { readonly ok: false; readonly why: string; readonly script?: ParsedScript };

export function parseShell(text: string): ParseResult {
  if (text.length > SHELL_TEXT_LIMIT) return { ok: false, why: `the line is longer than ${SHELL_TEXT_LIMIT / 1024} KiB` };
  if (text.includes('\0')) return { ok: false, why: 'the line contains a NUL byte' };
  if (nestsTooDeeply(text)) return { ok: false, why: `the line is nested more than ${SYNTAX_DEPTH_LIMIT} deep` };
  const { parse } = loaded();
  try {
    const script = parse(text);
    const { error, isLarge } = survey(script);
    if (isLarge) return { ok: false, why: `the line has more than ${SYNTAX_NODES_LIMIT} words, operators and the like` };
    if (error === undefined) return { ok: true, script };
    return { ok: false, why: `the line cannot be parsed: ${error}`, script };
  } catch {
    return { ok: false, why: 'the line cannot be parsed' };
  }
}

/** Counts opening brackets without looking at quotes: errs towards refusing, and keeps the parser's stack small. */
function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 40 || code === 123) {
      if (++depth > SYNTAX_DEPTH_LIMIT) return true;
    } else if ((code === 41 || code === 125) && depth > 0) depth--;
  }
  return false;
}

/** Errors of nested scripts stand in those scripts, not at the top. Stops where the tree is larger than what is looked into. */
function survey(script: ParsedScript): { readonly error: string | undefined; readonly isLarge: boolean } {
  let error: string | undefined;
  let nodes = 0;
  const visit = (node: SyntaxNode): void => {
    if (++nodes > SYNTAX_NODES_LIMIT) return;
    if (node.type === 'Script') error ??= node.errors?.[0]?.message;
    if (node.type === 'ArithmeticExpansion' && node.expression === undefined) error ??= 'an arithmetic expansion';
    forEachChild(node, visit);
  };
  visit(script);
  return { error, isLarge: nodes > SYNTAX_NODES_LIMIT };
}
