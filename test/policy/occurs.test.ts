// Text that could not be resolved is denied where a deny pattern occurs in it, as words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandPattern } from '../../src/policy/match-command.ts';
import { occursIn, plainText } from '../../src/policy/occurs.ts';

type Row = readonly [pattern: string, texts: readonly string[]];

const IN: readonly Row[] = [
  ['su *', ['su', 'su root', 'x; su', '/bin/su -c id', '$(su)', '`su`', '${y}su -', 'exec -a x su', 's\'u\' root', 's""u root', '\\su root', 's\\\nu root', "bash -c'su root'", "-c's'\\''u root'", "$'\\x20su root'", "printf 'x\\nsu root\\n'", "$'su\\tx'", '{x,su}', 'x=su', '\tsu\t', 'su$IFS-c', 'a|su', 'a&su', '"$x"su']],
  ['git push --force*', ['git push --force', 'git  push\n--force-with-lease', "git 'push' --fo\"r\"ce x", 'git push "" --force', 'cd x && git push --force-if-includes']],
  ['curl * | bash', ['curl x | bash', 'curl x|/bin/bash', "cur'l' x | tee y | b\\ash -s", 'curl "$x" | sudo bash']],
  ['dd * of=/dev/*', ['dd if=x of=/dev/sda', "'dd' bs=1 of=\"/dev/$x\""]],
  ['mkfs*', ['mkfs', 'mkfs.ext4 x', 'sbin/mkfs.$x']],
  ['*force*', ['enforced', '--force']],
  ['a.b (c)', ['a.b (c)', 'x a.b   (c) d']],
];
const NOT_IN: readonly Row[] = [
  ['su *', ['result', 'sum', 'issue', 'git submodule add', 'csum', '"sure"', '$(subst x)', 'sudo', '"${sum}"', "'ensu'", "'sub'", 'x_su', '']],
  ['git push --force*', ['legit push --force', 'git push', 'git pushed --force', 'push --force git']],
  ['curl * | bash', ['curl x', 'curlx y | bash', 'curl x | bashful', 'bash | curl x']],
  ['dd * of=/dev/*', ['add if=x of=/dev/sda', 'dd if=x of=y']],
  ['mkfs*', ['xmkfs']],
  ['a.b (c)', ['axb (c)', 'a.b (c']],
];

for (const [rows, is] of [[IN, true], [NOT_IN, false]] as const) {
  for (const [pattern, texts] of rows) {
    test(`${pattern} ${is ? 'occurs' : 'does not occur'}`, () => {
      for (const text of texts) assert.equal(occursIn(parseCommandPattern(pattern), plainText(text)), is, JSON.stringify(text));
    });
  }
}

test('long text costs little', () => {
  const began = performance.now();
  for (const text of ["'".repeat(200_000), ' '.repeat(200_000), "' ".repeat(100_000), `r'${"'".repeat(200_000)}`, "r'm ".repeat(50_000), 'curl | '.repeat(30_000)]) {
    for (const pattern of ['rm -rf *', 'curl * | bash', 'a * b * c']) assert.equal(occursIn(parseCommandPattern(pattern), plainText(text)), false);
  }
  assert.ok(performance.now() - began < 3000);
});
