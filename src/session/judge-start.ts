/** The agent's own command line: the user asked for it, so no allow rule is needed, but what a rule denies does not start. */
import { basename } from 'node:path';
import type { AuditWriter } from '../audit/writer.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { toTarget } from '../evaluator/recording.ts';
import { denialMessage } from '../evaluator/wording.ts';
import { ruleName, ruleSource } from '../model/decision.ts';
import { AGENT } from '../model/request.ts';
import { loadParser } from '../shell/parse.ts';
import { wrapperFor } from '../shell/wrappers.ts';
import type { FoundAgent, SessionOptions } from './session.ts';

/** Thrown when the agent itself is denied: exit 126 with the reason, as a shim would. */
export class StartDenied extends Error {}

export async function judgeStart(evaluator: Evaluator, audit: AuditWriter, agent: FoundAgent, options: SessionOptions): Promise<void> {
  // Only a wrapper or a shell with words behind it can hold text that needs the grammar.
  if (options.args.length > 0 && wrapperFor(basename(options.command)) !== undefined) await loadParser();
  const { request, decision } = evaluator.judge({ action: 'command_execute', argv: [options.command, ...options.args], cwd: options.cwd, executable: agent.file }, AGENT);
  if (decision.effect === 'allow' || decision.step !== 'deny_rule' || decision.rule?.pattern === '*' || decision.rule?.pattern === '**') return;
  const rule = ruleName(decision.rule);
  const source = ruleSource(decision.rule);
  audit.append({
    action: 'command_execute',
    status: 'denied',
    risk: decision.risk,
    target: toTarget(request),
    decision: { effect: 'deny', step: decision.step, layer: decision.layer, ...(rule === undefined ? {} : { rule }), ...(source === undefined ? {} : { source }), reason: decision.reason, pep: 'session', micros: 0 },
    process: { pid: process.pid },
  });
  throw new StartDenied(denialMessage(request, decision));
}
