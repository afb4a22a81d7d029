// A session inside a session: it says nothing that nobody did, and ends what is left behind in it without looking at anybody else.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { PROGRAM } from '../support/patchwork.ts';
import { createGuardBench, whyNoGuard } from '../support/guarded.ts';

const skip = (await whyNoGuard()) ?? false;

describe('a session inside a session', { skip }, () => {
  const bench = createGuardBench('nested');
  after(() => bench.sandbox.remove());
  const nested = `"${process.execPath}" "${PROGRAM}" run`;

  it('hands on output, code and its own words only', () => {
    const { status, stdout, stderr } = bench.governed(`${nested} sh -c '${nested} sh -c "echo deep; cat free.txt; exit 6"'`);
    assert.equal(stdout, 'deep\nfree\n');
    assert.equal(status, 6);
    assert.doesNotMatch(stderr, /patchwork: denied/);
    // Not even of its own clearing up.
    assert.doesNotMatch(stderr, /left behind/);
  });

  it('ends what is left behind in it', () => {
    const { stdout, stderr } = bench.governed(`${nested} sh -c 'setsid sleep 97.31 >/dev/null 2>&1 & echo out'; for i in 1 2 3 4 5 6 7 8; do pgrep -fx 'sleep 97.31' || break; sleep 0.1; done`);
    assert.equal(stdout, 'out\n');
    assert.match(stderr, /ended 1 process left behind; log: \S*\/nested\//);
    assert.doesNotMatch(stderr, /patchwork: denied/);
  });
});
