/** Collects the parts of one line while its texts are walked; unwraps every command it is given. */
import type { Constants } from './constants.ts';
import type { Assignment, CommandLine, CommandPart, FileTouch, OpaquePart, PipelineStages, Span, Standing, Word } from '../model/command-line.ts';
import { COMMANDS_PER_LINE_LIMIT, SHELL_NESTING_LIMIT, WORDS_PER_LINE_LIMIT } from '../model/limits.ts';
import { shorten } from '../model/printable.ts';
import type { OuterVariables } from './analyze.ts';
import type { FunctionScope } from './functions.ts';
import { evaluatedValue, evaluatedWords } from './evaluated.ts';
import { overrideIn } from './overrides.ts';
import { endsInShell, isUnknownProgram, OUTPUT_AS_COMMAND } from './programs.ts';
import { operandTouches } from './touches.ts';
import { assignedByName } from './setters.ts';
import { carriesCommand, commandIn } from './variables.ts';
import { walkText } from './walk.ts';
import { BUILTINS, type Inner, SHELLS, type Unwrapped, wrapperFor } from './wrappers.ts';

export interface Place {
  readonly span: (start: number, end: number) => Span | undefined;
  /** How deep this text lies in other shell text. */
  readonly depth: number;
  /** `reading`: an outer command answers for what is found here. */
  readonly standing: 'same' | 'reading';
  readonly via: string | undefined;
  readonly readsPipe: boolean;
  /** What the stage before puts out, where it is plain to see. */
  readonly fedText?: Word | undefined;
  /** Variables that outer commands hand down (`PATH=x sh -c …`). */
  readonly assignments?: readonly Assignment[];
  /** Variables of the text that this command stands in. */
  readonly constants?: Constants | undefined;
  /** Those that still hold for text that the same shell reads later (a trap). */
  readonly enclosing?: Constants | undefined;
  /** Functions that hold where this text is read, in the same shell. */
  readonly functions?: FunctionScope | undefined;
}

export interface FoundCommand {
  readonly words: readonly Word[];
  readonly assignments: readonly Assignment[];
  readonly span: Span | undefined;
  /** Shell text on standard input: a heredoc or here-string. */
  readonly input?: Word;
  readonly isOpenEnded?: boolean;
  /** A call of a function that the text itself has defined. */
  readonly isFunction?: boolean;
}

const SOURCE = new Set(['source', '.']);
/** Characters of a reason: it may quote a word of the line, of any length. */
const REASON_LENGTH = 200;
export class LineBuilder {
  readonly outer: OuterVariables;
  readonly functions = new Set<string>();
  readonly aliases = new Set<string>();
  /** What a function's body holds, for calls of it in a pipeline. */
  readonly functionParts = new Map<string, readonly number[]>();
  isForkBomb = false;
  /** The program is about to run under enforcement: what a script of another language does is judged when it does it. */
  isExecuted = false;
  /** Folder after a `cd` that is plain to see; `undefined` when the line's own. */
  folder: string | undefined;
  readonly #text: string;
  readonly #parts: CommandPart[] = [];
  readonly #touches: FileTouch[] = [];
  readonly #opaque: OpaquePart[] = [];
  readonly #pipelines: PipelineStages[] = [];
  readonly #assignments: Assignment[] = [];
  #isTransparentShell = false;
  #words = 0;
  #redirections = 0;
  #isOver = false;

  constructor(text: string, outer: OuterVariables) {
    this.#text = text;
    this.outer = outer;
  }

  get count(): number {
    return this.#parts.length;
  }

  finish(): CommandLine {
    return {
      text: this.#text,
      parts: this.#parts,
      touches: this.#touches,
      opaque: this.#opaque,
      pipelines: this.#pipelines,
      assignments: this.#assignments,
      functions: this.functions,
      aliases: this.aliases,
      isForkBomb: this.isForkBomb,
      isTransparentShell: this.#isTransparentShell,
    };
  }

