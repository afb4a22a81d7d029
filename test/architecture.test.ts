/** Keeps the shape that docs/ARCHITECTURE.md describes: who imports whom, pure deciders, small files. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './support/patchwork.ts';

const SRC = join(ROOT, 'src');
const LINES_LIMIT = 250;

/** Module → modules of ours that it may import. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  shell: ['model'],
  policy: ['shell', 'model'],
  risk: ['shell', 'model'],
  resolve: ['policy', 'model'],
  agents: ['resolve', 'model'],
  audit: ['model'],
  shipping: ['audit', 'model'],
  network: ['resolve'],
  evaluator: ['policy', 'risk', 'shell', 'resolve', 'audit', 'network', 'model'],
  // The protocol, and the table of variables that change what runs: of neither module anything else.
  preload: ['evaluator', 'model'],
  enforce: ['policy', 'resolve', 'model'],
  session: ['agents', 'audit', 'shipping', 'enforce', 'evaluator', 'network', 'policy', 'resolve', 'shell', 'model'],
  dashboard: ['audit', 'model'],
  cli: ['dashboard', 'session', 'audit', 'evaluator', 'policy', 'resolve', 'shell', 'model'],
  'index.ts': ['evaluator', 'policy', 'resolve', 'shell', 'model'],
};

/** Package → the one file that imports it. */
const IMPORTERS: Readonly<Record<string, readonly string[]>> = {
  picomatch: ['policy/match-path.ts'],
  unbash: ['shell/parse.ts'],
  yaml: ['policy/parse.ts', 'shipping/config.ts'],
  'node-pty': ['session/terminal.ts'],
  winston: ['cli/operational-log.ts', 'shipping/file.ts'],
  'shell-quote': ['shell/quote.ts'],
  execa: ['cli/open-browser.ts', 'session/doctor.ts'],
  uplot: ['dashboard/page/chart.tsx'],
  commander: ['cli/program.ts', 'cli/commands/explain.ts', 'cli/commands/log.ts', 'cli/commands/log-options.ts', 'cli/commands/policy.ts', 'cli/commands/report.ts', 'cli/commands/system.ts', 'cli/commands/verify.ts', 'cli/commands/dashboard.ts'],
  libsql: ['audit/index/database.ts'],
};

/** Deciders: no file system, no network, no clock, no process. */
const PURE = [/^shell\//, /^risk\//, /^policy\/(?:match-|evaluate|combine|steps|compile|lint|presets|schema|nearest|pattern-problem)/, /^network\/(?:address|decide|dns-message|first-bytes|http-head|tls-hello)/];
const IMPURE = /from 'node:(?:fs|net|http|https|child_process|os|process|worker_threads|dns)|Date\.now|new Date|performance\.now|process\.(?:env|cwd|pid)/;
/** `node:net` is imported for its address arithmetic alone. */
const ADDRESS_ARITHMETIC = new Set(['policy/match-host.ts', 'network/address.ts', 'network/first-bytes.ts']);

interface Source {
  readonly file: string;
  readonly text: string;
}

const sources: Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.c?tsx?$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }));

function importsOf({ text }: Source): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:from|import\(|require\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

test('modules import only what the architecture allows', () => {
  for (const source of sources) {
    const module = source.file.split('/')[0] ?? '';
    const allowed = ARROWS[module];
    assert.ok(allowed !== undefined, `${source.file} lies in no module that the architecture names`);
    for (const target of importsOf(source).filter((each) => each.startsWith('.'))) {
      const to = relative(SRC, join(SRC, dirname(source.file), target)).split('/')[0] ?? '';
      assert.ok(to === module || allowed.includes(to), `${source.file} imports ${target}`);
    }
  }
});

test('the preload imports nothing of ours but the protocol, and no package', () => {
  for (const source of sources.filter((each) => each.file.startsWith('preload/'))) {
    for (const target of importsOf(source)) {
      assert.match(target, /^(?:\.\/[a-z-]+\.c(?:ts|js)|\.\.\/evaluator\/protocol\.c(?:ts|js)|\.\.\/model\/variables\.c(?:ts|js)|node:[a-z/_]+)$/, source.file);
    }
  }
});

test('each package has the importers that are named for it', () => {
  for (const [name, files] of Object.entries(IMPORTERS)) {
    const found = sources.filter((source) => importsOf(source).includes(name)).map((source) => source.file);
    assert.deepEqual(found.sort(), [...files].sort(), name);
  }
});

test('deciders are pure', () => {
  for (const source of sources.filter((each) => PURE.some((pattern) => pattern.test(each.file)))) {
    const text = ADDRESS_ARITHMETIC.has(source.file) ? source.text.replace("from 'node:net'", '') : source.text;
    assert.doesNotMatch(text, IMPURE, source.file);
  }
});

test('only the command line writes to the standard streams or ends the process', () => {
  // The doctor's programs for its trials are texts.
  for (const source of sources.filter((each) => !each.file.startsWith('cli/') && each.file !== 'session/doctor.ts')) {
    assert.doesNotMatch(source.text, /\bconsole\.(?:log|error|warn|info|debug)\(|process\.exit\(|process\.(?:stdout|stderr)\.write/, source.file);
  }
});

test('no file is longer than fits in a head', () => {
  const long = sources.filter((source) => source.text.split('\n').length - 1 > LINES_LIMIT).map((source) => source.file);
  // Tables: one row a wrapper, a tool, a risk.
  assert.deepEqual(long.filter((file) => file !== 'shell/wrappers.ts'), []);
});
