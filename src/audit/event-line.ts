/** The canonical text of an event that is about to be written: keys are put in order here and not sorted, so that JSON.stringify makes it in one step. */
import type { AuditEvent, EventDecision, EventProcess, EventRepeat, EventTarget } from './event.ts';

/** Every field of a type, in whatever order; one that is missing here is an error of the compiler. */
type Whole<T> = { readonly [Field in keyof Required<T>]: T[Field] | undefined };

/** The same text as `canonical` gives, for any event without its hash. */
export function canonicalEvent({ action, agent, decision, id, prev_hash, process, project, repeat, risk, session_id, status, target, timestamp }: Omit<AuditEvent, 'hash'>): string {
  const ordered: Whole<Omit<AuditEvent, 'hash'>> = {
    action,
    agent,
    decision: orderedDecision(decision),
    id,
    prev_hash,
    process: orderedProcess(process),
    project: { name: project.name, path: project.path },
    repeat: repeat === undefined ? undefined : orderedRepeat(repeat),
    risk: { flags: risk.flags, level: risk.level },
    session_id,
    status,
    target: orderedTarget(target),
    timestamp,
  };
  return JSON.stringify(ordered);
}

function orderedDecision({ ahead, effect, layer, micros, pep, reason, rule, source, step, trace }: EventDecision): EventDecision {
  const ordered: Whole<EventDecision> = { ahead, effect, layer, micros, pep, reason, rule, source, step, trace };
  return ordered as EventDecision;
}

function orderedProcess({ depth, exe, pid, ppid }: EventProcess): EventProcess {
  const ordered: Whole<EventProcess> = { depth, exe, pid, ppid };
  return ordered as EventProcess;
}

function orderedRepeat({ count, since }: EventRepeat): EventRepeat {
  return { count, since };
}

function orderedTarget({ abs_path, address, argv, call, command, cwd, host, path, port, server_name, tool_name, transport, type, url }: EventTarget): EventTarget {
  const ordered: Whole<EventTarget> = { abs_path, address, argv, call, command, cwd, host, path, port, server_name, tool_name, transport, type, url };
  return ordered as EventTarget;
}
