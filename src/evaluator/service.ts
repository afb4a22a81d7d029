/** One session's decisions: a question from the wire to a judgement, its record in the log, and the verdict that goes back. */
import { dirname } from 'node:path';
import { AGENT, describeTarget, STARTED_BY_AGENT, type Subject } from '../model/request.ts';
import { realPath } from '../resolve/paths.ts';
import type { Judgement } from './evaluator.ts';
import { doneEvent } from './done.ts';
import { Standings, started } from './guard-view.ts';
import { executableOf, Lineage, type Standing } from './lineage.ts';
import { NetworkDesk } from './network-desk.ts';
import { PipeLedger } from './pipes.ts';
import { plainPrograms } from './plain.ts';
import type { AllowVerdict, Asking, CommandQuestion, DenyVerdict, GuardHello, Notice, Question, RanNotice, Settled, Verdict } from './protocol.cts';
import { QuestionJudge } from './question-judge.ts';
import { QuestionReader } from './question-reader.ts';
import { RecentAllows } from './recent.ts';
import { RecentStarts } from './recent-starts.ts';
import { type Counts, Recorder } from './recorder.ts';
import { isEverybodys, type NetworkAsker, toEvent } from './recording.ts';
import { Refusals } from './refusals.ts';
import { refusedEvent } from './refused.ts';
import type { ServiceOptions } from './service-options.ts';
import { type Recording, settledReads } from './settled.ts';
import { settledForAll, type SettledForAll } from './settled-all.ts';
import { refuseStale } from './stale-file.ts';
import { failureMessage } from './wording.ts';

const LAUNCHED_LIMIT = 2048;

