/**
 * Denials as they go back over the wire. A Node program with our preload tells its reader why in the error itself, so the guard is
 * given no words for its standard error; the preload asks for them when a call has failed.
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ruleName, ruleSource } from '../model/decision.ts';
import { relativeTo } from '../policy/match-path.ts';
import type { Judgement } from './evaluator.ts';
import { executableOf } from './lineage.ts';
import type { Asking, DenyVerdict, Verdict, WhyQuestion } from './protocol.cts';
import { denialMessage } from './wording.ts';

/** Milliseconds for which a denial is the likely reason of a failure that is asked about. */
const MEMORY_MS = 10_000;
const ENTRIES_LIMIT = 1024;
/** Milliseconds for which a process is taken to be what it was. */
const FRESH_MS = 500;
/** Put in place of a random end by mkdtemp(3). */
const TEMPLATE = /XXXXXX$/;

interface Entry {
  readonly pid: number;
  readonly paths: readonly string[];
  readonly verdict: DenyVerdict;
  readonly until: number;
}

export class Refusals {
  readonly #ownPreload: string;
  /** Oldest first. */
  readonly #entries: Entry[] = [];
  #known: { readonly pid: number; readonly explains: boolean; readonly until: number } | undefined;

  constructor(ownPreload: string) {
    this.#ownPreload = ownPreload;
  }

  answer(question: Asking, judgement: Judgement): DenyVerdict {
    const verdict = verdictOf(question.id, judgement);
    const { request } = judgement;
    if (question.pep !== 'guard' || !('real' in request)) return verdict;
    if (this.#entries.length >= ENTRIES_LIMIT) this.#entries.splice(0, ENTRIES_LIMIT / 2);
    this.#entries.push({ pid: question.pid, paths: [request.absolute, request.real], verdict: { ...verdict, action: question.action }, until: performance.now() + MEMORY_MS });
    // Where an add-on may have asked, the words stand on standard error; if it was Node's own call, they stand in its error as well.
    return this.#explainsItself(question.pid) ? { ...verdict, message: '' } : verdict;
  }

  /** The denial that the process has just met at that path: there, below it, or above it. An allow when there was none. */
  why({ id, pid, path, cwd }: WhyQuestion): Verdict {
    const asked = resolve(cwd, path);
    const own = this.#entries.filter((each) => each.pid === pid && each.until >= performance.now()).reverse();
    const found = own.find(({ paths }) => paths.includes(asked)) ?? own.find(({ paths }) => paths.some((each) => isNear(each, asked)));
    return found === undefined ? { v: 1, id, effect: 'allow' } : { ...found.verdict, id };
  }

  /** Programs that forge this get no words on their standard error, and nothing else. */
  #explainsItself(pid: number): boolean {
    if (this.#known?.pid === pid && this.#known.until >= performance.now()) return this.#known.explains;
    const explains = isNode(pid) && holds(`/proc/${pid}/environ`, this.#ownPreload) && !holds(`/proc/${pid}/maps`, '.node\n');
    this.#known = { pid, explains, until: performance.now() + FRESH_MS };
    return explains;
  }
}

function isNode(pid: number): boolean {
  return /^node(?:js)?$/.test(basename(executableOf(pid) ?? ''));
}

/** Add-ons (`.node`) reach files by themselves, where no error of Node's can be made to say why. */
function holds(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes(text);
  } catch {
    return false;
  }
}

function isNear(denied: string, asked: string): boolean {
  if (TEMPLATE.test(asked)) return denied.length === asked.length && denied.startsWith(asked.slice(0, -6));
  return relativeTo(asked, denied) !== undefined || relativeTo(denied, asked) !== undefined;
}

function verdictOf(id: number, { request, decision }: Judgement): DenyVerdict {
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
