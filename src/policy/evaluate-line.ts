/** A command line, part by part: denied if any part is, allowed only if every part is. Pure. */
import type { CommandLine, CommandPart, OpaquePart, Span } from '../model/command-line.ts';
import type { LayerDecision, PartDecision, Step } from '../model/decision.ts';
import { shorten } from '../model/printable.ts';
import type { Risk } from '../model/risk.ts';
import { overrideIn } from '../shell/overrides.ts';
import { changesWhatRuns } from '../shell/variables.ts';
import type { CompiledPolicy, CompiledRule } from './compile.ts';
import { evaluateFile, type ResolvedFile } from './evaluate.ts';
import { allowsInPipeline, allowsPart, type CommandPattern, couldDeny, deniedParts, isCatchAll } from './match-command.ts';
import { occursIn, plainText } from './occurs.ts';
import { evaluateSteps, quoteRule, reference } from './steps.ts';

/** A file that the line names, as a request; undefined when its name is not known before it runs. */
export interface ResolvedTouch {
  readonly file: Omit<ResolvedFile, 'kind'> | undefined;
  /** One more reading for deny rules, where the name is known in part: `$DIR/.env`. */
  readonly guess?: Omit<ResolvedFile, 'kind'>;
  readonly text: string;
  readonly span: Span | undefined;
  readonly by: 'redirection' | 'operand';
}

export interface ResolvedLine {
  readonly line: CommandLine;
  /** Risk of each part, by index, and of the line as a whole. */
  readonly partRisks: readonly Risk[];
  readonly touches: readonly ResolvedTouch[];
  /** Variables of the process itself that change what runs. */
  readonly changedVariables: readonly string[];
  readonly coveredBy: string | undefined;
  /** Why the program needs no rule (the agent's own parts). */
  readonly baseline: string | undefined;
}

/** Characters of the line that a reason quotes. */
const TEXT_LENGTH = 120;

type Hits = ReadonlyMap<CommandPattern, ReadonlySet<number>>;

export function evaluateLine(compiled: CompiledPolicy, resolved: ResolvedLine): LayerDecision {
  const { line } = resolved;
  const parts: PartDecision[] = [];
  const hits = new Map(compiled.commands.deny.map((each) => [each.matcher, deniedParts(each.matcher, line)]));
  for (const [index, part] of line.parts.entries()) {
    const decision = evaluatePart(compiled, resolved, part, index, hits);
    if (decision !== undefined) parts.push({ text: shown(line, part), span: part.span, isOutermost: index === 0, decision });
  }
  for (const touch of resolved.touches) {
    const decision = evaluateTouch(compiled, touch, resolved);
    if (decision !== undefined) parts.push({ text: touch.text, span: touch.span, isOutermost: false, decision });
  }
  for (const opaque of line.opaque) {
    const decision = evaluateOpaque(compiled, resolved, opaque);
    if (decision !== undefined) parts.push({ text: opaque.text, span: opaque.span, isOutermost: false, decision });
  }
  return join(compiled, parts);
}

function shown(line: CommandLine, part: CommandPart): string {
  return part.span !== undefined && part.via === undefined ? line.text.slice(part.span[0], part.span[1]) : part.words.map((word) => word.text).join(' ');
}

/** Undefined: nothing to say (a builtin, a wrapper that is judged by its content). */
function evaluatePart(compiled: CompiledPolicy, resolved: ResolvedLine, part: CommandPart, index: number, hits: Hits): LayerDecision | undefined {
  const { line } = resolved;
  const isStrict = compiled.policy.nested === 'strict';
  const decision = evaluateSteps<CommandPattern>(compiled, {
    section: 'commands',
    risk: resolved.partRisks[index] ?? { level: 'medium', flags: [] },
    denies: (pattern) => hits.get(pattern)?.has(index) ?? false,
    allows: (pattern) => allowsPart(pattern, part) || allowsInPipeline(pattern, index, line),
    baseline: resolved.baseline,
    cover: resolved.coveredBy !== undefined && !isStrict ? `the allowed command \`${resolved.coveredBy}\` covers what it starts` : undefined,
    unallowable: unallowable(compiled, resolved, part),
  });
  const isDeniedByRule = decision.effect === 'deny' && decision.step === 'deny_rule' && decision.rule?.list === 'deny' && !isFallback(compiled, decision);
  if (part.standing === 'judged' || isDeniedByRule) return decision;
  return undefined;
}

function isFallback(compiled: CompiledPolicy, decision: LayerDecision): boolean {
  const { fallback } = compiled.commands;
  return fallback !== undefined && decision.rule?.origin === fallback.origin;
}

/** Why an allow rule does not hold although its words would match. A bare `*` allows anything whatever. */
function unallowable(compiled: CompiledPolicy, resolved: ResolvedLine, part: CommandPart): string | undefined {
  if (compiled.commands.allow.some((each) => isCatchAll(each.matcher))) return undefined;
  const { line } = resolved;
  const assigned = [...line.assignments, ...part.assignments].find((each) => changesWhatRuns(each.name, each.value?.isDynamic ? undefined : each.value?.text));
  if (assigned !== undefined) return `\`${assigned.name}=\` changes what runs`;
  const [changed] = resolved.changedVariables;
  if (changed !== undefined) return `the variable ${changed} changes what runs`;
  const program = part.words[0]?.text ?? '';
  if (line.aliases.has(program)) return `the alias \`${program}\` changes what runs`;
  const override = overrideIn(program.slice(program.lastIndexOf('/') + 1), part.words.slice(1).map((word) => word.text));
  if (override !== undefined) return `\`${override}\` changes what runs`;
  const couldHit = compiled.commands.deny.find((each) => couldDeny(each.matcher, part));
  if (couldHit !== undefined) {
    const word = part.words.find((each, index) => index > 0 && each.isDynamic && each.canSplit);
    return `\`${shorten(word?.text ?? '', TEXT_LENGTH)}\` could become what "${couldHit.rule.pattern}" denies`;
  }
  return undefined;
}

