/** What the log keeps of a judgement: the event, without secrets, and which actions are none. */
import type { EventTarget } from '../audit/event.ts';
import { redact, redactWords } from '../audit/redact.ts';
import type { EventFacts } from '../audit/writer.ts';
import { ruleName, ruleSource } from '../model/decision.ts';
import type { AccessRequest } from '../model/request.ts';
import { joinRisks } from '../model/risk.ts';
import type { Judgement } from './evaluator.ts';
import type { Standing } from './lineage.ts';
import type { Asking, DidNotice } from './protocol.cts';

/** Steps kept of one denial. */
const TRACE_LIMIT = 40;

/** What the kernel sees every program do, with libraries, locales, terminals: it would bury what matters. */
export function isEverybodys(question: Asking, { request, decision }: Judgement): boolean {
  if (question.pep !== 'guard' || !('real' in request)) return false;
  return request.action === 'file_read' ? decision.step === 'baseline' || decision.step === 'cover' : decision.step === 'baseline' && /^\/(?:dev|proc)\//.test(request.real);
}

/** Sockets of what looks names up for every program of the machine: nscd(8), systemd-resolved(8), Avahi. */
export function isNamesService(host: string): boolean {
  return /^unix:(?:\/var)?\/run\/(?:nscd\/socket|systemd\/resolve\/|avahi-daemon\/socket)/.test(host);
}

/** Who asks for a connection: the guard, or the relay that looks at its bytes. */
export interface NetworkAsker {
  readonly action: 'network_request';
  readonly pep: 'guard' | 'relay';
  readonly pid: number;
  /** It has passed already, and stands under this number in what was written ahead. */
  readonly ahead?: number | undefined;
}

export function toEvent({ request, decision }: Judgement, question: Asking | NetworkAsker | DidNotice, { depth, facts }: Standing, begun: bigint, running: string | undefined): EventFacts {
  const rule = ruleName(decision.rule);
  const source = ruleSource(decision.rule);
  // The launcher says nothing about who asks: it is about to be the program that it asks for.
  const told = 'op' in question && question.op === 'did' ? question.exe : undefined;
  const exe = told ?? (question.pep === 'shim' && question.action === 'command_execute' && question.exe !== '' ? question.exe : running);
  return {
    action: request.action,
    status: decision.effect === 'allow' ? 'completed' : 'denied',
    risk: decision.layer === 'builtin' ? joinRisks([decision.risk, { level: 'critical', flags: ['self_protection'] }]) : decision.risk,
    target: toTarget(request),
    decision: {
      ...('ahead' in question && question.ahead !== undefined ? { ahead: question.ahead } : {}),
      effect: decision.effect,
      step: decision.step,
      layer: decision.layer,
      ...(rule === undefined ? {} : { rule }),
      ...(source === undefined ? {} : { source }),
      reason: redactedReason(decision.reason),
      pep: question.pep,
      micros: Number((process.hrtime.bigint() - begun) / 1000n),
      // Policies change: how a denial came about is kept with it.
      ...(decision.effect === 'allow' ? {} : { trace: decision.layers.flatMap(({ layer, trace }) => trace.map((step) => redact(`${layer} ${step.step}. ${step.text}`))).slice(0, TRACE_LIMIT) }),
    },
    process: { pid: question.pid, ...(facts === undefined ? {} : { ppid: facts.ppid }), ...(exe === undefined ? {} : { exe }), depth },
  };
}

/** Policies give the same few reasons again and again. */
const reasons = new Map<string, string>();
const REASONS_LIMIT = 256;

function redactedReason(text: string): string {
  const known = reasons.get(text) ?? redact(text);
  if (reasons.size >= REASONS_LIMIT) reasons.clear();
  if (text.length < 512) reasons.set(text, known);
  return known;
}

export function toTarget(request: AccessRequest): EventTarget {
  switch (request.action) {
    case 'command_execute':
      return { type: 'command', command: redact(request.command), ...(request.argv === undefined ? {} : { argv: redactWords(request.argv) }), cwd: request.cwd };
    case 'network_request':
      return { type: 'network', host: request.host, ...(request.address === undefined ? {} : { address: request.address }), ...(request.port === undefined ? {} : { port: request.port }), ...(request.transport === undefined ? {} : { transport: request.transport }), ...(request.url === undefined ? {} : { url: redact(request.url) }) };
    case 'mcp_tool_call':
      return { type: 'mcp_tool', server_name: request.server, tool_name: request.tool };
    default:
      return { type: 'file', path: redact(request.requested), abs_path: redact(request.real) };
  }
}
