/** What is decided becomes events of the audit log: at once where an action waits for its record, after the answer where it does not. */
import type { EventTarget } from '../audit/event.ts';
import { redact, redactWords } from '../audit/redact.ts';
import type { AuditWriter, EventFacts } from '../audit/writer.ts';
import { ruleName, ruleSource } from '../model/decision.ts';
import type { AccessRequest } from '../model/request.ts';
import { joinRisks } from '../model/risk.ts';
import type { Judgement } from './evaluator.ts';
import { executableOf, type Standing } from './lineage.ts';
import type { Asking } from './protocol.cts';

export class Recorder {
  /** Actions that could not be recorded. */
  unrecorded = 0;
  readonly #audit: AuditWriter;
  readonly #onFailure: (what: string, error: unknown) => void;
  readonly #waiting: EventFacts[] = [];

  constructor(audit: AuditWriter, onFailure: (what: string, error: unknown) => void) {
    this.#audit = audit;
    this.#onFailure = onFailure;
  }

  /** After the answer has gone out: for what is allowed whether it can be recorded or not. */
  recordSoon(facts: EventFacts): undefined {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(facts);
  }

  /** Writes what waits, so that events stand in the order of the decisions. */
  flush(): void {
    for (const facts of this.#waiting.splice(0)) this.#append(facts);
  }

  /** Why it could not be recorded, undefined when it was. */
  record(facts: EventFacts): string | undefined {
    this.flush();
    return this.#append(facts);
  }

  #append(facts: EventFacts): string | undefined {
    try {
      this.#audit.append(facts);
      return undefined;
    } catch (error) {
      this.unrecorded++;
      this.#onFailure('an action could not be recorded', error);
      return `it could not be recorded: ${(error as Error).message}`;
    }
  }
}

export function toEvent({ request, decision }: Judgement, question: Asking, { depth, facts }: Standing, begun: bigint): EventFacts {
  const rule = ruleName(decision.rule);
  const source = ruleSource(decision.rule);
  // The launcher says nothing about who asks: it is about to be the program that it asks for.
  const exe = question.pep === 'shim' && question.action === 'command_execute' && question.exe !== '' ? question.exe : executableOf(question.pid);
  return {
    action: request.action,
    status: decision.effect === 'allow' ? 'completed' : 'denied',
    risk: decision.layer === 'builtin' ? joinRisks([decision.risk, { level: 'critical', flags: ['self_protection'] }]) : decision.risk,
    target: toTarget(request),
    decision: {
      effect: decision.effect,
      step: decision.step,
      layer: decision.layer,
      ...(rule === undefined ? {} : { rule }),
      ...(source === undefined ? {} : { source }),
      reason: redact(decision.reason),
      pep: question.pep,
      micros: Number((process.hrtime.bigint() - begun) / 1000n),
    },
    process: { pid: question.pid, ...(facts === undefined ? {} : { ppid: facts.ppid }), ...(exe === undefined ? {} : { exe }), depth },
  };
}

export function toTarget(request: AccessRequest): EventTarget {
  switch (request.action) {
    case 'command_execute':
      return { type: 'command', command: redact(request.command), ...(request.argv === undefined ? {} : { argv: redactWords(request.argv) }), cwd: request.cwd };
    case 'network_request':
      return { type: 'network', host: request.host, ...(request.port === undefined ? {} : { port: request.port }), ...(request.url === undefined ? {} : { url: redact(request.url) }) };
    case 'mcp_tool_call':
      return { type: 'mcp_tool', server_name: request.server, tool_name: request.tool };
    default:
      return { type: 'file', path: redact(request.requested), abs_path: redact(request.real) };
  }
}
