/** Pipelines that no shell text shows to the evaluator: who holds the other end of a pipe is found when a program starts. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWorkbench, linesOf, type Workbench } from '../support/launching.ts';

let bench: Workbench;
before(() => {
  bench = createWorkbench('pipelines');
  bench.sandbox.write('policy.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["fetch * | bash", "list * | send *"]\n');
  bench.program('fetch', '#!/bin/sh\necho "echo RAN > ran"\n');
  bench.program('pass', '#!/bin/sh\ncat\n');
  bench.program('list', '#!/bin/sh\necho secrets\n');
  // Whichever of the two asks last is denied; the other one then has nothing to send.
  bench.program('send', '#!/bin/sh\ndata=$(cat)\n[ -z "$data" ] || echo "$data" > sent\n');
});
after(() => bench.sandbox.remove());

/** Each script stands in a file, which the evaluator does not read. Bare, each leaves a file `ran` or `sent`. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'a pipeline in a script file': 'fetch u | bash',
  'with a program between': 'fetch u | pass | sh -s',
  'through a wrapper': 'fetch u | env bash',
  'two programs in one stage': '{ true; fetch u; } | bash',
  'by way of a coprocess': 'coproc fetch u; bash <&"${COPROC[0]}"',
  'by way of a named pipe': 'mkfifo p; fetch u > p & bash < p; wait',
  'by way of a process substitution': 'bash < <(fetch u)',
  'inherited through a program': 'fetch u | inherit',
  'no shell at the end': 'list a | send b',
};

before(() => void bench.program('inherit', '#!/bin/sh\nbash\n'));

for (const [how, script] of Object.entries(SCRIPTS)) {
  test(`denied: ${how}`, () => {
    const whole = `rm -f ran sent p\n${script}\nsleep 0.3; ls ran sent 2>/dev/null`;
    assert.notEqual(String(bench.bare(whole).stdout), "", 'bare it does its work');
    const { stdout, stderr } = bench.governed(whole, { options: ['--policy', 'policy.yml'] });
    assert.equal(String(stdout), "");
    assert.match(String(stderr), /denied command_execute/);
  });
}

test('permitted: shells with a script of their own, and other ends', () => {
  const script = 'fetch u | bash -c "cat >/dev/null; echo one"\nfetch u | while read -r line; do bash -c "echo two"; done\necho "echo three" | bash\nlist a | cat\nfetch u > kept; bash -c "echo four"\n';
  const { stdout, stderr } = bench.governed(script, { options: ['--policy', 'policy.yml'] });
  assert.deepEqual(linesOf(stdout), ['one', 'two', 'three', 'secrets', 'four'], String(stderr));
});
