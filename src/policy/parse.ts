/** Policy text to Policy, with every problem found at once and its place in the file. The only import of `yaml`. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { Layer, Origin } from '../model/decision.ts';
import { PATTERN_LENGTH_LIMIT, POLICY_BYTES_LIMIT, RULES_PER_LIST_LIMIT } from '../model/limits.ts';
import type { RiskLevel } from '../model/risk.ts';
import { nearest } from './nearest.ts';
import { patternProblem } from './pattern-problem.ts';
import { type Field, type Mode, type Nested, type Policy, POLICY_SHAPE, type Rule, type SectionRules, type Shape } from './schema.ts';

export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly origin: Origin;
  readonly message: string;
  readonly hint?: string;
  /** The line of the file that the problem stands in. */
  readonly sourceLine: string;
}

export interface ParsedPolicy {
  readonly policy: Policy | undefined;
  readonly problems: readonly Problem[];
}

interface Source {
  readonly file: string;
  readonly lines: readonly string[];
  readonly at: (offset: number) => Origin;
  readonly problems: Problem[];
}

/** Values read from the file by their dotted path, `rules.files.deny` for example. */
type Values = Map<string, { readonly value: unknown; readonly origin: Origin }>;

export function parsePolicy(text: string, file: string, layer: Layer): ParsedPolicy {
  const counter = new LineCounter();
  const source: Source = {
    file,
    lines: text.split(/\r?\n/),
    at: (offset) => {
      const { line, col } = counter.linePos(offset);
      return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
    },
    problems: [],
  };
  if (text.length > POLICY_BYTES_LIMIT) {
    report(source, { file, line: 1, column: 1 }, `the file is larger than ${POLICY_BYTES_LIMIT / 1024} KiB`);
    return { policy: undefined, problems: source.problems };
  }
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true, stringKeys: true });
  // At one place the first says it; the others come of it.
  const first = document.errors.filter((error, index, all) => all.findIndex((each) => each.pos[0] === error.pos[0]) === index);
  for (const error of first) {
    report(source, source.at(error.pos[0]), YAML_MESSAGES[error.code] ?? firstSentence(error.message), yamlHint(error.code));
  }
  const values: Values = new Map();
  if (document.errors.length === 0) {
    if (document.contents === null) report(source, { file, line: 1, column: 1 }, 'the file is empty', 'a policy needs at least `version: 1` and `mode: fail-closed` or `mode: fail-open`');
    else readShape(document.contents as Node, POLICY_SHAPE, '', source, values);
  }
  const broken = source.problems.some((problem) => problem.severity === 'error');
  return { policy: broken ? undefined : build(values, file, layer), problems: source.problems };
}

function report(source: Source, origin: Origin, message: string, hint?: string): void {
  const sourceLine = source.lines[origin.line - 1] ?? '';
  source.problems.push({ severity: 'error', origin, message, ...(hint === undefined ? {} : { hint }), sourceLine });
}

function readShape(node: Node, shape: Shape, path: string, source: Source, values: Values): void {
  const origin = source.at(node.range?.[0] ?? 0);
  const name = path === '' ? 'the file' : `\`${path}\``;
  if (isAlias(node)) return report(source, origin, `${name} is an alias; a policy spells everything out`, 'write the value itself instead of `*name`');
  switch (shape.kind) {
    case 'map':
      if (isNull(node) && path !== '') return;
      if (!isMap(node)) return report(source, origin, `${name} must be a map of keys and values`);
      values.set(path, { value: true, origin });
      return readMap(node as YAMLMap, shape.fields, path, source, values);
    case 'patterns':
      return readPatterns(node, path, source, values);
    case 'constant':
      if (!isScalar(node) || node.value !== shape.value) return report(source, origin, `${name} must be ${shape.value}`, `write \`${leaf(path)}: ${shape.value}\``);
      values.set(path, { value: node.value, origin });
      return;
    case 'choice': {
      const text = isScalar(node) ? node.value : undefined;
      if (typeof text !== 'string' || !shape.values.includes(text)) {
        const guess = typeof text === 'string' ? nearest(text, shape.values) : undefined;
        const hint = guess === undefined ? `one of: ${shape.values.join(', ')}` : `did you mean \`${guess}\`? One of: ${shape.values.join(', ')}`;
        return report(source, origin, `${name} is ${JSON.stringify(text ?? null)}, which is none of its values`, hint);
      }
      values.set(path, { value: text, origin });
    }
  }
}

