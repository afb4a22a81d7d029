/** `//` and `/./` in a pattern mean what they mean in a path: a deny rule that is written so must not fall silent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePathPattern, requiredLiteral } from '../../src/policy/match-path.ts';

const PLACE = { project: '/p', home: '/h' };
const ROWS: readonly (readonly [pattern: string, hit: string, miss: string])[] = [
  ['**//x', '/p/a/x', '/p/a/xy'], ['**/./x', '/x', '/p/x.y'], ['/etc//passwd', '/etc/passwd', '/etc/passwd-'], ['/etc/./passwd', '/etc/passwd', '/etc/a/passwd'], ['//etc/passwd', '/etc/passwd', '/p/etc/passwd'], ['~//x', '/h/x', '/p/x'], ['~/./x', '/h/x', '/x'], ['.//a', '/p/a', '/a'], ['././a', '/p/a', '/a'],
  ['a//**', '/p/a/x', '/a/x'], ['a//**//x', '/p/a/b/x', '/p/b/x'], ['a/*//x', '/p/a/b/x', '/p/a/b/c/x'], ['{a//x,b}', '/p/a/x', '/p/a'], ['**/.env//', '/p/q/.env', '/p/q/env'], ['a/.', '/p/a/b', '/p/ab'],
];

for (const [pattern, hit, miss] of ROWS) {
  test(`${pattern} is ${hit}`, () => {
    const { matches } = compilePathPattern(pattern, PLACE, 'deny');
    assert.equal(matches(hit), true);
    assert.equal(matches(miss), false);
    const literal = requiredLiteral(pattern);
    assert.ok(literal === undefined || hit.includes(literal), `${literal} is promised`);
  });
}
