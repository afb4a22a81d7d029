/** Walks a syntax tree and hands every simple command, redirection and pipeline in it to the builder. */
import type { Assignment, TouchAccess, Word } from '../model/command-line.ts';
import { SHELL_NESTING_LIMIT } from '../model/limits.ts';
import type { LineBuilder, Place } from './builder.ts';
import { changeFolder } from './change-folder.ts';
import { findConstants } from './constants.ts';
import { echoedText, substitutedTexts } from './echoed.ts';
import { misprinted } from './heredocs.ts';
import { asText, hasSubscript } from './evaluated.ts';
import { findFunctions, type FunctionScope, NO_FUNCTIONS } from './functions.ts';
import { forEachChild, type ParsedScript, parseShell, type SyntaxNode } from './parse.ts';
import { readWord, type WordContext } from './words.ts';
import { SHELLS } from './wrappers.ts';

type Tree<T extends SyntaxNode['type']> = Extract<SyntaxNode, { type: T }>;
const READS_SCRIPTS: ReadonlySet<string> = new Set([...SHELLS, 'source', '.']);

type Context = WordContext & { readonly place: Place; readonly text: string; readonly functions: FunctionScope };

export function walkText(text: string, builder: LineBuilder, place: Place): void {
  if (place.depth > SHELL_NESTING_LIMIT) return builder.addOpaque(text, place.span(0, text.length), `shell text lies more than ${SHELL_NESTING_LIMIT} levels deep`);
  const result = parseShell(text);
  if (!result.ok) builder.addOpaque(text, place.span(0, text.length), result.why);
  // What could be read of a broken text still counts for deny rules.
  if (result.script !== undefined) walkScript(result.script, builder, { place, text, span: place.span, constants: findConstants(result.script, builder.outer, place.enclosing), functions: findFunctions(result.script, text, place.functions) });
}

function walkScript(script: ParsedScript, builder: LineBuilder, context: Context): void {
  noteFunctions(script, builder, context.text);
  walk(script, builder, context);
}

/** Functions are known before the first command is judged: a call may stand in a body that comes earlier. */
function noteFunctions(node: SyntaxNode, builder: LineBuilder, text: string): void {
  if (node.type === 'Function') {
    const name = node.name.value;
    builder.functions.add(name);
    const body = text.slice(node.body.pos, node.body.end);
    if (callsItselfTwice(node.body, name) && /[|&]/.test(body)) builder.isForkBomb = true;
  }
  forEachChild(node, (child) => noteFunctions(child, builder, text));
}

function callsItselfTwice(body: SyntaxNode, name: string): boolean {
  let calls = 0;
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Command' && node.name?.value === name) calls++;
    forEachChild(node, visit);
  };
  visit(body);
  return calls > 1;
}

function walk(node: SyntaxNode, builder: LineBuilder, context: Context): void {
  if (builder.isOver) return;
  switch (node.type) {
    case 'Command':
      return walkCommand(node, builder, context);
    case 'Pipeline':
      return walkPipeline(node, builder, context);
    case 'Redirect':
      addRedirect(node, builder, context);
      return walkChildren(node, builder, context);
    case 'Function': {
      const start = builder.count;
      const { folder } = builder;
      walkChildren(node, builder, { ...context, place: { ...context.place, readsPipe: false } });
      builder.functionParts.set(node.name.value, builder.partsSince(start));
      builder.folder = folder;
      return;
    }
    case 'AndOr':
    case 'If':
    case 'While':
    case 'For':
    case 'Case': {
      if (node.type === 'For') builder.noteAssignment(node.name.value);
      const { folder } = builder;
      walkChildren(node, builder, context);
      // A `cd` that may not have happened: the folder after it is not known, but for `cd x && …`.
      const isCertain = node.type === 'AndOr' && node.operators.every((operator, index) => operator === '&&' || endsLine(node.commands[index + 1]));
      if (builder.folder !== folder && !isCertain) builder.folder = '?';
      return;
    }
    case 'CommandExpansion':
    case 'ProcessSubstitution': {
      const why = node.script === undefined ? undefined : misprinted(node.script, node.text, node.pos);
      if (why !== undefined) builder.addOpaque(node.text, context.span(node.pos, node.end), why);
      return walkChildren(node, builder, context);
    }
    case 'HereDoc':
      // Its body stands below the line, but is read before what follows on the line.
      return walkChildren(node, builder, { ...context, at: context.at ?? node.pos });
    case 'TestUnary':
    case 'TestBinary':
      addEvaluated(node, builder, context);
      return walkChildren(node, builder, context);
    case 'ParameterExpansion':
      if (node.operation?.type === 'Transform' && node.operation.operand.text === 'P') builder.addOpaque(node.text, context.span(node.pos, node.end), 'what the value of a variable runs when it is expanded as a prompt is not known');
      if (node.operation?.type === 'Default' && node.operation.operator.endsWith('=')) builder.noteAssignment(node.parameter);
      return walkChildren(node, builder, context);
    case 'Subshell': {
      const { folder } = builder;
      walkChildren(node, builder, context);
      builder.folder = folder;
      return;
    }
    case 'Script':
      // An escaped-backtick script has a text of its own; its offsets do not map to the line.
      if (node.source !== undefined) return walkChildren(node, builder, { ...context, span: () => undefined, text: node.source, functions: NO_FUNCTIONS });
      return walkChildren(node, builder, context);
    default:
      return walkChildren(node, builder, context);
  }
}

