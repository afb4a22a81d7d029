/**
 * Languages and those of their calls that start programs or touch files. Adding a call is a row here and one in
 * test/shell/scripts.test.ts.
 */
import type { Dialect } from './lexer.ts';

/**
 * What the arguments of a call are:
 * - `shell`: the first is shell text, or a list of words. `code`: it is code of the same language.
 * - `words`: all are words. `program`: a program, then a list of its words. `execv`, `execl`: a path, then argv with its name.
 * - `read`, `write`, `delete`, `tree`: the first is a file (a tree is deleted whole). `move`, `copy`: from, to. `open`: by its mode.
 */
type CallKind = 'shell' | 'code' | 'words' | 'program' | 'execv' | 'execl' | 'read' | 'write' | 'delete' | 'tree' | 'move' | 'copy' | 'open' | 'command';

export interface Call {
  readonly kind: CallKind;
  /** Must occur in the script: the module that the name belongs to. */
  readonly needs?: readonly string[] | undefined;
  /** Arguments before those that count. */
  readonly skip?: number | undefined;
  /** The file is what the call is made on: `Path('x').unlink()`. */
  readonly onReceiver?: boolean | undefined;
}

export interface Language {
  readonly dialect: Dialect;
  readonly calls: Readonly<Record<string, readonly Call[]>>;
}

type Group = readonly [names: string, kind: CallKind, needs?: string | undefined, extra?: Pick<Call, 'skip' | 'onReceiver'>];

function calls(...groups: readonly Group[]): Readonly<Record<string, readonly Call[]>> {
  const found = new Map<string, Call[]>();
  for (const [names, kind, needs, extra] of groups) {
    for (const name of names.split(' ')) found.set(name, [...(found.get(name) ?? []), { kind, needs: needs?.split(' '), ...extra }]);
  }
  return Object.fromEntries(found);
}

const PYTHON: Language = {
  dialect: { lineComments: ['#'], quotes: '"\'', hasTripleQuotes: true, concat: ['+'] },
  calls: calls(
    ['system popen', 'shell', 'os posix nt platform'],
    ['getoutput getstatusoutput create_subprocess_shell', 'shell'],
    ['run call check_call check_output Popen', 'shell', 'subprocess Popen sh'],
    ['create_subprocess_exec', 'words'],
    ['execv execvp execve execvpe', 'execv', 'os'],
    ['execl execlp execle execlpe', 'execl', 'os'],
    ['spawnv spawnvp spawnve spawnvpe', 'execv', 'os', { skip: 1 }],
    ['spawnl spawnlp spawnle spawnlpe', 'execl', 'os', { skip: 1 }],
    ['posix_spawn posix_spawnp', 'execv', 'os'],
    ['spawn', 'shell', 'pty pexpect'],
    ['runu spawnu', 'shell', 'pexpect'],
    ['exec eval compile', 'code'],
    ['rmtree', 'tree'],
    ['remove unlink rmdir removedirs', 'delete', 'os shutil'],
    ['rename replace renames move', 'move', 'os shutil'],
    ['copy copy2 copyfile copytree link symlink', 'copy', 'os shutil'],
    ['truncate makedirs mkdir chmod chown mknod', 'write', 'os'],
    ['open', 'open'],
    ['read_text read_bytes', 'read', 'Path', { onReceiver: true }],
    ['write_text write_bytes touch', 'write', 'Path', { onReceiver: true }],
    ['unlink rmdir', 'delete', 'Path', { onReceiver: true }],
    ['rename replace', 'delete', 'Path', { onReceiver: true }],
    ['open', 'open', 'Path', { onReceiver: true }],
    ['dotenv_values load_dotenv', 'read'],
  ),
};

const JAVASCRIPT: Language = {
  dialect: { lineComments: ['//'], blockComment: ['/*', '*/'], quotes: '"\'', backquote: 'template', hasRegex: true, concat: ['+'] },
  calls: calls(
    ['exec execSync', 'shell', 'child_process shelljs'],
    ['execFile execFileSync spawn spawnSync', 'program', 'child_process cross-spawn'],
    ['fork', 'program', 'child_process'],
    ['execa execaSync execaCommand execaCommandSync', 'program', 'execa'],
    ['Command', 'program', 'Deno'],
    ['spawn spawnSync', 'shell', 'Bun'],
    ['run', 'command', 'Deno'],
    ['eval Function runInThisContext runInNewContext', 'code'],
    ['rm rmSync rmdir rmdirSync remove removeSync emptyDirSync', 'tree', 'fs Deno'],
    ['unlink unlinkSync', 'delete', 'fs'],
    ['rename renameSync moveSync', 'move', 'fs Deno'],
    ['copyFile copyFileSync cp cpSync copySync link linkSync symlink symlinkSync', 'copy', 'fs Deno'],
    ['readFile readFileSync createReadStream readTextFile readTextFileSync readJsonSync', 'read', 'fs Deno'],
    ['writeFile writeFileSync appendFile appendFileSync createWriteStream truncate truncateSync writeTextFile writeTextFileSync outputFileSync mkdirSync mkdir chmodSync chmod', 'write', 'fs Deno'],
    ['open openSync', 'open', 'fs'],
    ['file', 'read', 'Bun'],
    ['write', 'write', 'Bun'],
  ),
};

