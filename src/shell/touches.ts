/** Files that well-known commands name as operands. Adding a command is a row here and a row in its test. */
import type { TouchAccess, Word } from '../model/command-line.ts';
import { parseCommand } from './options.ts';

export interface OperandTouch {
  readonly access: TouchAccess;
  readonly path: Word;
  readonly span: Word['span'];
}

/** What the operands of a command are: all of them, all but the last, the last; `first` is what comes before files. */
interface Row {
  readonly all?: TouchAccess;
  readonly sources?: TouchAccess;
  readonly target?: TouchAccess;
  /** Operands before the files (`grep PATTERN`, `chmod MODE`). */
  readonly skip?: number;
  /** Options whose value is a file. */
  readonly options?: Readonly<Record<string, TouchAccess>>;
  /** Only with one of these options (`sed -i`). */
  readonly onlyWith?: readonly string[];
}

const READ: Row = { all: 'read' };
const WRITE: Row = { all: 'write' };

const ROWS: Readonly<Record<string, Row>> = {
  cat: READ, tac: READ, nl: READ, head: READ, tail: READ, less: READ, more: READ, bat: READ, od: READ, xxd: READ, hexdump: READ, strings: READ, base64: READ, sort: READ, uniq: READ, wc: READ, cut: READ, rev: READ, fold: READ, paste: READ, md5sum: READ, sha256sum: READ, diff: READ, cmp: READ, comm: READ, source: READ, '.': READ, zcat: READ, bzcat: READ, xzcat: READ,
  grep: { all: 'read', skip: 1 }, egrep: { all: 'read', skip: 1 }, fgrep: { all: 'read', skip: 1 }, rg: { all: 'read', skip: 1 }, awk: { all: 'read', skip: 1 }, jq: { all: 'read', skip: 1 },
  tee: WRITE, touch: WRITE, truncate: WRITE, mkdir: WRITE, shred: { all: 'delete' },
  chmod: { all: 'write', skip: 1 }, chown: { all: 'write', skip: 1 }, chgrp: { all: 'write', skip: 1 },
  rm: { all: 'delete' }, unlink: { all: 'delete' }, rmdir: { all: 'delete' },
  cp: { sources: 'read', target: 'write', options: { 'target-directory': 'write' } },
  install: { sources: 'read', target: 'write' },
  mv: { sources: 'delete', target: 'write', options: { 'target-directory': 'write' } },
  ln: { sources: 'read', target: 'write', options: { 'target-directory': 'write' } },
  curl: { options: { output: 'write', 'upload-file': 'read', config: 'read', 'dump-header': 'write', 'cookie-jar': 'write' } },
  wget: { options: { 'output-document': 'write', 'output-file': 'write', 'append-output': 'write', 'input-file': 'read', 'post-file': 'read', 'body-file': 'read' } },
  sed: { all: 'read', skip: 1 },
};

export function operandTouches(program: string, args: readonly Word[]): OperandTouch[] {
  if (program === 'dd') return ddTouches(args);
  if (program === 'curl') return [...touchesOf('curl', args), ...curlUploads(args)];
  return touchesOf(program, args);
}

function touchesOf(program: string, args: readonly Word[]): OperandTouch[] {
  const row = Object.hasOwn(ROWS, program) ? ROWS[program] : undefined;
  if (row === undefined) return [];
  const parsed = parseCommand(program, args.map((arg) => arg.text));
  const wordFor = (text: string): Word => args.find((arg) => arg.text === text) ?? args.find((arg) => arg.text.endsWith(text)) ?? { text, isDynamic: false, canSplit: false, span: undefined };
  const found: OperandTouch[] = [];
  const add = (access: TouchAccess, text: string): void => {
    if (text !== '' && text !== '-') found.push({ access, path: { ...wordFor(text), text }, span: wordFor(text).span });
  };
  for (const option of parsed.options) {
    const access = row.options?.[option.name];
    if (access !== undefined && option.value !== undefined) add(access, option.value);
  }
  const isInPlace = program === 'sed' && args.some((arg) => /^(-[a-zA-Z]*i|--in-place)/.test(arg.text));
  const files = parsed.operands.slice(row.skip ?? 0);
  const last = files.length - 1;
  const targetIsOption = parsed.options.some((option) => option.name === 'target-directory');
  for (const [index, file] of files.entries()) {
    const isTarget = row.target !== undefined && index === last && last > 0 && !targetIsOption;
    const access = isInPlace ? 'write' : (row.all ?? (isTarget ? row.target : row.sources));
    if (access !== undefined) add(access, file);
  }
  return found;
}

function ddTouches(args: readonly Word[]): OperandTouch[] {
  return args.flatMap((arg): OperandTouch[] => {
    const match = /^(if|of)=(.+)$/s.exec(arg.text);
    if (match === null) return [];
    return [{ access: match[1] === 'if' ? 'read' : 'write', path: { ...arg, text: match[2] ?? '' }, span: arg.span }];
  });
}

/** `curl -d @FILE`, `-F name=@FILE`: what is sent away is read. */
function curlUploads(args: readonly Word[]): OperandTouch[] {
  const parsed = parseCommand('curl', args.map((arg) => arg.text));
  return parsed.options.flatMap((option): OperandTouch[] => {
    const match = /^(?:data|data-binary|data-urlencode|json|form)$/.test(option.name) ? /^(?:[^=@]*=?)@([^;]+)/.exec(option.value ?? '') : null;
    if (match === null) return [];
    return [{ access: 'read', path: { text: match[1] ?? '', isDynamic: false, canSplit: false, span: undefined }, span: undefined }];
  });
}
