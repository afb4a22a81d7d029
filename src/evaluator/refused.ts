/** What the guard refused by itself, since no policy opens it: as an event of the log. */
import type { EventFacts } from '../audit/writer.ts';
import { redact } from '../audit/redact.ts';
import type { Risk } from '../model/risk.ts';
import type { Standing } from './lineage.ts';
import type { RefusedNotice } from './protocol.cts';

/** Those that reach for other processes, or for what lies in files that are denied; the others change the machine, or their own view of it. */
const CRITICAL = new Set(['kill', 'tkill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_send_signal', 'pidfd_getfd', 'ptrace', 'process_vm_readv', 'process_vm_writev', 'shmat', 'msgsnd', 'msgrcv', 'msgctl', 'semop', 'semtimedop', 'semctl', 'open_by_handle_at', '']);

export function refusedEvent(notice: RefusedNotice, { depth, facts }: Standing, now: () => number = Date.now): EventFacts {
  const { action, call, real, what, why, exe, pid, count, age = 0 } = notice;
  const path = redact(real);
  return {
    action,
    status: 'denied',
    risk: riskOf(call),
    target: action === 'system_call' ? { type: 'system_call', call } : { type: 'file', path, abs_path: path },
    decision: { effect: 'deny', step: 'deny_rule', layer: 'builtin', rule: 'self-protection', source: 'built in', reason: `${what}: ${why}`, pep: 'guard', micros: 0, trace: [`builtin 1. Self-protection: ${what} → DENIED`] },
    process: { pid, ...(facts === undefined ? {} : { ppid: facts.ppid }), ...(exe === '' ? {} : { exe }), depth },
    ...(count === undefined ? {} : { repeat: { count, since: new Date(now() - age * 1000).toISOString() } }),
  };
}

function riskOf(call: string): Risk {
  return { level: CRITICAL.has(call) ? 'critical' : 'high', flags: ['self_protection'] };
}