/** Redirections are file actions of the shell; operands are those of a command, which covers them inside the workspace. */
function evaluateTouch(compiled: CompiledPolicy, touch: ResolvedTouch, resolved: ResolvedLine): LayerDecision | undefined {
  const guessed = touch.guess === undefined ? undefined : evaluateFile(compiled, touch.guess);
  if (guessed?.effect === 'deny' && guessed.step === 'deny_rule' && guessed.rule?.list === 'deny' && !/^\*+$/.test(guessed.rule.pattern)) return guessed;
  if (touch.by === 'redirection') {
    if (touch.file !== undefined) return evaluateFile(compiled, touch.file);
    return evaluateOpaque(compiled, resolved, { text: touch.text, isReading: false, why: `which file \`${shorten(touch.text, TEXT_LENGTH)}\` is, is not known before it runs` });
  }
  if (touch.file === undefined) return undefined;
  const facts = { ...touch.file.facts, coveredBy: touch.file.facts.coveredBy ?? resolved.line.text };
  const decision = evaluateFile(compiled, { ...touch.file, facts });
  return decision.effect === 'deny' ? decision : undefined;
}

const plainTexts = new WeakMap<CommandLine, string>();

/** A line may hold a thousand places that cannot be resolved; its own text is made plain once. */
function plainOf(line: CommandLine): string {
  const known = plainTexts.get(line) ?? plainText(line.text);
  plainTexts.set(line, known);
  return known;
}

/** Not allowed under fail-closed; under fail-open denied if a deny pattern occurs in the text. */
function evaluateOpaque(compiled: CompiledPolicy, resolved: ResolvedLine, { text, why, isReading }: Omit<OpaquePart, 'span'>): LayerDecision | undefined {
  const { policy } = compiled;
  const texts = text === resolved.line.text ? [plainText(text)] : [plainText(text), plainOf(resolved.line)];
  const occurring: CompiledRule<CommandPattern> | undefined = compiled.commands.deny.find((each) => texts.some((plain) => occursIn(each.matcher, plain)));
  const base = { layer: policy.layer, trace: [] as LayerDecision['trace'] };
  if (occurring !== undefined) {
    const rule = reference('commands', 'deny', occurring.rule);
    const trace = [{ step: 1 as const, text: `Deny rules: "${occurring.rule.pattern}" occurs in what cannot be resolved → DENIED`, outcome: 'deny' as const }];
    return { ...base, trace, effect: 'deny', step: 'deny_rule', rule, reason: `${why}, and the text of the rule ${quoteRule(rule)} occurs in it` };
  }
  if (isReading || resolved.coveredBy !== undefined || resolved.baseline !== undefined) return undefined;
  if (policy.mode === 'fail-open' || compiled.commands.allow.some((each) => isCatchAll(each.matcher))) return undefined;
  const rule = { section: 'mode' as const, list: undefined, pattern: policy.mode, origin: policy.modeOrigin };
  const trace = [
    { step: 1 as const, text: 'Deny rules: no match', outcome: 'next' as const },
    { step: 2 as const, text: `Allow rules: cannot hold, ${why}`, outcome: 'next' as const },
    { step: 4 as const, text: 'Mode: fail-closed → DENIED (cannot be resolved)', outcome: 'deny' as const },
  ];
  return { ...base, trace, effect: 'deny', step: 'mode', rule, reason: `${why}, and mode is fail-closed` };
}

/** A rule outweighs the risk, the risk the mode, so that the reason given is the strongest. */
const DENY_ORDER: readonly Step[] = ['deny_rule', 'risk', 'mode'];
/** The weakest ground decides how an allowed line is reported. */
const ALLOW_ORDER: readonly Step[] = ['mode', 'baseline', 'cover', 'allow_rule'];

function join(compiled: CompiledPolicy, parts: readonly PartDecision[]): LayerDecision {
  for (const step of DENY_ORDER) {
    const hit = parts.find((part) => part.decision.effect === 'deny' && part.decision.step === step);
    if (hit !== undefined) return { ...hit.decision, reason: withPart(hit, parts), parts };
  }
  for (const step of ALLOW_ORDER) {
    const hit = parts.find((part) => part.decision.step === step);
    if (hit !== undefined) return { ...hit.decision, parts };
  }
  const reason = 'nothing in it has an effect outside the shell';
  return { effect: 'allow', step: 'baseline', layer: compiled.policy.layer, rule: undefined, reason, trace: [{ step: 4, text: `Baseline: ${reason} → ALLOWED`, outcome: 'allow' }], parts };
}

/** Names the part that decided when it is not the whole line. */
function withPart(hit: PartDecision, parts: readonly PartDecision[]): string {
  return parts.length > 1 ? `\`${shorten(hit.text, TEXT_LENGTH)}\`: ${hit.decision.reason}` : hit.decision.reason;
}
