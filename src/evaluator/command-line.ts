/** A command request taken apart and looked up: programs found, files resolved, risk classified. */
import { basename, resolve } from 'node:path';
import type { CommandLine, CommandPart, FileTouch } from '../model/command-line.ts';
import type { CommandRequest, FileRequest, ProgramFacts, Subject } from '../model/request.ts';
import { joinRisks, type Risk } from '../model/risk.ts';
import type { Facts } from '../policy/evaluate.ts';
import type { ResolvedLine, ResolvedTouch } from '../policy/evaluate-line.ts';
import type { ProgramFinder } from '../resolve/executable.ts';
import { actionOf, type KnownFolders, resolveFile } from '../resolve/paths.ts';
import { classifyLine } from '../risk/classify.ts';
import { analyzeText, analyzeWords, type JoinedWords } from '../shell/analyze.ts';
import { loadsIntoAny } from '../shell/variables.ts';

/** What the shell that a line was typed into knows of it. */
export interface ShellFacts {
  readonly variables: Readonly<Record<string, string>>;
  /** Words of the line that stand for no program there: its functions, and what it does not find. */
  readonly names: ReadonlySet<string>;
}

export interface LineContext {
  readonly finder: ProgramFinder;
  readonly variables: Readonly<Record<string, string>>;
  /** For a line that was typed into a shell. */
  readonly shell: ShellFacts | undefined;
  /** Programs at the other ends of its pipes. */
  readonly joined?: JoinedWords | undefined;
  readonly fileFacts: (request: FileRequest) => Facts;
  readonly isSystemFile: (real: string) => boolean;
  readonly baseline: string | undefined;
  /** Where the agent keeps its own state: what it reads from there into a shell is judged when the shell does it. */
  readonly isOwnScript: (real: string) => boolean;
  /** The home or the project, or a folder that holds one of them. */
  readonly isPrecious: (absolute: string) => boolean;
  /** In the home or the project, although a system folder is above. */
  readonly isOwnWork: (absolute: string) => boolean;
}

export function resolveLine(request: CommandRequest, subject: Subject, context: LineContext): { resolved: ResolvedLine; risk: Risk } {
  const line = request.argv === undefined ? analyzeTyped(request.command, context) : analyzeWords(request.argv, request.command, context.variables, context.joined);
  findPrograms(line, request, context);
  for (const part of line.parts) if (readsOwnScript(part, request.cwd, context)) part.standing = 'builtin';
  const placeOf = (operand: string): string => resolve(request.cwd, operand.replace(/\/\*?$/, ''));
  const risk = classifyLine(line, { isPrecious: (operand) => context.isPrecious(placeOf(operand)), isOwnWork: (operand) => context.isOwnWork(placeOf(operand)) });
  const folders: KnownFolders = new Map();
  const touches = line.touches.map((touch) => resolveTouch(touch, { line, cwd: request.cwd, context, folders }));
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

/** A function's own commands are asked about when they run, and what is not found does not run: deny rules still see both. */
function analyzeTyped(text: string, { variables, shell }: LineContext): CommandLine {
  if (shell === undefined) return analyzeText(text, variables);
  const isName = (part: CommandPart): boolean => shell.names.has(part.words[0]?.text ?? '');
  const found = analyzeText(text, { ...variables, ...shell.variables });
  // A function may set any variable before it is used.
  const line = found.parts.some(isName) ? analyzeText(text, variables) : found;
  return { ...line, parts: line.parts.map((part): CommandPart => (part.standing === 'judged' && isName(part) ? { ...part, standing: 'builtin' } : part)) };
}

/** The file that the enforcement point found counts for the outermost command; the others are looked up. */
function findPrograms(line: CommandLine, request: CommandRequest, { finder, isSystemFile }: LineContext): void {
  const isWhatItSays = (name: string, { real, isTheOneOnPath }: ProgramFacts): boolean => isTheOneOnPath || (real !== undefined && basename(real) === basename(name) && isSystemFile(real));
  // With other code in it a program that needs no rule would cover what that starts. What a shell starts is asked about.
  const hasOtherCode = ({ assignments }: CommandPart): boolean => [...(request.changedVariables ?? []), ...assignments.map((each) => each.name)].some(loadsIntoAny);
  const isStarted = request.argv !== undefined && !line.isTransparentShell;
  for (const [index, part] of line.parts.entries()) {
    const [word] = part.words;
    if (isStarted && (part.standing === 'builtin' || part.standing === 'transparent') && hasOtherCode(part)) part.standing = 'judged';
    const executable = index === 0 && request.argv !== undefined ? request.executable : undefined;
    if (word === undefined || word.isDynamic || (part.standing === 'builtin' && executable === undefined)) continue;
    const program = finder.facts(word.text, request.cwd, executable, executable === undefined ? undefined : request.handle);
    // A program that is started as `echo`, `nice` or `sh` is what its file is: only the system's own needs no rule by that name.
    if (executable !== undefined && (part.standing === 'builtin' || part.standing === 'transparent') && !isWhatItSays(word.text, program)) part.standing = 'judged';
    if (part.standing !== 'builtin') part.program = program;
  }
}

/** `source FILE`, the snapshot that an agent (claude) takes of the login shell: each thing that it does is asked about by itself. */
function readsOwnScript({ words: [program, script], standing }: CommandPart, cwd: string, { isOwnScript }: LineContext): boolean {
  if (standing !== 'judged' || (program?.text !== 'source' && program?.text !== '.') || script === undefined) return false;
  return !script.isDynamic && !script.isGlob && script.text.startsWith('/') && isOwnScript(resolveFile('file_read', script.text, cwd).real);
}

/** Always open to everybody: nothing is lost, nothing is learned. */
const FREE = /^\/dev\/(?:null|zero|stdin|stdout|stderr|tty|full|fd\/\d+)$/;

/** What is not known of a name; the names of variables are no part of it. */
const EXPANSION = /\$\{[^}]{0,200}\}|\$\w+|\$\([^)]{0,200}\)|`[^`]{0,200}`/g;

interface TouchContext {
  readonly line: CommandLine;
  readonly cwd: string;
  readonly context: LineContext;
  readonly folders: KnownFolders;
}

function resolveTouch(touch: FileTouch, { line, cwd, context, folders }: TouchContext): ResolvedTouch {
  const text = touch.span === undefined || touch.by === 'operand' ? touch.path.text : line.text.slice(touch.span[0], touch.span[1]);
  const base = { text, span: touch.span, by: touch.by };
  const isFree = touch.path.text.startsWith('/dev/') && FREE.test(touch.path.text);
  const isUnknown = !isFree && (touch.path.isDynamic || touch.folder === '?');
  const folder = touch.folder === undefined || touch.folder === '?' ? cwd : resolve(cwd, touch.folder);
  const plain = resolveFile(actionOf(touch.access), touch.path.isDynamic ? touch.path.text.replace(EXPANSION, '$') : touch.path.text, folder, { folders });
  // What a standard stream leads to is not the line's doing.
  if (isFree) return { ...base, file: { request: { ...plain, real: plain.absolute }, facts: context.fileFacts({ ...plain, real: plain.absolute }) } };
  const request = touch.path.isGlob ? { ...plain, isGlob: true } : plain;
  const file = { request, facts: context.fileFacts(request) };
  return isUnknown ? { ...base, file: undefined, guess: file } : { ...base, file };
}
