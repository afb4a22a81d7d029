/** Variables that change what runs: the table, what enforcement points send of it, and what it says of a line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import { changedVariables } from '../../src/evaluator/changed-variables.ts';
import { SENT_PREFIXES, VARIABLES } from '../../src/model/variables.cts';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';
import { changesWhatRuns } from '../../src/shell/variables.ts';

before(loadParser);

test('the launcher sends what the table says', () => {
  const header = readFileSync(new URL('../../../shims/environment.h', import.meta.url), 'utf8');
  const list = /ENVIRONMENT\[\] = \{([^}]*)\}/.exec(header)?.[1] ?? '';
  const sent = [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
  for (const beginning of SENT_PREFIXES) assert.ok(sent.some((each) => beginning.startsWith(each)), `${beginning} is missing in shims/environment.h`);
  for (const each of sent) assert.ok(SENT_PREFIXES.includes(each), `${each} is not in model/variables.cts`);
});

test('the preload sends what the table says, and PATH', () => {
  const { judgedVariables } = createRequire(import.meta.url)('../../src/preload/program.cjs') as { judgedVariables: (env: readonly string[]) => string[] };
  const all = VARIABLES.map((row) => `${row.name.replace('*', 'X')}=v`);
  const expected = VARIABLES.filter((row) => row.sent === true).map((row) => `${row.name.replace('*', 'X')}=v`);
  assert.deepEqual(judgedVariables([...all, 'HOMEPAGE=1', 'ENVIRONMENT=1', 'PATHS=1', 'npm_config_cache=/c']).sort(), ['PATH=v', ...expected].sort());
  assert.deepEqual(judgedVariables(['A=1', 'npm_config_user_agent=x']), []);
});

const CHANGES: readonly string[] = ['GIT_SSH_COMMAND=ssh -i x', 'GIT_EDITOR=rm', 'GIT_ASKPASS=/x', 'GIT_CONFIG_GLOBAL=/x', 'GIT_CONFIG_KEY_0=a', 'GIT_EXEC_PATH=/x', 'GIT_TEMPLATE_DIR=/x', 'PAGER=sh', 'BROWSER=/x', 'LESSOPEN=|x %s', 'LESS=+!x', 'PYTHONPATH=.', 'PYTHONSTARTUP=x', 'PYTHONHOME=/x', 'NODE_PATH=/x', 'NODE_OPTIONS=-r ./x', 'PERL5LIB=.', 'PERL5OPT=-Mx', 'RUBYLIB=.', 'RUBYOPT=-rx', 'npm_config_script_shell=/x', 'NPM_CONFIG_SCRIPT_SHELL=/x', 'MAKEFLAGS=--eval=x', 'MAKEFILES=x', 'BASH_ENV=x', 'ENV=x', 'PROMPT_COMMAND=x', 'PS4=$(x)', 'BASH_FUNC_ls%%=() { x; }', 'SHELLOPTS=xtrace', 'IFS=x', 'LD_PRELOAD=x', 'LD_AUDIT=x', 'DYLD_INSERT_LIBRARIES=x', 'PATH=/x', 'HOME=/x', 'XDG_CONFIG_HOME=/x', 'RSYNC_RSH=x', 'CVS_RSH=x', 'SUDO_ASKPASS=x', 'TAR_OPTIONS=--to-command=x', 'CC=x', 'RUSTC_WRAPPER=x', 'CARGO_BUILD_RUSTC_WRAPPER=x', 'JAVA_TOOL_OPTIONS=-javaagent:x', 'GOFLAGS=-toolexec=x', 'SHELL=/x/sh'];
const HARMLESS: readonly string[] = ['GIT_PAGER=cat', 'GIT_EDITOR=true', 'GIT_EDITOR=vim', 'PAGER=less', 'PAGER=', 'PAGER=less -R', 'BROWSER=none', 'LESS=-FRX', 'EDITOR=nano', 'GIT_TERMINAL_PROMPT=0', 'GIT_AUTHOR_NAME=rm x', 'GIT_DIR=.git', 'CI=1', 'FORCE_COLOR=1', 'NO_COLOR=1', 'NODE_ENV=test', 'PORT=3000', 'DEBUG=*', 'LANG=C', 'LC_ALL=C', 'TZ=UTC', 'TERM=dumb', 'PYTHONUNBUFFERED=1', 'PYTHONDONTWRITEBYTECODE=1', 'RUST_BACKTRACE=1', 'RUSTFLAGS=-D warnings', 'MAKEFLAGS=-j4', 'MAKEFLAGS=j8', 'GOFLAGS=-mod=mod', 'CGO_ENABLED=0', 'SHELL=/bin/bash', 'SHELL=/usr/bin/zsh', 'USER=x', 'TMPDIR=/tmp/x', 'VIRTUAL_ENV=/x', 'DATABASE_URL=x', 'HOMEPAGE=x', 'PATHS=x'];

function split(entry: string): [string, string] {
  return [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)];
}

for (const entry of CHANGES) test(`${entry} changes what runs`, () => assert.equal(changesWhatRuns(...split(entry)), true));
for (const entry of HARMLESS) test(`${entry} changes nothing`, () => assert.equal(changesWhatRuns(...split(entry)), false));

test('what the session set out with stays harmless', () => {
  const entries = CHANGES.filter((entry) => !entry.startsWith('PATH='));
  const initial = Object.fromEntries(entries.map(split));
  assert.deepEqual(changedVariables(entries, initial, ''), []);
  assert.deepEqual(changedVariables(['PYTHONPATH=/other', 'EDITOR=nano'], { ...initial, EDITOR: 'vim' }, ''), ['PYTHONPATH']);
});

const GIT_HARMLESS: readonly (readonly [string, string])[] = [
  ['core.pager', 'cat'], ['pager.log', 'cat'], ['core.hooksPath', '/dev/null'], ['core.fsmonitor', 'false'], ['credential.helper', ''], ['Core.Editor', 'true'], ['color.ui', 'never'], ['color.diff.old', 'red bold'], ['advice.detachedHead', 'false'],
  ['user.name', 'A b'], ['user.email', 'a@x'], ['init.defaultBranch', 'main'], ['core.quotePath', 'off'], ['commit.gpgSign', 'false'], ['gc.auto', '0'], ['safe.bareRepository', 'explicit'], ['protocol.ext.allow', 'never'], ['fetch.parallel', '4'], ['http.lowSpeedLimit', '1000'],
];
const GIT_CHANGES: readonly (readonly [string, string])[] = [
  ['core.pager', 'sh -c x'], ['pager.log', 'x'], ['core.hooksPath', '/x'], ['core.fsmonitor', './x'], ['core.fsmonitor', 'true'], ['credential.helper', '!x'], ['credential.https://h.helper', 'x'], ['core.editor', 'x'], ['sequence.editor', 'rm x'], ['alias.status', '!x'], ['alias.s', 'status'], ['filter.lfs.clean', 'x'],
  ['diff.external', 'x'], ['diff.jpg.textconv', 'x'], ['diff.x.command', 'x'], ['merge.x.driver', 'x'], ['mergetool.x.cmd', 'x'], ['gpg.program', 'x'], ['core.sshCommand', 'x'], ['core.gitProxy', 'x'], ['core.askPass', 'x'], ['core.alternateRefsCommand', 'x'], ['include.path', '/x'], ['includeIf.gitdir:/.path', '/x'],
  ['url.https://evil/.insteadOf', ''], ['url.https://evil/.insteadOf', 'https://good/'], ['remote.origin.uploadpack', 'x'], ['protocol.ext.allow', 'always'], ['safe.directory', '*'], ['core.worktree', '/x'], ['core.autocrlf', 'true'], ['http.sslVerify', 'false'], ['http.https://h.sslVerify', 'false'], ['http.proxy', 'http://x'], ['init.templateDir', '/x'],
  ['commit.gpgSign', 'true'], ['submodule.x.update', '!x'], ['interactive.diffFilter', 'x'], ['sendemail.tocmd', 'x'], ['trailer.x.cmd', 'x'], ['browser.x.cmd', 'x'], ['uploadpack.packObjectsHook', 'x'], ['user.name', 'a\n[core]'], ['color.pager', 'x;y'], ['receive.denyCurrentBranch', 'ignore'],
];
const settings = (pairs: readonly (readonly [string, string])[]): string[] => [`GIT_CONFIG_COUNT=${pairs.length}`, ...pairs.flatMap(([key, value], at) => [`GIT_CONFIG_KEY_${at}=${key}`, `GIT_CONFIG_VALUE_${at}=${value}`])];

test('settings of git by variables are judged by their keys', () => {
  for (const pair of GIT_HARMLESS) assert.deepEqual(changedVariables(settings([pair]), {}, ''), [], String(pair));
  assert.deepEqual(changedVariables(settings(GIT_HARMLESS), {}, ''), []);
  for (const pair of GIT_CHANGES) assert.deepEqual(changedVariables(settings([['color.ui', 'never'], pair]), {}, ''), pair[1] === '' ? ['GIT_CONFIG_KEY_1'] : ['GIT_CONFIG_KEY_1', 'GIT_CONFIG_VALUE_1'], String(pair));
  for (const broken of [['GIT_CONFIG_COUNT=0x1'], ['GIT_CONFIG_KEY_0=color.ui'], ['GIT_CONFIG_VALUE_0=never'], ["GIT_CONFIG_PARAMETERS='a.b=c'"], ['GIT_CONFIG=/x'], ['GIT_CONFIG_GLOBAL=/x']]) assert.equal(changedVariables(broken, {}, '').length, 1, String(broken));
  // Programs read the first of two, or the last.
  const twice = ['GIT_CONFIG_VALUE_0=!x', ...settings([['core.pager', 'cat']])];
  assert.ok(changedVariables(twice, {}, '').includes('GIT_CONFIG_VALUE_0'));
  // The session's own setting, under another key.
  assert.deepEqual(changedVariables(['GIT_CONFIG_COUNT=1', 'GIT_CONFIG_KEY_0=alias.x', 'GIT_CONFIG_VALUE_0=cat'], { GIT_CONFIG_COUNT: '1', GIT_CONFIG_VALUE_0: 'cat', GIT_CONFIG_KEY_0: 'core.pager' }, ''), ['GIT_CONFIG_KEY_0']);
});

test('commands in values are found', () => {
  for (const line of ["LESS='+!rm x' git log", "LESSOPEN='|rm x' less f", "TAR_OPTIONS=\"--to-command='rm x'\" tar xf a", "GIT_ASKPASS='rm x' git fetch", "SUDO_EDITOR='rm x' true", "MANPAGER='rm x' man ls"]) {
    const found = analyzeText(line).parts.map((part) => part.words.map((word) => word.text).join(' '));
    assert.ok(found.includes('rm x'), `${line}: ${JSON.stringify(found)}`);
  }
  for (const line of ["LESS=-R git log", "GIT_AUTHOR_NAME='rm x' git commit", "PAGER=cat git log", "NOTE='rm x' true"]) assert.ok(!analyzeText(line).parts.some((part) => part.words[0]?.text === 'rm'), line);
});
