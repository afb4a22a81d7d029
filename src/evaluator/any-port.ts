/** What policies say of a host before a port is known: a look-up of its name. */
import type { Subject } from '../model/request.ts';
import { parseHostPattern } from '../policy/match-host.ts';
import type { Evaluator, Judgement } from './evaluator.ts';

const known = new WeakMap<Evaluator, readonly number[]>();

/** Permitted when there is a port at which it is: `x.org:443` lets x.org be looked up, whatever other ports are denied. */
export function judgeAnyPort(evaluator: Evaluator, host: string, subject: Subject): Judgement {
  const whole = evaluator.judge({ action: 'network_request', host }, subject);
  if (whole.decision.effect === 'allow') return whole;
  for (const port of portsOf(evaluator)) {
    const judgement = evaluator.judge({ action: 'network_request', host, port }, subject);
    if (judgement.decision.effect === 'allow') return judgement;
  }
  return whole;
}

/** Every port that a rule names, the one of the web, and one that no rule names. */
function portsOf(evaluator: Evaluator): readonly number[] {
  let ports = known.get(evaluator);
  if (ports === undefined) {
    const rules = evaluator.policies.flatMap(({ policy }) => [...policy.sections.network.deny, ...policy.sections.network.allow]);
    const named = new Set([443, ...rules.map(({ pattern }) => parseHostPattern(pattern)?.port).filter((port) => port !== undefined), ...evaluator.agentPorts]);
    let other = 49_151;
    while (named.has(other)) other--;
    ports = [...named, other];
    known.set(evaluator, ports);
  }
  return ports;
}
