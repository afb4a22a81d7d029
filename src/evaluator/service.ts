/** One session's decisions: a question from the wire to a judgement, its record in the log, and the verdict that goes back. */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { EventTarget } from '../audit/event.ts';
import { redact, redactWords } from '../audit/redact.ts';
import type { AuditWriter, EventFacts } from '../audit/writer.ts';
import { ruleName, ruleSource } from '../model/decision.ts';
import { AGENT, type AccessRequest, describeTarget, type Subject } from '../model/request.ts';
import { joinRisks } from '../model/risk.ts';
import { realPath } from '../resolve/paths.ts';
import { changedVariables } from './changed-variables.ts';
import type { Ask, Evaluator, Judgement, ShellFacts } from './evaluator.ts';
import { executableOf, Lineage, type Standing } from './lineage.ts';
import { type Joined, PipeLedger } from './pipes.ts';
import type { AllowVerdict, CommandQuestion, DenyVerdict, Hello, LineQuestion, Question, Settled, Verdict } from './protocol.cts';
import { settledReads } from './settled.ts';
import { denialMessage, failureMessage } from './wording.ts';

export interface ServiceOptions {
  readonly evaluator: Evaluator;
  readonly audit: AuditWriter;
  /** The agent's environment at its start. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The shim folder: commands are shown by their names, not by the paths of their shims. */
  readonly bin: string;
  /** The NODE_OPTIONS words that load our own preload. */
  readonly ownPreload: string;
  /** Fail-closed: what cannot be recorded is not allowed. */
  readonly mustRecord: boolean;
  readonly onFailure: (what: string, error: unknown) => void;
}

export interface Counts {
  allowed: number;
  denied: number;
  /** Actions that could not be recorded. */
  unrecorded: number;
}

