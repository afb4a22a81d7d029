/** Names with a shell's wildcards against deny patterns. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { compilePathPattern } from '../../src/policy/match-path.ts';
import { matchesName } from '../../src/policy/overlap.ts';
import { AGENT } from '../../src/model/request.ts';
import { evaluatorOf, PROJECT } from '../support/batch-in-process.ts';
import { loadParser } from '../../src/shell/parse.ts';

before(loadParser);

const PLACE = { project: '/p', home: '/home/u' };

/** Pattern; names that may become what it denies; names that are no aim at it. Relative ones are the project's. */
const ROWS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['**/.env*', ['.e*v', '.en?', '.[e]nv', '.e*', '.*', '.??*', 'a/.e*', '/home/u/x/.en*', '.EN*'], ['*', '*.ts', 'src/*', 'e*v', '?env', '*env', 'src/*.js', '.git*', '[!.]*', '*.md', '.x*']],
  ['**/*secret*', ['*secret*', 'secre?.txt', 'my-sec*', '*.secret', 'se*', 'a/sec*/b'], ['*', '*.ts', 's*', 'src/*', '*.json', 'test*', 'dist/*.map', 'src*', '*s', 'set*', 'users*', '*.test.ts']],
  ['**/id_rsa*', ['id_*', '*_rsa', 'id_rs?', '/home/u/.ssh/id_*'], ['*', 'i*', 'index*', '*.pub']],
  ['**/*.pem', ['*.pem', 'a*.pem', '*.p*m', 'k/*.pe?'], ['*', '*.ts', '*.p', 'p*']],
  ['**/.git/**', ['.gi*/config', '.git*', '.g*'], ['*', '*/config', 'git*', 'src/*']],
  ['config/prod.yml', ['config/*', 'config/p*', 'c*/prod.yml', 'config/*.yml', '*/*'], ['*.yml', 'src/*', 'config/*.json', 'other/*']],
  ['~/.ssh/**', ['/home/u/.ss*/id', '/home/u/.s*', '/home/u/.*'], ['/home/u/*', '.s*', '/home/*']],
  ['**/*.{key,p12}', ['*.key', '*.p1*', 'a.k*y'], ['*.k', '*.ts']],
];

for (const [pattern, hit, missed] of ROWS) {
  const matcher = compilePathPattern(pattern, PLACE, 'deny');
  const absolute = (name: string): string => (name.startsWith('/') ? name : `/p/${name}`);
  for (const name of hit) test(`${name} could become ${pattern}`, () => assert.equal(matcher.overlaps(absolute(name)), true));
  for (const name of missed) test(`${name} is no aim at ${pattern}`, () => assert.equal(matcher.overlaps(absolute(name)), false));
}

test('brackets and ranges of a name', () => {
  for (const [pattern, text, expected] of [['[a-c]x', 'bx', true], ['[!a]x', 'bx', true], ['[!b]x', 'bx', false], ['[a-c]x', 'dx', false], ['a[', 'a[', true], ['*a*b', 'xaxxb', true], ['*a*b', 'xaxxc', false], ['[]a]', ']', true]] as const) assert.equal(matchesName(pattern, text), expected, pattern);
});

test('a name made to be slow is not', () => {
  const matcher = compilePathPattern(`**/${'*a'.repeat(30)}`, PLACE, 'deny');
  const start = performance.now();
  for (let i = 0; i < 20; i++) matcher.overlaps(`/p/${'*a'.repeat(2000)}b`);
  matcher.overlaps(`/${'*/'.repeat(2000)}x`);
  // Generous for a loaded machine.
  assert.ok(performance.now() - start < 3000);
});

test('quoted wildcards are none, and reads and deletions are both judged', () => {
  const evaluator = evaluatorOf({ layer: 'user', text: 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["**/.env*"]\n' });
  const effect = (command: string): string => evaluator.judge({ action: 'command_execute', command, cwd: PROJECT }, AGENT).decision.effect;
  for (const line of ['cat .e*v', 'rm .e*', 'cp .en? x', 'cat < .e*v', 'mv x .e?v', 'sh -c "cat .e*"', 'cat {.e*v,b}', 'git add .e*']) assert.equal(effect(line), 'deny', line);
  for (const line of ["cat '.e*v'", 'cat ".e*v"', 'cat *.ts', 'rm -f dist/*', 'echo .e*v', 'ls .e*', 'cat src/*', "grep '.e*v' src/*.ts", "find . -name '.e*v'"]) assert.equal(effect(line), 'allow', line);
});
