/** Lines made to be hard: each is answered, and what was not looked into is an opaque part that names the limit. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { analyzeText, analyzeWords } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';

before(loadParser);

/** Line, and the limit that its opaque part names. */
const OVER: readonly (readonly [string, RegExp])[] = [
  ['a;'.repeat(5000), /more than 12000 words/],
  ['a; '.repeat(600), /more than 500 commands/],
  [`${'git log | '.repeat(5000)}cat`, /more than 12000 words/],
  [`${'git log | '.repeat(600)}cat`, /more than 500 commands/],
  [`ls ${'> x '.repeat(600)}`, /more than 500 redirections/],
  [`${'env '.repeat(30)}ls`, /more than 16 levels/],
  [`${'sudo '.repeat(30)}ls`, /more than 16 levels/],
  ['('.repeat(10_000), /more than 200 deep/],
  [`${'('.repeat(10_000)}a${')'.repeat(10_000)}`, /more than 200 deep/],
  ['$('.repeat(30_000), /more than 200 deep/],
  ['`a`'.repeat(9000), /more than 12000 words/],
  [`${'{ '.repeat(10_000)}a`, /more than 200 deep/],
  ['a '.repeat(200_000), /longer than 256 KiB/],
  [`${'$x '.repeat(5000)}`, /more than 12000 words|which program/],
];

for (const [line, why] of OVER) {
  test(`${line.slice(0, 12)}… (${line.length} characters) is opaque by a named limit`, () => {
    const { opaque } = analyzeText(line);
    assert.ok(opaque.some((part) => why.test(part.why)), JSON.stringify(opaque.at(-1)?.why));
    assert.ok(opaque.length <= 501);
  });
}

test('what comes before a limit is still found, for deny rules', () => {
  const { parts } = analyzeText(`rm -rf x; ${'a; '.repeat(600)}`);
  assert.deepEqual(parts[0]?.words.map((word) => word.text), ['rm', '-rf', 'x']);
});

test('an argument list of any length is one command', () => {
  const words = ['cat', ...Array.from({ length: 60_000 }, (_, index) => `file-${index}`)];
  const { parts, opaque } = analyzeWords(words, words.join(' '));
  assert.equal(parts.length, 1);
  assert.equal(parts[0]?.words.length, 60_001);
  assert.deepEqual(opaque, []);
});

test('wrappers around wrappers with very many words are not followed to the end', () => {
  const words = [...Array.from({ length: 30_000 }, () => 'env'), 'ls'];
  assert.match(analyzeWords(words, 'env …').opaque[0]?.why ?? '', /more than 300000 words/);
});

test('a reason never repeats a long word whole', () => {
  for (const part of analyzeText(`$x${'y'.repeat(5000)} a`).opaque) assert.ok(part.why.length < 250, part.why);
});

test('a file written by a long heredoc is one command', () => {
  const { parts, opaque } = analyzeText(`cat > f <<'E'\n${'if (a) { b(); c | d; } $(x) `y`\n'.repeat(7000)}E\n`);
  assert.equal(parts.length, 1);
  assert.deepEqual(opaque, []);
});

test('braces expand up to a bound; beyond it the word is not known', () => {
  assert.equal(analyzeText('echo {a,b}{c,d}{1..3}').parts[0]?.words.length, 13);
  assert.equal(analyzeText(`echo ${'{a,b}'.repeat(5000)}`).parts[0]?.words[1]?.isDynamic, true);
});
