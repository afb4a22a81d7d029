/** Whether a command that bash started is among those that were found in the line. */
import type { CommandLine, CommandPart, Word } from '../../src/model/command-line.ts';

/** `lost`: neither found nor covered by a part that says it cannot be resolved. */
export type Finding = 'found' | 'opaque' | 'lost';

export function look(line: CommandLine, argv: readonly string[]): Finding {
  if (line.parts.some((part) => isThis(part, argv))) return 'found';
  return line.opaque.some((each) => !each.isReading) ? 'opaque' : 'lost';
}

function isThis(part: CommandPart, argv: readonly string[]): boolean {
  const [program, ...args] = part.words;
  if (program === undefined || program.isDynamic || baseName(program.text) !== argv[0]) return false;
  return fits(args, argv.slice(1), part.isOpenEnded);
}

/** A word that is not known is one word; one that may split or has wildcards is any number of them. */
function fits(words: readonly Word[], given: readonly string[], isOpenEnded: boolean): boolean {
  let places = new Set([0]);
  for (const word of words) {
    const next = new Set<number>();
    for (const place of places) {
      const isAny = word.isGlob === true || (word.isDynamic && word.canSplit);
      if (isAny) for (let at = place; at <= given.length; at++) next.add(at);
      else if (place < given.length && (word.isDynamic || word.text.includes('{}') || word.text === given[place])) next.add(place + 1);
    }
    places = next;
  }
  return isOpenEnded ? places.size > 0 : places.has(given.length);
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
