/** A policy made ready to be asked: every pattern compiled once, catch-all denies set apart as defaults. */
import { LAYERS } from '../model/decision.ts';
import { type CommandPattern, isCatchAll, parseCommandPattern } from './match-command.ts';
import { type HostPattern, matchesHost, parseHostPattern } from './match-host.ts';
import { compilePathPattern, type PathMatcher, type PathPlace } from './match-path.ts';
import { matchesWildcard } from './match-text.ts';
import type { Policy, Rule, SectionRules } from './schema.ts';

export interface CompiledRule<T> {
  readonly rule: Rule;
  readonly matcher: T;
}

interface CompiledSection<T> {
  readonly present: boolean;
  readonly deny: readonly CompiledRule<T>[];
  readonly allow: readonly CompiledRule<T>[];
  /** A bare `*` or `**` among the denies: the section's default, tried after its allow list. */
  readonly fallback: Rule | undefined;
}

type HostMatcher = (host: string, port: number | undefined) => boolean;
type ToolMatcher = (server: string, tool: string) => boolean;

export interface CompiledPolicy {
  readonly policy: Policy;
  readonly files: CompiledSection<PathMatcher>;
  readonly commands: CompiledSection<CommandPattern>;
  readonly network: CompiledSection<HostMatcher>;
  readonly mcp_tools: CompiledSection<ToolMatcher>;
}

export function compilePolicy(policy: Policy, place: PathPlace): CompiledPolicy {
  const { files, commands, network, mcp_tools } = policy.sections;
  return {
    policy,
    files: compileSection(files, (pattern, list) => compilePathPattern(pattern, place, list)),
    commands: compileSection(commands, parseCommandPattern),
    network: compileSection(network, compileHost),
    mcp_tools: compileSection(mcp_tools, compileTool),
  };
}

function compileSection<T>(section: SectionRules, compile: (pattern: string, list: 'deny' | 'allow') => T): CompiledSection<T> {
  const build = (list: 'deny' | 'allow') => (rule: Rule): CompiledRule<T> => ({ rule, matcher: compile(rule.pattern, list) });
  return {
    present: section.present,
    deny: section.deny.filter((rule) => !isCatchAllText(rule.pattern)).map(build('deny')),
    allow: section.allow.map(build('allow')),
    fallback: section.deny.find((rule) => isCatchAllText(rule.pattern)),
  };
}

export function isCatchAllText(pattern: string): boolean {
  return isCatchAll(parseCommandPattern(pattern));
}

function compileHost(pattern: string, list: 'deny' | 'allow'): HostMatcher {
  // When the first host is asked about: addresses take long to read for the first time.
  let parsed: HostPattern | undefined | null = null;
  return (host, port) => {
    if (parsed === null) parsed = parseHostPattern(pattern);
    // The parser has refused what is no host pattern; a policy built in code must not turn into an open door.
    return parsed === undefined ? list === 'deny' : matchesHost(parsed, host, port, list);
  };
}

function compileTool(pattern: string): ToolMatcher {
  return (server, tool) => matchesWildcard(pattern, `${server}:${tool}`) || (!pattern.includes(':') && matchesWildcard(pattern, tool));
}

export function layerOrder(policies: readonly Policy[]): Policy[] {
  return [...policies].sort((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer));
}
