/** The launcher's C codec as a program (test/fixtures/wire/check.c), built with sanitizers where the compiler has them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compileC } from './compile.ts';
import { ROOT } from './patchwork.ts';

interface CommandFields {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly exe: string;
  readonly file: string;
  readonly cwd: string;
  readonly env: readonly string[];
}

export interface Codec {
  readonly hasSanitizers: boolean;
  /** The question that the launcher would send, one for each. */
  write(questions: readonly CommandFields[]): string[];
  /** `allow`, `broken`, or `deny` with the message. */
  read(lines: readonly Buffer[]): { readonly effect: string; readonly message?: string }[];
}

const SOURCE = join(ROOT, 'test', 'fixtures', 'wire', 'check.c');
const FLAGS = ['-DFREESTANDING=0', '-Wno-unused-function'];

/** A reason for a skip where it cannot be built. */
export function buildCodec(folder: string): Codec | string {
  const program = join(folder, 'check');
  const sanitized = compileC(SOURCE, program, [...FLAGS, '-fsanitize=address,undefined', '-fno-sanitize-recover=all']);
  const problem = sanitized === undefined ? undefined : compileC(SOURCE, program, FLAGS);
  if (problem !== undefined) return problem;
  const run = (mode: string, input: string): string[] => {
    const { status, stdout, stderr } = spawnSync(program, [mode], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ASAN_OPTIONS: 'detect_leaks=0' } });
    if (status !== 0) throw new Error(`the codec ended with ${status}: ${stderr.slice(0, 4000)}`);
    return stdout.split('\n').slice(0, -1);
  };
  return {
    hasSanitizers: sanitized === undefined,
    write: (questions) => run('question', questions.map(fieldsAsHex).join('')),
    read: (lines) =>
      run('verdict', lines.map((line) => `${line.toString('hex')}\n`).join('')).map((answer) => {
        const [effect = '', message] = answer.split(' ');
        return message === undefined ? { effect } : { effect, message: Buffer.from(message, 'hex').toString('utf8') };
      }),
  };
}

function fieldsAsHex({ pid, argv, exe, file, cwd, env }: CommandFields): string {
  const hex = (text: string): string => bytesOf(text).toString('hex');
  return [`pid ${pid}`, `file ${file.replace(':', ' ')}`, `exe ${hex(exe)}`, `cwd ${hex(cwd)}`, ...argv.map((arg) => `arg ${hex(arg)}`), ...env.map((entry) => `env ${hex(entry)}`), 'end\n'].join('\n');
}

/** The bytes that a text of the wire stands for: a lone surrogate U+DC80…U+DCFF is one byte that was no UTF-8. */
export function bytesOf(text: string): Buffer {
  const pieces = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code & 0xff) : Buffer.from(character, 'utf8');
  });
  return Buffer.concat(pieces);
}
