/** What a program is started with passes through the launcher untouched: every script gives the same bare and governed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createWorkbench, linesOf, type Workbench } from '../support/launching.ts';

let bench: Workbench;
before(() => {
  bench = createWorkbench('launcher');
});
after(() => bench.sandbox.remove());

test('arguments of any number, length and content arrive byte for byte', () => {
  const { stdout } = bench.same(`
    show; show ''; show '' '' ''; show 'a b' $'new\\nline' $'tab\\t' '"' "'" '\\' '$x' '\`' '*' '~'
    show --help --version -- -x -; show ';rm' '&&' '|' '>' '<' '$(id)'; show $'\\xff\\xfe' $'\\xc3\\x28' $'\\xed\\xa0\\x80' $'\\xf5\\x80\\x80\\x80' 'ü€😀'
    show $'\\x01\\x02\\x1b[2J\\x7f'; show $(seq 20000)
    big=$(head -c 125000 /dev/zero | tr '\\0' a); show "$big" "$big" "$big" "$big" "$big" "$big" "$big" "$big" "$big"
    quotes=$(head -c 120000 /dev/zero | tr '\\0' '"'); show "$quotes"; raw=$(head -c 120000 /dev/zero | tr '\\0' '\\377'); show "$raw"`);
  const lines = linesOf(stdout);
  assert.equal(lines.length, 12);
  assert.match(lines[8] ?? '', /^argc 20001 /);
  assert.match(lines[9] ?? '', /bytes 1125000 /);
});

test('the first argument is kept, whatever it is', () => {
  const { stdout } = bench.same(`(exec -a weird show x); (exec -a '' show); (exec -a '-login' show); (exec -a $'a\\n\\x1b\\xff' show); (exec -a /usr/bin/other show)`);
  assert.match(stdout.toString(), /argv0 weird\n/);
});

test('standard input and output pass byte for byte', () => {
  const input = randomBytes(3 * 1024 * 1024);
  const { stdout } = bench.same('cat | cat', { input });
  assert.ok(stdout.equals(input));
});

test('further descriptors, their state, the umask and the folder pass through', () => {
  bench.same('export SHOW=state; show; show 3< script.sh 7> /dev/null 9<&0; umask 027; show; umask 777; show; cd /; show; exec 5<>/dev/null; show 5>&-');
});

test('descriptors above 2 are readable and writable by the program', () => {
  const { stdout } = bench.same('printf three > three; cat 3< three <&3; sh ./inner.sh 4> four; cat four', prepared('inner.sh', 'uname -s >&4\n'));
  assert.equal(stdout.toString(), 'threeLinux\n');
});

test('every exit code from 0 to 255 comes back', () => {
  const { stdout } = bench.same('export SHOW=exit; for code in {0..255}; do show $code; echo $?; done');
  assert.deepEqual(linesOf(stdout), Array.from({ length: 256 }, (_, code) => String(code)));
});

test('death by a signal is seen as such', () => {
  const { stdout } = bench.same('ulimit -c 0; export SHOW=die; for number in 1 2 3 4 6 8 9 10 11 12 13 14 15; do { show $number; } 2>/dev/null; echo $?; done 2>/dev/null');
  assert.ok(linesOf(stdout).includes('137'));
});

test('signals reach the program, which has the process id that the shell knows', () => {
  bench.same('SHOW=pid show > pid & wait $!; test "$(cat pid)" = $! && echo same');
  bench.same(`for number in 1 10 12 15; do
    : > said; SHOW=wait show $number > said & until grep -q ready said; do :; done; kill -$number $!; wait $!; echo $?; cat said; done`);
});

test('ignored and blocked signals stay as they were', () => {
  bench.same("export SHOW=state; trap '' INT TERM USR1; show; (trap - TERM; show)");
});

test('stopping and continuing a job works', () => {
  const { stdout } = bench.same('set -m; sleep 30 & sleep 0.1; kill -STOP %1; while ! jobs -l | grep -q Stopped; do :; done; echo stopped; kill -CONT %1; jobs | grep -o Running; kill %1; wait %1 2>/dev/null; echo $?');
  assert.deepEqual(linesOf(stdout), ['stopped', 'Running', '143']);
});

test('a deleted working folder is no obstacle', () => {
  bench.same('mkdir gone; cd gone; rmdir ../gone; SHOW=state show 2>&1; show x; echo $?');
});

test('a working folder with a long or odd name is no obstacle', () => {
  const odd = join(bench.sandbox.project, 'a\n\u202eb');
  mkdirSync(odd, { recursive: true });
  bench.same(`cd $'a\\n\\u202eb' && show; name=$(head -c 200 /dev/zero | tr '\\0' n); for i in {1..60}; do mkdir -p $name; cd $name; done; show deep; echo $?`, { env: { LC_ALL: 'C.UTF-8' } });
  // Deeper than one system call can name, so Node cannot remove it.
  spawnSync('rm', ['-rf', odd]);
});

test('an empty element of PATH is the current folder', () => {
  bench.program('here', '#!/bin/sh\necho from the folder\n');
  bench.same('cp "$0" copy.sh; printf "#!/bin/sh\\necho here\\n" > local-program; chmod +x local-program; PATH=":$PATH"; local-program; PATH="$PATH:"; local-program; PATH="/nowhere::$PATH"; local-program');
});

test('without PATH, or with no environment at all, commands are found as the shell finds them', () => {
  bench.same('env -i /bin/sh -c "uname -s; env | wc -l" | head -1; (unset PATH; /usr/bin/env -i /bin/ls -d /); PATH= ; /bin/ls -d /');
});

test('a launcher started without PATH still finds standard programs', () => {
  const { stdout, status } = bench.governed('shim=$(type -P uname); env -i "$shim" -s; (unset PATH; "$shim" -s)');
  assert.deepEqual([stdout.toString(), status], ['Linux\nLinux\n', 0]);
});

test('the environment of a command is what it was, but for NODE_OPTIONS', () => {
  const script = `env -i PATH="$PATH" A=1 EMPTY= LINES=$'x\\ny' "ODD NAME=z" RAW=$'\\xff' env -0 | tr '\\0\\377' '~?' | sed 's|PATH=[^~]*~||; s|NODE_OPTIONS=[^~]*~||'`;
  assert.equal(bench.same(script).stdout.toString(), 'A=1~EMPTY=~LINES=x\ny~ODD NAME=z~RAW=?~');
});

test('an environment of a megabyte passes', () => {
  bench.same('for i in {1..9}; do export "BIG$i=$(head -c 110000 /dev/zero | tr "\\0" b)"; done; env | grep -c ^BIG; show x');
});

test('a script without a #! line is run by a shell', () => {
  bench.program('plain-script', 'echo "plain $# $1"; exit 7\n');
  assert.equal(bench.same('plain-script "a b" c; echo $?').stdout.toString(), 'plain 2 a b\n7\n');
});

test('scripts get their path and arguments', () => {
  bench.program('shebang', '#!/bin/sh -e\necho "$0 $#"\n');
  bench.program('through-env', '#!/usr/bin/env bash\necho "$BASH_VERSINFO $#"\n');
  bench.same('shebang a "b c"; through-env x; (exec -a other shebang y)');
});

test('what cannot be executed ends as the shell says', () => {
  bench.program('no-interpreter', '#!/nowhere/interpreter\n');
  bench.program('not-executable', '#!/bin/sh\necho no\n', 0o644);
  mkdirSync(join(bench.bin, 'a-folder'));
  const script = 'for name in no-interpreter not-executable a-folder nothing-of-that-name; do $name 2>/dev/null; echo "$name $?"; done';
  bench.same(script);
});

test('a folder or a file without the right in front of the program is passed over', () => {
  mkdirSync(join(bench.bin, 'uname'));
  assert.equal(bench.same('uname -s').stdout.toString(), 'Linux\n');
});

test('names of commands may be anything a file can be called', () => {
  const names = ['--help', '-rf', ';rm', 'new\nline', 'a b', '$(id)', "it's", '\x1b[31mred', '*', 'ünïcode', 'n'.repeat(255)];
  for (const name of names) bench.program(name, '#!/bin/sh\necho "ran $#"\n');
  const quoted = names.map((name) => `'${name.replaceAll("'", "'\\''")}'`).join(' ');
  const { stdout } = bench.same(`for name in ${quoted}; do command -- "$name" x; done`);
  assert.equal(linesOf(stdout).length, names.length);
});

test('a program that appears during the session is found, and soon judged', () => {
  writeFileSync(join(bench.sandbox.project, 'policy.yml'), 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["latecomer *"]\n');
  const script = `printf '#!/bin/sh\\necho ran\\n' > ${bench.bin}/latecomer; chmod +x ${bench.bin}/latecomer; for i in {1..100}; do hash -r; type -P latecomer | grep -q patchwork && break; sleep 0.05; done; latecomer; echo $?`;
  const { stdout } = bench.governed(script, { options: ['--policy', 'policy.yml'] });
  assert.equal(stdout.toString(), '126\n');
});

/** Options of a run for which a file was written first. */
function prepared(name: string, text: string): object {
  writeFileSync(join(bench.sandbox.project, name), text);
  return {};
}
