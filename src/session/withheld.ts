/**
 * Descriptors above 2 that our caller left open, held against the deny rules: what the agent may not open does not come to
 * it open either. Only rules count, since what the user opened for it by hand needs no permission; 0 to 2 are the user's own.
 */
import { closeSync, fstatSync, type Stats, statSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { EventTarget } from '../audit/event.ts';
import { redact } from '../audit/redact.ts';
import type { AuditWriter, EventFacts } from '../audit/writer.ts';
import type { Ask } from '../evaluator/ask.ts';
import type { Evaluator } from '../evaluator/evaluator.ts';
import { toTarget } from '../evaluator/recording.ts';
import { type Decision, type LayerDecision, ruleName, ruleSource } from '../model/decision.ts';
import { printable } from '../model/printable.ts';
import { AGENT, describeTarget } from '../model/request.ts';
import type { Descriptor } from './inherited.ts';
import { type Peer, peersOf } from './peers.ts';
import type { SessionOptions } from './session.ts';

interface Refusal {
  readonly action: 'file_read' | 'file_edit' | 'network_request';
  readonly target: EventTarget;
  readonly shown: string;
  readonly why: string;
  readonly decision: Pick<EventFacts['decision'], 'step' | 'layer' | 'rule' | 'source'>;
}

const BUILT_IN: Refusal['decision'] = { step: 'deny_rule', layer: 'builtin', rule: 'self-protection', source: 'built in' };
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

const builtIn = (path: string, why: string): Refusal => ({ action: 'file_read', target: { type: 'file', path: redact(path), abs_path: redact(path) }, shown: path, why, decision: BUILT_IN });

/** What is only not allowed is none of ours: `*` is how a policy says that of a whole section. */
function isByRule({ effect, step, rule }: LayerDecision): boolean {
  return effect === 'deny' && step === 'deny_rule' && rule?.pattern !== '*' && rule?.pattern !== '**';
}

/** `isGrave`: it need not be a rule that denies it, but something has to. */
function refusalBy(ask: Ask, evaluator: Evaluator, isGrave: (decision: Decision) => boolean = () => false): Refusal | undefined {
  const { request, decision } = evaluator.judge(ask, AGENT);
  const by = decision.layers.find(isByRule) ?? (decision.effect === 'deny' && isGrave(decision) ? decision : undefined);
  if (by === undefined) return undefined;
  const rule = ruleName(by.rule);
  const source = ruleSource(by.rule);
  return { action: request.action as Refusal['action'], target: toTarget(request), shown: describeTarget(request), why: by.reason, decision: { step: by.step, layer: by.layer, ...(rule === undefined ? {} : { rule }), ...(source === undefined ? {} : { source }) } };
}

function refusalOfFile({ number, target, flags }: Descriptor, evaluator: Evaluator): Refusal | undefined {
  if (isatty(number)) return undefined;
  let stats: Stats;
  try {
    stats = fstatSync(number);
  } catch (error) {
    return builtIn(target, `it cannot be looked at: ${(error as Error).message}`);
  }
  // Where its name is gone, by the name that it had.
  const path = isAt(target, stats) ? target : target.replace(/ \(deleted\)$/, '');
  const closed = CLOSED.find(([test]) => test(path, stats));
  if (closed !== undefined) return builtIn(path, closed[1]);
  const access = flags & ACCESS;
  const actions = [...(access === WRITES ? [] : ['file_read' as const]), ...(access === READS ? [] : ['file_edit' as const])];
  return actions.map((action) => refusalBy({ action, path, cwd: '/', real: path }, evaluator)).find((refusal) => refusal !== undefined);
}

/** Who talks to Docker commands the machine: that needs no rule. */
function refusalOfSocket({ number, target }: Descriptor, peers: ReadonlyMap<number, Peer> | undefined, evaluator: Evaluator): Refusal | undefined {
  if (peers === undefined) return builtIn(target, 'it cannot be found out to whom it leads');
  const peer = peers.get(number);
  return peer === undefined ? undefined : refusalBy({ action: 'network_request', ...peer }, evaluator, ({ risk }) => risk.level === 'critical');
}

/** Those that are handed on; of the others it says which they are, and why. Pipes and events lead to nothing that a rule names. */
export function handedOn(evaluator: Evaluator, audit: AuditWriter, { descriptors, say }: SessionOptions): readonly Descriptor[] {
  const peers = peersOf(descriptors.filter(isSocket).map(({ number }) => number));
  return descriptors.filter((descriptor) => {
    const refusal = descriptor.target.startsWith('/') ? refusalOfFile(descriptor, evaluator) : isSocket(descriptor) ? refusalOfSocket(descriptor, peers, evaluator) : undefined;
    if (refusal === undefined) return true;
    const { action, target, shown, why, decision } = refusal;
    audit.append({
      action,
      status: 'denied',
      risk: { level: 'high', flags: [] },
      target,
      decision: { effect: 'deny', ...decision, reason: `it was open as descriptor ${descriptor.number} when the session started: ${why}`, pep: 'session', micros: 0 },
      process: { pid: process.pid },
    });
    // Where numbers lie apart Node leaves some open, whatever is asked of it.
    closeSync(descriptor.number);
    say(`patchwork: descriptor ${descriptor.number} is withheld from the agent, open on ${printable(shown)}: ${printable(why)}`);
    return false;
  });
}

function isSocket({ target }: Descriptor): boolean {
  return target.startsWith('socket:');
}
