/** The first and the last event of a session's log: what was started under which policies, and how it ended. */
import { redact, redactWords } from '../audit/redact.ts';
import type { EventFacts } from '../audit/writer.ts';
import type { Counts } from '../evaluator/recorder.ts';
import { NO_RISK } from '../model/risk.ts';
import type { LoadedPolicies } from '../policy/load.ts';
import { quoteWords } from '../shell/quote.ts';
import type { AgentExit } from './agent-process.ts';

export interface StartFacts {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly loaded: LoadedPolicies;
  readonly isDegraded: boolean;
}

export function startEvent(facts: StartFacts): EventFacts {
  const policies = facts.loaded.policies.map((policy) => `${policy.layer} ${policy.file} (${policy.mode})`).join(', ');
  const argv = [facts.command, ...facts.args];
  return {
    action: 'session_start',
    status: 'completed',
    risk: NO_RISK,
    target: { type: 'session', command: redact(quoteWords(argv)), argv: redactWords(argv), cwd: facts.cwd },
    decision: { effect: 'allow', step: 'baseline', layer: 'builtin', reason: `policies: ${policies}${facts.isDegraded ? '; degraded: no kernel guard' : ''}`, pep: 'session', micros: 0 },
    process: { pid: process.pid, ppid: process.ppid },
  };
}

export function endEvent(exit: AgentExit, counts: Counts): EventFacts {
  return endedBy(`${exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`}; ${counts.allowed + counts.denied} actions, ${counts.denied} denied`);
}

/** An end that is no agent's own: it was not started, or something of ours failed. Without it the log would say that the session was killed. */
export function endedBy(how: string): EventFacts {
  return {
    action: 'session_end',
    status: 'completed',
    risk: NO_RISK,
    target: { type: 'session' },
    decision: { effect: 'allow', step: 'baseline', layer: 'builtin', reason: how, pep: 'session', micros: 0 },
    process: { pid: process.pid, ppid: process.ppid },
  };
}
