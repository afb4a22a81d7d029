/** The views answer while the logs are read, which is done elsewhere; an index that somebody else makes anew is followed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIndex } from '../../src/audit/index/open.ts';
import { IndexData } from '../../src/dashboard/index-data.ts';
import { generateLogs } from '../support/generated-log.ts';

const EVENTS = 50_000;
const base = mkdtempSync(join(tmpdir(), 'patchwork-indexing-'));
const folder = join(base, 'sessions');
let data: IndexData;

before(async () => {
  generateLogs({ folder, events: EVENTS, sessions: 8 });
  data = new IndexData(await openIndex(folder, (error) => assert.fail(String(error))), () => new Set());
});
after(() => {
  data.close();
  rmSync(base, { recursive: true, force: true });
});

async function readAll(): Promise<number> {
  for (let calls = 1; ; calls++) if ((await data.refresh(20)).isDone) return calls;
}

test('while the logs are read the thread that answers is free', async () => {
  let used = 0;
  let calls = 0;
  const begun = performance.now();
  for (let isDone = false; !isDone; calls++) {
    const before = performance.eventLoopUtilization();
    ({ isDone } = await data.refresh(20));
    used += performance.eventLoopUtilization(before).active;
    await data.events({}, { limit: 10 });
    await sleep(1);
  }
  // Of the time that reading takes this thread has only the waking up, and the questions.
  assert.ok(calls > 5, `${calls} calls`);
  const took = performance.now() - begun;
  assert.ok(used < took / 2, `${used} of ${took} ms`);
  const { count } = await data.count({});
  assert.ok(count > EVENTS * 0.98, String(count));
});

test('an index that another process makes anew answers from then on', async () => {
  const before = await data.count({});
  rmSync(join(base, 'index'), { recursive: true, force: true });
  const other = await openIndex(folder);
  await other.refresh();
  other.close();
  await readAll();
  assert.deepEqual(await data.count({}), before);
  generateLogs({ folder, events: 500, sessions: 2 });
  await readAll();
  assert.ok((await data.sessions(undefined, 50)).rows.length >= 8);
});
