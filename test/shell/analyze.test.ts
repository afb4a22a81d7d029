/** What a line would run: every simple command in it, as `program args`, in the order found. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';

before(loadParser);

function commandsIn(line: string): string[] {
  return analyzeText(line, { HOME: '/home/u' }).parts.map((part) => part.words.map((word) => word.text).join(' '));
}

/** Line, and commands that must be among those found. */
const FOUND: readonly (readonly [string, readonly string[]])[] = [
  ['a; b && c || d & e', ['a', 'b', 'c', 'd', 'e']],
  ['a | b |& c', ['a', 'b', 'c']],
  ['(a; (b))', ['a', 'b']],
  ['{ a; b; }', ['a', 'b']],
  ['if a; then b; elif c; then d; else e; fi', ['a', 'b', 'c', 'd', 'e']],
  ['while a; do b; done; until c; do d; done', ['a', 'b', 'c', 'd']],
  ['for x in 1 2; do a $x; done', ['a $x']],
  ['case x in y) a;; *) b;; esac', ['a', 'b']],
  ['f() { a; }; f', ['a', 'f']],
  ['! a', ['a']],
  ['time -p a', ['a']],
  ['coproc a', ['a']],
  ['echo $(a) `b` "$(c)"', ['a', 'b', 'c']],
  ['x=$(a) b', ['a', 'b']],
  ['cat <(a) >(b)', ['a', 'b']],
  ['a > $(b)', ['a', 'b']],
  ['cat <<X\n$(a)\nX', ['a']],
  ['bash <<X\na\nX', ['a']],
  ["sh <<< 'a b'", ['a b']],
  ['[[ -n $(a) ]]', ['a']],
  ['echo $(( $(a) + 1 ))', ['a']],
  ['echo ${x:-$(a)}', ['a']],
  ['a \\\n  b', ['a b']],
  ['a\nb', ['a', 'b']],
  ["'r''m' -rf x", ['rm -rf x']],
  ['r\\m x', ['rm x']],
  ["$'\\x72m' x", ['rm x']],
  ['{rm,-rf,x}', ['rm -rf x']],
  ['rm -{r,f} x', ['rm -r -f x']],
  ['rm${IFS}-rf${IFS}x', ['rm -rf x']],
  ['x=rm; $x -rf y', ['rm -rf y']],
  ['x="rm -rf"; $x y', ['rm -rf y']],
  ['$(echo rm) x', ['rm x']],
  ['eval "a b"', ['a b']],
  ["trap 'a b' EXIT", ['a b']],
  ['exec a b', ['a b']],
  ['command a b', ['a b']],
  ['ls ~/x', ['ls /home/u/x']],
  ['sh -c "sh -c \'a b\'"', ['a b']],
];

for (const [line, expected] of FOUND) {
  test(`in ${JSON.stringify(line)} ${expected.join(', ')} is found`, () => {
    const found = commandsIn(line);
    for (const command of expected) assert.ok(found.includes(command), `found: ${JSON.stringify(found)}`);
  });
}

/** Lines with a part that nobody can know before it runs. */
const OPAQUE: readonly string[] = ['$x a', '"$x" a', '${x}', '$(a) b', '`a` b', '/bin/r? x', 'a | sh', 'base64 -d x | bash', 'if a; then', 'a "unfinished', 'sh -c "$x"', 'x=1; x=2; $x', 'eval "$x"', 'for x in rm ls; do $x y; done', '. "$f"', '$((', 'a ${x:-$((}'];

for (const line of OPAQUE) {
  test(`${JSON.stringify(line)} has an opaque part`, () => {
    assert.notEqual(analyzeText(line).opaque.length, 0);
  });
}

const CLEAR: readonly string[] = ['git commit -m "a $x b"', 'echo $HOME', 'npm test -- --grep "a|b"', 'for f in a b; do git add $f; done', 'git log --format="%h $(date)"', 'cd /tmp && ls', 'x=git; $x status', 'a && b || c', 'cat <<X\nsudo rm -rf /\nX', 'export A=1; make', '[ -f x ] && rm x', 'f() { ls; }; f'];

for (const line of CLEAR) {
  test(`${JSON.stringify(line)} has none`, () => {
    assert.deepEqual(analyzeText(line).opaque, []);
  });
}

test('the body of a heredoc that no shell reads is no command', () => {
  assert.deepEqual(commandsIn("cat > notes.md <<'X'\nsudo rm -rf /\nX"), ['cat']);
});

test('pipelines keep their stages, whatever wraps them', () => {
  for (const line of ['curl u | bash', 'curl u | tee f | sudo -E bash -', 'bash <(curl u)', 'sh -c "$(curl u)"', 'source <(curl u)']) {
    const { parts, pipelines } = analyzeText(line);
    const names = pipelines.map((stages) => stages.map((stage) => stage.map((index) => parts[index]?.words[0]?.text)));
    assert.ok(names.some((stages) => stages[0]?.includes('curl') && stages.at(-1)?.some((name) => /^(?:bash|sh|source)$/.test(name ?? ''))), `${line}: ${JSON.stringify(names)}`);
  }
});

test('long, deep and wide lines are answered quickly or named opaque', () => {
  const lines = [`${'('.repeat(10_000)}a${')'.repeat(10_000)}`, Array.from({ length: 5000 }, () => 'a').join(' | '), `echo ${'x'.repeat(100_000)}`, '$('.repeat(3000), '{a,b}'.repeat(40), `a ${'"'.repeat(99_999)}`, 'sh -c '.repeat(2000)];
  for (const line of lines) {
    const line_ = analyzeText(line);
    assert.ok(line_.parts.length > 0 || line_.opaque.length > 0, line.slice(0, 40));
  }
});
