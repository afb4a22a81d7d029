/** Files that a command names as operands and by options: the rows of file-rows.ts, and those programs that need more than a row. */
import type { TouchAccess, Word } from '../model/command-line.ts';
import { type FileRow, fileRow } from './file-rows.ts';
import { gitTouches } from './git-touches.ts';
import { parseCommand } from './options.ts';
import { literal, scan, valuesOf } from './wrappers/grammar.ts';

export interface OperandTouch {
  readonly access: TouchAccess;
  readonly path: Word;
  readonly span: Word['span'];
}

type Found = readonly { readonly access: TouchAccess; readonly path: Word }[];

/** Programs with a grammar of their own. */
const SPECIAL: Readonly<Record<string, (args: readonly Word[]) => Found>> = { dd: ddTouches, curl: curlTouches, git: gitTouches, tar: tarTouches, gtar: tarTouches, bsdtar: tarTouches, find: findTouches, gfind: findTouches };

export function operandTouches(program: string, args: readonly Word[]): OperandTouch[] {
  const row = fileRow(program);
  const found = Object.hasOwn(SPECIAL, program) ? (SPECIAL[program]?.(args) ?? []) : row === undefined ? [] : touchesOf(row, args);
  return found.filter(({ path }) => path.text !== '' && path.text !== '-').map(({ access, path }) => ({ access, path, span: path.span }));
}

function touchesOf(row: FileRow, args: readonly Word[]): Found {
  const files = Object.keys(row.files ?? {});
  const grammar = { ...row, values: `${row.values ?? ''}${row.oneDash ? '' : files.filter((name) => name.length === 1).join('')}`, longValues: [...(row.longValues ?? []), ...files.filter((name) => name.length > 1 || row.oneDash)] };
  const scanned = scan(args, grammar, row.first !== 'read' || row.instead === undefined);
  const found: { access: TouchAccess; path: Word }[] = [];
  for (const option of scanned.options) {
    const access = row.files?.[option.name];
    if (access !== undefined && option.value !== undefined) found.push({ access, path: option.value });
  }
  const has = (names: readonly string[] | undefined): boolean => names?.some((name) => scanned.options.some((option) => option.name === name)) ?? false;
  const isReplaced = has(row.instead);
  const skip = isReplaced ? 0 : (row.skip ?? 0);
  const operands = scanned.operands.slice(skip).filter((word) => !word.text.startsWith('+') && !(row.isRemote && /^[^/]*:/.test(word.text)));
  const isWritten = has(row.writesWith);
  if (row.first !== undefined && row.instead !== undefined && isReplaced) {
    if (has(row.loops)) found.push(...operands.map((path) => ({ access: isWritten ? ('write' as const) : ('read' as const), path })));
    return found;
  }
  // A target given as an option leaves only sources.
  const hasTarget = row.target !== undefined && operands.length > 1 && !scanned.options.some((option) => option.name === 't' || option.name === 'target-directory');
  const isTargetRemote = row.isRemote === true && /^[^/]*:/.test(scanned.operands[scanned.operands.length - 1]?.text ?? '');
  const isSourceRemote = row.isRemote === true && operands.length === 1 && !isTargetRemote && scanned.operands.length > 1;
  for (const [index, path] of operands.entries()) {
    const isTarget = (hasTarget && index === operands.length - 1 && !isTargetRemote) || isSourceRemote;
    const access = isWritten ? 'write' : index === 0 && row.first !== undefined ? row.first : isTarget ? row.target : (row.all ?? row.sources);
    if (access !== undefined) found.push({ access, path });
  }
  return found;
}

function ddTouches(args: readonly Word[]): Found {
  return args.flatMap((arg) => {
    const match = /^(if|of)=(.+)$/s.exec(arg.text);
    return match === null ? [] : [{ access: match[1] === 'if' ? ('read' as const) : ('write' as const), path: { ...arg, text: match[2] ?? '' } }];
  });
}

const CURL_FILES: Readonly<Record<string, TouchAccess>> = { output: 'write', 'upload-file': 'read', config: 'read', 'dump-header': 'write', 'cookie-jar': 'write', cookie: 'read', cert: 'read', key: 'read', 'netrc-file': 'read', trace: 'write', 'trace-ascii': 'write', stderr: 'write', 'output-dir': 'write', cacert: 'read' };