  /** The parts from `start` on, with those of the functions that are called among them. */
  partsSince(start: number): number[] {
    const indices = Array.from({ length: this.#parts.length - start }, (_, offset) => start + offset);
    return [...new Set(indices.flatMap((index) => [index, ...(this.functionParts.get(this.#parts[index]?.words[0]?.text ?? '') ?? [])]))];
  }

  addOpaque(text: string, span: Span | undefined, why: string, isReading = false): void {
    if (this.#isOver) return;
    if (this.#opaque.length < COMMANDS_PER_LINE_LIMIT) this.#opaque.push({ text, span, why: shorten(why, REASON_LENGTH), isReading });
    else this.#stop(`the line has more than ${COMMANDS_PER_LINE_LIMIT} places that cannot be resolved`);
  }

  /** The line is larger than what is looked into: the rest of it is opaque, and walking on is of no use. */
  get isOver(): boolean {
    return this.#isOver;
  }

  #stop(why: string): void {
    if (!this.#isOver) this.#opaque.push({ text: this.#text, span: undefined, why, isReading: false });
    this.#isOver = true;
  }

  /** False when the line has become too large. */
  #takes(words: number): boolean {
    this.#words += words;
    if (this.#parts.length >= COMMANDS_PER_LINE_LIMIT) this.#stop(`the line has more than ${COMMANDS_PER_LINE_LIMIT} commands`);
    else if (this.#words > WORDS_PER_LINE_LIMIT) this.#stop(`the line has more than ${WORDS_PER_LINE_LIMIT} words`);
    return !this.#isOver;
  }

  addPipeline(stages: PipelineStages): void {
    if (stages.filter((stage) => stage.length > 0).length > 1) this.#pipelines.push(stages);
  }

  addTouch(touch: Omit<FileTouch, 'folder'>): void {
    if (touch.by === 'redirection' && ++this.#redirections > COMMANDS_PER_LINE_LIMIT) return this.#stop(`the line has more than ${COMMANDS_PER_LINE_LIMIT} redirections`);
    this.#touches.push({ ...touch, folder: this.folder });
  }

  /** One simple command with all that it runs in turn. */
  addCommand(found: FoundCommand, place: Place): void {
    const [program, ...args] = found.words;
    if (!this.#takes(found.words.length + found.assignments.length)) return;
    if (program === undefined) {
      for (const assignment of found.assignments) {
        this.#assignments.push(assignment);
        this.#addVariable(assignment, found, { ...place, depth: place.depth + 1, standing: 'reading' });
      }
      return;
    }
    if (place.depth > SHELL_NESTING_LIMIT) return this.addOpaque(program.text, found.span, `shell text lies more than ${SHELL_NESTING_LIMIT} levels deep`);
    if (isUnknownProgram(program)) {
      this.addOpaque(found.words.map((word) => word.text).join(' '), program.span ?? found.span, `which program \`${program.text}\` is, is not known before it runs`);
    }
    const name = program.text.slice(program.text.lastIndexOf('/') + 1);
    const assignments = [...(place.assignments ?? []), ...found.assignments];
    const isFunction = found.isFunction === true;
    if (program.text === 'alias') for (const arg of args) if (arg.text.includes('=')) this.aliases.add(arg.text.slice(0, arg.text.indexOf('=')));
    this.#assignments.push(...assignedByName(program.text, args));
    const { fedText } = place;
    const isFed = place.readsPipe && found.input === undefined && fedText?.isDynamic === false;
    const wrapped = isFunction ? undefined : wrapperFor(name)?.(args, isFed ? fedText : found.input);
    const unwrapped: Unwrapped | undefined = wrapped?.isScript && this.isExecuted ? { ...wrapped, inner: [], touches: [] } : wrapped;
    const readsScript = unwrapped?.readsScript === true;
    const hasScript = readsScript && found.input !== undefined;
    // `git commit -m "$(cat <<'X' …)"`: the text is plain to see.
    const isPassive = (unwrapped === undefined && BUILTINS.has(program.text)) || (name === 'cat' && args.length === 0 && found.input !== undefined);
    const isOverridden = overrideIn(name, args.map((arg) => arg.text)) !== undefined;
    const own: Standing = this.isForkBomb && isFunction ? 'judged' : isFunction || (isPassive && !isOverridden) ? 'builtin' : isOverridden ? 'judged' : hasScript && unwrapped?.innerStanding === 'same' ? 'transparent' : (unwrapped?.standing ?? 'judged');
    const standing = place.standing === 'reading' && own === 'judged' ? 'reading' : own;
    const index = this.#parts.length;
    if (index === 0 && standing === 'transparent' && (SHELLS.has(name) || endsInShell(unwrapped))) this.#isTransparentShell = true;
    this.#parts.push({
      words: found.words,
      assignments,
      standing,
      span: found.span,
      via: place.via,
      readsPipe: place.readsPipe && readsScript && !hasScript,
      isOpenEnded: found.isOpenEnded ?? false,
    });
    for (const touch of [...operandTouches(name, args), ...(unwrapped?.touches ?? [])]) this.addTouch({ ...touch, by: 'operand', part: index });
    if (place.readsPipe && readsScript && !hasScript && !isFed) this.addOpaque(program.text, found.span, `what \`${name}\` reads from its input is not known before it runs`);
    const next: Place = { ...place, assignments, depth: place.depth + 1, via: `inside ${name}`, standing: place.standing === 'reading' || unwrapped?.innerStanding === 'reading' ? 'reading' : 'same' };
    if (place.readsPipe && readsScript && !hasScript && fedText !== undefined) this.#addText(fedText, found, { ...next, standing: 'reading', readsPipe: false }, false, index);
    if (hasScript && found.input !== undefined) this.#addText(found.input, found, next, true, index);
    for (const text of evaluatedWords(program.text, args)) this.#addText(text, found, next, false, index, 'now');
    this.#addDefaults(found, next);
    for (const inner of unwrapped?.inner ?? []) this.#addInner(inner, found, next, index);
    for (const assignment of found.assignments) this.#addVariable(assignment, found, next);
    if (SOURCE.has(program.text) && args[0]?.isDynamic) this.addOpaque(args[0].text, args[0].span, `what \`${program.text}\` reads is not known before it runs`);
  }

  /** `${x:--rf}`: the words as they are when x is not set, for deny rules. */
  #addDefaults(found: FoundCommand, place: Place): void {
    if (found.words.every((word) => word.otherwise === undefined)) return;
    const words = found.words.flatMap(({ otherwise, ...word }): Word[] => otherwise?.map((text) => ({ ...word, text, isDynamic: /\$\(|`/.test(text), canSplit: false })) ?? [word]);
    this.addCommand({ ...found, words, isFunction: false }, { ...place, standing: 'reading', via: 'where a variable is not set' });
  }

  hasAssigned(name: string): boolean {
    return this.#assignments.some((assignment) => assignment.name === name);
  }

  noteAssignment(name: string): void {
    this.#assignments.push({ name, value: undefined });
  }

  #addInner(inner: Inner, outer: FoundCommand, place: Place, index: number): void {
    switch (inner.kind) {
      case 'words':
        this.addCommand({ words: inner.words, assignments: inner.assignments ?? [], span: outer.span, isOpenEnded: inner.isOpenEnded ?? false, ...(outer.input === undefined ? {} : { input: outer.input }) }, place);
        return;
      case 'text':
        this.#addText(inner.word, outer, { ...place, readsPipe: false }, inner.outputToShell ?? false, index, inner.sameShell);
        return;
      case 'opaque':
        this.addOpaque(inner.word.text, inner.word.span ?? outer.span, inner.why, inner.isReading);
    }
  }

  /** Text that a shell will read. `$(…)` in it is text of a pipeline into that shell. */
  #addText(word: Word, outer: FoundCommand, place: Place, isFed: boolean, shellIndex: number, shell?: 'now' | 'later'): void {
    const start = this.#parts.length;
    const span = word.span ?? outer.span;
    walkText(word.text, this, { ...place, span: () => span, enclosing: shell === 'later' ? place.constants : undefined, functions: shell === undefined ? undefined : place.functions });
    if (isFed && word.isDynamic && OUTPUT_AS_COMMAND.test(word.text)) {
      const fed = this.#parts.slice(start).map((_, offset) => start + offset);
      this.addPipeline([fed, [shellIndex]]);
    }
  }

  /** Variables that carry a command to the program after them (`GIT_SSH_COMMAND='…' git fetch`). */
  #addVariable(assignment: Assignment, outer: FoundCommand, place: Place): void {
    const { name, value } = assignment;
    const text = evaluatedValue(assignment) ?? (value !== undefined && carriesCommand(name, value.text) ? { ...value, text: commandIn(name, value.text) } : undefined);
    if (text === undefined) return;
    this.#addText(text, outer, { ...place, via: `in ${name}`, readsPipe: false }, false, this.#parts.length - 1);
  }
}