const PERL: Language = {
  dialect: { lineComments: ['#'], quotes: '"\'', rawQuotes: "'", backquote: 'command', hasRegex: true, special: 'perl', interpolation: 'dollar', concat: ['.'], barecalls: true },
  calls: calls(
    ['system exec', 'words'],
    ['readpipe', 'shell'],
    ['eval', 'code'],
    ['open', 'open', undefined, { skip: 1 }],
    ['sysopen', 'open', undefined, { skip: 1 }],
    ['unlink rmdir', 'delete'],
    ['rmtree remove_tree', 'tree'],
    ['rename move', 'move'],
    ['copy link symlink', 'copy'],
    ['truncate mkdir', 'write'],
    ['do require slurp read_file', 'read'],
    ['write_file', 'write'],
  ),
};

const RUBY: Language = {
  dialect: { lineComments: ['#'], quotes: '"\'', rawQuotes: "'", backquote: 'command', hasRegex: true, special: 'ruby', interpolation: 'hash', concat: ['+'], barecalls: true },
  calls: calls(
    ['system exec spawn popen2 popen2e popen3 capture2 capture2e capture3', 'words'],
    ['popen', 'shell'],
    ['eval instance_eval', 'code'],
    ['rm_rf rm_r remove_dir remove_entry remove_entry_secure rmtree', 'tree'],
    ['rm rm_f safe_unlink', 'delete', 'FileUtils'],
    ['delete unlink rmdir', 'delete', 'File Dir Pathname'],
    ['rename mv move', 'move', 'File FileUtils'],
    ['cp cp_r copy ln_s symlink link', 'copy', 'File FileUtils'],
    ['read readlines binread foreach', 'read', 'File IO'],
    ['write binwrite', 'write', 'File IO'],
    ['open new', 'open', 'File open'],
    ['load', 'read'],
  ),
};

const PHP: Language = {
  dialect: { lineComments: ['#', '//'], blockComment: ['/*', '*/'], quotes: '"\'', rawQuotes: "'", backquote: 'command', interpolation: 'dollar', concat: ['.'] },
  calls: calls(
    ['system exec shell_exec passthru popen proc_open', 'shell'],
    ['pcntl_exec', 'program'],
    ['eval assert create_function', 'code'],
    ['unlink rmdir', 'delete'],
    ['rename', 'move'],
    ['copy link symlink', 'copy'],
    ['file_get_contents readfile file parse_ini_file highlight_file show_source', 'read'],
    ['file_put_contents touch mkdir chmod', 'write'],
    ['fopen', 'open'],
  ),
};

const LUA: Language = {
  dialect: { lineComments: ['--'], quotes: '"\'', special: 'lua', concat: ['..'], barecalls: true },
  calls: calls(['execute popen', 'shell', 'os io'], ['remove', 'delete', 'os'], ['rename', 'move', 'os'], ['open', 'open', 'io'], ['lines dofile loadfile', 'read'], ['load loadstring', 'code']),
};

/** R, Julia, Octave, gnuplot and the like: strings, brackets and a `system`. */
const GENERIC: Language = {
  dialect: { lineComments: ['#'], quotes: '"\'', backquote: 'command', concat: ['+', '*'] },
  calls: calls(['system shell unix popen shell_cmd execute', 'shell'], ['system2 cmd', 'program'], ['unlink delete file_remove rm', 'delete'], ['readLines readFile read_file', 'read'], ['writeLines write_file', 'write']),
};

/** Vim script and Lisp share what matters: strings and names. */
const VIM: Language = {
  dialect: { lineComments: [], quotes: '"\'', rawQuotes: "'", concat: ['.', '..'] },
  calls: calls(['system systemlist termopen jobstart job_start term_start execute feedkeys', 'shell'], ['delete', 'delete'], ['readfile', 'read'], ['writefile', 'write', undefined, { skip: 1 }]),
};

export const LANGUAGES = { python: PYTHON, javascript: JAVASCRIPT, perl: PERL, ruby: RUBY, php: PHP, lua: LUA, generic: GENERIC, vim: VIM } as const;
export type LanguageName = keyof typeof LANGUAGES;
