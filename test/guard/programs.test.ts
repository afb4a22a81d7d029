/** Programs: a denied one does not run, by whatever route the kernel is asked for it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileC } from '../support/compile.ts';
import { createGuardBench, type GuardBench, LOADER, whyNoGuard } from '../support/guarded.ts';
import { PROGRAM, ROOT, sandboxEnvironment } from '../support/patchwork.ts';

const skip = (await whyNoGuard()) ?? false;
let bench: GuardBench;
before(() => {
  if (skip !== false) return;
  bench = createGuardBench('guard-programs');
  bench.sandbox.write('bin/forbidden', '#!/bin/sh\necho RAN "$@"\n');
  chmodSync(join(bench.sandbox.project, 'bin', 'forbidden'), 0o755);
  bench.sandbox.write('bin/words', '#!/bin/sh\necho "$@"\n');
  chmodSync(join(bench.sandbox.project, 'bin', 'words'), 0o755);
  for (const name of ['show', 'harmless']) assert.equal(compileC(join(ROOT, 'test', 'fixtures', 'shims', 'show.c'), join(bench.sandbox.project, 'bin', name)), undefined);
});
after(() => bench?.sandbox.remove());

/** `p` is put together at run time; the programs lie in a folder of the session's PATH. */
const onPath = (): NodeJS.ProcessEnv => ({ PATH: `${bench.sandbox.project}/bin:${process.env['PATH']}` });
const SETUP = 'p=$PWD/bin/forb; p=${p}idden\n';
const WAYS: readonly (readonly [string, string])[] = [
  ['an absolute path', '$p'],
  ['a relative path', 'cd bin; q=./forb; ${q}idden'],
  ['Perl', "perl -e 'exec { $ARGV[0] } $ARGV[0]' $p"],
  ['Python', "python3 -c 'import os, sys; os.execv(sys.argv[1], [sys.argv[1]])' $p"],
  ['Python, posix_spawn', "python3 -c 'import os, sys; os.waitpid(os.posix_spawn(sys.argv[1], [sys.argv[1]], os.environ), 0)' $p"],
  ['vfork', './attack vfork $p forbidden'],
  ['another argv[0]', './attack exec $p innocent'],
  ['a symbolic link', 'ln -s $p area/l; area/l'],
  ['a hard link', 'ln $p area/h; area/h'],
  ['find', 'find $p -exec {} \\;'],
  ['a copy', 'cp $p area/c; area/c'],
  ['a copy of a copy under a name of something else', 'mkdir area/bin; cp $p area/bin/x; cp area/bin/x area/bin/ls; area/bin/ls'],
  ['a compiled program copied', 'cp bin/show area/c; SHOW=args area/c x | grep -q argc && echo RAN'],
  ['a memfd', 'SHOW=args ./attack memfd $PWD/bin/show x | grep -q argc && echo RAN'],
  ['the loader', `SHOW=args ${LOADER} $PWD/bin/show | grep -q argc && echo RAN`],
  ['the loader under another name', `SHOW=args ./attack exec ${LOADER} innocent $PWD/bin/show | grep -q argc && echo RAN`],
  ['a copy of the loader', `cp ${LOADER} area/l; SHOW=args area/l $PWD/bin/show | grep -q argc && echo RAN`],
  ['an empty environment', 'env -i $p'],
  ['PATH set anew', 'PATH="$PWD/bin" /usr/bin/env ${p##*/}'],
  ['a script whose interpreter it is', 'printf "#!%s\\n" $p > area/s; chmod +x area/s; area/s'],
  ['a script that calls it', 'printf "#!/bin/sh\\n%s\\n" $p > area/s; chmod +x area/s; area/s'],
  ['a race of paths by shared memory', './attack race-exec $PWD/bin/harmless $p'],
];

/** As rules may name the two programs; the first ones are those of the bench. */
const NAMED: readonly (readonly [string, readonly string[]])[] = [
  ['by name', ['show *', 'forbidden *']],
  ['by path', ['./bin/show *', 'bin/forbidden *']],
  ['by stars', ['sho*w *', 'forb*en *']],
];

