/** One command as rules look at it: worked out once, however many rules there are. */
import type { CommandPart } from '../model/command-line.ts';
import { parseCommand } from '../shell/options.ts';
import { otherOperands } from './other-operands.ts';

/** Stands between words where they are joined; cannot occur in one (NUL ends an argument). */
export const GAP = '\0';

export interface Option {
  readonly name: string;
  readonly value: string | undefined;
  readonly written: string;
}

/** What the arguments say, in one of the ways that they can be read. */
interface Arguments {
  readonly options: readonly Option[];
  /** Joined with GAP. */
  readonly operands: string;
}

export interface Reading {
  readonly written: string;
  /** Every name that the program goes by: as written, base name, the file's own name. */
  readonly names: readonly string[];
  /** The arguments behind a blank, or nothing. */
  readonly rest: string;
  /** Each argument behind a GAP. */
  readonly gapped: string;
  /** The arguments as the program of that base name may read them. */
  as(program: string): readonly Arguments[];
}

const readings = new WeakMap<CommandPart, Reading>();

/** The part's program must have been looked up before. */
export function readingOf(part: CommandPart): Reading {
  const known = readings.get(part);
  if (known !== undefined) return known;
  const written = part.words[0]?.text ?? '';
  const args = part.words.slice(1).map((word) => word.text);
  const byProgram = new Map<string, readonly Arguments[]>();
  const reading: Reading = {
    written,
    // zsh: `=CMD` is the path of CMD. A dash in front marks the shell of a login, and busybox drops it.
    names: [...new Set([written, baseName(written), written.replace(/^=/, ''), baseName(written).replace(/^-/, ''), ...(part.program?.aliases ?? [])])].filter((name) => name !== ''),
    rest: args.length === 0 ? '' : ` ${args.join(' ')}`,
    gapped: args.map((arg) => GAP + arg).join(''),
    as: (program) => {
      const parsed = byProgram.get(program) ?? readArguments(program, args);
      byProgram.set(program, parsed);
      return parsed;
    },
  };
  readings.set(part, reading);
  return reading;
}

function readArguments(program: string, args: readonly string[]): readonly Arguments[] {
  const apart = args.flatMap(splitOption);
  const read = parseCommand(program, args);
  // Where the program is not known, an option may have its value in the same word or in the next one.
  const ways = read.isKnownTool || apart.length === args.length ? [read] : [read, parseCommand(program, apart)];
  return ways.flatMap((parsed) => {
    const operands = parsed.operands.map(plainPath);
    const certain = operands.filter((_, index) => !parsed.maybeValues.has(index));
    const options = [...parsed.options, ...impliedOptions(program, parsed.operands, parsed.options)];
    const all = [operands, ...(certain.length < operands.length ? [certain] : []), ...otherOperands(program, certain)];
    return all.map((each): Arguments => ({ options, operands: each.join(GAP) }));
  });
}

/** `-mVALUE`, `--name=VALUE`. */
function splitOption(word: string): string[] {
  const parts = /^(--[^=]+)=(.*)$/s.exec(word) ?? /^(-[^-=])=?(.+)$/s.exec(word);
  return parts === null ? [word] : parts.slice(1);
}

/** `./a//b` is `a/b`: how a path is written makes no other word of it. `./*` is not `*`, which may be any word. */
export function plainPath(word: string): string {
  if (!word.includes('/') || word.includes('://')) return word;
  return word.replace(/\/(?:\.?\/)+/g, '/').replace(/^(?:\.\/)+(?=[^*])/, '');
}

/** What operands mean beyond the options: `+ref`, `--mirror`, `--delete` and `:ref` undo what others have (git-push(1)). */
function impliedOptions(program: string, operands: readonly string[], options: readonly Option[]): Option[] {
  const isForcedPush = program === 'git' && operands[0] === 'push' && (operands.slice(1).some((word) => /^\+|^:./.test(word)) || options.some((option) => option.name === 'mirror' || option.name === 'delete'));
  return isForcedPush ? [{ name: 'force', value: undefined, written: '+' }] : [];
}

export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