/** `cd x || exit`: what follows runs only where the cd did. */
function endsLine(node: SyntaxNode | undefined): boolean {
  return node?.type === 'Command' && /^(?:exit|return)$/.test(node.name?.value ?? '');
}

function walkChildren(node: SyntaxNode, builder: LineBuilder, context: Context): void {
  forEachChild(node, (child) => walk(child, builder, context));
}

function walkPipeline(node: Tree<'Pipeline'>, builder: LineBuilder, context: Context): void {
  const stages: number[][] = [];
  const { folder } = builder;
  for (const [index, command] of node.commands.entries()) {
    const start = builder.count;
    walk(command, builder, { ...context, place: { ...context.place, readsPipe: index > 0, fedText: echoedText(node.commands[index - 1], context) } });
    stages.push(builder.partsSince(start));
    // Each stage of a pipeline is a process of its own; a single command is not.
    if (node.commands.length > 1) builder.folder = folder;
  }
  builder.addPipeline(stages);
}

function walkCommand(node: Tree<'Command'>, builder: LineBuilder, context: Context): void {
  const words: Word[] = node.name === undefined ? [] : readWord(node.name, context);
  const assignments: Assignment[] = [];
  for (const item of node.prefix) if (item.type === 'Assignment') assignments.push(readAssignment(item, context));
  for (const item of node.suffix) {
    if (item.type === 'Word') words.push(...readWord(item, context));
    else if (item.type === 'Assignment') {
      const assignment = readAssignment(item, context);
      const { value } = assignment;
      words.push({ text: value === undefined ? item.text : item.text.slice(0, item.text.indexOf('=') + 1) + value.text, isDynamic: value?.isDynamic ?? false, canSplit: false, span: context.span(item.pos, item.end) });
      assignments.push(assignment);
    }
  }
  const input = scriptInput(node, context);
  const span = context.span(node.pos, node.end);
  const start = builder.count;
  const isFunction = words[0] !== undefined && context.functions.isCall(words[0].text, context.at ?? node.pos);
  const functions: FunctionScope = { isCall: (name) => context.functions.isCall(name, context.at ?? node.pos) };
  builder.addCommand({ words, assignments, span, isFunction, ...(input === undefined ? {} : { input }) }, { ...context.place, constants: context.constants, functions, readsPipe: readsSubstitution(node) || (context.place.readsPipe && !redirectsInput(node)) });
  if (READS_SCRIPTS.has(words[0]?.text.slice(words[0].text.lastIndexOf('/') + 1) ?? '')) {
    for (const text of substitutedTexts(node, context)) walkText(text.text, builder, { span: () => text.span, depth: context.place.depth + 1, standing: 'reading', via: `fed to ${words[0]?.text}`, readsPipe: false });
  }
  const end = builder.count;
  changeFolder(words, builder);
  // Substitutions in the words and redirections are commands of their own; `bash <(curl u)` is a pipeline into bash.
  const inner: Context = { ...context, place: { ...context.place, readsPipe: false } };
  walkChildren(node, builder, inner);
  const own = Array.from({ length: end - start }, (_, offset) => start + offset);
  const fed = Array.from({ length: builder.count - end }, (_, offset) => end + offset);
  if (fed.length > 0 && start < end && hasProcessSubstitution(node, '<')) builder.addPipeline([fed, own]);
  if (fed.length > 0 && start < end && hasProcessSubstitution(node, '>')) builder.addPipeline([own, fed]);
}

