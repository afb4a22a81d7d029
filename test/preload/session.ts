/** A session as the preload sees one: a runtime folder with its deployed files, and an evaluator with a few rules on a real socket. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Asking, decodeQuestion, encode, PROTOCOL_VERSION, type Question, type Verdict } from '../../src/evaluator/protocol.cts';

const COMPILED = fileURLToPath(new URL('../../src/', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
export const FIXTURES = join(REPOSITORY, 'test/fixtures/preload');

/** A program that hangs is a failure, not a test run without end. */
const RUN_TIME_LIMIT_MS = 60_000;

export interface Session {
  readonly runtime: string;
  /** A project with `open/`, `denied/` and `link-to-denied`. */
  readonly project: string;
  readonly questions: Question[];
  /** Runs a program of the fixture folder. */
  run(program: string, options?: RunOptions): Promise<Outcome>;
  /** Runs a line of CommonJS. */
  evaluate(code: string, options?: RunOptions): Promise<Outcome>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Without the preload, to compare. */
  readonly isBare?: boolean;
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export type Answer = (question: Question) => Verdict | 'silence' | 'hang up' | undefined;

/** Starts a session; `answer` may override what the built-in rules say. */
export async function startSession(answer: Answer = () => undefined, layout: Layout = 'packed'): Promise<Session> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'patchwork-preload-')));
  const runtime = join(folder, 'runtime');
  deploy(runtime, layout);
  const project = join(folder, 'project');
  fillProject(project);
  const questions: Question[] = [];
  const server = createServer((socket) => serve(socket, questions, answer));
  await new Promise<void>((done) => server.listen(join(runtime, 'sock'), done));
  return {
    runtime,
    project,
    questions,
    run: (program, options = {}) => run({ runtime, project }, [join(FIXTURES, program)], options),
    evaluate: (code, options = {}) => run({ runtime, project }, ['-e', code], options),
    close: () => close(server, folder),
  };
}

/** How the preload is deployed: as the one packed file of a session, or file by file under the same names. */
export type Layout = 'packed' | 'separate';

/** The layout that the session module makes. */
function deploy(runtime: string, layout: Layout = 'packed'): void {
  mkdirSync(join(runtime, 'src/preload'), { recursive: true });
  mkdirSync(join(runtime, 'bin'));
  if (layout === 'packed') cpSync(join(COMPILED, '../bundle/preload/register.cjs'), join(runtime, 'src/preload/register.cjs'));
  else copyModules(runtime);
  cpSync(join(REPOSITORY, 'shims/out/launch'), join(runtime, 'launch'));
}

function copyModules(runtime: string): void {
  mkdirSync(join(runtime, 'src/evaluator'));
  mkdirSync(join(runtime, 'src/model'), { recursive: true });
  for (const folder of ['evaluator', 'model', 'preload']) {
    for (const name of readdirSync(join(COMPILED, folder))) if (name.endsWith('.cjs')) cpSync(join(COMPILED, folder, name), join(runtime, 'src', folder, name));
  }
}

export function fillProject(project: string): void {
  for (const name of ['open', 'denied']) {
    mkdirSync(join(project, name), { recursive: true });
    appendFileSync(join(project, name, 'file.txt'), `${name} text\n`);
  }
  symlinkSync('denied', join(project, 'link-to-denied'));
  appendFileSync(join(project, 'module.cjs'), 'module.exports = 1;\n');
  appendFileSync(join(project, 'denied/module.cjs'), 'module.exports = 2;\n');
  appendFileSync(join(project, 'denied/module.mjs'), 'export default 2;\n');
}

function run(
  { runtime, project }: Pick<Session, 'runtime' | 'project'>,
  program: readonly string[],
  options: RunOptions,
): Promise<Outcome> {
  const preload = options.isBare ? {} : { NODE_OPTIONS: `--require=${runtime}/src/preload/register.cjs` };
  const env = { PATH: `${process.env['PATH']}`, HOME: project, ...preload, ...options.env };
  const args = [...program, ...(options.args ?? [])];
  const child = spawn(process.execPath, args, { cwd: project, env, timeout: RUN_TIME_LIMIT_MS });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => (texts[name] += part));
  return new Promise((done, fail) => child.on('error', fail).on('close', (code) => done({ ...texts, code })));
}

function serve(socket: Socket, questions: Question[], answer: Answer): void {
  let text = '';
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const question = decodeQuestion(text.slice(0, end));
      text = text.slice(end + 1);
      questions.push(question);
      const verdict = answer(question) ?? judge(question);
      if (verdict === 'hang up') socket.destroy();
      else if (verdict !== 'silence') socket.write(encode(verdict));
    }
  });
}

/** The rules of this suite: whatever is called `denied`, or leads there, is denied. */
function judge(question: Question): Verdict {
  const { id } = question;
  const envelope = { v: PROTOCOL_VERSION, id };
  if (question.op !== 'ask')
    return { ...envelope, effect: 'settled', folders: ['/usr', '/etc', FIXTURES], literals: ['denied'] };
  if (!targetsOf(question).some((target) => target.includes('denied'))) return { ...envelope, effect: 'allow' };
  return {
    ...envelope,
    effect: 'deny',
    message: 'Patchwork denied this action.\nSee `patchwork policy explain`.',
    reason: 'it is called denied',
    rule: 'files.deny: **/denied*',
    layer: 'project',
    source: 'policy.yml:3',
  };
}

function targetsOf(question: Asking): readonly string[] {
  switch (question.action) {
    case 'command_execute':
      return [...question.argv, basename(question.exe)];
    case 'command_line':
      return [question.line];
    case 'network_request':
      return [question.host, question.port === 9 ? 'denied' : ''];
    default: {
      // The project lies below a folder of this suite's own; only what is in it counts.
      const absolute = resolve(question.cwd, question.path);
      return [absolute, realPath(absolute)];
    }
  }
}

function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return path === '/' ? path : join(realPath(dirname(path)), basename(path));
}

async function close(server: Server, folder: string): Promise<void> {
  await new Promise((done) => {
    server.close(done);
  });
  rmSync(folder, { recursive: true, force: true });
}
