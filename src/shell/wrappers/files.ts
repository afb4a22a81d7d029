/** Tools for files, searches and archives that start other programs by an option: `tar -I`, `find -exec`, `rsync -e`. */
import type { Word } from '../../model/command-line.ts';
import { type Inner, literal, named, runs, scan, texts, valuesOf, type Wrapper, type WrapperTable } from './grammar.ts';

/** Every `-exec … ;` or `+`; `-delete` is a deletion of its own (risk, touches). */
const find: Wrapper = (args) => {
  const inner: Inner[] = [];
  for (let at = 0; at < args.length; at++) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(args[at]?.text ?? '')) continue;
    const start = at + 1;
    while (at + 1 < args.length && args[at + 1]?.text !== ';' && !(args[at + 1]?.text === '+' && args[at]?.text === '{}')) at++;
    inner.push({ kind: 'words', words: args.slice(start, at + 1), isOpenEnded: true });
    at++;
  }
  return { standing: 'judged', innerStanding: 'same', inner };
};

/** `fd -x CMD … ;`, `fd -X CMD …`. */
const fd: Wrapper = (args) => {
  const at = args.findIndex((arg) => /^(?:-x|-X|--exec|--exec-batch)$/.test(arg.text) || /^--exec(?:-batch)?=/.test(arg.text) || /^-[A-Za-z]*[xX]$/.test(arg.text));
  if (at < 0) return undefined;
  const end = args.findIndex((arg, index) => index > at && arg.text === ';');
  const equals = (args[at]?.text ?? '').indexOf('=');
  const first = equals < 0 ? [] : [literal((args[at]?.text ?? '').slice(equals + 1), args[at])];
  const words = [...first, ...args.slice(at + 1, end < 0 ? undefined : end)];
  return { standing: 'judged', innerStanding: 'reading', inner: words.length === 0 ? [] : [{ kind: 'words', words, isOpenEnded: true }] };
};

/** Options anywhere whose value is a program or shell text. */
function option(text: readonly string[], values = '', longValues: readonly string[] = []): Wrapper {
  return runs({ text, values, longValues, permutes: true });
}

const tar: Wrapper = (args) => {
  // `tar cfI a.tar prog`: the first word may be letters without a dash.
  const dashed = args[0] !== undefined && /^[A-Za-z]+$/.test(args[0].text) ? oldStyle(args) : args;
  const scanned = scan(dashed, { values: 'fCTXbgHKLNVIF', longValues: ['file', 'directory', 'files-from', 'exclude', 'exclude-from', 'transform', 'owner', 'group', 'mode', 'format', 'label', 'starting-file', 'strip-components'], text: ['use-compress-program', 'to-command', 'info-script', 'new-volume-script', 'checkpoint-action', 'rsh-command', 'rmt-command'] }, true);
  const found = valuesOf(scanned, ['I', 'F', 'use-compress-program', 'to-command', 'info-script', 'new-volume-script', 'rsh-command', 'rmt-command']);
  const actions = valuesOf(scanned, ['checkpoint-action']).flatMap((word) => (word.text.startsWith('exec=') ? { ...word, text: word.text.slice(5) } : []));
  return { standing: 'judged', innerStanding: 'reading', inner: texts([...found, ...actions]) };
};

function oldStyle(args: readonly Word[]): readonly Word[] {
  const [letters, ...rest] = args;
  const words: Word[] = [];
  let at = 0;
  for (const letter of letters?.text ?? '') {
    words.push(literal(`-${letter}`, letters));
    if ('fbCTXIFgHKLNV'.includes(letter) && rest[at] !== undefined) words.push(rest[at++] as Word);
  }
  return [...words, ...rest.slice(at)];
}

