/**
 * Which names stand for functions of the text, and where. A call of a function is no command of its own, so it must be
 * certain that the function is there by then: otherwise a program of that name would run unjudged.
 */
import { forEachChild, type SyntaxNode } from './parse.ts';

export interface FunctionScope {
  /** The name at this offset of the text is a call of a function that the text has defined by then. */
  isCall(name: string, at: number): boolean;
}

interface Definition {
  readonly start: number;
  readonly end: number;
  /** Nothing has run before it: bodies may call it wherever they stand. */
  readonly isFirst: boolean;
}

type Script = Extract<SyntaxNode, { type: 'Script' }>;
type Statement = Script['commands'][number];

export const NO_FUNCTIONS: FunctionScope = { isCall: () => false };

export function findFunctions(script: Script, text: string, enclosing: FunctionScope = NO_FUNCTIONS): FunctionScope {
  // `unset -f`: what holds afterwards is not followed.
  if (text.includes('unset')) return NO_FUNCTIONS;
  const certain = new Map<string, Definition>();
  noteCertain(script.commands, true, certain);
  if (certain.size === 0) return enclosing;
  const bodies = bodiesIn(script);
  return {
    isCall: (name, at) => {
      const found = certain.get(name);
      if (found === undefined) return enclosing.isCall(name, Number.POSITIVE_INFINITY);
      return found.start < at || (found.isFirst && bodies.some((body) => body.start < at && at < body.end));
    },
  };
}

/** Definitions that are reached for certain, in the shell itself: not in a branch, a loop, a subshell or a pipe. */
function noteCertain(statements: readonly Statement[], isFirst: boolean, found: Map<string, Definition>): boolean {
  let isLeading = isFirst;
  for (const { command, background } of statements) {
    const node = command.type === 'AndOr' ? command.commands[0] : command;
    const only = node?.type === 'Pipeline' && node.commands.length === 1 ? node.commands[0] : node;
    if (background !== true && only?.type === 'Function') {
      if (!found.has(only.name.value)) found.set(only.name.value, { start: only.pos, end: only.end, isFirst: isLeading });
      if (command.type === 'AndOr') isLeading = false;
    } else if (background !== true && only?.type === 'BraceGroup' && command.type !== 'AndOr') {
      isLeading = noteCertain(only.body.commands, isLeading, found);
    } else if (!(only?.type === 'Command' && only.name === undefined)) isLeading = false;
  }
  return isLeading;
}

function bodiesIn(script: SyntaxNode): { readonly start: number; readonly end: number }[] {
  const bodies: { start: number; end: number }[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Function') bodies.push({ start: node.pos, end: node.end });
    forEachChild(node, visit);
  };
  visit(script);
  return bodies;
}
