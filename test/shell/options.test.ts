/** Options of well-known tools, as a set of long names; operands in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommand } from '../../src/shell/options.ts';

/** Words of a command, the options found (name or name=value), the operands. */
const ROWS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['rm -rf x', ['recursive', 'force'], ['x']],
  ['rm -R x -f', ['recursive', 'force'], ['x']],
  ['rm --recursive --fo x', ['recursive', 'force'], ['x']],
  ['rm -- -rf', [], ['-rf']],
  ['git push -f origin', ['force'], ['push', 'origin']],
  ['git push origin main --force', ['force'], ['push', 'origin', 'main']],
  ['git -C d push -uf origin', ['C=d', 'set-upstream', 'force'], ['push', 'origin']],
  ['git --git-dir=x push --force-with-lease', ['git-dir=x', 'force-with-lease'], ['push']],
  ['git commit -am msg', ['all', 'message=msg'], ['commit']],
  ['git commit -m --force', ['message=--force'], ['commit']],
  ['git branch -D x', ['delete', 'force'], ['branch', 'x']],
  ['npm i -g x', ['global'], ['install', 'x']],
  ['npm --prefix d run x', ['prefix=d'], ['run', 'x']],
  ['npm pub --tag next', ['tag=next'], ['publish']],
  ['npm unpub x', [], ['unpublish', 'x']],
  ['npm pack', [], ['pack']],
  ['pnpm pub', [], ['pub']],
  ['git --shallow-file f reset --hard', ['shallow-file=f', 'hard'], ['reset']],
  ['curl -fsSLo out u', ['fail', 'silent', 'show-error', 'location', 'output=out'], ['u']],
  ['curl -oout u', ['output=out'], ['u']],
  ['docker run --rm -v /:/h img', ['rm', 'volume=/:/h'], ['run', 'img']],
  ['kubectl -n ns delete pod x', ['namespace=ns'], ['delete', 'pod', 'x']],
  ['find . -delete', ['delete'], ['.']],
  ['unknown -ab --long=v w', ['a', 'b', 'long=v'], ['w']],
];

for (const [line, options, operands] of ROWS) {
  test(line, () => {
    const [program = '', ...words] = line.split(' ');
    const parsed = parseCommand(program, words);
    assert.deepEqual(parsed.options.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)), options);
    assert.deepEqual(parsed.operands, operands);
  });
}

test('an ambiguous abbreviation counts as all that it may stand for', () => {
  const names = parseCommand('git', ['push', '--force-']).options.map((option) => option.name);
  assert.deepEqual(names.sort(), ['force-if-includes', 'force-with-lease']);
});
