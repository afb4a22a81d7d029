/** Files that a line names: by redirection, and as operands of commands whose operands are files. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';

before(loadParser);

const ROWS: readonly (readonly [string, readonly string[]])[] = [
  ['a > f', ['write f']],
  ['a >> f', ['write f']],
  ['a >| f', ['write f']],
  ['a 2> f', ['write f']],
  ['a &> f', ['write f']],
  ['a &>> f', ['write f']],
  ['a < f', ['read f']],
  ['a <> f', ['read f', 'write f']],
  ['exec 3> f', ['write f']],
  ['> f', ['write f']],
  ['(a; b) > f', ['write f']],
  ['while read x; do a; done < f', ['read f']],
  ['a 2>&1', []],
  ['a >&2', []],
  ['cat f', ['read f']],
  ['cat > "a b"', ['write a b']],
  ['cp a b', ['read a', 'write b']],
  ['cp -t d a b', ['write d', 'read a', 'read b']],
  ['mv a b', ['delete a', 'write b']],
  ['rm -rf a b', ['delete a', 'delete b']],
  ['a | tee f', ['write f']],
  ['a >(tee f)', ['write f']],
  ['dd if=a of=b', ['read a', 'write b']],
  ['sed -i s/a/b/ f', ['write f']],
  ['sed s/a/b/ f', ['read f']],
  ['curl -o f u', ['write f']],
  ['curl -d @f u', ['read f']],
  ['grep x f', ['read f']],
  ['sudo cat f', ['read f']],
  ['sh -c "cat f"', ['read f']],
  ['chmod 600 f', ['write f']],
];

for (const [line, expected] of ROWS) {
  test(`${line} touches ${expected.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(analyzeText(line).touches.map((touch) => `${touch.access} ${touch.path.text}`), expected);
  });
}

test('names after cd are relative to the new folder', () => {
  const [touch] = analyzeText('cd sub && cat f').touches;
  assert.equal(touch?.folder, 'sub');
  assert.equal(analyzeText('(cd sub); cat f').touches[0]?.folder, undefined);
  assert.equal(analyzeText('cd "$x" && cat f').touches[0]?.folder, '?');
});