/** `make --eval='x:;CMD'`, `make SHELL=CMD`: the recipes and `$(shell …)` in the text. */
const make: Wrapper = (args, input) => {
  const scanned = scan(args, { values: 'CfIjloW', longValues: ['directory', 'file', 'makefile', 'include-dir', 'jobs', 'load-average', 'old-file', 'new-file', 'what-if', 'eval'], text: ['eval', 'E'] }, true);
  const isInput = valuesOf(scanned, ['f', 'file', 'makefile']).some((word) => word.text === '-');
  const inner = [...valuesOf(scanned, ['eval', 'E']), ...(isInput && input !== undefined ? [input] : [])].flatMap(recipes);
  for (const word of scanned.operands) {
    const setting = /^[A-Za-z_.]\w*\s*[:?+!]*=\s*(.+)$/s.exec(word.text);
    if (setting === null) continue;
    if (/^(?:SHELL|CC|CXX|LD|AR)=/.test(word.text)) inner.push({ kind: 'text', word: literal(setting[1] ?? '', word) });
    else inner.push(...shellFunctions(word));
  }
  return { standing: 'judged', innerStanding: 'reading', inner };
};

function recipes(word: Word): Inner[] {
  const lines = word.text.split('\n').flatMap((line) => {
    const semicolon = line.indexOf(';');
    return line.startsWith('\t') ? [line.trim()] : semicolon >= 0 ? [line.slice(semicolon + 1).trim()] : [];
  });
  return [...lines.filter((line) => line !== '').map((line): Inner => ({ kind: 'text', word: literal(line.replace(/^[@+-]+/, ''), word) })), ...shellFunctions(word)];
}

function shellFunctions(word: Word): Inner[] {
  const found: Inner[] = [];
  for (let at = word.text.indexOf('$(shell '); at >= 0; at = word.text.indexOf('$(shell ', at + 1)) {
    const end = word.text.lastIndexOf(')');
    if (end > at) found.push({ kind: 'text', word: literal(word.text.slice(at + 8, end), word) });
  }
  const bang = /^[A-Za-z_]\w*\s*!=\s*(.+)$/s.exec(word.text);
  if (bang !== null) found.push({ kind: 'text', word: literal(bang[1] ?? '', word) });
  return found.slice(0, 20);
}

/** `zip -T -TT CMD`: one dash, two letters. */
const zip: Wrapper = (args) => ({
  standing: 'judged',
  innerStanding: 'reading',
  inner: texts(args.flatMap((arg, index) => (/^(?:-TT|--unzip-command)$/.test(arg.text) ? (args[index + 1] ?? []) : /^(?:-TT.|--unzip-command=)/.test(arg.text) ? { ...arg, text: arg.text.replace(/^(?:-TT|--unzip-command=)/, '') } : []))),
});

/** `rsync -e CMD`, also `-avze CMD`. The part of a filter that runs (`--filter='merge,…'`) names a file, not a command. */
const rsync = option(['e', 'rsh', 'rsync-path'], 'BMTf@', ['filter', 'exclude', 'include', 'exclude-from', 'include-from', 'files-from', 'port', 'timeout', 'bwlimit', 'log-file', 'password-file', 'backup-dir', 'suffix', 'chmod', 'chown', 'compare-dest', 'copy-dest', 'link-dest', 'partial-dir', 'temp-dir', 'block-size', 'remote-option', 'sockopts', 'info', 'debug', 'out-format']);

/** `cmake -E rm -rf DIR`, `cmake -E env A=1 CMD`: tools of its own, called as others are. */
const CMAKE_TOOLS: Readonly<Record<string, readonly string[]>> = { rm: ['rm'], remove: ['rm'], remove_directory: ['rm', '-r', '-f'], env: ['env'], time: ['time'], chdir: ['env', '-C'], cat: ['cat'], copy: ['cp', '-r'], copy_directory: ['cp', '-r'], rename: ['mv'] };

const cmake: Wrapper = (args) => {
  const [first, tool, ...rest] = args;
  const words = first?.text === '-E' && Object.hasOwn(CMAKE_TOOLS, tool?.text ?? '') ? CMAKE_TOOLS[tool?.text ?? ''] : undefined;
  return words === undefined ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: [...words.map((text) => literal(text, tool)), ...rest] }] };
};

