/** Descriptors above 2 that the caller opened reach the agent under the same numbers, and nothing of Node's own does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('descriptors');
  sandbox.write('file', 'of the file\n');
});
after(() => sandbox.remove());

/** A line of the user's own shell with no descriptor open above 2, in which `patchwork` is ours. */
function shell(line: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const closing = 'for each in /proc/$$/fd/*; do n=${each##*/}; [ "$n" -gt 2 ] && [ "$n" -ne 255 ] && eval "exec $n>&-"; done 2>/dev/null;';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `${closing} patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${line}`], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 30_000 });
  return { status, stdout, stderr };
}

const LIST = `run -q bash -c 'cd /proc/$$/fd; for n in *; do [ -L "$n" ] && [ "$n" -lt 255 ] && echo "$n"; done'`;

for (const [what, open, numbers] of [
  ['none', '', []],
  ['a file', '5< file', [5]],
  ['the lowest', '3< file', [3]],
  ['several with gaps', '3< file 7>> out 20< file 100<> out', [3, 7, 20, 100]],
  ['pipes', '4< <(echo) 9> >(cat)', [4, 9]],
  ['all up to 12', Array.from({ length: 10 }, (_, index) => `${index + 3}< file`).join(' '), Array.from({ length: 10 }, (_, index) => index + 3)],
] as const) {
  test(`the agent has the descriptors that were open, and no others: ${what}`, () => {
    const { stdout, stderr } = shell(`patchwork ${LIST} ${open}`);
    // The shell keeps the ends of its process substitutions open itself, at 63 and below.
    const shown = stdout.trim().split('\n').map(Number).filter((number) => number < 50 || number > 63).sort((a, b) => a - b);
    assert.deepEqual(shown, [0, 1, 2, ...numbers], stderr);
  });
}

test('files, pipes and their positions are those of the caller', () => {
  assert.equal(shell("patchwork run -q bash -c 'cat <&5' 5< file").stdout, 'of the file\n');
  assert.equal(shell("patchwork run -q bash -c 'cat <&7' 7< <(echo through a pipe)").stdout, 'through a pipe\n');
  assert.equal(shell("patchwork run -q bash -c 'echo said >&9' 9>&1 >/dev/null").stdout, 'said\n');
  assert.equal(shell("exec 6< file; read -r -n 3 <&6; patchwork run -q cat <&6").stdout, 'the file\n');
  assert.equal(shell("patchwork run -q bash -c 'exec 8>&-; sleep 2' 8> >(cat >/dev/null; echo \"ended after $SECONDS\") & wait; sleep 0.1").stdout.includes('ended after'), true);
});

test('the job server of make reaches a make inside', { skip: spawnSync('make', ['--version']).error === undefined ? false : 'make is not installed' }, () => {
  sandbox.write('inner.mk', 'all: a b\na b:\n\t@echo $@\n');
  sandbox.write('outer.mk', `all:\n\t+@"${process.execPath}" "${PROGRAM}" run -q make -f inner.mk\n`);
  const { stdout, stderr } = shell('make -s -j3 -f outer.mk');
  assert.deepEqual([stdout.trim().split('\n').sort(), stderr], [['a', 'b'], '']);
});
