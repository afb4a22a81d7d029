/** How the kernel guard's questions differ: it names processes by standings, sees addresses without names, and scripts by their interpreters. */
import type { Decision } from '../model/decision.ts';
import type { Subject } from '../model/request.ts';
import { isCatchAllText } from '../policy/compile.ts';
import type { Judgement } from './evaluator.ts';

/** From here on the numbers are the guard's own, for programs that it let start by itself: native/exec.c. */
const GUARDS_OWN = 1 << 24;

const UNNAMED: Subject = { role: 'covered', by: 'a program that the agent started' };

/** Numbers for what covers a process, 0 for the agent: the guard remembers answers by them. */
export class Standings {
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, string>();

  /** The guard has given that number to a program already. */
  adopt(by: string, number: number): void {
    this.#numbers.set(by, number);
    this.#names.set(number, by);
  }

  /** What is known of the process, unless the guard knows more: its notice may still be on its way. */
  atLeast(subject: Subject, number: number | undefined): Subject {
    return subject.role === 'agent' && number !== undefined && number >= GUARDS_OWN ? (this.subjectOf(number) ?? subject) : subject;
  }

  of(subject: Subject): number {
    if (subject.role === 'agent') return 0;
    let number = this.#numbers.get(subject.by);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(subject.by, number);
      this.#names.set(number, subject.by);
    }
    return number;
  }

  /** Undefined for a number that nobody was given. */
  subjectOf(number: number): Subject | undefined {
    const by = this.#names.get(number);
    return by === undefined ? (number >= GUARDS_OWN ? UNNAMED : undefined) : { role: 'covered', by };
  }
}

/** A rule that names it, or its risk: not the default of a list, nor the mode. */
export function isExplicit({ effect, step, rule }: Decision): boolean {
  if (effect === 'allow') return false;
  return step === 'risk' || (step === 'deny_rule' && rule !== undefined && !isCatchAllText(rule.pattern));
}

/**
 * A shell that a program started by its path, for text of which only parts are denied. The kernel can refuse the whole shell, but
 * not say why: agents report "permission denied" and drop what stands on the shell's stderr. So the shell starts, and each
 * part is refused by itself, with its reason, when it begins: the guard sees every program and every file of it.
 */
export function startsToBeRefusedInside({ decision, isTransparentShell, isForkBomb }: Judgement): boolean {
  if (decision.effect === 'allow' || !isTransparentShell || isForkBomb) return false;
  const denied = decision.layers.filter((layer) => layer.effect === 'deny');
  return denied.every((layer) => layer.layer === 'builtin' || (layer.parts ?? []).every((part) => part.decision.effect === 'allow' || !part.isOutermost));
}

/** The same, let in: what is recorded says so. */
export function letIn(judgement: Judgement): Judgement {
  const { decision } = judgement;
  return { ...judgement, decision: { ...decision, effect: 'allow', step: 'baseline', rule: undefined, reason: 'a shell, which is judged by each thing that it starts; one of them is denied' } };
}

/** It runs: what it opens is judged when it opens it, by the kernel guard. */
export function started(judgement: Judgement): Judgement {
  if (judgement.decision.effect === 'allow') return judgement;
  return { ...judgement, decision: { ...judgement.decision, effect: 'allow', step: 'baseline', rule: undefined, reason: 'a program that only its files can be denied to; each is judged when it is opened' } };
}
