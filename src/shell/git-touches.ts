/** Files that git's sub-commands name: paths they write, files they read, `REV:PATH`. */
import type { TouchAccess, Word } from '../model/command-line.ts';
import { type OptionGrammar, scan } from './wrappers/grammar.ts';

interface GitRow extends OptionGrammar {
  /** What operands are: after a `--`; from an index on (negative: no `--` needed for none). */
  readonly paths?: TouchAccess;
  /** Operands are paths from here on, also without a `--`. */
  readonly from?: number;
  readonly sources?: TouchAccess;
  readonly target?: TouchAccess;
  readonly files?: Readonly<Record<string, TouchAccess>>;
  /** `REV:PATH` is the file as it was. */
  readonly revisions?: boolean;
  /** Nothing in the working tree with one of these. */
  readonly notWith?: readonly string[];
  /** Its paths are read only with one of these. */
  readonly onlyWith?: readonly string[];
}

const OUTPUT = { output: 'write' } as const;
const SHOW: GitRow = { values: 'nLSGUO', longValues: ['max-count', 'since', 'until', 'author', 'grep', 'format', 'pretty', 'unified', 'diff-filter', 'date'], files: OUTPUT, revisions: true };

const ROWS: Readonly<Record<string, GitRow>> = {
  add: { paths: 'read', from: 0, files: { 'pathspec-from-file': 'read' } },
  stage: { paths: 'read', from: 0 },
  diff: { ...SHOW, paths: 'read' },
  show: { ...SHOW, paths: 'read' },
  log: { ...SHOW, paths: 'read', onlyWith: ['p', 'u', 'patch', 'L', 'G', 'S'] },
  'cat-file': { revisions: true },
  archive: { revisions: true, paths: 'read', from: 1, files: { o: 'write', output: 'write' }, longValues: ['format', 'prefix', 'remote', 'exec'] },
  blame: { values: 'LSCM', paths: 'read', from: 0, files: { contents: 'read' } },
  annotate: { values: 'LS', paths: 'read', from: 0 },
  checkout: { values: 'bB', longValues: ['orphan', 'conflict'], paths: 'write', from: 1, notWith: ['b', 'B', 'orphan'] },
  restore: { values: 's', longValues: ['source'], paths: 'write', from: 0 },
  rm: { paths: 'delete', from: 0, notWith: ['cached'] },
  mv: { sources: 'delete', target: 'write' },
  clean: { values: 'e', paths: 'delete', from: 0 },
  apply: { values: 'pC', longValues: ['directory', 'exclude', 'include', 'whitespace'], paths: 'read', from: 0 },
  am: { values: 'pC', paths: 'read', from: 0 },
  commit: { values: 'mCct', longValues: ['message', 'author', 'date', 'fixup', 'squash', 'trailer', 'reuse-message', 'reedit-message', 'cleanup'], files: { F: 'read', file: 'read', t: 'read', template: 'read', 'pathspec-from-file': 'read' } },
  tag: { values: 'mu', longValues: ['message'], files: { F: 'read', file: 'read' } },
  notes: { files: { F: 'read' } },
  'format-patch': { values: 'nv', files: { o: 'write', 'output-directory': 'write' } },
  'hash-object': { values: 't', paths: 'read', from: 0 },
  config: { files: { f: 'read', file: 'read' } },
  grep: { values: 'eABCmO', files: { f: 'read' } },
  'update-index': { paths: 'write', from: 0, values: '', arity: { cacheinfo: 3 } },
  bundle: { paths: 'write' },
};

export function gitTouches(args: readonly Word[]): { access: TouchAccess; path: Word }[] {
  const top = scan(args, { values: 'Cc', longValues: ['git-dir', 'work-tree', 'namespace', 'config-env'] });
  const [sub, ...rest] = top.operands;
  const row = sub !== undefined && Object.hasOwn(ROWS, sub.text) ? ROWS[sub.text] : undefined;
  if (row === undefined) return [];
  const folder = top.options.filter((option) => option.name === 'C' && option.value !== undefined).map((option) => option.value as Word);
  const isUnknownFolder = folder.some((word) => word.isDynamic);
  const under = (word: Word): Word => (folder.length === 0 || word.text.startsWith('/') ? word : { ...word, isDynamic: word.isDynamic || isUnknownFolder, text: [...folder.map((each) => each.text), word.text].join('/') });
  const found: { access: TouchAccess; path: Word }[] = [];
  const files = Object.keys(row.files ?? {});
  const scanned = scan(rest, { ...row, values: `${row.values ?? ''}${files.filter((name) => name.length === 1).join('')}`, longValues: [...(row.longValues ?? []), ...files.filter((name) => name.length > 1)] }, true);
  for (const option of scanned.options) {
    const access = row.files?.[option.name];
    if (access !== undefined && option.value !== undefined && option.value.text !== '-') found.push({ access, path: under(option.value) });
  }
  const { operands, dashes } = scanned;
  if (row.revisions) {
    for (const word of operands.slice(0, dashes)) {
      const match = /^[^:]*:(?:[0-3]:)?(?:\.\/)?([^:].*)$/s.exec(word.text);
      // `:/TEXT` is a commit by its message.
      if (match !== null && !word.text.startsWith(':/') && !/^[a-z]+:\/\//i.test(word.text)) found.push({ access: 'read', path: under({ ...word, text: match[1] ?? '' }) });
    }
  }
  if (row.notWith?.some((name) => scanned.options.some((option) => option.name === name))) return found;
  const isNoIndex = sub?.text === 'diff' && scanned.options.some((option) => option.name === 'no-index');
  if (row.onlyWith !== undefined && !row.onlyWith.some((name) => scanned.options.some((option) => option.name === name))) return found;
  if (row.paths !== undefined) {
    const start = isNoIndex ? 0 : (dashes ?? row.from ?? operands.length);
    for (const word of operands.slice(start)) found.push({ access: row.paths, path: under(withoutMagic(word)) });
    // Without dashes a word may be a revision or a path; one like `.env` or `./x` is no revision.
    for (const word of operands.slice(0, start)) if (/^\.{1,2}\/|^\.[^./]/.test(word.text)) found.push({ access: row.paths, path: under(word) });
    if (sub?.text === 'bundle' && operands[0]?.text === 'create' && operands[1] !== undefined) found.push({ access: 'write', path: under(operands[1]) });
  }
  if (row.target !== undefined && operands.length > 1) {
    for (const [index, word] of operands.entries()) found.push({ access: index === operands.length - 1 ? row.target : (row.sources ?? 'read'), path: under(word) });
  }
  return found;
}

/** `:(glob)src`, `:/x`: pathspecs of git; its wildcards are expanded by git, quoted or not. */
function withoutMagic(word: Word): Word {
  const text = word.text.replace(/^:(?:\([^)]*\)|[/!^]+)/, '');
  return { ...word, text: text === '' ? '.' : text, ...(/[*?[]/.test(text) ? { isGlob: true } : {}) };
}
