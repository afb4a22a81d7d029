/** A command request taken apart and looked up: programs found, files resolved, risk classified. */
import { basename, resolve } from 'node:path';
import type { CommandLine, FileTouch } from '../model/command-line.ts';
import type { CommandRequest, FileRequest, Subject } from '../model/request.ts';
import { joinRisks, type Risk } from '../model/risk.ts';
import type { Facts } from '../policy/evaluate.ts';
import type { ResolvedLine, ResolvedTouch } from '../policy/evaluate-line.ts';
import type { ProgramFinder } from '../resolve/executable.ts';
import { actionOf, resolveFile } from '../resolve/paths.ts';
import { classifyLine } from '../risk/classify.ts';
import { analyzeText, analyzeWords } from '../shell/analyze.ts';

export interface LineContext {
  readonly finder: ProgramFinder;
  readonly variables: Readonly<Record<string, string>>;
  readonly fileFacts: (request: FileRequest) => Facts;
  readonly baseline: string | undefined;
  /** The home or the project, or a folder that holds one of them. */
  readonly isPrecious: (absolute: string) => boolean;
}

export function resolveLine(request: CommandRequest, subject: Subject, context: LineContext): { resolved: ResolvedLine; risk: Risk } {
  const line = request.argv === undefined ? analyzeText(request.command, context.variables) : analyzeWords(request.argv, request.command, context.variables);
  findPrograms(line, request, context.finder);
  const risk = classifyLine(line, (operand) => context.isPrecious(resolve(request.cwd, operand.replace(/\/\*?$/, ''))));
  const touches = line.touches.map((touch) => resolveTouch(touch, line, request.cwd, context));
  const touchRisks = touches.map((touch) => touch.file?.facts.risk).filter((each) => each !== undefined);
  return {
    risk: joinRisks([risk.whole, ...touchRisks]),
    resolved: {
      line,
      partRisks: risk.parts,
      touches,
      changedVariables: request.changedVariables ?? [],
      coveredBy: subject.role === 'covered' ? subject.by : undefined,
      baseline: context.baseline,
    },
  };
}

/** The file that the enforcement point found counts for the outermost command; the others are looked up. */
function findPrograms(line: CommandLine, request: CommandRequest, finder: ProgramFinder): void {
  for (const [index, part] of line.parts.entries()) {
    const [word] = part.words;
    const executable = index === 0 && request.argv !== undefined ? request.executable : undefined;
    // A program that is started as `echo` is what its file is.
    if (part.standing === 'builtin' && executable !== undefined && word !== undefined && basename(executable) !== basename(word.text)) part.standing = 'judged';
    if (word === undefined || word.isDynamic || part.standing === 'builtin') continue;
    part.program = finder.facts(word.text, request.cwd, executable);
  }
}

/** Always open to everybody: nothing is lost, nothing is learned. */
const FREE = /^\/dev\/(?:null|zero|stdin|stdout|stderr|tty|full|fd\/\d+)$/;

function resolveTouch(touch: FileTouch, line: CommandLine, cwd: string, context: LineContext): ResolvedTouch {
  const text = touch.span === undefined || touch.by === 'operand' ? touch.path.text : line.text.slice(touch.span[0], touch.span[1]);
  const base = { text, span: touch.span, by: touch.by };
  const isFree = touch.path.text.startsWith('/dev/') && FREE.test(touch.path.text);
  if (!isFree && (touch.path.isDynamic || touch.folder === '?')) return { ...base, file: undefined };
  const folder = touch.folder === undefined ? cwd : resolve(cwd, touch.folder);
  const request = resolveFile(actionOf(touch.access), touch.path.text, folder);
  return { ...base, file: { request, facts: context.fileFacts(request) } };
}
