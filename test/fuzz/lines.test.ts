/** Random lines in real bash: what it starts must be found in the line, or the line must say that it cannot be resolved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';
import { HOME, runInBash } from './bash.ts';
import { look } from './compare.ts';
import { generator, NAMES } from './generator.ts';

/** `FUZZ_LINES=20000 FUZZ_SEED=7 npm test -- fuzz/lines` runs more of them, and others. */
const LINES = Number(process.env['FUZZ_LINES'] ?? 1000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

test(`${LINES} random lines start nothing that is not found in them`, async (context) => {
  await loadParser();
  const make = generator(SEED);
  const ran = await runInBash(Array.from({ length: LINES }, make), NAMES);
  if (ran === undefined) return context.skip('there is no C compiler');
  const counts = { found: 0, opaque: 0, lost: 0 };
  const lost: string[] = [];
  for (const { line, commands } of ran) {
    const analysis = analyzeText(line, { HOME });
    for (const argv of commands) {
      const finding = look(analysis, argv);
      counts[finding]++;
      if (finding === 'lost') lost.push(`${JSON.stringify(argv)} of ${JSON.stringify(line)}`);
    }
  }
  context.diagnostic(`${ran.filter((each) => each.isAccepted).length} accepted by bash; commands found ${counts.found}, in opaque lines ${counts.opaque}, lost ${counts.lost}`);
  assert.deepEqual(lost.slice(0, Number(process.env['FUZZ_SHOWN'] ?? 20)), []);
});