for (const [way, script] of WAYS) {
  test(`a denied program does not run by ${way}, however rules name it`, { skip }, () => {
    const bare = bench.bare(SETUP + script, onPath());
    assert.match(bare.stdout, /RAN/, `bare it must work: ${bare.stderr}`);
    for (const [named, deny] of NAMED) {
      bench.sandbox.write('named.yml', `version: 1\nmode: fail-open\nrules: { commands: { deny: ${JSON.stringify(deny)} } }\n`);
      assert.doesNotMatch(bench.governed(SETUP + script, ['--policy', 'named.yml'], onPath()).stdout, /RAN/, named);
    }
  });
}

test('words that are rewritten while they are judged do not run', { skip }, () => {
  bench.sandbox.write('rule.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["words bad"]\n');
  const script = `${SETUP}./attack race-words $PWD/bin/words good bad`;
  assert.match(bench.bare(script).stdout, /bad/);
  assert.doesNotMatch(bench.governed(script, ['--policy', 'rule.yml']).stdout, /bad/);
});

test('a program runs with an environment of any size', { skip }, () => {
  for (const size of [0, 2000, 5000, 100_000]) {
    const run = bench.governed('/usr/bin/env true; ./attack exec /bin/sh sh -c \'echo "ran with ${#FILLING}"\'', [], { ...onPath(), FILLING: 'x'.repeat(size) });
    assert.match(run.stdout, new RegExp(`ran with ${size}\\b`), run.stderr);
  }
});

test('a program that fails to start covers nothing', { skip }, () => {
  bench.sandbox.write('narrow.yml', 'version: 1\nmode: fail-closed\nrules:\n  files:\n    allow: ["script.sh"]\n  commands:\n    allow: ["cat *"]\n  network:\n    deny: ["*"]\n');
  bench.sandbox.write('private.txt', 'PRIVATE\n');
  const script = 'shopt -s execfail; x=$(printf "%200000s"); exec cat "$x" 2>/dev/null; read -r y < private.txt; echo "goes on $y"\n';
  assert.match(bench.bare(script).stdout, /goes on PRIVATE/);
  assert.match(bench.governed(script, ['--policy', 'narrow.yml']).stdout, /goes on $/m);
});