/** `gcc -wrapper CMD,ARG`: put before each of its programs. */
const compiler: Wrapper = (args) => {
  const word = args[args.findIndex((arg) => /^--?wrapper$/.test(arg.text)) + 1];
  return word === undefined || word === args[0] ? undefined : { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: word.text.split(',').map((text) => literal(text, word)) }] };
};

export const FILE_WRAPPERS: WrapperTable = {
  find,
  gfind: find,
  fd,
  fdfind: fd,
  ...named(['tar', 'gtar', 'bsdtar'], tar),
  ...named(['make', 'gmake', 'bmake'], make),
  zip,
  cmake,
  ...named(['gcc', 'g++', 'cc', 'c++', 'cpp', 'gfortran'], compiler),
  gpg: option(['photo-viewer'], 'uroN', ['recipient', 'local-user', 'output', 'homedir', 'passphrase-file']),
  rsync,
  rg: option(['pre', 'hostname-bin'], 'efgtTABCmMrEjd', ['regexp', 'file', 'glob', 'iglob', 'type', 'type-not', 'max-count', 'max-depth', 'replace', 'encoding', 'threads', 'sort', 'context', 'after-context', 'before-context', 'pre-glob', 'color', 'colors', 'max-filesize', 'engine']),
  ag: option(['pager'], 'ABCGmp', ['ignore', 'path-to-ignore', 'file-search-regex', 'depth']),
  ack: option(['pager'], 'ABCm', ['type', 'ignore-dir']),
  ...named(['sort', 'gsort'], option(['compress-program'], 'koStT', ['key', 'output', 'buffer-size', 'temporary-directory', 'field-separator', 'parallel', 'batch-size', 'files0-from'])),
  ...named(['split', 'gsplit'], option(['filter'], 'abClnt', ['bytes', 'lines', 'number', 'suffix-length', 'line-bytes', 'additional-suffix', 'separator'])),
  man: option(['P', 'pager', 'html', 'H'], 'CLMSserR', ['config-file', 'locale', 'manpath', 'sections', 'extension', 'preprocessor', 'recode', 'systems', 'encoding']),
  ...named(['less', 'more', 'most'], (args) => ({ standing: 'judged', innerStanding: 'reading', inner: texts(args.flatMap((arg) => (/^\+\+?!/.test(arg.text) ? { ...arg, text: arg.text.replace(/^\+\+?!/, '') } : []))) })),
  tcpdump: option(['z'], 'BcCDEFGijMrsTVwWy'),
  socat: (args) => ({ standing: 'judged', innerStanding: 'reading', touches: args.flatMap((arg) => { const file = /^(file|open|create|gopen):([^,!]+)/i.exec(arg.text); return file === null ? [] : [{ access: /^create/i.test(file[1] ?? '') ? ('write' as const) : ('read' as const), path: literal(file[2] ?? '', arg), span: arg.span }]; }), inner: texts(args.flatMap((arg) => (/^(?:exec|system):/i.test(arg.text) ? { ...arg, text: (arg.text.slice(arg.text.indexOf(':') + 1).replace(/^["']/, '').split(/["',]/)[0] ?? '') } : []))) }),
  ...named(['nc', 'ncat', 'netcat'], option(['e', 'c', 'exec', 'sh-exec', 'lua-exec'], 'iopqsTwXxGgmO')),
  wget: (args) => {
    const scanned = scan(args, { values: 'oaiBtOTwQPUlADRXI', text: ['use-askpass', 'e', 'execute'] }, true);
    const commands = valuesOf(scanned, ['e', 'execute']).flatMap((word) => /^\s*use[_-]?askpass\s*=\s*(.+)$/i.exec(word.text)?.[1] ?? []);
    return { standing: 'judged', innerStanding: 'reading', inner: texts([...valuesOf(scanned, ['use-askpass']), ...commands.map((text) => literal(text))]) };
  },
  pee: runs({ rest: 'texts' }),
  pandoc: option(['pdf-engine', 'filter', 'F'], 'fortMVHBAcs', ['from', 'to', 'output', 'metadata', 'variable', 'template']),
};
