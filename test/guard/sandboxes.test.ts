/** Programs that restrict themselves (landlock(7)) are as restricted as without the guard, which acts for them: so are those that they start. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compileC } from '../support/compile.ts';
import { createGuardBench, type GuardBench, whyNoGuard } from '../support/guarded.ts';
import { ROOT } from '../support/patchwork.ts';

const noGuard = await whyNoGuard();
let bench: GuardBench;
before(() => {
  if (noGuard !== undefined) return;
  bench = createGuardBench('guard-sandboxes');
  for (const [source, name, flags] of [['sandbox.c', 'box', []], ['headless.c', 'headless', ['-pthread']]] as const) {
    const problem = compileC(join(ROOT, 'test', 'fixtures', 'guard', source), join(bench.sandbox.project, name), flags);
    if (problem !== undefined) throw new Error(problem);
  }
});
after(() => bench?.sandbox.remove());

const python = spawnSync('python3', ['--version']).status === 0;
const IN_AND_OUT = 'rm -rf in out; mkdir -p in/a in/b out; echo old > out/there; ';
const SCRIPTS: readonly (readonly [string, string])[] = [
  ['files are made, written, moved and removed inside alone', `${IN_AND_OUT}./box in -- bash -c 'for w in in out; do echo x > $w/new; echo y >> $w/there; mkdir $w/d; mv $w/new $w/d/n; ln -s x $w/s; mkfifo $w/p; rm -f $w/there; truncate -s 1 $w/there; cat $w/there; rmdir $w/d; done' 2>&1 | sed 's/line [0-9]*//'; ls -R in out; cat out/there`],
  ['a sandbox in a sandbox', `${IN_AND_OUT}./box in -- ./box in/a -- bash -c 'for w in in/a in/b out; do echo x > $w/f && echo made $w; done' 2>/dev/null; ls -R in out`],
  ['and one that would allow more', `${IN_AND_OUT}./box in/a -- ./box in out -- bash -c 'for w in in/a in/b out; do echo x > $w/f && echo made $w; done' 2>/dev/null; ls -R in out`],
  ['what is started in it, however far', `${IN_AND_OUT}./box in -- bash -c '(setsid sh -c "sleep 0.2; echo x > out/f; echo y > in/f" &) ; perl -e "fork; fork; mkdir qq(out/\\$\\$); mkdir qq(in/\\$\\$) and print qq(made\\n)"'; sleep 0.6; ls out; cat in/f`],
  ['three hundred, one after the other', `${IN_AND_OUT}for i in {1..300}; do ./box in -- sh -c "echo $i >> in/f; echo $i >> out/f" 2>/dev/null; done; wc -l < in/f; ls out`],
  ['sixty at once', `${IN_AND_OUT}for i in {1..60}; do ./box in -- sh -c "for k in 1 2 3; do echo $i > in/$i.\\$k; echo x > out/$i; done" 2>/dev/null & done; wait; ls in | wc -l; ls out`],
  ['a process whose first thread is gone, when the places of others are given out anew', `${IN_AND_OUT}./headless in out 160`],
  ['the same, when all places are taken by the dead and its own', `${IN_AND_OUT}./headless in out 127`],
  ['modes, and a umask', `${IN_AND_OUT}./box in -- bash -c 'umask 027; echo x > in/f; mkdir in/d; umask 0; echo y > in/g; stat -c "%a %n" in/f in/d in/g'`],
  ['a named pipe is waited for', `${IN_AND_OUT}mkfifo in/p; ./box in -- bash -c '(sleep 0.3; echo through > in/p) & cat in/p; wait'; ./box in -- timeout -s INT 0.3 cat in/p; echo "code $?"`],
  ['a program that runs from there', `${IN_AND_OUT}cp /bin/true in/t; ./box in -- in/t; echo "code $?"; ./box in -- bash -c 'cd in && : > f && cat f ../out/there && cd .. && : > out/f' 2>/dev/null; echo "code $?"; ls in`],
  ...(python ? [['the name of a socket', `${IN_AND_OUT}./box in -- python3 -c 'import socket\nfor w in ("in/s", "out/s"):\n  try: socket.socket(socket.AF_UNIX).bind(w); print("bound", w)\n  except OSError as e: print(w, e.errno)'; ls in out`] as const] : []),
];

test('a sandbox of the own', { skip: noGuard ?? false }, async (context) => {
  const probe = bench.bare('mkdir -p area; ./box area -- true; echo "code $?"');
  if (!probe.stdout.includes('code 0')) return context.skip(`this kernel has no Landlock: ${probe.stderr}`);
  for (const [what, script] of SCRIPTS) {
    await context.test(what, () => {
      const bare = bench.bare(script);
      const governed = bench.governed(script);
      assert.equal(governed.stdout, bare.stdout, governed.stderr);
      assert.equal(governed.status, bare.status);
    });
  }
});
