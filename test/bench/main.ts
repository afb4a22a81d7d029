/** `npm run bench [section…]`: what Patchwork costs, as ratios to the bare command in the same run. Prints a table; judges nothing. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';
import { decisions } from './decisions.ts';
import { guardCosts } from './guard.ts';
import { lineCost } from './lines.ts';
import { ROUNDS } from './measure.ts';
import { networkRows } from './network.ts';
import { starts } from './start.ts';

const SECTIONS: Readonly<Record<string, (sandbox: Sandbox) => Iterable<string> | AsyncIterable<string>>> = {
  start: starts,
  lines: () => [lineCost()],
  decisions,
  guard: guardCosts,
  network: networkRows,
};

const wanted = process.argv.slice(2);
console.log(`${cpus().length} × ${cpus()[0]?.model}, node ${process.version}, ${execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim()}; medians of ${ROUNDS} pairs, milliseconds`);
console.log(`${''.padEnd(52)} ${'bare'.padStart(9)} ${'patchwork'.padStart(9)} ${'ratio'.padStart(7)}`);
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const sandbox = createSandbox('bench');
  try {
    for await (const line of measure(sandbox)) console.log(line);
  } finally {
    sandbox.remove();
  }
}
