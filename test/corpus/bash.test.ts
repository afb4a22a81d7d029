/** The corpus in real bash: whatever a line starts must be among the parts that are found in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeText } from '../../src/shell/analyze.ts';
import { loadParser } from '../../src/shell/parse.ts';
import { HOME, runInBash } from '../fuzz/bash.ts';
import { look } from '../fuzz/compare.ts';
import { ROWS } from './all.ts';

/** Lines that are not run, and why. */
const SKIPPED: readonly (readonly [string, RegExp])[] = [
  ['names a place outside its folder', /(?:^|[\s"'=<>:({`|&;,@])\/(?!dev\/(?:null|std|fd|tty))|\.\.|\{project\}/],
  ['ends processes, or never ends', /\bkill\b|:\(\)|f\(\) \{ f; \}/],
];

test('what the lines start in bash is found in them', async (context) => {
  await loadParser();
  const skipped = SKIPPED.map(([why, pattern]) => [why, ROWS.filter(({ line }) => pattern.test(line)).length]);
  const lines = ROWS.map(({ line }) => line).filter((line) => !SKIPPED.some(([, pattern]) => pattern.test(line)));
  const analyses = new Map(lines.map((line) => [line, analyzeText(line, { HOME })]));
  const names = [...analyses.values()].flatMap(({ parts }) => parts.map((part) => part.words[0]?.text ?? '')).filter((name) => /^[\w+-][\w.+-]*$/.test(name));
  const ran = await runInBash(lines, names);
  if (ran === undefined) return context.skip('there is no C compiler');
  const lost = ran.flatMap(({ line, commands }) => {
    const analysis = analyses.get(line);
    return analysis === undefined ? [] : commands.filter((argv) => look(analysis, argv) === 'lost').map((argv) => `${JSON.stringify(argv)} of ${JSON.stringify(line)}`);
  });
  context.diagnostic(`${ran.length} lines run, ${ran.reduce((sum, { commands }) => sum + commands.length, 0)} commands started; not run: ${JSON.stringify(Object.fromEntries(skipped))}`);
  assert.deepEqual(lost, []);
});