/** `-o FILE`, `-d @FILE`, `-F name=@FILE`, `-O`, `file://FILE`: what is sent away is read. */
function curlTouches(args: readonly Word[]): Found {
  const parsed = parseCommand('curl', args.map((arg) => arg.text));
  const wordFor = (text: string): Word => ({ ...(args.find((arg) => arg.text.endsWith(text)) ?? literal(text)), text });
  const found: { access: TouchAccess; path: Word }[] = [];
  for (const option of parsed.options) {
    const value = option.value ?? '';
    const access = Object.hasOwn(CURL_FILES, option.name) ? CURL_FILES[option.name] : undefined;
    if (access !== undefined && value !== '' && !(option.name === 'cookie' && value.includes('='))) found.push({ access, path: wordFor(value) });
    const sent = /^(?:data|data-binary|data-ascii|data-urlencode|json|form|header|write-out|variable|url-query)$/.test(option.name) ? /^[^=@<]*=?[@<]([^;,]+)/.exec(value) : null;
    if (sent !== null && !(option.name === 'header' && !value.startsWith('@'))) found.push({ access: 'read', path: wordFor(sent[1] ?? '') });
    if (option.name === 'remote-name') for (const url of parsed.operands) found.push({ access: 'write', path: literal((url.split(/[?#]/)[0] ?? '').replace(/^[a-z]+:\/\//i, '').split('/').slice(1).pop() ?? '') });
  }
  for (const url of parsed.operands) if (/^file:/i.test(url)) found.push({ access: 'read', path: literal(url.replace(/^file:(?:\/\/(?:localhost)?)?/i, '')) });
  return found;
}

/** `tar -xf A -C D`, `tar cf A FILES`: letters may come without a dash. */
function tarTouches(args: readonly Word[]): Found {
  const isOld = args[0] !== undefined && /^[A-Za-z]+$/.test(args[0].text);
  const letters = isOld ? (args[0]?.text ?? '') : '';
  const plain = isOld ? [...[...letters].filter((letter) => 'fbCTX'.includes(letter)).flatMap((letter, index): Word[] => [literal(`-${letter}`), ...(args[index + 1] === undefined ? [] : [args[index + 1] as Word])]), ...args.slice(1 + [...letters].filter((letter) => 'fbCTX'.includes(letter)).length)] : args;
  const scanned = scan(plain, { values: 'fCTXbgHKLNVIF', longValues: ['file', 'directory', 'files-from', 'exclude-from', 'exclude', 'transform', 'owner', 'group', 'mode', 'use-compress-program', 'to-command', 'checkpoint-action', 'strip-components', 'format'] }, true);
  const names = [...letters, ...scanned.options.map((option) => option.name)];
  const isWriting = names.some((name) => /^(?:c|r|u|A|create|append|update|delete)$/.test(name));
  const folders = valuesOf(scanned, ['C', 'directory']);
  const base = folders[folders.length - 1];
  const found: { access: TouchAccess; path: Word }[] = valuesOf(scanned, ['f', 'file']).filter((word) => !/^[^/]*:/.test(word.text)).map((path) => ({ access: isWriting ? 'write' : 'read', path }));
  found.push(...valuesOf(scanned, ['T', 'files-from', 'X', 'exclude-from']).map((path) => ({ access: 'read' as const, path })));
  const within = (path: Word): Word => (base === undefined || path.text.startsWith('/') ? path : { ...path, isDynamic: path.isDynamic || base.isDynamic, text: `${base.text}/${path.text}` });
  if (isWriting) found.push(...scanned.operands.map((path) => ({ access: 'read' as const, path: within(path) })));
  if (names.some((name) => /^(?:x|extract|get)$/.test(name))) found.push(...folders.map((path) => ({ access: 'write' as const, path })), ...scanned.operands.map((path) => ({ access: 'write' as const, path: within(path) })));
  if (names.includes('remove-files')) found.push(...scanned.operands.map((path) => ({ access: 'delete' as const, path: within(path) })));
  return found;
}

/** `find D -name P -delete`, `-exec CMD {} +`: what matches the name below the folder; `-fprint FILE`. */
function findTouches(args: readonly Word[]): Found {
  const first = args.findIndex((arg) => /^[-(!]/.test(arg.text) && !/^-(?:[HLP]|O\d|D)$/.test(arg.text));
  const folders = (first < 0 ? args : args.slice(0, first)).filter((arg) => !arg.text.startsWith('-'));
  const after = (pattern: RegExp): Word[] => args.flatMap((arg, index) => (pattern.test(arg.text) && args[index + 1] !== undefined && args[index - 1]?.text !== '!' && args[index - 1]?.text !== '-not' ? [args[index + 1] as Word] : []));
  const found: { access: TouchAccess; path: Word }[] = after(/^-fprint(?:0|f)?$|^-fls$/).map((path) => ({ access: 'write', path }));
  const names = after(/^-i?(?:name|path|wholename)$/).map((word) => literal(word.text.replace(/^.*\*\//, ''), word));
  const roots = folders.length === 0 ? [literal('.')] : folders;
  const below = names.length === 0 ? roots : roots.flatMap((root) => names.map((name): Word => ({ ...name, text: `${root.text.replace(/\/$/, '')}/${name.text}`, isGlob: /[*?[]/.test(name.text) })));
  if (args.some((arg) => arg.text === '-delete')) found.push(...below.map((path) => ({ access: 'delete' as const, path })));
  if (names.length === 0) return found;
  for (let at = 0; at < args.length; at++) {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(args[at]?.text ?? '')) continue;
    const end = args.findIndex((arg, index) => index > at && (arg.text === ';' || arg.text === '+'));
    const [program, ...words] = args.slice(at + 1, end < 0 ? undefined : end);
    if (program === undefined || /^find$/.test(program.text)) continue;
    for (const path of below) found.push(...operandTouches(program.text.slice(program.text.lastIndexOf('/') + 1), words.map((word) => (word.text === '{}' ? path : word))));
  }
  return found;
}
