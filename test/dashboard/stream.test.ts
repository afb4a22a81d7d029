/** What the live stream tells of the index: that views have to be asked again, and why it cannot be written. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DashboardData, DashboardSystem, Reading } from '../../src/dashboard/data.ts';
import { LiveStream } from '../../src/dashboard/live.ts';
import { until } from '../support/live-session.ts';

const home = mkdtempSync(join(tmpdir(), 'pw-stream-'));
let reading: Reading = { bytes: 100, indexed: 100, isDone: true };
const data = { refresh: async () => reading } as unknown as DashboardData;
const system = { version: '0', running: () => [] } as unknown as DashboardSystem;
let stream: LiveStream;
let server: Server;
let told = '';

/** How often something was told. */
const count = (text: string): number => told.split(text).length - 1;

before(async () => {
  process.env['HOME'] = home;
  stream = new LiveStream(data, system);
  server = createServer((_, response) => stream.add(response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, (response) => response.setEncoding('utf8').on('data', (text: string) => (told += text)));
  await until(() => told.includes('event: hello'), 'the stream begins');
});
after(() => {
  stream.close();
  server.close();
  rmSync(home, { recursive: true });
});

test('when the index has grown, the views are asked for again, once', async () => {
  const before = count('event: tick');
  reading = { bytes: 200, indexed: 200, isDone: true };
  await until(() => count('event: tick') > before, 'a tick came');
  await new Promise((done) => setTimeout(done, 700));
  assert.equal(count('event: tick'), before + 1);
});

test('an index that cannot be written is told of once, and taken back when it can', async () => {
  reading = { bytes: 300, indexed: 200, isDone: false, problem: 'database or disk is full' };
  await until(() => told.includes('disk is full'), 'the problem was told');
  await new Promise((done) => setTimeout(done, 700));
  assert.equal(count('disk is full'), 1);
  reading = { bytes: 300, indexed: 300, isDone: true };
  await until(() => told.includes('"bytes":300,"indexed":300}'), 'it was taken back');
});