function readMap(map: YAMLMap, fields: Readonly<Record<string, Field>>, path: string, source: Source, values: Values): void {
  const seen = new Set<string>();
  for (const pair of map.items as Pair<Node, Node | null>[]) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const origin = source.at(pair.key.range?.[0] ?? 0);
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const full = path === '' ? key : `${path}.${key}`;
    seen.add(key);
    if (field === undefined) {
      report(source, origin, `unknown key \`${full}\``, unknownKeyHint(key, fields));
    } else if (pair.value === null) {
      if (field.required) report(source, origin, `\`${full}\` has no value`, field.about);
    } else {
      readShape(pair.value, field.shape, full, source, values);
    }
  }
  for (const [key, field] of Object.entries(fields)) {
    if (field.required && !seen.has(key)) {
      const choices = field.shape.kind === 'choice' ? field.shape.values.map((value) => `\`${key}: ${value}\``).join(' or ') : `\`${key}: 1\``;
      report(source, source.at(map.range?.[0] ?? 0), `\`${key}\` is missing`, `add ${choices}`);
    }
  }
}

function readPatterns(node: Node, path: string, source: Source, values: Values): void {
  const origin = source.at(node.range?.[0] ?? 0);
  if (isNull(node)) return;
  if (!isSeq(node)) return report(source, origin, `\`${path}\` must be a list of patterns`, `write each on its own line: - "pattern"`);
  const rules: Rule[] = [];
  if (node.items.length > RULES_PER_LIST_LIMIT) report(source, origin, `\`${path}\` has more than ${RULES_PER_LIST_LIMIT} patterns`);
  for (const item of node.items as Node[]) {
    const where = source.at(item.range?.[0] ?? 0);
    if (isAlias(item)) {
      report(source, where, `a pattern of \`${path}\` is a YAML alias, not text`, YAML_HINTS['BAD_ALIAS']);
      continue;
    }
    if (!isScalar(item) || typeof item.value !== 'string') {
      report(source, where, `a pattern of \`${path}\` is not text`, 'put it in quotes: "pattern"');
      continue;
    }
    const problem = item.value.length > PATTERN_LENGTH_LIMIT ? { message: `the pattern is longer than ${PATTERN_LENGTH_LIMIT} characters` } : patternProblem(path, item.value);
    if (problem !== undefined) report(source, where, problem.message, problem.hint);
    else rules.push({ pattern: item.value, origin: where });
  }
  values.set(path, { value: rules, origin });
}

function build(values: Values, file: string, layer: Layer): Policy {
  const whole: Origin = { file, line: 1, column: 1 };
  const rules = (path: string): readonly Rule[] => (values.get(path)?.value as Rule[] | undefined) ?? [];
  const section = (name: string): SectionRules => {
    const present = values.has(`rules.${name}`);
    return {
      present,
      deny: rules(`rules.${name}.deny`),
      allow: rules(`rules.${name}.allow`),
      origin: values.get(`rules.${name}`)?.origin ?? whole,
    };
  };
  return {
    layer,
    file,
    mode: values.get('mode')?.value as Mode,
    modeOrigin: values.get('mode')?.origin ?? whole,
    sections: { files: section('files'), commands: section('commands'), network: section('network'), mcp_tools: section('mcp_tools') },
    nested: (values.get('rules.commands.nested')?.value as Nested | undefined) ?? 'covered',
    maxRisk: (values.get('rules.max_risk')?.value as RiskLevel | undefined) ?? 'critical',
    maxRiskOrigin: values.get('rules.max_risk')?.origin ?? whole,
  };
}

/** A key in the wrong place is the commonest slip: say where it belongs. */
function unknownKeyHint(key: string, fields: Readonly<Record<string, Field>>): string {
  const guess = nearest(key, Object.keys(fields));
  if (guess !== undefined) return `did you mean \`${guess}\`?`;
  const home = findHome(key, POLICY_SHAPE, '');
  if (home !== undefined) return `\`${key}\` belongs under \`${home}\``;
  return `known keys here: ${Object.keys(fields).join(', ')}`;
}

function findHome(key: string, shape: Shape, path: string): string | undefined {
  if (shape.kind !== 'map') return undefined;
  if (Object.hasOwn(shape.fields, key)) return path === '' ? 'the top level' : path;
  for (const [name, field] of Object.entries(shape.fields)) {
    const home = findHome(key, field.shape, path === '' ? name : `${path}.${name}`);
    if (home !== undefined) return home;
  }
  return undefined;
}

function isNull(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

function leaf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function firstSentence(message: string): string {
  return message.split('\n')[0] ?? message;
}

/** Where the parser speaks to programmers. */
const YAML_MESSAGES: Record<string, string> = {
  MULTIPLE_DOCS: 'a second document begins here',
};

const YAML_HINTS: Record<string, string> = {
  BAD_ALIAS: 'a pattern that begins with * must stand in quotes: "*.md"',
  TAB_AS_INDENT: 'indent with blanks; YAML forbids tabs',
  DUPLICATE_KEY: 'put everything under one key; the second would silently replace the first',
  BAD_INDENT: 'keys of one map start in the same column',
  MULTIPLE_DOCS: 'a policy is one document: remove the `---`',
  MULTILINE_IMPLICIT_KEY: 'is a `:` or a quote missing?',
};

function yamlHint(code: string): string | undefined {
  return YAML_HINTS[code];
}