function readAssignment(item: Tree<'Assignment'>, context: Context): Assignment {
  if (item.value.type !== 'Word') return { name: item.name, value: undefined };
  const words = readWord(item.value, context);
  const [first] = words;
  return { name: item.name, value: words.length === 1 && first !== undefined ? first : { text: item.value.text, isDynamic: true, canSplit: false, span: undefined } };
}

/** `[[ 'a[$(CMD)]' -eq 0 ]]` runs CMD: both sides are arithmetic; `-v` takes a name with a subscript. */
function addEvaluated(node: Tree<'TestUnary'> | Tree<'TestBinary'>, builder: LineBuilder, context: Context): void {
  const operands = node.type === 'TestBinary' ? (/^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator) ? [node.left, node.right] : []) : /^-[vR]$/.test(node.operator) ? [node.operand] : [];
  for (const word of operands.flatMap((each) => readWord(each, context)).filter(hasSubscript)) {
    walkText(asText(word).text, builder, { ...context.place, depth: context.place.depth + 1, via: 'in a subscript', span: () => word.span });
  }
}

/** The text of a heredoc or here-string on standard input. */
function scriptInput(node: Tree<'Command'>, context: Context): Word | undefined {
  for (const redirect of node.redirects) {
    if (redirect.type === 'HereString' && redirect.target !== undefined) {
      const words = readWord(redirect.target, context);
      return { text: words.map((word) => word.text).join(' '), isDynamic: words.some((word) => word.isDynamic), canSplit: false, span: context.span(redirect.pos, redirect.end) };
    }
    if (redirect.type === 'HereDoc') return { text: redirect.body.text, isDynamic: false, canSplit: false, span: context.span(redirect.body.pos, redirect.body.end) };
  }
  return undefined;
}

/** `sh < <(CMD)` */
function readsSubstitution(node: Tree<'Command'>): boolean {
  return node.redirects.some((redirect) => redirect.type === 'Redirect' && redirect.operator === '<' && redirect.target?.parts?.some((part) => part.type === 'ProcessSubstitution'));
}

function redirectsInput(node: Tree<'Command'>): boolean {
  return node.redirects.some((redirect) => redirect.type !== 'Redirect' || redirect.operator === '<');
}

function hasProcessSubstitution(node: Tree<'Command'>, operator: '<' | '>'): boolean {
  let found = false;
  forEachChild(node, (child) => {
    if (child.type === 'Word' && child.parts?.some((part) => part.type === 'ProcessSubstitution' && part.operator === operator)) found = true;
    if (child.type === 'Redirect' && child.target?.parts?.some((part) => part.type === 'ProcessSubstitution' && part.operator === operator)) found = true;
  });
  return found;
}

const ACCESS: Readonly<Record<string, readonly TouchAccess[]>> = {
  '<': ['read'],
  '>': ['write'],
  '>>': ['write'],
  '>|': ['write'],
  '<>': ['read', 'write'],
  '&>': ['write'],
  '&>>': ['write'],
  '>&': ['write'],
  '<&': ['read'],
};

function addRedirect(node: Tree<'Redirect'>, builder: LineBuilder, context: Context): void {
  if (node.target === undefined) return;
  const isDuplicate = (node.operator === '>&' || node.operator === '<&') && /^(\d+-?|-)$/.test(node.target.value);
  if (isDuplicate || node.target.parts?.some((part) => part.type === 'ProcessSubstitution')) return;
  const span = context.span(node.pos, node.end);
  for (const path of readWord(node.target, context)) {
    for (const access of ACCESS[node.operator] ?? []) builder.addTouch({ access, path, span, by: 'redirection', part: undefined });
  }
}
