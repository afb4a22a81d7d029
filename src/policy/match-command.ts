/** Command patterns: deny rules by any reading of a command, allow rules by its exact words. */
import type { CommandLine, CommandPart } from '../model/command-line.ts';
import { parseCommand } from '../shell/options.ts';
import { SHELLS } from '../shell/wrappers.ts';
import { couldExpandTo, matchesWildcard, matchesWithMore } from './match-text.ts';
import type { Policy } from './schema.ts';
import { baseName, GAP, type Option, type Reading, plainPath, readingOf } from './reading.ts';

/** `curl * | bash` has two stages; a plain pattern has one. */
export interface CommandPattern {
  readonly text: string;
  readonly stages: readonly Stage[];
}

interface Stage {
  readonly program: string;
  readonly args: readonly string[];
  /** Words joined with blanks. */
  readonly text: string;
  /** Its words as programs of several names read them. */
  readonly wanted: Map<string, { readonly options: readonly Option[]; readonly operands: readonly string[] }>;
}

export function parseCommandPattern(text: string): CommandPattern {
  const stages = text.split(/\s*\|\s*/).map((stage): Stage => {
    const [program = '', ...args] = stage.trim().split(/\s+/);
    return { program, args, text: [program, ...args].join(' '), wanted: new Map() };
  });
  return { text, stages };
}

/** The first words of what deny rules name. */
export function deniedPrograms(policies: readonly Policy[]): string[] {
  return policies.flatMap(({ sections }) => sections.commands.deny.flatMap(({ pattern }) => parseCommandPattern(pattern).stages.map(({ program }) => program)));
}

export function isCatchAll(pattern: CommandPattern): boolean {
  return pattern.text.trim() === '*' || pattern.text.trim() === '**';
}

/** Indices of the parts of the line that the deny pattern hits. */
export function deniedParts(pattern: CommandPattern, line: CommandLine): ReadonlySet<number> {
  const [first, ...more] = pattern.stages;
  const hits = new Set<number>();
  if (first === undefined) return hits;
  if (more.length === 0) {
    for (const [index, part] of line.parts.entries()) if (deniesPart(first, part)) hits.add(index);
  } else {
    for (const stages of line.pipelines) {
      const hit = deniedPipeline(pattern.stages, stages, line);
      if (hit >= 0) hits.add(hit);
    }
  }
  return hits;
}

/** The pattern's stages occur among the pipeline's in their order; the part reported is that of the last one. */
function deniedPipeline(wanted: readonly Stage[], stages: readonly (readonly number[])[], line: CommandLine): number {
  let next = 0;
  for (const stage of stages) {
    const pattern = wanted[next];
    if (pattern === undefined) break;
    const hit = stage.find((index) => {
      const part = line.parts[index];
      return part !== undefined && (deniesPart(pattern, part) || (next > 0 && isAnyShell(pattern, part)));
    });
    if (hit === undefined) continue;
    if (++next === wanted.length) return hit;
  }
  return -1;
}

/** `| bash` in a pattern stands for the habit, not for one shell: `| sh`, `| sudo bash -s` are the same. */
function isAnyShell(pattern: Stage, part: CommandPart): boolean {
  return pattern.args.length === 0 && SHELLS.has(pattern.program) && readingOf(part).names.some((name) => SHELLS.has(name) || name === 'source' || name === '.' || name === 'eval');
}

function deniesPart(stage: Stage, part: CommandPart): boolean {
  const reading = readingOf(part);
  // A pattern whose first word is literal can only hit a program of that name.
  const names = reading.names.filter((name) => matchesWithMore(stage.program, name));
  const [word] = part.words;
  if (word?.isGlob === true && !stage.program.includes('*') && couldExpandTo(baseName(word.text), stage.program)) names.push(stage.program);
  return names.some((name) => matchesText(stage.text, name + reading.rest) || matchesArguments(stage, reading, baseName(name)));
}

/** A deny without a star at its end also hits the same words with more behind them; `npm *` matches `npm`. */
function matchesText(pattern: string, text: string): boolean {
  if (matchesWithMore(pattern, text)) return true;
  return pattern.endsWith(' *') && matchesWildcard(pattern.slice(0, -2), text);
}

