/** What holds for denied and allowed lines however they are wrapped, joined, quoted and redirected. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluator, Judgement } from '../../src/evaluator/evaluator.ts';
import { AGENT } from '../../src/model/request.ts';
import { evaluatorOf, PROJECT } from '../support/batch-in-process.ts';
import { SPEC } from '../support/patchwork.ts';
import { type Line, QUOTINGS, WRAPPINGS } from './wrapping.ts';

const RUNS = { numRuns: 1500 };
const DENIED = ['sudo ls', 'rm -rf x', 'rm -r -f x', 'git push --force', 'git push -f o m', 'git reset --hard', 'git -C d reset --hard HEAD'];
const ALLOWED = ['npm test', 'git status', 'git push', 'node x.js', 'tsc --noEmit', 'echo sudo', 'cd src', 'git commit -m "rm -rf x; sudo ls"'];
const OPERATORS = [' && ', ' || ', '; ', ';', ' | ', ' |& ', ' & ', '\n', '&&', ' &&\n', ' |\n', ' ; # c\n'];
const REDIRECTIONS = ['>', '>>', '>|', '2>', '&>', '&>>', '<', '<>', '3>', '1>>', '>&', '{fd}>'];
const SECRETS = ['.env', './.env', 'src/../.env', '".env"', ".e'n'v", '.env.local', '{.env,x}', '$PWD/.env', '"$HOME"/x/.env', '~/.env', 'docs/secret.txt', '$(pwd)/.env', '.\\env'];

const dev = readFileSync(join(SPEC, 'dev.yml'), 'utf8');
const policies: Readonly<Record<string, Evaluator>> = {
  dev: evaluatorOf({ layer: 'user', text: dev }),
  open: evaluatorOf({ layer: 'user', text: dev.replace('fail-closed', 'fail-open').replaceAll(/allow:\n(?: {6}- .*\n)+/g, 'allow: []\n') }),
};

function judge(policy: string, command: string): Judgement['decision'] {
  return (policies[policy] as Evaluator).judge({ action: 'command_execute', command, cwd: PROJECT }, AGENT).decision;
}

function assertDenied(command: string): void {
  for (const policy of Object.keys(policies)) assert.equal(judge(policy, command).effect, 'deny', `${policy}: ${command}`);
}

const anyDenied = fc.constantFrom(...DENIED);
const anyAllowed = fc.constantFrom(...ALLOWED);
const anyWrapping = fc.constantFrom(...WRAPPINGS);
const wrap = (text: string, wrappings: readonly ((line: Line) => Line)[]): string => wrappings.reduce<Line>((line, wrapping) => wrapping(line), { text, isSimple: true }).text;

describe('command lines', () => {
  it('are denied under every wrapper', () => {
    for (const wrapping of WRAPPINGS) for (const line of DENIED) assertDenied(wrap(line, [wrapping]));
  });

  it('are denied under any nesting of wrappers', () => {
    fc.assert(fc.property(anyDenied, fc.array(anyWrapping, { minLength: 2, maxLength: 3 }), (line, wrappings) => assertDenied(wrap(line, wrappings))), RUNS);
  });

  it('are denied where one of several is', () => {
    fc.assert(fc.property(fc.array(anyAllowed, { maxLength: 3 }), anyDenied, fc.array(anyAllowed, { maxLength: 3 }), fc.constantFrom(...OPERATORS), (before, line, after, operator) => assertDenied([...before, line, ...after].join(operator))), RUNS);
  });

  it('are judged the same whatever the quotes', () => {
    const line = fc.constantFrom(...DENIED, 'npm test', 'git status', 'git push o m', 'node x.js', 'rm -r x', 'curl u', 'sudoku ls', 'git rm -rf x');
    fc.assert(
      fc.property(line, fc.array(fc.constantFrom(...QUOTINGS), { minLength: 5, maxLength: 5 }), (plain, quotings) => {
        const written = plain.split(' ').map((word, index) => (quotings[index % quotings.length] as (word: string) => string)(word)).join(' ');
        for (const policy of Object.keys(policies)) {
          const [want, got] = [judge(policy, plain), judge(policy, written)];
          assert.deepEqual([got.effect, got.rule?.pattern], [want.effect, want.rule?.pattern], `${policy}: ${written}`);
        }
      }),
      RUNS,
    );
  });

  it('are denied with a redirection to a denied file', () => {
    fc.assert(fc.property(anyAllowed, fc.constantFrom(...REDIRECTIONS), fc.constantFrom('', ' '), fc.constantFrom(...SECRETS), fc.boolean(), (line, operator, blank, file, isBefore) => assertDenied(isBefore ? `${operator}${blank}${file} ${line}` : `${line} ${operator}${blank}${file}`)), RUNS);
  });
});
