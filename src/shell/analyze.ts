/** A command line, as text or as words, to everything that it would run: the entry point of this folder. */
import type { CommandLine, Span, Word } from '../model/command-line.ts';
import { LineBuilder } from './builder.ts';
import { walkText } from './walk.ts';

/** Variables of the session that a line may use without setting them. */
export type OuterVariables = Readonly<Record<string, string>>;

/** Shell text, as a shell would read it. */
export function analyzeText(text: string, outer: OuterVariables = {}): CommandLine {
  const builder = new LineBuilder(text, outer);
  walkText(text, builder, { span: (start, end): Span => [start, end], depth: 0, standing: 'same', via: undefined, readsPipe: false });
  return builder.finish();
}

/** Words that no shell reads any more: one command, nothing in it is expanded. */
export function analyzeWords(words: readonly string[], shown: string, outer: OuterVariables = {}): CommandLine {
  const builder = new LineBuilder(shown, outer);
  builder.isExecuted = true;
  const plain: Word[] = words.map((text) => ({ text, isDynamic: false, canSplit: false, span: undefined }));
  builder.addCommand({ words: plain, assignments: [], span: undefined }, { span: () => undefined, depth: 0, standing: 'same', via: undefined, readsPipe: false });
  return builder.finish();
}