/** Options as a set, operands in order. */
function matchesArguments(stage: Stage, reading: Reading, program: string): boolean {
  const wanted = wantedBy(stage, program);
  return reading.as(program).some((given) => wanted.options.every((want) => given.options.some((option) => matchesOption(want, option))) && matchesOperands(wanted.operands, given.operands));
}

/** The words of a rule as the program would read them: worked out once. */
function wantedBy(stage: Stage, program: string): { readonly options: readonly Option[]; readonly operands: readonly string[] } {
  const known = stage.wanted.get(program);
  if (known !== undefined) return known;
  const { options, operands } = parseCommand(program, stage.args);
  const wanted = { options, operands: operands.map(plainPath) };
  stage.wanted.set(program, wanted);
  return wanted;
}

function matchesOption(want: Option, option: Option): boolean {
  if (!matchesWildcard(want.name, option.name) && !matchesWildcard(want.written, option.written)) return false;
  return want.value === undefined || matchesWildcard(want.value, option.value ?? '');
}

function matchesOperands(wanted: readonly string[], given: string): boolean {
  return matchesGapped(wanted, given) || matchesGapped([...wanted, '*'], given);
}

/** `text` is words joined with GAP, which no word can hold. */
function matchesGapped(wanted: readonly string[], text: string): boolean {
  if (matchesWildcard(wanted.join(GAP), text)) return true;
  return wanted[wanted.length - 1] === '*' && matchesWildcard(wanted.slice(0, -1).join(GAP), text);
}

/** The allow pattern covers exactly these words. The program must have been found to be the one that the name stands for. */
export function allowsPart(pattern: CommandPattern, part: CommandPart): boolean {
  if (isCatchAll(pattern)) return true;
  const [stage, ...more] = pattern.stages;
  if (stage === undefined || more.length > 0) return false;
  const { written, gapped } = readingOf(part);
  const wanted = [stage.program, ...stage.args];
  if (stage.program.includes('/')) return matchesGapped(wanted, written + gapped) || (part.program?.real !== undefined && matchesGapped(wanted, part.program.real + gapped));
  if (part.program?.isTheOneOnPath === false) return false;
  return matchesGapped(wanted, baseName(written) + gapped);
}

/** A pipeline pattern in an allow list covers the stages of a pipeline of the same length, each by its own stage. */
export function allowsInPipeline(pattern: CommandPattern, index: number, line: CommandLine): boolean {
  if (pattern.stages.length < 2) return false;
  return line.pipelines.some((stages) => {
    const at = stages.findIndex((stage) => stage.length === 1 && stage[0] === index);
    const isSame = stages.length === pattern.stages.length && stages.every((stage) => stage.length === 1);
    return isSame && at >= 0 && stages.every((stage, position) => {
      const wanted = pattern.stages[position];
      const part = line.parts[stage[0] ?? -1];
      return wanted !== undefined && part !== undefined && allowsPart({ text: wanted.text, stages: [wanted] }, part);
    });
  });
}

/**
 * The deny rule does not hit the words as they stand, but would if an unquoted expansion among them became the option
 * that it names. Such a part is not allowed under fail-closed.
 */
export function couldDeny(pattern: CommandPattern, part: CommandPart): boolean {
  const [stage, ...more] = pattern.stages;
  if (stage === undefined || more.length > 0 || !part.words.some((word, index) => index > 0 && word.isDynamic && word.canSplit)) return false;
  const name = readingOf(part).names.find((each) => matchesWildcard(stage.program, each));
  if (name === undefined || stage.args.length === 0) return false;
  const firstUnknown = part.words.findIndex((word, index) => index > 0 && word.isDynamic && word.canSplit);
  const known = part.words.slice(1, firstUnknown).map((word) => word.text);
  const wanted = parseCommand(baseName(name), stage.args).operands.filter((word) => word !== '*');
  const given = parseCommand(baseName(name), known).operands;
  return given.slice(0, wanted.length).every((word, index) => matchesWildcard(wanted[index] ?? '*', word)) && (wanted.length > 0 || given.length === 0 || stage.args.length > 0);
}