test('a program that is about to start covers no other thread of the process that starts it', { skip }, () => {
  bench.sandbox.write('narrow.yml', 'version: 1\nmode: fail-closed\nrules:\n  commands:\n    allow: ["git *"]\n');
  bench.sandbox.write('allowing.yml', 'version: 1\nmode: fail-closed\nrules:\n  commands:\n    allow: ["git *", "uname *"]\n');
  const beside = (policy: string): string => spawnSync(process.execPath, [PROGRAM, 'run', '--quiet', '--policy', policy, './attack', 'start-beside', '/usr/bin/uname', '/usr/bin/git'], { cwd: bench.sandbox.project, env: sandboxEnvironment(bench.sandbox.home), encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' }).stdout;
  assert.equal(beside('allowing.yml'), 'Linux\n');
  assert.equal(beside('narrow.yml'), 'refused\n');
});

const SAME: readonly (readonly [string, string])[] = [
  ['a program that is not there', '/no/such; echo $?; ./none; echo $?; no-such-command 2>/dev/null; echo $?'],
  ['a file that is no program', 'echo x > area/f; ./area/f; echo $?; chmod +x area/f; ./area/f; echo $?'],
  ['a folder', './area; echo $?; /usr/; echo $?'],
  ['a script without #!', 'echo "echo plain \\$1" > area/s; chmod +x area/s; ./area/s word; perl -e \'exec "./area/s", "x"\''],
  ['a script whose interpreter is missing', 'printf "#!/no/such\\n" > area/s; chmod +x area/s; ./area/s 2>/dev/null; echo $?'],
  ['interpreters of interpreters', 'printf "#!/bin/sh\\necho one \\$@\\n" > area/a; printf "#!$PWD/area/a x y\\n" > area/b; chmod +x area/a area/b; ./area/b z'],
  ['no words at all', './attack no-words /bin/true; echo $?'],
  ['a list of 2,000 words', '/bin/echo {1..2000} | /usr/bin/md5sum'],
  ['a megabyte of words', 'x=$(head -c 100000 /dev/zero | tr "\\0" x); /bin/echo $x $x $x $x $x $x $x $x $x $x | /usr/bin/wc -c'],
  ['more than the kernel takes', 'x=$(head -c 200000 /dev/zero | tr "\\0" x); /bin/echo $x; echo $?'],
  ['descriptors and signals', 'exec 7< free.txt; /bin/sh -c "cat <&7"; (trap "" USR1; /bin/sh -c "kill -USR1 \\$\\$; echo alive")'],
  ['a script that another program reads', '/bin/sh $PWD/script-none; echo $?'],
  ['many processes', 'for i in {1..150}; do /bin/true & done; wait; echo done'],
  ['deep process trees', 'f() { [ $1 = 0 ] || /bin/bash -c "$(declare -f f); f $(($1 - 1))"; }; f 30; echo done'],
  ['the name by which it is called', '/bin/bash -c "echo \\$0" given; (exec -a other /bin/sh -c "echo ok")'],
  ['its own program', 'readlink /proc/self/exe; /bin/bash -c "readlink /proc/\\$\\$/exe"'],
];

for (const [what, script] of SAME) {
  test(`as without the guard: ${what}`, { skip }, () => {
    const [bare, governed] = [bench.bare(script), bench.governed(script)];
    assert.deepEqual([governed.status, governed.stdout, governed.stderr], [bare.status, bare.stdout, bare.stderr]);
  });
}

test('a plain program is asked about once, and every start of it is in the log', { skip }, () => {
  const { stdout } = bench.governed('for i in 1 2 3 4 5 6 7 8; do /usr/bin/printf "%s " run-$i; done');
  assert.equal(stdout, 'run-1 run-2 run-3 run-4 run-5 run-6 run-7 run-8 ');
  const words = bench.sandbox.events().flatMap(({ target }) => (target?.type === 'command' && target.argv !== undefined ? target.argv : []));
  for (let i = 1; i <= 8; i++) assert.ok(words.includes(`run-${i}`), `run-${i}`);
});

test('a plain program that becomes a denied one does not run', { skip }, () => {
  const script = 'cp /usr/bin/printf area/x; sleep 2.1; for i in 1 2 3; do area/x "%s " $i; done; cat bin/show > area/x; touch -r /usr/bin/printf area/x; SHOW=args area/x z | grep -q argc && echo RAN';
  assert.equal(bench.bare(script, onPath()).stdout, '1 2 3 RAN\n');
  assert.equal(bench.governed(script, [], onPath()).stdout, '1 2 3 ');
});

test('under a policy that bounds risk a plain program is no way around it', { skip }, () => {
  bench.sandbox.write('low.yml', 'version: 1\nmode: fail-open\nrules:\n  max_risk: low\n');
  const { stdout } = bench.governed('for i in 1 2 3; do area/../bin/harmless; done; mkdir -p area; cp bin/harmless area/unknown; area/unknown | grep -c . ', ['--policy', 'low.yml']);
  assert.equal(stdout.trim(), '0');
});

test('a file that was written and made executable by its descriptor starts at once, on a busy machine, too', { skip }, () => {
  const busy = 'for k in 1 2 3; do (while :; do :; done) & done; ';
  const perl = 'my $failed = 0; for (1 .. 800) { open(my $f, ">", "area/s") or die; syswrite($f, "#!/bin/true\\n"); chmod(0755, $f); close($f); $failed++ if system("./area/s") != 0 } print "failed $failed\\n"';
  const script = `${busy}perl -e '${perl.replaceAll('\\\\', '\\')}'; kill %1 %2 %3`;
  assert.match(bench.bare(script).stdout, /^failed 0$/m);
  assert.match(bench.governed(script).stdout, /^failed 0$/m);
});
