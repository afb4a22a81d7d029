/** A command line, as text or as words, to everything that it would run: the entry point of this folder. */
import type { CommandLine, Span, Word } from '../model/command-line.ts';
import { LineBuilder, type Place } from './builder.ts';
import { walkText } from './walk.ts';
import { SHELLS, wrapperFor } from './wrappers.ts';

/** Variables of the session that a line may use without setting them. */
export type OuterVariables = Readonly<Record<string, string>>;

/** Shell text, as a shell would read it. */
export function analyzeText(text: string, outer: OuterVariables = {}): CommandLine {
  const builder = new LineBuilder(text, outer);
  walkText(text, builder, { span: (start, end): Span => [start, end], depth: 0, standing: 'same', via: undefined, readsPipe: false });
  return builder.finish();
}

/** Programs at the other ends of a program's pipes, stage by stage; nearest last before it, nearest first behind it. */
export interface JoinedWords {
  /** The program's own; a pipe that it is given by name stands there as its standard input. */
  readonly own: readonly string[];
  readonly before: readonly (readonly (readonly string[])[])[];
  readonly after: readonly (readonly (readonly string[])[])[];
}

/** Words that no shell reads any more: one command, nothing in it is expanded. */
export function analyzeWords(words: readonly string[], shown: string, outer: OuterVariables = {}, joined?: JoinedWords): CommandLine {
  const builder = new LineBuilder(shown, outer);
  builder.isExecuted = true;
  const own = addWords(builder, words, { ...PLAIN, standing: 'same', via: undefined });
  if (joined !== undefined && isOfPipeline(joined.own)) {
    const add = (stage: readonly (readonly string[])[]): number[] => stage.filter(isOfPipeline).flatMap((each) => addWords(builder, each, { ...PLAIN, standing: 'reading', via: 'at the other end of its pipe' }));
    builder.addPipeline([...joined.before.map(add), own, ...joined.after.map(add)]);
  }
  return builder.finish();
}

const PLAIN = { span: () => undefined, depth: 0, readsPipe: false } as const;

/** Indices of the parts that it made. */
function addWords(builder: LineBuilder, words: readonly string[], place: Place): number[] {
  const start = builder.count;
  builder.addCommand({ words: words.map((text) => ({ text, isDynamic: false, canSplit: false, span: undefined })), assignments: [], span: undefined }, place);
  return builder.partsSince(start);
}

/** A shell with a script of its own has its input from somebody else's pipeline, and does not run it. */
function isOfPipeline([program = '', ...args]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (!SHELLS.has(name)) return true;
  return wrapperFor(name)?.(args.map((text): Word => ({ text, isDynamic: false, canSplit: false, span: undefined })))?.readsScript === true;
}
