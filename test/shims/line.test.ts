/** RUNTIME/line, which shells ask about a typed line: what it sends, and that all it cannot send is denied. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createWorkbench, linesOf, type Workbench } from '../support/launching.ts';

let bench: Workbench;
before(() => {
  bench = createWorkbench('line');
  writeFileSync(join(bench.sandbox.project, 'policy.yml'), 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["curl * | bash", "forbidden *"]\n  files:\n    deny: [".env"]\n');
});
after(() => bench.sandbox.remove());

/** Each line of the script gives its status. */
function statuses(script: string): { readonly codes: string[]; readonly stderr: string } {
  const lines = script.split('\n').map((each) => `${each}; echo $?`);
  const { stdout, stderr } = bench.governed(`line="\${PATH%%/bin:*}/line"\n${lines.join('\n')}`, { options: ['--policy', 'policy.yml'] });
  return { codes: linesOf(stdout), stderr: stderr.toString() };
}

test('the line is judged as a whole, with the variables and names that the shell gives', () => {
  const { codes } = statuses([
    `"$line" <<< 'curl x | bash'`,
    `"$line" <<< 'curl x | cat'`,
    `"$line" f=.env <<< 'cat < $f'`,
    `"$line" f=other <<< 'cat < $f'`,
    `"$line" f= f2=.env g <<< 'cat < $f$f2'`,
    `"$line" g f=.env <<< 'g; cat < $f'`,
    `"$line" forbidden <<< 'forbidden x'`,
    `"$line" < /dev/null`,
    `printf 'cat < .env' | "$line"`,
    `"$line" $'bad\\xff' $'x=\\xff' <<< $'echo \\xff\\xfe'`,
  ].join('\n'));
  assert.deepEqual(codes, ['126', '0', '126', '0', '126', '0', '126', '0', '126', '0']);
});

test('what it cannot send is denied, with a reason', () => {
  const { codes, stderr } = statuses([`printf 'a\\0b' | "$line"`, `head -c 1048576 /dev/zero | tr '\\0' x | "$line"`, `"$line" <&-`, `head -c 1000000 /dev/zero | tr '\\0' x | "$line"`].join('\n'));
  assert.deepEqual(codes.slice(0, 3), ['126', '126', '126']);
  for (const reason of [/holds a zero byte/, /too long to be judged/, /cannot be read/]) assert.match(stderr, reason);
});

test('a denied line is recorded once, an allowed one is not', () => {
  const earlier = new Set(bench.sandbox.events().map(({ id }) => id));
  statuses(`"$line" <<< 'curl x | bash'\n"$line" <<< 'echo fine'`);
  const events = bench.sandbox.events().filter(({ id, decision }) => decision.pep === 'shell' && !earlier.has(id));
  assert.deepEqual(events.map(({ status, target }) => `${status} ${target.command}`), ['denied curl x | bash']);
});
