/**
 * Files that well-known commands name: one row a program, option grammar from its manual. Adding a command is a row here
 * and a row in test/shell/touches.test.ts.
 */
import type { TouchAccess } from '../model/command-line.ts';
import type { OptionGrammar } from './wrappers/grammar.ts';

export interface FileRow extends OptionGrammar {
  /** What the operands are: all of them; all but the last and the last; only the first. */
  readonly all?: TouchAccess;
  readonly sources?: TouchAccess;
  readonly target?: TouchAccess;
  readonly first?: TouchAccess;
  /** Options whose value is a file. */
  readonly files?: Readonly<Record<string, TouchAccess>>;
  /** Options that stand in for the operands that `skip` leaves out (`grep -e PATTERN FILE`). */
  readonly instead?: readonly string[];
  /** With one of these, code stands in and the operands are what it is run over (`perl -n`). */
  readonly loops?: readonly string[];
  /** With one of these options the operands are written (`sed -i`). */
  readonly writesWith?: readonly string[];
  /** `host:path` is elsewhere. */
  readonly isRemote?: boolean;
}

const read = (values = '', more: FileRow = {}): FileRow => ({ all: 'read', values, ...more });
const write = (values = '', more: FileRow = {}): FileRow => ({ all: 'write', values, ...more });

const COPY: FileRow = { sources: 'read', target: 'write', values: 'tS', longValues: ['suffix', 'mode', 'owner', 'group'], files: { t: 'write', 'target-directory': 'write' } };
const GREP: FileRow = read('ABCDdemfef', { skip: 1, longValues: ['after-context', 'before-context', 'context', 'regexp', 'max-count', 'include', 'exclude', 'exclude-dir', 'label', 'devices', 'directories', 'binary-files', 'color'], files: { f: 'read', file: 'read', 'exclude-from': 'read' }, instead: ['e', 'regexp', 'f', 'file'] });
const RIPGREP: FileRow = read('ABCEMTdegjmrt', { skip: 1, longValues: ['regexp', 'glob', 'iglob', 'type', 'type-not', 'max-count', 'max-depth', 'replace', 'threads', 'sort', 'context', 'pre', 'color', 'encoding'], files: { f: 'read', file: 'read', 'ignore-file': 'read' }, instead: ['e', 'regexp', 'f', 'file', 'files'] });
const SUM: FileRow = read('', { longValues: [] });
const EDITOR: FileRow = read('cTwWUuit', { longValues: ['cmd'], files: { S: 'read', s: 'read' } });
const JQ: FileRow = read('', { skip: 1, longValues: ['indent'], arity: { arg: 2, argjson: 2, slurpfile: 2, rawfile: 2 }, files: { f: 'read', 'from-file': 'read' }, instead: ['f', 'from-file'] });
const SCRIPT = (values: string, code: readonly string[], more: FileRow = {}): FileRow => ({ first: 'read', values, instead: code, ...more });
const ARCHIVE: FileRow = { first: 'write', all: 'read', values: 'bix', longValues: [] };
const COMPRESS: FileRow = read('SbTpo', { longValues: ['suffix', 'threads'] });
const COMPILER: FileRow = read('DIULlxefWfmg', { files: { o: 'write', include: 'read' } });
const MODE: FileRow = write('', { skip: 1, longValues: ['from'], files: { reference: 'read' }, instead: ['reference', ...'rwxXst'] });