export class DecisionService {
  readonly #standings = new Standings();
  readonly lineage: Lineage;
  /** Processes that the guard ended after the agent. */
  leftBehind = 0;
  /** It has said its last word: nothing that descends from the agent is left. */
  hasGuardEnded = false;
  readonly counts: Counts = { allowed: 0, denied: 0 };
  readonly recorder: Recorder;
  readonly network: NetworkDesk;
  readonly #options: ServiceOptions;
  readonly #recent: RecentAllows;
  readonly #reader: QuestionReader;
  readonly #judge: QuestionJudge;
  readonly #starts = new RecentStarts();
  readonly #pipes = new PipeLedger();
  readonly #refusals: Refusals;
  /** What a launcher was allowed, and is about to become. */
  readonly #launched = new Map<number, Judgement>();
  readonly #recording: Recording;
  #forGuard: SettledForAll | undefined;
  readonly #isPlain: ((names: readonly string[]) => boolean) | undefined;
  /** The runtime folder, links followed: where the launcher lies under all its names. */
  readonly #runtime: string;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.lineage = new Lineage(options.hasGuard === true ? (standing) => this.#standings.subjectOf(standing) : undefined);
    this.recorder = new Recorder(options.audit, options.onFailure);
    this.#recent = new RecentAllows(options.ownPreload);
    this.#reader = new QuestionReader(options);
    this.#refusals = new Refusals(options.ownPreload);
    this.#judge = new QuestionJudge(options.evaluator, this.#reader);
    this.#runtime = realPath(dirname(options.bin));
    this.#recording = options.mustRecord ? (options.isWrittenAhead === true ? 'ahead' : 'first') : 'later';
    this.#isPlain = plainPrograms(options.evaluator.policies, this.#recording);
    this.network = new NetworkDesk({
      evaluator: options.evaluator,
      subjectOf: (pid, standing) => this.#standings.atLeast(this.lineage.find(pid).subject, standing),
      proxies: options.proxies ?? [],
      ...(options.hasGuard === undefined ? {} : { hasGuard: options.hasGuard }),
      conclude: (judgement, asker, begun) => this.#record(judgement, asker, this.lineage.find(asker.pid), begun),
      mayBeToldLater: () => !options.mustRecord || (options.isWrittenAhead === true && this.recorder.unrecorded === 0),
      wasJustAllowed: (pid, host, port) => this.#recent.has(pid, 'network_request', `${host}:${port}`),
    });
  }

  /** Never throws: any failure is a denial with its own reason. */
  answer(question: Exclude<Question, GuardHello | Notice>): Verdict | Promise<Verdict> {
    const begun = process.hrtime.bigint();
    try {
      if (question.op === 'relay') return this.network.relayed(question).catch((error: unknown) => this.#failed(question.id, error));
      if (question.op === 'dns') return this.network.lookUp(question).catch((error: unknown) => this.#failed(question.id, error));
      if (question.op === 'settle') return this.recorder.isAllWritten() ? { v: 1, id: question.id, effect: 'allow' } : this.refuse(question.id, 'what comes next', 'something could not be recorded');
      if (question.op === 'hello') return { v: 1, id: question.id, effect: 'settled', ...settledReads(this.#options.evaluator, this.lineage.find(question.pid).subject) };
      if (question.op === 'why') return this.#refusals.why(question);
      if (question.op === 'end') {
        this.leftBehind += question.count;
        this.hasGuardEnded = true;
        return { v: 1, id: question.id, effect: 'allow' };
      }
      if (question.action === 'command_execute') this.lineage.changes(question.pid);
      return this.#decide(question, begun);
    } catch (error) {
      return this.#failed(question.id, error);
    }
  }

  #failed(id: number, error: unknown): DenyVerdict {
    this.#options.onFailure('the evaluator failed', error);
    this.counts.denied++;
    return this.refuse(id, 'the question', `the evaluator failed: ${(error as Error).message}`);
  }

  /** What the guard did unasked goes into the log. */
  note(notice: Notice): undefined {
    const begun = process.hrtime.bigint();
    try {
      if (notice.op === 'passed') return this.network.passed(notice, begun);
      if (notice.op === 'ran') this.#noteProgram(notice, begun);
      else if (notice.op === 'did') this.recorder.recordSoon(doneEvent(notice, this.#askerOf(this.lineage.find(notice.pid, notice.standing), notice.standing), begun, this.#options));
      else this.recorder.recordSoon(refusedEvent(notice, this.lineage.find(notice.pid)));
      if (notice.op === 'refused') this.counts.denied += notice.count ?? 1;
      else this.counts.allowed++;
    } catch (error) {
      this.recorder.unrecorded++;
      this.#options.onFailure('an action could not be recorded', error);
    }
  }

  /** A plain program was started: it covers what it does, by the number that the guard gave it. All is told: the process may be gone. */
  #noteProgram(notice: RanNotice, begun: bigint): void {
    const { pid, ppid, standing, stdout, argv } = notice;
    const question: CommandQuestion = { ...notice, op: 'ask' };
    const asker = this.#askerOf(this.lineage.before(pid, ppid), notice.asker);
    const judgement = this.#starts.of(notice, asker.subject, () => started(this.#judge.judge(question, asker.subject, undefined)));
    this.recorder.recordSoon(toEvent(judgement, question, asker, begun, this.lineage.executable(ppid)));
    this.lineage.changes(pid);
    if (standing !== notice.asker) this.#standings.adopt(coverName(judgement), standing);
    this.#pipes.note(this.#pipes.look({ ...question, argv: this.#reader.shown(argv), stdout }).ends);
  }

  #askerOf(known: Standing, standing: number | undefined): Standing {
    return { ...known, subject: this.#standings.atLeast(known.subject, standing) };
  }

  /** A denial without a judgement: a malformed message, a failure. */
  refuse(id: number, what: string, reason: string): DenyVerdict {
    return { v: 1, id, effect: 'deny', message: failureMessage(what, reason), reason };
  }

  /** While the guard starts, so that it need not wait for it. */
  settleForGuard(): SettledForAll {
    this.#forGuard ??= settledForAll(this.#options.evaluator, this.#recording);
    return this.#forGuard;
  }

  /** Asked once by each of its connections. */
  settledForGuard(id: number): Settled {
    return { v: 1, id, effect: 'settled', ...this.settleForGuard() };
  }

  #decide(question: Asking, begun: bigint): Verdict {
    const settled = question.action === 'network_request' ? this.network.answer(question, begun) : undefined;
    if (settled !== undefined) return settled;
    const told = question.pep === 'guard' && 'standing' in question ? question.standing : undefined;
    const known = this.lineage.find(question.pid, told);
    const asker = this.#askerOf(known, told);
    if (this.#wasJustAllowed(question) && this.#judge.startsWhatMay(question, asker.subject)) {
      const launched = this.#launched.get(question.pid);
      if (question.action === 'command_execute' && launched !== undefined) this.#cover(question, launched, asker);
      return this.#allow(question, known.subject);
    }
    const isAdvice = 'advise' in question && question.advise === true;
    const pipes = question.action === 'command_execute' && !isAdvice ? this.#pipes.look({ ...question, argv: this.#reader.shown(question.argv) }) : undefined;
    const judgement = refuseStale(this.#judge.judge(question, asker.subject, pipes?.joined), question);
    const isAllowed = judgement.decision.effect === 'allow';
    if (!(isAllowed && (isAdvice || isEverybodys(question, judgement)))) {
      const failure = this.#record(judgement, question, asker, begun);
      if (failure !== undefined) return this.refuse(question.id, `${judgement.request.action} \`${describeTarget(judgement.request)}\``, failure);
    }
    if (!isAllowed) return this.#refusals.answer(question, judgement);
    if (pipes !== undefined) this.#pipes.note(pipes.ends);
    if (question.action === 'command_execute' && !isAdvice) this.#cover(question, judgement, asker);
    if (question.pep !== 'guard' && !isAdvice) this.#remember(question, judgement);
    return question.action === 'command_execute' && this.#startsByItself(question, judgement, asker.subject) ? { ...this.#allow(question, known.subject), plain: 1 } : this.#allow(question, known.subject);
  }

  /** From now on the guard need not ask about that file under that name. */
  #startsByItself(question: CommandQuestion, { isTransparentShell, isAgentItself }: Judgement, { role }: Subject): boolean {
    if (this.#isPlain === undefined || (this.#recording === 'ahead' && role !== 'covered') || question.pep !== 'guard' || question.interpreter !== undefined || isTransparentShell || isAgentItself) return false;
    return this.#isPlain(this.#options.evaluator.programNames(question.argv[0] ?? '', question.exe, question.cwd));
  }

  /** Why an allowed action that must be recorded could not be. */
  #record(judgement: Judgement, question: Asking | NetworkAsker, asker: Standing, begun: bigint): string | undefined {
    const isAllowed = judgement.decision.effect === 'allow';
    const facts = toEvent(judgement, question, asker, begun, isAllowed ? this.lineage.executable(question.pid) : executableOf(question.pid));
    const failure = (isAllowed && !this.#options.mustRecord) || facts.decision.ahead !== undefined ? this.recorder.recordSoon(facts) : this.recorder.record(facts);
    if (failure !== undefined && isAllowed) return failure;
    this.counts[isAllowed ? 'allowed' : 'denied']++;
    return undefined;
  }

  #allow(question: Asking, subject: Subject): AllowVerdict {
    if (question.pep !== 'guard') return { v: 1, id: question.id, effect: 'allow' };
    if (question.action !== 'command_execute') return { v: 1, id: question.id, effect: 'allow', standing: this.#standings.of(subject) };
    const files = [question.exe, ...(question.interpreter?.slice(0, 1) ?? [])];
    const isLoader = files.some((file) => this.#options.evaluator.loaderName(file, '/') !== undefined);
    return { v: 1, id: question.id, effect: 'allow', standing: this.#standings.of(this.lineage.next(question.pid)), ...(isLoader ? { loader: 1 } : {}) };
  }

  #remember(question: Asking, { request }: Judgement): void {
    if (question.action === 'command_execute') this.#recent.addCommand(question);
    else if ('real' in request) this.#recent.add(question.pid, question.action, request.real);
    else if (request.action === 'network_request') this.#recent.add(question.pid, 'network_request', `${request.host}:${request.port}`);
  }

  #wasJustAllowed(question: Asking): boolean {
    if (question.pep !== 'guard' || ('loader' in question && question.loader === true)) return false;
    // An opinion that is asked for again is one about what is there now.
    if (question.action === 'command_execute') return question.advise !== true && this.#recent.hasCommand(question);
    return 'real' in question && question.real !== undefined && this.#recent.has(question.pid, question.action, question.real);
  }

  /** The process becomes what was judged: covered by it, or the agent's own shell or program. */
  #cover({ pid, pep }: Asking, judgement: Judgement, { subject, depth, facts }: Standing): void {
    this.#launched.delete(pid);
    // What a launcher asks about may be forged by another process in its name: who starts what, the guard sees.
    if (pep !== 'guard' && this.#options.hasGuard === true) {
      if (this.#launched.size >= LAUNCHED_LIMIT) this.#launched.clear();
      this.#launched.set(pid, judgement);
      return;
    }
    // Only the launcher becomes what it asked about; a process that merely says so (or names another) is what it was.
    if (pep !== 'guard' && executableOf(pid)?.startsWith(`${this.#runtime}/`) !== true) return;
    if (subject.role === 'covered') return this.lineage.register(pid, subject, depth, facts);
    if (judgement.isAgentItself) return this.lineage.register(pid, AGENT, depth, facts);
    if (judgement.isTransparentShell) return this.lineage.register(pid, STARTED_BY_AGENT, depth, facts);
    this.lineage.register(pid, { role: 'covered', by: coverName(judgement) }, depth, facts, pep === 'guard');
  }
}

function coverName({ request }: Judgement): string {
  return describeTarget(request).slice(0, 200);
}
