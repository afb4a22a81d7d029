/**
 * Descriptors above 2 that our caller left open, held against the deny rules: what the agent may not open does not come to
 * it open either. Only rules count, since what the user opened for it by hand needs no permission; 0 to 2 are the user's own.
 */
import { closeSync, fstatSync, type Stats, statSync } from 'node:fs';
import { isatty } from 'node:tty';
import { redact } from '../audit/redact.ts';
import type { AuditWriter, EventFacts } from '../audit/writer.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { ruleName, ruleSource } from '../model/decision.ts';
import { printable } from '../model/printable.ts';
import { AGENT } from '../model/request.ts';
import type { Descriptor } from './inherited.ts';
import type { SessionOptions } from './session.ts';

interface Refusal {
  readonly action: 'file_read' | 'file_edit';
  readonly path: string;
  readonly why: string;
  readonly decision: Pick<EventFacts['decision'] & object, 'layer' | 'rule' | 'source'>;
}

const BUILT_IN: Refusal['decision'] = { layer: 'builtin', rule: 'self-protection', source: 'built in' };
const ACCESS = 0o3;
const READS = 0;
const WRITES = 1;

/** What no policy opens, whatever its rules say: it leads to all files at once, or to what others keep in memory. */
const CLOSED: readonly (readonly [test: (path: string, stats: Stats) => boolean, why: string])[] = [
  [(_, stats) => stats.isBlockDevice(), 'a disk holds every file at once'],
  [(path, stats) => path === '/' && stats.isDirectory(), 'every file lies below the root'],
  [(path) => /^\/proc(?:\/(?:\d+|self|thread-self)(?:\/.*)?)?$/.test(path), 'it is what /proc has of other processes'],
  [(path, stats) => stats.isDirectory() && !isAt(path, stats), 'no path leads to this folder here, so that none could be judged'],
];

function isAt(path: string, { dev, ino }: Stats): boolean {
  try {
    const there = statSync(path);
    return there.dev === dev && there.ino === ino;
  } catch {
    return false;
  }
}

/** Undefined where the descriptor may be handed on. */
export function refusalOf({ number, target, flags }: Descriptor, evaluator: Pick<Evaluator, 'judge'>): Refusal | undefined {
  // Pipes, sockets, events: nothing that a path leads to.
  if (!target.startsWith('/') || isatty(number)) return undefined;
  let stats: Stats;
  try {
    stats = fstatSync(number);
  } catch (error) {
    return { action: 'file_read', path: target, why: `it cannot be looked at: ${(error as Error).message}`, decision: BUILT_IN };
  }
  // Where its name is gone, by the name that it had.
  const path = isAt(target, stats) ? target : target.replace(/ \(deleted\)$/, '');
  const closed = CLOSED.find(([test]) => test(path, stats));
  if (closed !== undefined) return { action: 'file_read', path, why: closed[1], decision: BUILT_IN };
  const access = flags & ACCESS;
  for (const action of [...(access === WRITES ? [] : ['file_read' as const]), ...(access === READS ? [] : ['file_edit' as const])]) {
    const { decision } = evaluator.judge({ action, path, cwd: '/', real: path }, AGENT);
    if (decision.effect === 'allow' || decision.step !== 'deny_rule') continue;
    const rule = ruleName(decision.rule);
    const source = ruleSource(decision.rule);
    return { action, path, why: decision.reason, decision: { layer: decision.layer, ...(rule === undefined ? {} : { rule }), ...(source === undefined ? {} : { source }) } };
  }
  return undefined;
}

/** Those that are handed on; of the others it says which they are, and why. */
export function handedOn(evaluator: Evaluator, audit: AuditWriter, { descriptors, say }: SessionOptions): readonly Descriptor[] {
  return descriptors.filter((descriptor) => {
    const refusal = refusalOf(descriptor, evaluator);
    if (refusal === undefined) return true;
    const { action, path, why, decision } = refusal;
    audit.append({
      action,
      status: 'denied',
      risk: { level: 'high', flags: [] },
      target: { type: 'file', path: redact(path), abs_path: redact(path) },
      decision: { effect: 'deny', step: 'deny_rule', ...decision, reason: `it was open as descriptor ${descriptor.number} when the session started: ${why}`, pep: 'session', micros: 0 },
      process: { pid: process.pid },
    });
    // Where numbers lie apart Node leaves some open, whatever is asked of it.
    closeSync(descriptor.number);
    say(`patchwork: descriptor ${descriptor.number} is withheld from the agent, open on ${printable(path)}: ${printable(why)}`);
    return false;
  });
}