export class DecisionService {
  readonly lineage = new Lineage();
  readonly counts: Counts = { allowed: 0, denied: 0, unrecorded: 0 };
  readonly #options: ServiceOptions;
  readonly #waiting: EventFacts[] = [];
  readonly #pipes = new PipeLedger();
  /** The runtime folder, links followed: where the launcher lies under all its names. */
  readonly #runtime: string;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#runtime = realPath(dirname(options.bin));
  }

  /** Never throws: any failure is a denial with its own reason. */
  answer(question: Question): Verdict {
    const begun = process.hrtime.bigint();
    try {
      if (question.op === 'hello') return this.#settled(question);
      return this.#decide(question, begun);
    } catch (error) {
      this.#options.onFailure('the evaluator failed', error);
      this.counts.denied++;
      return this.refuse(question.id, 'the question', `the evaluator failed: ${(error as Error).message}`);
    }
  }

  /** A denial without a judgement: a malformed message, a failure. */
  refuse(id: number, what: string, reason: string): DenyVerdict {
    return { v: 1, id, effect: 'deny', message: failureMessage(what, reason), reason };
  }

  #settled(question: Hello): Settled {
    const { subject } = this.lineage.find(question.pid);
    return { v: 1, id: question.id, effect: 'settled', ...settledReads(this.#options.evaluator, subject) };
  }

  #decide(question: Exclude<Question, Hello>, begun: bigint): Verdict {
    const asker = this.lineage.find(question.pid);
    const stale = question.action === 'command_execute' ? staleFile(question) : undefined;
    if (stale !== undefined) return this.refuse(question.id, `command_execute \`${question.action === 'command_execute' ? question.exe : ''}\``, stale);
    const pipes = question.action === 'command_execute' && question.pep === 'shim' ? this.#pipes.look(question.pid, this.#shown(question.argv)) : undefined;
    const judgement = this.#options.evaluator.judge(this.#toAsk(question, pipes?.joined), asker.subject);
    const isAllowed = judgement.decision.effect === 'allow';
    const isAdvice = 'advise' in question && question.advise === true;
    if (!(isAdvice && isAllowed)) {
      const facts = toEvent(judgement, question, asker, begun);
      const failure = isAllowed && !this.#options.mustRecord ? this.#recordSoon(facts) : this.#record(facts);
      if (failure !== undefined && isAllowed) return this.refuse(question.id, `${judgement.request.action} \`${describeTarget(judgement.request)}\``, failure);
      if (isAllowed) this.counts.allowed++;
      else this.counts.denied++;
    }
    if (!isAllowed) return this.#deny(question.id, judgement);
    if (pipes !== undefined) this.#pipes.note(pipes.end);
    if (question.action === 'command_execute' && !isAdvice) this.#cover(question.pid, judgement, asker);
    const verdict: AllowVerdict = { v: 1, id: question.id, effect: 'allow' };
    return verdict;
  }

  #toAsk(question: Exclude<Question, Hello>, joined: Joined | undefined): Ask {
    switch (question.action) {
      case 'command_execute':
        return {
          action: 'command_execute',
          argv: this.#shown(question.argv),
          cwd: question.cwd,
          ...(question.exe === '' ? {} : { executable: question.exe }),
          ...(joined === undefined ? {} : { joined }),
          changedVariables: changedVariables(question.env, this.#options.environment, this.#options.ownPreload),
        };
      case 'command_line':
        return { action: 'command_execute', command: question.line, cwd: question.cwd, shell: shellFacts(question) };
      case 'network_request':
        return { action: 'network_request', host: question.host, port: question.port };
      default:
        return { action: question.action, path: question.path, cwd: question.cwd };
    }
  }

  #shown([program = '', ...args]: readonly string[]): string[] {
    const prefix = `${this.#options.bin}/`;
    return [program.startsWith(prefix) ? program.slice(prefix.length) : program, ...args];
  }

  /** The process becomes what was judged: covered by it, or the agent's own shell or program. */
  #cover(pid: number, judgement: Judgement, { subject, depth, facts }: Standing): void {
    // Only the launcher becomes what it asked about; a process that merely says so (or names another) is what it was.
    if (executableOf(pid)?.startsWith(`${this.#runtime}/`) !== true) return;
    if (subject.role === 'covered') return this.lineage.register(pid, subject, depth, facts);
    if (judgement.isTransparentShell || judgement.isAgentItself) return this.lineage.register(pid, AGENT, depth, facts);
    this.lineage.register(pid, { role: 'covered', by: describeTarget(judgement.request).slice(0, 200) }, depth, facts);
  }

  #deny(id: number, { request, decision }: Judgement): DenyVerdict {
    const rule = ruleName(decision.rule);
    const source = ruleSource(decision.rule);
    return {
      v: 1,
      id,
      effect: 'deny',
      message: denialMessage(request, decision),
      reason: decision.reason,
      layer: decision.layer,
      ...(rule === undefined ? {} : { rule }),
      ...(source === undefined ? {} : { source }),
    };
  }

  /** After the answer has gone out: for what is allowed whether it can be recorded or not. */
  #recordSoon(facts: EventFacts): undefined {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(facts);
  }

  /** Writes what waits, so that events stand in the order of the decisions. */
  flush(): void {
    for (const facts of this.#waiting.splice(0)) this.#append(facts);
  }

  /** Why it could not be recorded, undefined when it was. */
  #record(facts: EventFacts): string | undefined {
    this.flush();
    return this.#append(facts);
  }

  #append(facts: EventFacts): string | undefined {
    try {
      this.#options.audit.append(facts);
      return undefined;
    } catch (error) {
      this.counts.unrecorded++;
      this.#options.onFailure('an action could not be recorded', error);
      return `it could not be recorded: ${(error as Error).message}`;
    }
  }
}

function shellFacts({ variables = [], names = [] }: LineQuestion): ShellFacts {
  const pairs = variables.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return { variables: Object.fromEntries(pairs), names: new Set(names) };
}

/** Bytes that are no UTF-8 come as lone surrogates; Node cannot name such a file. */
const NO_UTF8 = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The enforcement point and the evaluator must speak of the same file; a link may have been swapped in between. */
function staleFile(question: CommandQuestion): string | undefined {
  // Nothing of that name is installed, and nothing will run: only whether a rule denies it is asked.
  if (question.exe === '' && question.advise === true) return undefined;
  if (NO_UTF8.test(question.exe)) return "the program's path is not valid UTF-8, so that it cannot be looked up";
  try {
    const stats = statSync(question.exe, { bigint: true });
    return `${stats.dev}:${stats.ino}` === question.file ? undefined : 'the program changed while it was judged';
  } catch {
    return 'the program is gone';
  }
}

function toEvent({ request, decision }: Judgement, question: Exclude<Question, Hello>, { depth, facts }: Standing, begun: bigint): EventFacts {
  const rule = ruleName(decision.rule);
  const source = ruleSource(decision.rule);
  // The launcher says nothing about who asks; it is about to be the program that it asks for.
  const exe = question.pep === 'shim' ? undefined : executableOf(question.pid);
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
    process: { pid: question.pid, ...(facts === undefined ? {} : { ppid: facts.ppid }), ...(exe === undefined || basename(exe) === 'launch' ? {} : { exe }), depth },
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
