/** What the dashboard is told of the rest of the program: what runs, which policy holds, what a question would be answered now. */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditEvent } from '../audit/event.ts';
import { sessionsFolder } from '../audit/folder.ts';
import type { DashboardSystem } from '../dashboard/data.ts';
import type { Proof, Trace, TraceLayer } from '../dashboard/views.ts';
import type { Ask } from '../evaluator/ask.ts';
import type { Judgement } from '../evaluator/evaluator.ts';
import { type LayerDecision, ruleName, SECTIONS } from '../model/decision.ts';
import { AGENT } from '../model/request.ts';
import { isCatchAllText } from '../policy/compile.ts';
import { loadPolicies } from '../policy/load.ts';
import type { Policy } from '../policy/schema.ts';
import { findLeftBehind } from '../session/left-behind.ts';
import { findSessions } from '../session/runtime-folder.ts';
import { quoteWords } from '../shell/quote.ts';
import { buildEvaluator } from './build-evaluator.ts';
import { version } from './program.ts';
import { effective } from './render/policies.ts';

export interface CliDashboardSystem extends DashboardSystem {
  /** For what no session may read. */
  privateFolder(): string;
}

export function buildSystem(project: string, userFile: string | undefined): CliDashboardSystem {
  const optionsOf = (each: string) => ({ project: each, ...(userFile === undefined ? {} : { userFile }) });
  return {
    version: version(),
    project,
    privateFolder: () => join(sessionsFolder(), '.links'),
    running: () =>
      // Those of another home have their record elsewhere; those inside a session are part of that one.
      findSessions().running.filter((record) => dirname(record.log) === sessionsFolder()).map((record) => ({
        id: record.id,
        pid: record.pid,
        agent: record.agent,
        command: quoteWords(record.command),
        project: record.project,
        started: Date.parse(record.since),
        policies: record.policies.map((policy) => `${policy.layer} ${policy.file} (${policy.mode})`).join(', '),
      })),
    strays: findLeftBehind,
    async policy(of) {
      try {
        const { policies, isBuiltIn, warnings } = await loadPolicies(optionsOf(of));
        return { project: of, isBuiltIn, warnings, ...effective(policies), layers: policies.map(({ layer, file, mode, maxRisk }) => ({ layer, file, mode, maxRisk })), rules: policies.flatMap(rulesOf) };
      } catch (error) {
        // A policy that cannot be used stops every run: that is what must be seen here, not an empty page.
        return { project: of, isBuiltIn: false, warnings: [], mode: 'none: nothing starts', maxRisk: 'none', nested: 'none', layers: [], rules: [], problem: (error as Error).message };
      }
    },
    async health() {
      const { examine } = await import('../session/doctor.ts');
      return await examine();
    },
    verify: verifySession,
    async explain(raw) {
      const event = JSON.parse(raw) as AuditEvent;
      const ask = askOf(event);
      if (ask === undefined) return undefined;
      const evaluator = await buildEvaluator({ project: event.project.path, ...ownFile(event, userFile) });
      return traceOf(event, evaluator.judge(ask, AGENT));
    },
  };
}

const PROGRAM = fileURLToPath(new URL('../../../bin/patchwork.js', import.meta.url));
/** Milliseconds: the log of a very long session is read within it. */
const VERIFY_MS = 120_000;

/** The command itself: a long log would hold up everything that is asked of this process meanwhile. */
async function verifySession(session: string): Promise<Proof | undefined> {
  const stdout = await new Promise<string>((done) => execFile(process.execPath, [PROGRAM, 'verify', '--json', '--', session], { timeout: VERIFY_MS, maxBuffer: 64 * 1024 * 1024 }, (_error, text) => done(text)));
  const [line = ''] = stdout.split('\n');
  if (line === '') return undefined;
  const { state, says, first_bad: bad } = JSON.parse(line) as { state: string; says: string; first_bad: { line: number; what: string } | null };
  return { isGood: !['not_sound', 'missing'].includes(state), state, says: bad === null ? says : `line ${bad.line}: ${bad.what}` };
}

/** A session that was given its own user policy names that file as the place of its rules. */
function ownFile(event: AuditEvent, userFile: string | undefined): { policy?: string } {
  const { layer, source } = event.decision;
  const file = layer === 'user' ? source?.replace(/:\d+$/, '') : undefined;
  const found = file?.startsWith('/') === true ? file : userFile;
  return found === undefined ? {} : { policy: found };
}

function rulesOf(policy: Policy) {
  return SECTIONS.flatMap((section) => {
    const { deny, allow } = policy.sections[section];
    const rows = [...deny.map((rule) => ({ rule, list: isCatchAllText(rule.pattern) ? ('default deny' as const) : ('deny' as const) })), ...allow.map((rule) => ({ rule, list: 'allow' as const }))];
    return rows.map(({ rule, list }) => ({ section, list, pattern: rule.pattern, layer: policy.layer, source: rule.origin.line > 0 ? `${rule.origin.file}:${rule.origin.line}` : rule.origin.file }));
  });
}

/** Secrets were taken out of what is asked; that rarely changes the answer. Undefined for what is no question. */
function askOf({ action, target, project, decision }: AuditEvent): Ask | undefined {
  const cwd = target.cwd ?? project.path;
  // The guard's own: no policy has a part in it.
  if (decision.rule === 'self-protection') return undefined;
  switch (action) {
    case 'system_call':
    case 'session_start':
    case 'session_end':
      return undefined;
    case 'command_execute':
      if (target.argv !== undefined) return { action, argv: target.argv, cwd };
      return target.command === undefined ? undefined : { action, command: target.command, cwd };
    case 'network_request':
      return target.host === undefined ? undefined : { action, host: target.host, port: target.port, url: target.url };
    case 'mcp_tool_call':
      return { action, server: target.server_name ?? '', tool: target.tool_name ?? '' };
    default: {
      const path = target.abs_path ?? target.path;
      return path === undefined ? undefined : { action, path, cwd };
    }
  }
}

function traceOf({ decision: recorded }: AuditEvent, { decision }: Judgement): Trace {
  return {
    kind: 'now',
    isSame: decision.effect === recorded.effect && decision.step === recorded.step && ruleName(decision.rule) === recorded.rule,
    layers: decision.layers.flatMap((layer) => layersOf(layer, `${layer.layer} policy`)),
  };
}

function layersOf(layer: LayerDecision, title: string): TraceLayer[] {
  const parts = layer.parts ?? [];
  const lines = (of: LayerDecision) => of.trace.map(({ step, text, outcome }) => ({ text: `${step}. ${text}`, outcome }));
  if (parts.length <= 1) return [{ title, lines: lines(parts[0]?.decision ?? layer) }];
  return parts.map((part) => ({ title: `${title}, part: ${part.text}`, lines: lines(part.decision) }));
}
