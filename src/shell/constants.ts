/** Variables whose value is plain from the line itself, so that `x=rm; $x -rf y` is read as what it does. */
import { forEachChild, type SyntaxNode } from './parse.ts';
import type { Word } from '../model/command-line.ts';
import { readWord, SPLIT } from './words.ts';

export interface Constants {
  /** The value at an offset of the text; undefined when it is not certain. */
  valueOf(name: string, at: number): string | undefined;
  isAssigned(name: string): boolean;
  /** A value that it may have there: it is assigned, but not for certain. */
  maybeAt(name: string, at: number): string | undefined;
  /** The session's own value, whatever the line does. */
  outerOf(name: string): string | undefined;
}

/** Commands that set variables in ways this reading does not follow: with one of them nothing is certain. */
const SETTERS = new Set(['eval', 'source', '.', 'read', 'mapfile', 'readarray', 'printf', 'getopts', 'declare', 'typeset', 'local', 'readonly', 'let', 'unset', 'trap', 'builtin', 'command', 'set', 'shift', 'nameref']);

interface Found {
  readonly value: string | undefined;
  readonly at: number;
  /** Up to here it holds: the end of the branch, subshell or stage that it stands in. */
  readonly until: number;
}

/** `outer` are variables of the session that the line does not set: HOME, for example. */
export function findConstants(script: SyntaxNode, outer: Readonly<Record<string, string>>, enclosing?: Constants): Constants {
  const assigned = new Map<string, Found>();
  const plain = new Map<string, Found[]>();
  let isCertain = true;
  const none: Constants = { valueOf: () => undefined, isAssigned: () => true, maybeAt: () => undefined, outerOf: () => undefined };
  const note = (name: string, value: string | undefined, at: number, until: number): void => {
    if (value !== undefined) plain.set(name, [...(plain.get(name) ?? []), { value, at, until }]);
    // Set twice: which of the values holds is not followed.
    assigned.set(name, assigned.has(name) ? { value: undefined, at, until } : { value, at, until });
  };
  const likely = (name: string, words: readonly Word[], at: number, until: number): void => {
    plain.set(name, [...(plain.get(name) ?? []), { value: words.map((word) => word.text).join(SPLIT), at, until }]);
  };
  /** Lists of words (`a=(x y)`), and what a command puts out (`x=$(curl u)`): what they are, for deny rules only. */
  const noteLikely = (item: Extract<SyntaxNode, { type: 'Assignment' }>, at: number, until: number): void => {
    if (item.value.type === 'ArrayValue') likely(`${item.name}[@]`, item.value.elements.flatMap((each) => (each.type === 'Word' ? readWord(each, { constants: none, span: () => undefined }) : [])), at, until);
    else if (/^"?(?:\$\(|`)/.test(item.value.text)) likely(item.name, readWord(item.value, { constants: none, span: () => undefined }), at, until);
  };
  const visit = (node: SyntaxNode, until: number): void => {
    if (node.type === 'Command' && node.name?.value === 'set') {
      const dashes = node.args.findIndex((arg) => arg.type === 'Word' && arg.value === '--');
      if (dashes >= 0) likely('@', node.args.slice(dashes + 1).flatMap((arg) => (arg.type === 'Word' ? readWord(arg, { constants: none, span: () => undefined }) : [])), node.end, until);
    }
    if (node.type === 'Command' && SETTERS.has(node.name?.value ?? '') && !isPlainTrap(node)) isCertain = false;
    if (node.type === 'ParameterExpansion' && node.operation?.type === 'Default' && node.operation.operator.endsWith('=')) isCertain = false;
    if (node.type === 'ArithmeticCommand' || node.type === 'ArithmeticFor' || node.type === 'ArithmeticExpansion') isCertain = false;
    if (node.type === 'For' || node.type === 'Select') note(node.name.value, undefined, node.pos, until);
    if (node.type === 'Function' || node.type === 'Coproc') isCertain = false;
    // A prefix assignment (`x=1 cmd`) holds for that command only; one without a command holds from there on.
    if (node.type === 'Command') {
      for (const item of [...node.prefix, ...(node.name?.value === 'export' ? node.suffix : [])]) {
        if (item.type !== 'Assignment') continue;
        const isPlain = (node.name === undefined || node.name.value === 'export') && item.index === undefined && !item.append;
        const words = isPlain && item.value.type === 'Word' ? readWord(item.value, { constants: none, span: () => undefined }) : [];
        const [word] = words;
        noteLikely(item, item.end, until);
        note(item.name, words.length === 1 && word !== undefined && !word.isDynamic ? word.text : undefined, item.end, until);
      }
    }
    forEachChild(node, (child) => visit(child, Math.min(until, endOfEffect(node, child))));
  };
  visit(script, Number.POSITIVE_INFINITY);
  return {
    outerOf: (name) => (Object.hasOwn(outer, name) ? outer[name] : undefined),
    maybeAt: (name, at) => plain.get(name)?.findLast((each) => each.at <= at)?.value ?? enclosing?.maybeAt(name, Number.POSITIVE_INFINITY),
    isAssigned: (name) => assigned.has(name) || enclosing?.isAssigned(name) === true,
    valueOf: (name, at) => {
      const found = assigned.get(name);
      if (found === undefined && enclosing?.isAssigned(name) === true) return isCertain ? enclosing.valueOf(name, Number.POSITIVE_INFINITY) : undefined;
      if (found === undefined) return isCertain && Object.hasOwn(outer, name) ? outer[name] : undefined;
      return isCertain && found !== undefined && found.at <= at && at <= found.until ? found.value : undefined;
    },
  };
}

/** How far an assignment in the child holds: what may not run, or runs in a process of its own, ends with it. */
function endOfEffect(node: SyntaxNode, child: SyntaxNode): number {
  switch (node.type) {
    case 'If':
    case 'Elif':
    case 'While':
    case 'For':
    case 'Select':
    case 'CaseItem':
    case 'Subshell':
    case 'CommandExpansion':
    case 'ProcessSubstitution':
      return child.end;
    case 'Pipeline':
      return node.commands.length > 1 ? child.end : Number.POSITIVE_INFINITY;
    case 'Statement':
      return node.background === true ? child.end : Number.POSITIVE_INFINITY;
    case 'AndOr': {
      const index = node.commands.findIndex((each) => each === child);
      if (index <= 0) return Number.POSITIVE_INFINITY;
      return node.operators.slice(index - 1).every((operator) => operator === '&&') ? node.end : child.end;
    }
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** A trap whose text is plain and neither assigns nor reads a variable changes none. */
function isPlainTrap(node: Extract<SyntaxNode, { type: 'Command' }>): boolean {
  const [text] = node.args;
  if (node.name?.value !== 'trap' || text?.type !== 'Word') return false;
  return (text.parts ?? []).every((part) => part.type === 'Literal' || part.type === 'SingleQuoted') && !text.value.includes('=') && !text.value.split(/[^A-Za-z.]+/).some((word) => SETTERS.has(word));
}
