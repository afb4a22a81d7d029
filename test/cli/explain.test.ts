/** `policy explain` of a command line: the part that decided it is underlined, whatever the line is made of. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { underlined } from '../../src/cli/render/underline.ts';
import { createSandbox, type Sandbox, SPEC } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('explain');
});
after(() => sandbox.remove());

function explain(...words: string[]): { readonly stdout: string; readonly status: number | null } {
  return sandbox.run(['policy', 'explain', '--policy', join(SPEC, 'dev.yml'), '--project', sandbox.project, '--', ...words]);
}

/** Command line, and the rows that must be in what is shown, one after the other. */
const SHOWN: readonly (readonly [string, readonly string[]])[] = [
  ['npm test && git push --force', ['  npm test && git push --force', '              ^^^^^^^^^^^^^^^^']],
  ['ls; git push --force', ['  ls; git push --force', '      ^^^^^^^^^^^^^^^^']],
  ['npm test > .env', ['  npm test > .env', '           ^^^^^^']],
  ['npm test\ngit reset --hard\nnpm ci', ['  npm test', '  git reset --hard', '  ^^^^^^^^^^^^^^^^', '  npm ci']],
  ['a=1\nb=2\nc=3\nsudo ls\nd=4\ne=5', ['  …', '  c=3', '  sudo ls', '  ^^^^^^^', '  d=4', '  …']],
  ['echo 日本; sudo ls', ['  echo 日本; sudo ls', '             ^^^^^^^']],
  ['echo \u{1f600}; sudo ls', ['  echo \u{1f600}; sudo ls', '           ^^^^^^^']],
  ['echo e\u0301; sudo ls', ['  echo e\u0301; sudo ls', '          ^^^^^^^']],
  ['echo\ta; sudo ls', ['  echo a; sudo ls', '          ^^^^^^^']],
  ["bash -c 'npm test; sudo ls'", ["  bash -c 'npm test; sudo ls'", '          ^^^^^^^^^^^^^^^^^^^']],
  ['git status', ['  git status', '  ^^^^^^^^^^']],
];

for (const [line, rows] of SHOWN) {
  test(`${JSON.stringify(line)} is shown with its part underlined`, () => {
    const { stdout } = explain(line);
    assert.ok(`\n${stdout}`.includes(`\n${rows.join('\n')}\n`), stdout);
  });
}

test('every part is shown with its verdict and rule', () => {
  const { stdout, status } = explain('npm test; ls && sudo ls');
  assert.equal(status, 1);
  assert.match(stdout, /part 1: npm test → ALLOWED by commands\.allow: npm \*\n/);
  assert.match(stdout, /part 2: ls → DENIED by mode/);
  assert.match(stdout, /part 3: sudo ls → DENIED by commands\.deny: sudo \*\n/);
});

test('control characters never reach the terminal, and count as wide as they are shown', () => {
  const { stdout } = explain('echo \u001b[31m\u202ex; sudo ls');
  assert.doesNotMatch(stdout, /[\u001b\u202e]/);
  const rows = stdout.split('\n');
  const at = rows.findIndex((row) => /^ +\^+$/.test(row));
  assert.equal(rows[at - 1]?.slice(rows[at]?.indexOf('^')), 'sudo ls');
});

test('a line longer than the terminal is cut, with what decided it in view', () => {
  const text = `echo ${'x'.repeat(200)}; sudo ls; echo ${'y'.repeat(200)}`;
  const start = text.indexOf('sudo');
  const [line = '', marks = ''] = underlined(text, [start, start + 7], 60);
  assert.ok(line.length <= 60 && line.trim().startsWith('…') && line.endsWith('…'), line);
  assert.equal(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1), 'sudo ls');
});

test('a part longer than the terminal is cut too', () => {
  const text = `sudo ${'x'.repeat(300)}`;
  const [line = '', marks = ''] = underlined(text, [0, text.length], 40);
  assert.equal(line.length, 40);
  assert.equal(marks, `  ${'^'.repeat(38)}`);
});

test('an empty span and an empty text are no harm', () => {
  assert.deepEqual(underlined('', [0, 0], 80), ['']);
  assert.deepEqual(underlined('a\n\nb', [2, 2], 80).filter((row) => row.includes('^')), []);
});
