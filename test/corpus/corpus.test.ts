/** Every line of the corpus under each policy: verdict and deciding rule. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answer, askAll, createWorld, title, type World } from '../support/batch.ts';
import { SPEC } from '../support/patchwork.ts';
import { ROWS } from './all.ts';
import type { Effect, Row } from './rows.ts';

const POLICIES = ['dev', 'audit', 'lockdown', 'open'] as const;

/** The development policy with its allow lists empty: what no deny rule hits is allowed. */
function openPolicy(): string {
  return readFileSync(join(SPEC, 'dev.yml'), 'utf8').replace('fail-closed', 'fail-open').replaceAll(/allow:\n(?: {6}- .*\n)+/g, 'allow: []\n');
}

function check(row: Row, policy: (typeof POLICIES)[number], answer: Answer | undefined): void {
  const got = `${policy}: ${answer?.effect} in step ${answer?.step} by ${answer?.rule ?? 'no rule'}: ${answer?.reason}`;
  assert.equal(answer?.effect, row[policy] satisfies Effect, got);
  if (policy !== 'open' && policy !== 'dev') return;
  if (row.openRule === 'risk' && policy === 'open') assert.equal(answer?.step, 'risk', got);
  else if (row.openRule !== undefined && row.openRule !== 'risk') assert.equal(answer?.rule?.replace(/^\w+\.deny: /, ''), row.openRule, got);
}

describe('the corpus', () => {
  let world: World | undefined;
  const answers = new Map<string, readonly Answer[]>();
  before(() => {
    world = createWorld('corpus');
    for (const policy of POLICIES) {
      const file = policy === 'open' ? world.write('open.yml', openPolicy()) : join(SPEC, `${policy}.yml`);
      answers.set(policy, askAll(world, file, ROWS.map((row) => `run ${row.line}`)));
    }
  });
  after(() => world?.remove());

  it('has a thousand lines, each once, of which two fifths and more are permitted look-alikes', () => {
    const lines = ROWS.map((row) => row.line);
    assert.deepEqual(lines.filter((line, index) => lines.indexOf(line) !== index), []);
    assert.ok(lines.length >= 1000, `${lines.length} lines`);
    assert.ok(ROWS.filter((row) => row.open === 'allow').length >= 0.4 * lines.length);
  });

  for (const [index, row] of ROWS.entries()) {
    it(`${title(row.line)} → ${POLICIES.map((policy) => row[policy]).join(' ')}${row.openRule === undefined ? '' : ` by ${row.openRule}`}`, () => {
      for (const policy of POLICIES) check(row, policy, answers.get(policy)?.[index]);
    });
  }
});
