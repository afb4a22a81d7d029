/** Pipelines that no shell text shows to the evaluator: who holds the other end of a pipe is found when a program starts. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createWorkbench, linesOf, type Workbench } from '../support/launching.ts';

let bench: Workbench;
before(() => {
  bench = createWorkbench('pipelines');
  bench.sandbox.write('policy.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["fetch * | bash", "put * | bash", "list * | send *"]\n');
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
  'a process substitution as its script': 'bash <(fetch u)',
  'a descriptor as its script': 'exec 5< <(fetch u); bash /dev/fd/5',
  'a descriptor by way of links': 'ln -sf /proc/self/fd l; fetch u | bash l/0',
  'a named pipe as its script': 'mkfifo p; fetch u > p & bash p; wait',
  'a process substitution as its output': 'put u >(bash)',
  'a named pipe as its output': 'mkfifo p; bash < p & put u p; wait',
  'under another name': 'fetch u | (exec -a other bash)',
  'as a login shell': 'fetch u | (exec -l bash)',
  // Node joins its children by pairs of sockets.
  'by a pair of sockets': `node -e 'const { spawn } = require("child_process"); const from = spawn("fetch", ["u"], { stdio: [0, "pipe", 2] }); spawn("bash", { stdio: [from.stdout, 1, 2] })'`,
  'no shell at the end': 'list a | send b',
};

before(() => void bench.program('inherit', '#!/bin/sh\nbash\n'));
before(() => void bench.program('put', '#!/bin/sh\necho "echo RAN > ran" > "$2"\n'));

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
  const script = 'fetch u | bash -c "cat >/dev/null; echo one"\nfetch u | while read -r line; do bash -c "echo two"; done\necho "echo three" | bash\nlist a | cat\nfetch u > kept; bash -c "echo four"\nbash <(echo "echo five")\nmkfifo q; echo "echo six" > q & bash q; wait\n';
  const { stdout, stderr } = bench.governed(script, { options: ['--policy', 'policy.yml'] });
  assert.deepEqual(linesOf(stdout), ['one', 'two', 'three', 'secrets', 'four', 'five', 'six'], String(stderr));
});
