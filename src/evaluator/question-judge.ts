/** A question from the wire to a judgement: what else than its words has to be judged with it, and how the guard's differ. */
import { resolve } from 'node:path';
import type { Subject } from '../model/request.ts';
import { judgeAnyPort } from './any-port.ts';
import { deniedScripts } from './denied-scripts.ts';
import type { Ask } from './ask.ts';
import type { Evaluator, Judgement } from './evaluator.ts';
import { asSettingsHaveIt } from './git-settings.ts';
import { GitSteps } from './git-steps.ts';
import { isExplicit, letIn, startsToBeRefusedInside } from './guard-view.ts';
import { loadedCommand } from './loaded-command.ts';
import type { Joined } from './pipes.ts';
import type { Asking, CommandQuestion, FileQuestion } from './protocol.cts';
import type { QuestionReader } from './question-reader.ts';
import { deniedAsStale, withFile } from './stale-file.ts';

type CommandAsk = Extract<Ask, { action: 'command_execute' }>;

export class QuestionJudge {
  readonly #evaluator: Evaluator;
  readonly #reader: QuestionReader;
  readonly #gitSteps: GitSteps;

  constructor(evaluator: Evaluator, reader: QuestionReader) {
    this.#evaluator = evaluator;
    this.#gitSteps = new GitSteps((path) => evaluator.places.isSystemFile(path));
    this.#reader = reader;
  }

  judge(question: Asking, subject: Subject, joined: Joined | undefined): Judgement {
    const evaluator = this.#evaluator;
    const whole = question.action === 'command_execute' ? this.#gitSteps.commandOf(question) : undefined;
    const ask = this.#reader.read(question, joined);
    // A look-up: the port is not known yet.
    if (ask.action === 'network_request' && ask.port === 0 && !ask.host.startsWith('unix:')) return judgeAnyPort(evaluator, ask.host, subject);
    const judgement = evaluator.judge(whole === undefined || ask.action !== 'command_execute' ? ask : { ...ask, argv: whole }, subject);
    const meant = question.action === 'command_execute' && ask.action === 'command_execute' && judgement.decision.effect === 'allow' ? this.#meant(question, ask, subject) : undefined;
    if (meant !== undefined) return meant;
    if (question.pep !== 'guard') return judgement;
    if (question.action === 'file_read' && question.loader === true) return this.#loadedProgram(question, subject) ?? judgement;
    if (question.action !== 'command_execute') return judgement;
    if (judgement.decision.effect === 'deny') return startsToBeRefusedInside(judgement) ? letIn(judgement) : judgement;
    return this.#deniedInterpreter(question, subject) ?? judgement;
  }

  /** A loader's own words may name a program by a link or a descriptor that leads elsewhere by the time it is opened: what it opens counts. */
  #loadedProgram({ pid, real, path, cwd }: FileQuestion, subject: Subject): Judgement | undefined {
    const argv = loadedCommand(pid, real ?? resolve(cwd, path));
    if (argv === undefined) return undefined;
    const started = this.#evaluator.judge({ action: 'command_execute', argv, executable: argv[0] ?? '', cwd }, subject);
    return isExplicit(started.decision) && started.decision.step === 'deny_rule' ? started : undefined;
  }

  /** A denied interpreter does not run by way of a script that names it. */
  #deniedInterpreter({ interpreter, interpreterFile = '', cwd }: CommandQuestion, subject: Subject): Judgement | undefined {
    const [executable, ...argv] = interpreter ?? [];
    if (executable === undefined) return undefined;
    const ask = { action: 'command_execute', argv, executable, cwd } as const;
    const started = withFile(executable, interpreterFile, (handle) => this.#evaluator.judge({ ...ask, handle }, subject));
    if (started === undefined) return deniedAsStale(this.#evaluator.judge(ask, subject));
    return isExplicit(started.decision) && started.decision.step === 'deny_rule' ? started : undefined;
  }

  /** What its words do not say: as the settings of git have it, or the file that is its script. */
  #meant({ env }: CommandQuestion, ask: CommandAsk, subject: Subject): Judgement | undefined {
    const { argv = [], cwd } = ask;
    const { places, finder } = this.#evaluator;
    const readings = [...asSettingsHaveIt(argv, cwd, env, places.home), ...deniedScripts(argv, cwd, finder)];
    return readings.map((reading) => this.#evaluator.judge({ ...ask, argv: reading }, subject)).find(({ decision }) => decision.effect === 'deny');
  }

  startsWhatMay(question: Asking, subject: Subject): boolean {
    return question.action !== 'command_execute' || this.#deniedInterpreter(question, subject) === undefined;
  }
}
