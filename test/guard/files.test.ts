/** Files: each way to a denied file works bare, and fails under the guard. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createGuardBench, type GuardBench, LOADER, SECRET, whyNoGuard } from '../support/guarded.ts';
import { PROGRAM, sandboxEnvironment } from '../support/patchwork.ts';

const skip = (await whyNoGuard()) ?? false;
let bench: GuardBench;
before(() => {
  if (skip === false) bench = createGuardBench('guard-files');
});
after(() => bench?.sandbox.remove());

/** The name is put together at run time, so that no reading of the command line sees it. */
const N = 'n=env;';
const READS: readonly (readonly [string, string])[] = [
  ['a redirection of the shell', `${N} read line < .$n; echo "$line"`],
  ['a program by an absolute path', `${N} /bin/cat .$n`],
  ['Perl', `${N} perl -e 'open(F, ".".$ARGV[0]) or die $!; print <F>' $n`],
  ['Python', `${N} python3 -c 'import sys; print(open("." + sys.argv[1]).read())' $n`],
  ['os.open in Python', `${N} python3 -c 'import os, sys; print(os.read(os.open("." + sys.argv[1], 0), 99))' $n`],
  ['a symbolic link', `${N} ln -s .$n link1; perl -pe 1 link1`],
  ['a chain of links by folders', `${N} ln -s .. area/up; ln -s area/up/.$n link2; perl -pe 1 link2`],
  ['/proc/self/cwd', `${N} perl -pe 1 /proc/self/cwd/.$n`],
  ['/proc/self/root', `${N} ./attack proc-root $PWD/.$n`],
  ['the folder of another process', `${N} sleep 5 & perl -pe 1 /proc/$!/cwd/.$n; kill $!`],
  ['openat2', `${N} ./attack openat2 .$n`],
  ['O_PATH, opened again by /proc/self/fd', `${N} ./attack o_path .$n`],
  ['a descriptor of the folder', `${N} ./attack dirfd . .$n`],
  ['an O_PATH descriptor of the folder', `${N} ./attack dirfd-path . .$n`],
  ['the loader with a program', `${N} ${LOADER} /bin/cat .$n`],
  ['a copy of cat', `${N} cp /bin/cat area/c; ./area/c .$n`],
  ['a hard link made before reading', `${N} ln .$n area/hard; perl -pe 1 area/hard`],
  ['renamed before reading', `${N} mv .$n area/renamed; perl -pe 1 area/renamed`],
  ['the folder above renamed', 'l=locked; mv $l area/moved; perl -pe 1 area/moved/file.txt'],
  ['another letter case of the pattern', `${N} perl -pe 1 ./././/.$n`],
  ['from another folder', `${N} cd area && perl -pe 1 ../.$n`],
  ['a double fork', `${N} (setsid bash -c 'sleep 0.3; perl -pe 1 .'$n &) ; sleep 1`],
  ['standard input of a program', `${N} perl -pe 1 < .$n`],
  ['tar to standard output', `${N} /bin/tar c .$n | strings`],
  ['a race of threads', `${N} ./attack race-open free.txt .$n && exit; echo ${SECRET}`],
  ['a race by shared memory', `${N} ./attack race-open-process free.txt .$n && exit; echo ${SECRET}`],
];

for (const [way, script] of READS) {
  test(`a denied file is not read by ${way}`, { skip }, () => {
    let bare = bench.bare(script);
    // A race may be lost on a crowded machine.
    for (let tries = 0; tries < 5 && way.includes('race') && !bare.stdout.includes(SECRET); tries++) bare = bench.bare(script);
    assert.match(bare.stdout, new RegExp(SECRET), `bare it must work: ${bare.stderr}`);
    const governed = bench.governed(script);
    assert.doesNotMatch(governed.stdout, new RegExp(SECRET), governed.stderr);
  });
}

const CHANGES: readonly (readonly [string, string])[] = [
  ['overwritten', 'perl -e \'open(F, ">", ".".$ARGV[0]) or die $!; print F "x"\' $n'],
  ['appended to', 'echo more >> .$n'],
  ['truncated', 'perl -e \'truncate(".".$ARGV[0], 0) or die $!\' $n'],
  ['removed', 'perl -e \'unlink(".".$ARGV[0]) or die $!\' $n'],
  ['moved over', 'echo x > area/y; perl -e \'rename("area/y", ".".$ARGV[0]) or die $!\' $n'],
  ['exchanged', 'echo x > area/y; ./attack exchange area/y .$n'],
  ['changed in mode', 'perl -e \'chmod(0777, ".".$ARGV[0]) or die $!\' $n'],
  ['changed in time', 'perl -e \'utime(1, 1, ".".$ARGV[0]) or die $!\' $n'],
];