const FILE_ROWS: Readonly<Record<string, FileRow>> = {
  // Show what is in them.
  cat: read(), tac: read('s'), nl: read('bdfhilnsvw'), head: read('nc', { longValues: ['lines', 'bytes'] }), tail: read('ncs', { longValues: ['lines', 'bytes', 'pid', 'sleep-interval', 'max-unchanged-stats'] }), less: read('bhjkpPtTxyz#', { files: { o: 'write', O: 'write' } }), more: read('n'), most: read(), bat: read('lrHPmA', { longValues: ['line-range', 'language', 'style', 'theme', 'highlight-line', 'paging', 'color', 'file-name', 'wrap', 'tabs'] }), batcat: read('lrHPmA'),
  od: read('AjNtwS', { longValues: ['format', 'skip-bytes', 'read-bytes', 'address-radix'] }), xxd: { sources: 'read', target: 'write', values: 'bcglos', oneDash: true, longValues: ['c', 'cols', 'g', 'l', 'len', 's', 'seek', 'o', 'n', 'name'] }, hexdump: read('ens', { files: { f: 'read' } }), hd: read('ens'), strings: read('ntTes', { longValues: ['bytes', 'radix', 'encoding'] }), base64: read('w', { longValues: ['wrap'], files: { i: 'read', input: 'read', o: 'write', output: 'write' } }), base32: read('w'), basenc: read('w'), uuencode: { first: 'read' }, uudecode: read('', { files: { o: 'write' } }),
  sort: read('kStT', { longValues: ['key', 'buffer-size', 'field-separator', 'parallel', 'compress-program'], files: { o: 'write', output: 'write', 'files0-from': 'read', 'random-source': 'read' } }), uniq: { sources: 'read', target: 'write', values: 'fsw', longValues: ['skip-fields', 'skip-chars', 'check-chars'] }, wc: read('', { files: { 'files0-from': 'read' } }), cut: read('bcdfO', { longValues: ['bytes', 'characters', 'delimiter', 'fields', 'output-delimiter'] }), rev: read(), fold: read('w'), fmt: read('wpg'), pr: read('DehilnNoSsW'), paste: read('d', { longValues: ['delimiters'] }), join: read('aeijotv12'), comm: read('', { longValues: ['output-delimiter'] }), column: read('cosNCHRWE'), expand: read('t'), unexpand: read('t'), tsort: read(), shuf: read('nei', { files: { o: 'write', output: 'write' }, instead: ['e', 'i'] }), look: read('t', { skip: 1 }), iconv: read('ft', { longValues: ['from-code', 'to-code'], files: { o: 'write', output: 'write' } }), dos2unix: write(), unix2dos: write(), envsubst: {},
  md5sum: SUM, sha1sum: SUM, sha224sum: SUM, sha256sum: SUM, sha384sum: SUM, sha512sum: SUM, b2sum: read('l'), cksum: read('al'), sum: SUM, shasum: read('a'), md5: SUM,
  diff: read('CUIWFx', { longValues: ['unified', 'context', 'ignore-matching-lines', 'width', 'label', 'exclude', 'color'], files: { X: 'read', 'from-file': 'read', 'to-file': 'read' } }), cmp: read('in'), diff3: read('L'), sdiff: read('IwW', { files: { o: 'write' } }), vimdiff: EDITOR, colordiff: read('CUI'), file: read('eFP', { files: { f: 'read', m: 'read' } }), zcat: read(), bzcat: read(), xzcat: read(), zstdcat: read(), zless: read(), zgrep: GREP, source: { first: 'read' }, '.': { first: 'read' },
  grep: GREP, egrep: GREP, fgrep: GREP, ggrep: GREP, rg: RIPGREP, ag: read('ABCGm', { skip: 1 }), ack: read('ABCm', { skip: 1 }), awk: read('Fv', { skip: 1, longValues: ['field-separator', 'assign', 'source', 'e'], files: { f: 'read', file: 'read', i: 'read', include: 'read', E: 'read' }, instead: ['f', 'file', 'e', 'source', 'E'] }),
  jq: JQ, gojq: JQ, yq: { ...JQ, values: 'oIp', writesWith: ['i', 'inplace', 'in-place'] }, xmllint: read('', { longValues: ['xpath', 'schema'], files: { output: 'write' } }), pandoc: read('fortMVHBAcs', { longValues: ['from', 'to', 'metadata', 'variable'], files: { o: 'write', output: 'write', template: 'read', 'metadata-file': 'read' } }),
  open: read('abFeW'), 'xdg-open': read(), code: read('', { longValues: ['goto', 'profile', 'user-data-dir', 'install-extension'] }), subl: read(), vim: EDITOR, vi: EDITOR, nvim: EDITOR, view: EDITOR, ex: EDITOR, ed: read('p'), nano: read('CoQrsTY'), pico: read(), emacs: read('fuq', { oneDash: true, longValues: ['eval', 'execute', 'funcall', 'f'], files: { load: 'read', l: 'read', insert: 'read', file: 'read' } }), micro: read(),
  // Scripts.
  bash: SCRIPT('oO', ['c', 's'], { files: { rcfile: 'read', 'init-file': 'read' } }), sh: SCRIPT('oO', ['c', 's']), dash: SCRIPT('o', ['c', 's']), zsh: SCRIPT('o', ['c', 's']), ksh: SCRIPT('o', ['c', 's']), python: SCRIPT('WXcm', ['c', 'm']), node: SCRIPT('epCr', ['e', 'p', 'eval', 'print', 'pe'], { longValues: ['eval', 'print', 'require', 'import', 'loader', 'conditions', 'input-type', 'title'], files: { 'env-file': 'read', 'env-file-if-exists': 'read' } }), perl: SCRIPT('eEIM', ['e', 'E'], { loops: ['n', 'p'], writesWith: ['i'] }), ruby: SCRIPT('erIC', ['e'], { loops: ['n', 'p'], writesWith: ['i'] }), php: SCRIPT('rdcSBERzt', ['r', 'S', 't'], { files: { f: 'read', c: 'read' } }), lua: SCRIPT('el', ['e']), tsx: SCRIPT('ep', ['e', 'p']), 'ts-node': SCRIPT('epP', ['e', 'p']),
  // Write, delete, move.
  tee: write('', { longValues: ['output-error'] }), touch: write('dt', { longValues: ['date', 'time'], files: { r: 'read', reference: 'read' } }), truncate: write('so', { longValues: ['size'], files: { r: 'read', reference: 'read' } }), mkdir: write('mZ', { longValues: ['mode', 'context'] }), mkfifo: write('mZ'), mknod: { first: 'write', values: 'mZ' }, fallocate: write('lo', { longValues: ['length', 'offset'] }), sponge: write(), mktemp: {}, chmod: MODE, chown: MODE, chgrp: MODE, chattr: write('vp', { skip: 1 }), setfattr: write('nvx'), patch: { first: 'write', values: 'dpFBDgVYz', longValues: ['directory', 'strip', 'fuzz'], files: { i: 'read', input: 'read', o: 'write', output: 'write', r: 'write' } },
  rm: { all: 'delete' }, unlink: { all: 'delete' }, rmdir: { all: 'delete' }, shred: { all: 'delete', values: 'ns', longValues: ['iterations', 'size'], files: { 'random-source': 'read' } }, srm: { all: 'delete' }, trash: { all: 'delete' }, 'trash-put': { all: 'delete' }, rimraf: { all: 'delete' },
  cp: COPY, install: { ...COPY, values: 'tSgmoZ', longValues: ['suffix', 'mode', 'owner', 'group', 'strip-program'] }, mv: { ...COPY, sources: 'delete' }, ln: COPY, link: COPY, rename: {}, dd: {}, sed: { ...read('El', { longValues: ['line-length'] }), skip: 1, values: 'elf', files: { f: 'read', file: 'read' }, instead: ['e', 'expression', 'f', 'file'], writesWith: ['i', 'in-place'] }, split: { first: 'read', values: 'abClnt', longValues: ['bytes', 'lines', 'number', 'suffix-length', 'line-bytes', 'filter', 'additional-suffix'] }, csplit: { first: 'read', values: 'bfn' },
  // Archives, keys, copies over the network.
  zip: ARCHIVE, unzip: { first: 'read', values: 'Px', files: { d: 'write' } }, '7z': { skip: 1, first: 'write', all: 'read' }, gzip: COMPRESS, gunzip: COMPRESS, bzip2: COMPRESS, bunzip2: COMPRESS, xz: COMPRESS, unxz: COMPRESS, zstd: { ...COMPRESS, files: { o: 'write' }, values: 'SbTp' }, cpio: { files: { F: 'read', I: 'read', O: 'write' } }, ar: { skip: 1, first: 'write', all: 'read' },
  openssl: { oneDash: true, files: { in: 'read', out: 'write', key: 'read', inkey: 'read', cert: 'read', CAfile: 'read', signkey: 'read', kfile: 'read', config: 'read', keyout: 'write', CA: 'read', CAkey: 'read', rand: 'read', sign: 'read', verify: 'read', infile: 'read', outfile: 'write', data: 'read' } }, gpg: read('ur', { longValues: ['recipient', 'local-user', 'homedir', 'passphrase'], files: { o: 'write', output: 'write', 'passphrase-file': 'read' } }), age: read('r', { files: { o: 'write', i: 'read', R: 'read' } }), 'ssh-keygen': { values: 'tbCNPmIVnEO', files: { f: 'read' } }, 'ssh-add': read('tde'), ssh: { values: 'BbcDeIJLlmOopQRSWw', files: { i: 'read', F: 'read', E: 'write' } },
  scp: { ...COPY, values: 'cDFiJloPSX', files: { i: 'read', F: 'read' }, isRemote: true }, rsync: { ...COPY, values: 'eBMTf@', longValues: ['rsh', 'rsync-path', 'filter', 'exclude', 'include', 'port', 'timeout', 'bwlimit', 'chmod', 'chown'], files: { 'files-from': 'read', 'exclude-from': 'read', 'include-from': 'read', 'log-file': 'write', 'password-file': 'read', 'backup-dir': 'write', 'partial-dir': 'write', 'temp-dir': 'write' }, isRemote: true },
  wget: { values: 'tTUleQw', longValues: ['tries', 'timeout', 'user-agent', 'level', 'execute', 'post-data', 'header', 'method', 'body-data'], files: { O: 'write', 'output-document': 'write', o: 'write', 'output-file': 'write', a: 'write', 'append-output': 'write', P: 'write', 'directory-prefix': 'write', i: 'read', 'input-file': 'read', 'post-file': 'read', 'body-file': 'read', config: 'read', 'load-cookies': 'read', 'save-cookies': 'write', certificate: 'read', 'private-key': 'read' } }, aria2c: { files: { o: 'write', out: 'write', d: 'write', dir: 'write', i: 'read', 'input-file': 'read' } },
  // Tools that take a file by an option.
  m4: read('DUBLHNTltWdFo'), cpp: COMPILER, lp: read('dnoPtiqHU'), lpr: read('PJTUCo#H'), xclip: { all: 'read', oneDash: true, longValues: ['selection', 'sel', 'loops', 'l', 'display', 'd', 'target', 't'] }, mutt: { values: 'bcefHmQsp', files: { a: 'read', i: 'read', F: 'read' } }, date: { values: 'dsI', longValues: ['date', 'set'], files: { f: 'read', file: 'read' } }, du: { values: 'dBt', longValues: ['max-depth', 'block-size', 'threshold', 'exclude'], files: { 'files0-from': 'read', X: 'read', 'exclude-from': 'read' } }, 'json.tool': { first: 'read', target: 'write', longValues: ['indent'] },
  xargs: { values: 'dEILnPs', longValues: ['delimiter', 'max-args', 'max-procs', 'replace'], files: { a: 'read', 'arg-file': 'read' } }, parallel: { files: { a: 'read', 'arg-file': 'read', joblog: 'write' } }, make: { values: 'CIjloW', files: { f: 'read', file: 'read', makefile: 'read' } }, gmake: { values: 'CIjloW', files: { f: 'read', file: 'read', makefile: 'read' } }, docker: { files: { 'env-file': 'read' } }, podman: { files: { 'env-file': 'read' } }, kubectl: { values: 'nolsc', files: { f: 'read', filename: 'read', 'from-file': 'read', 'from-env-file': 'read', kubeconfig: 'read' } }, pip: { files: { r: 'read', requirement: 'read', c: 'read', constraint: 'read' } }, dotenv: { files: { e: 'read', f: 'read', file: 'read' } }, crontab: { first: 'read', values: 'u' }, at: { files: { f: 'read' } }, gcc: COMPILER, 'g++': COMPILER, cc: COMPILER, clang: COMPILER, strace: { files: { o: 'write' } }, time: { files: { o: 'write', output: 'write' } }, script: { files: {} }, nginx: { files: { c: 'read' } }, screen: { files: { c: 'read' } }, tmux: { files: { f: 'read' } }, psql: { files: { f: 'read', file: 'read', o: 'write' } }, mysql: { files: { 'defaults-file': 'read', 'defaults-extra-file': 'read' } }, sqlite3: { first: 'write' }, hyperfine: { files: { 'export-json': 'write', 'export-csv': 'write', 'export-markdown': 'write' } }, ffmpeg: { oneDash: true, files: { i: 'read' } },
};

const SAME: Readonly<Record<string, string>> = { gsed: 'sed', gawk: 'awk', mawk: 'awk', nawk: 'awk', python2: 'python', python3: 'python', pypy3: 'python', nodejs: 'node', pip3: 'pip', gcp: 'cp', gmv: 'mv', grm: 'rm', gln: 'ln', gcat: 'cat', ghead: 'head', gtail: 'tail', ginstall: 'install', gchmod: 'chmod', gtee: 'tee', gsort: 'sort', 'docker-compose': 'docker', rview: 'view', rvim: 'vim', 'vim.basic': 'vim', gpg2: 'gpg', sftp: 'ssh', autossh: 'ssh' };

export function fileRow(program: string): FileRow | undefined {
  const versioned = /^(python|perl|ruby|php|lua|pip)\d[\d.]*$/.exec(program)?.[1];
  const name = Object.hasOwn(SAME, program) ? (SAME[program] as string) : (versioned ?? program);
  return Object.hasOwn(FILE_ROWS, name) ? FILE_ROWS[name] : undefined;
}
