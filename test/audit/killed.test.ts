/** Writers and indexers killed at any moment, two hundred times: nothing that was said to be written is lost, and nothing untrue is said of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { openIndex } from '../../src/audit/index/open.ts';
import { ScanIndex } from '../../src/audit/index/scan-index.ts';
import { readLedger } from '../../src/audit/ledger.ts';
import { SealKey } from '../../src/audit/seal-key.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { Chance } from '../support/generated-log.ts';

const KILLS = 200;
/** Writers at once. */
const LANES = 4;
const PROGRAM = fileURLToPath(new URL('../support/dying.js', import.meta.url));

function start(mode: string, folder: string, id = ''): { child: ChildProcess; output: () => string; first: Promise<unknown>; ended: Promise<unknown> } {
  const child = spawn(process.execPath, [PROGRAM, mode, folder, id], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const { promise: first, resolve } = withResolvers();
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    output += text;
    resolve(undefined);
  });
  const ended = new Promise((done) => child.once('close', done));
  return { child, output: () => output, first: Promise.race([first, ended]), ended };
}

function withResolvers(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}

test(`killed ${KILLS} times`, { timeout: 240_000 }, async () => {
  const base = mkdtempSync(join(tmpdir(), 'patchwork-killed-'));
  const folder = join(base, 'sessions');
  mkdirSync(folder, { recursive: true });
  const key = SealKey.open(folder);
  const chance = new Chance(Date.now());
  let isDone = false;
  let sealed = 0;
  let begun = 0;
  const write = async (): Promise<void> => {
    while (begun < KILLS) {
      const id = `20260101T000000-${(begun++).toString(16).padStart(6, '0')}`;
      const { child, output, first, ended } = start('write', folder, id);
      await first;
      await sleep(chance.below(25));
      child.kill('SIGKILL');
      await ended;
      const said = output().split('\n').slice(0, -1).map(Number);
      const file = join(folder, `${id}.jsonl`);
      const text = readFileSync(file, 'utf8');
      const written = text.split('\n').slice(0, -1);
      assert.ok(said.length > 0 && written.length >= said.length, `${id}: ${said.length} said, ${written.length} written`);
      for (const seq of said) assert.equal((JSON.parse(written[seq - 1] ?? '') as { id: string }).id, `${id}-${seq}`);
      const { problems, isComplete, events, seals } = verifyLog(file, { key, ledger: readLedger(folder, key).bySession.get(id) ?? [] });
      // Only a line that was being written may be cut, and that is said.
      const isTorn = !text.endsWith('\n');
      assert.deepEqual(problems.map(({ line }) => line), isTorn ? [written.length + 1] : [], problems[0]?.what);
      assert.deepEqual([isComplete, events, seals.isFinal], [false, written.length, false]);
      assert.ok(seals.events <= written.length);
      sealed += seals.count;
    }
  };
  const index = async (): Promise<number> => {
    let kills = 0;
    for (; !isDone; kills++) {
      const { child, first, ended } = start('index', folder);
      await first;
      await sleep(chance.below(60));
      child.kill('SIGKILL');
      await ended;
    }
    return kills;
  };
  const indexing = index();
  try {
    await Promise.all(Array.from({ length: LANES }, write));
  } finally {
    isDone = true;
    assert.ok((await indexing) > 3);
  }
  assert.ok(sealed > 5, `${sealed} seals`);
  const opened = await openIndex(folder, (error) => assert.fail(String(error)));
  await opened.refresh();
  const scan = new ScanIndex(folder);
  assert.deepEqual(opened.count({}), scan.count({}));
  assert.deepEqual(opened.sessions(), scan.sessions());
  assert.equal(opened.events({ text: 'step' }, undefined, 100_000).events.length, scan.count({}).events);
  opened.close();
  rmSync(base, { recursive: true, force: true });
});