for (const [way, action] of CHANGES) {
  test(`a denied file is not ${way}`, { skip }, () => {
    const script = `n=env; stat -c '%s %a %Y %i' .[e]nv > area/before 2>&1; ${action}; echo "code $?"`;
    assert.match(bench.bare(script).stdout, /code 0/, 'bare it must work');
    const governed = bench.governed(script);
    assert.match(governed.stdout, /code [1-9]/, governed.stderr);
    assert.equal(readFileSync(join(bench.sandbox.project, '.env'), 'utf8'), `${SECRET}\n`);
  });
}

test('a denied name is not made', { skip }, () => {
  for (const make of ['mkdir .$n-x', 'ln -s free.txt .$n-x', 'ln free.txt .$n-x', 'mkfifo .$n-x', ': > .$n-x', 'cp free.txt .$n-x', 'mv free.txt .$n-x']) {
    const script = `n=env; ${make}; echo "code $?"`;
    assert.match(bench.bare(script).stdout, /code 0/, make);
    assert.match(bench.governed(script).stdout, /code [1-9]/, make);
    assert.ok(!existsSync(join(bench.sandbox.project, '.env-x')), make);
  }
});

test('nor in the temporary folder, where all else is made and removed unasked', { skip }, () => {
  for (const make of ['mkdir "$TMPDIR/.$n-x"', ': > "$TMPDIR/.$n-x"', ': > "$TMPDIR/.$n-x/../.$n-y"', 'cd "$TMPDIR" && : > .$n-x', 'mv "$TMPDIR/f" "$TMPDIR/.$n-x"', 'mkdir "$TMPDIR/locked-in" && cd "$TMPDIR/locked-in" && ln -s x .$n-x']) {
    const { stdout } = bench.governed(`n=env; echo x > "$TMPDIR/f"; ${make}; echo "code $?"; rm -f "$TMPDIR/f"; ls -A "$TMPDIR"`);
    assert.match(stdout, /code [1-9]/, make);
    assert.doesNotMatch(stdout, /env/, make);
  }
  const events = bench.sandbox.events().filter(({ target }) => target.type === 'file' && /-tmp\/f$/.test(target.path ?? ''));
  for (const action of ['file_create', 'file_delete']) assert.ok(events.some((event) => event.action === action && event.status === 'completed' && event.decision.pep === 'guard'), action);
});

/** Of Linux; `explain` needs 6.4 for it, before that the words are in the log only. */
const canWriteToOthersPipes = Number.parseFloat(release().replace(/^(\d+)\.(\d)\b/, '$1.0$2')) >= 6.04;
const whyNoPipe = process.getuid?.() !== 0 ? 'only the superuser can make a pipe for others' : canWriteToOthersPipes ? false : `Linux ${release()} cannot write to it without waiting (RWF_NOWAIT on pipes is of 6.4)`;

test('the reason stands in a pipe of somebody else, too', { skip: skip === false ? whyNoPipe : skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pw-pipe-'));
  chmodSync(folder, 0o755);
  try {
    writeFileSync(join(folder, 'policy.yml'), 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["**/.env*"]\n');
    mkdirSync(join(folder, 'home'));
    for (const each of ['policy.yml', 'home']) chownSync(join(folder, each), 12_345, 12_345);
    const inside = 'perl -e \'open(F, "<", "." . "env") or exit 3\'';
    const { stdout } = spawnSync('sh', ['-c', 'touch .env; setpriv --reuid=12345 --regid=12345 --clear-groups "$0" "$1" run --quiet --policy policy.yml sh -c "$2" 2>&1 | cat', process.execPath, PROGRAM, inside], { cwd: folder, encoding: 'utf8', env: sandboxEnvironment(join(folder, 'home')), timeout: 60_000 });
    assert.match(stdout, /patchwork: denied file_read `\.env`/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the reason stands on standard error and in the log', { skip }, () => {
  const { stderr } = bench.governed('n=env; echo \'open(my $f, "<", "." . "env") or die "$!\\n"; print <$f>\' > read.pl; perl read.pl');
  assert.match(stderr, /patchwork: denied file_read `\.env`\n {2}rule: files\.deny: \*\*\/\.env\* \(user policy, .*policy\.yml:5\)/);
  assert.match(stderr, /Permission denied/);
  const denied = bench.sandbox.events().filter((event) => event.status === 'denied' && event.action === 'file_read' && event.decision.pep === 'guard');
  assert.ok(denied.length > 0);
  assert.equal(denied.at(-1)?.target.type === 'file' && denied.at(-1)?.target.path, '.env');
});
