/** The index gives the answers that reading every log gives, whatever is asked, and is there again after whatever happens to it. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { indexFile } from '../../src/audit/index/database.ts';
import type { AuditIndex, EventFilter } from '../../src/audit/index/filter.ts';
import { openIndex } from '../../src/audit/index/open.ts';
import { ScanIndex } from '../../src/audit/index/scan-index.ts';
import { Chance, generateLogs } from '../support/generated-log.ts';
import { PROGRAM, sandboxEnvironment } from '../support/patchwork.ts';

const END = new Date('2026-05-01T12:00:00Z');
let base: string;
let folder: string;
let index: AuditIndex;
let scan: AuditIndex;
let sessions: string[];

before(async () => {
  base = mkdtempSync(join(tmpdir(), 'patchwork-index-'));
  folder = join(base, 'all', 'sessions');
  sessions = generateLogs({ folder, events: 1800, sessions: 10, end: END, days: 3 });
  index = await openIndex(folder, (error) => assert.fail(String(error)));
  assert.equal(index.kind, 'sqlite');
  // Log by log, not in their order, and in several pieces of the full text.
  const names = readdirSync(folder).sort((a, b) => (a.slice(-8) < b.slice(-8) ? 1 : -1));
  for (const name of names) renameSync(join(folder, name), join(base, name));
  let added = 0;
  for (const name of names) {
    renameSync(join(base, name), join(folder, name));
    added += (await index.refresh({ pieceEvents: 300 })).added;
  }
  const { indexed, bytes } = await index.refresh();
  assert.ok(added > 1700 && indexed === bytes);
  scan = new ScanIndex(folder);
});
after(() => {
  index.close();
  rmSync(base, { recursive: true, force: true });
});

/** All pages together. */
function everything(from: AuditIndex, filter: EventFilter, limit = 300): string[] {
  const ids: string[] = [];
  let last = '~';
  for (let cursor: string | undefined, page = 0; page < 100; page++) {
    const { events, cursor: next } = from.events(filter, cursor, limit);
    for (const event of events) {
      assert.ok(event.timestamp <= last, 'newest first');
      last = event.timestamp;
      ids.push(event.id);
    }
    if (next === undefined) return ids;
    cursor = next;
  }
  assert.fail('the pages do not end');
}

const DENIED = 'commands.deny: sudo *';
const FILTERS: readonly EventFilter[] = [
  {}, { status: 'denied' }, { risk: 'high' }, { risk: 'critical', status: 'denied' }, { risk: 'none' }, { agent: 'codex' }, { agent: 'nobody' }, { action: 'network_request' }, { action: 'mcp_tool_call', status: 'error' }, { rule: DENIED }, { rule: 'files.deny: **/.env*', risk: 'high' },
  { since: new Date(END.getTime() - 20 * 3_600_000) }, { until: new Date(END.getTime() - 30 * 3_600_000) }, { since: new Date(END.getTime() - 40 * 3_600_000 - 1234), until: new Date(END.getTime() - 20 * 3_600_000 - 77), status: 'denied' },
  { target: 'registry.npmjs' }, { target: 'git push' }, { target: '.env', status: 'denied' }, { target: 'github:create' }, { target: 'npmjs.org:443' }, { target: '/home/dev/work' }, { target: '---' },
  { text: 'sudo' }, { text: 'denied' }, { text: 'SUDO DENIED' }, { text: '"git push"' }, { text: '"push git"' }, { text: 'inst*' }, { text: 'sudo OR curl' }, { text: '(sudo OR "git push") high' }, { text: 'denied NOT sudo' }, { text: 'denied -sudo -env' }, { text: 'NOT completed' },
  { text: 'src/lib' }, { text: '"covers it" npm' }, { text: 'npm test codex' }, { text: 'node high env' }, { text: 'critical AND (169.254.169.254 OR force*)' }, { text: 'ünïcode' }, { text: 'prev_hash' }, { text: 'files.deny' }, { text: 'sess*', status: 'completed', action: 'session_start' }, { text: '"rm -rf" -denied' },
  { text: 'install', risk: 'critical' }, { text: 'git', agent: 'codex', since: new Date(END.getTime() - 50 * 3_600_000) }, { text: 'env', target: 'production' }, { text: '', status: 'denied' }, { text: '*** --' },
];

for (const filter of FILTERS) {
  test(`events by ${JSON.stringify(filter)}`, () => {
    const expected = everything(scan, filter).sort();
    assert.deepEqual(everything(index, filter).sort(), expected);
    assert.deepEqual(index.count(filter), { events: expected.length, isExact: true });
    assert.deepEqual(index.rules(filter).map(({ rule, source, allowed, denied }) => [rule, source, allowed, denied].join()).sort(), scan.rules(filter).map(({ rule, source, allowed, denied }) => [rule, source, allowed, denied].join()).sort());
    for (const [ms, by] of [[3_600_000, 'status'], [86_400_000, 'agent'], [600_000, 'risk'], [3 * 3_600_000, 'rule']] as const) {
      const aligned = scan.series(filter, ms, by);
      assert.deepEqual(index.series(filter, ms, by).map((each) => JSON.stringify(each)).sort(), aligned.map((each) => JSON.stringify(each)).sort());
    }
  });
}

test('a question that holds for few or for none of many is answered the same way', () => {
  const chance = new Chance(7);
  const words = ['git', 'npm', 'denied', 'completed', 'codex', 'env', 'sudo', 'src', 'test', 'high', 'user', 'order', 'node', 'guard', 'policy', 'work'];
  for (let round = 0; round < 30; round++) {
    const text = Array.from({ length: 1 + chance.below(4) }, () => `${chance.next() < 0.2 ? '-' : ''}${chance.pick(words)}${chance.next() < 0.2 ? '*' : ''}`).join(chance.next() < 0.3 ? ' OR ' : ' ');
    const filter: EventFilter = { text, ...(chance.next() < 0.4 ? { status: 'denied' as const } : {}), ...(chance.next() < 0.3 ? { agent: 'codex' } : {}) };
    assert.deepEqual(everything(index, filter).sort(), everything(scan, filter).sort(), JSON.stringify(filter));
  }
});

test('a small page is the beginning of a large one', () => {
  const whole = everything(index, { risk: 'medium' });
  assert.deepEqual(index.events({ risk: 'medium' }, undefined, 7).events.map(({ id }) => id), whole.slice(0, 7));
  assert.deepEqual(everything(index, { risk: 'medium' }, 13), whole);
});

test('sessions, processes and one event are those of the logs', () => {
  assert.deepEqual(index.sessions(), scan.sessions());
  assert.deepEqual(index.sessions({ agent: 'codex' }), scan.sessions({ agent: 'codex' }));
  const [session = ''] = sessions;
  for (const { first: _, last: __, ...node } of index.processes(session)) assert.deepEqual(node, (({ first: _first, last: _last, ...rest }) => rest)(scan.processes(session).find(({ pid }) => pid === node.pid) ?? assert.fail()));
  const lines = readFileSync(join(folder, `${session}.jsonl`), 'utf8').trimEnd().split('\n');
  for (const seq of [1, 2, 3, Math.floor(lines.length / 2), lines.length - 1, lines.length]) assert.deepEqual(index.event(session, seq), JSON.parse(lines[seq - 1] ?? ''));
  assert.equal(index.event(session, lines.length + 1), undefined);
  assert.equal(index.event(session, 0), undefined);
  const pid = (JSON.parse(lines[5] ?? '') as { process: { pid: number } }).process.pid;
  assert.deepEqual(index.lineage(session, pid).map((each) => each.pid), scan.lineage(session, pid).map((each) => each.pid));
});

for (const [text, said] of [['"open', /quote/], ['(a', /parenthesis/], ['a)', /parenthesis/], ['AND', /word should stand/], ['a OR', /word should stand/], ['a b c d e f g h i j k', /too complicated/]] as const) {
  test(`the search ${text} is refused with a reason`, () => {
    for (const each of [index, scan]) assert.throws(() => each.events({ text }), { code: 'PW_USAGE', message: said });
  });
}

async function fresh(name: string): Promise<{ folder: string; open: () => Promise<AuditIndex>; same: (index: AuditIndex) => void }> {
  const copy = join(base, name, 'sessions');
  mkdirSync(copy, { recursive: true });
  for (const id of sessions.slice(0, 4)) copyFileSync(join(folder, `${id}.jsonl`), join(copy, `${id}.jsonl`));
  const same = (opened: AuditIndex): void => {
    const scanned = new ScanIndex(copy);
    for (const filter of [{ status: 'denied' }, { text: 'git' }] as const) assert.deepEqual(everything(opened, filter).sort(), everything(scanned, filter).sort());
    // Counts of quarters of an hour, hours and days, and of the rules.
    for (const by of ['action', 'rule', 'agent'] as const) for (const ms of [900_000, 3_600_000, 86_400_000]) assert.deepEqual(opened.series({}, ms, by).map((each) => JSON.stringify(each)).sort(), scanned.series({}, ms, by).map((each) => JSON.stringify(each)).sort());
    assert.deepEqual(opened.rules({}).map(({ last: _, ...each }) => JSON.stringify(each)).sort(), scanned.rules({}).map(({ last: _, ...each }) => JSON.stringify(each)).sort());
  };
  return { folder: copy, open: () => openIndex(copy, (error) => assert.fail(String(error))), same };
}

test('what is appended is there at the next refresh; a line that is not finished waits for its end', async () => {
  const { folder: copy, open } = await fresh('appended');
  const file = join(copy, `${sessions[0]}.jsonl`);
  const text = readFileSync(file, 'utf8');
  const cut = text.lastIndexOf('\n', text.length - 2) + 1;
  writeFileSync(file, text.slice(0, cut + 40));
  const opened = await open();
  await opened.refresh();
  const before = opened.count({}).events;
  assert.equal((await opened.refresh()).added, 0);
  appendFileSync(file, text.slice(cut + 40));
  assert.equal((await opened.refresh()).added, 1);
  assert.equal(opened.count({}).events, before + 1);
  opened.close();
});

test('a log that was cut, replaced or removed is noticed', async () => {
  const { folder: copy, open, same } = await fresh('changed');
  const opened = await open();
  await opened.refresh();
  const [first = '', second = '', third = ''] = sessions.map((id) => join(copy, `${id}.jsonl`));
  truncateSync(first, Math.floor(statSync(first).size / 2));
  await opened.refresh();
  same(opened);
  const other = readFileSync(third, 'utf8');
  writeFileSync(second, `${other}${other}`);
  await opened.refresh();
  same(opened);
  renameSync(third, `${third}.away`);
  await opened.refresh();
  same(opened);
  renameSync(`${third}.away`, third);
  await opened.refresh();
  same(opened);
  opened.close();
});

test('an event of a wrong clock, years ahead, is found, and so is everything after it', async () => {
  const { folder: copy, open, same } = await fresh('clock');
  const ids = sessions.slice(0, 4);
  const [first = ''] = ids;
  writeFileSync(join(copy, `${first}.jsonl`), readFileSync(join(copy, `${first}.jsonl`), 'utf8').replace(/"timestamp":"2026/, '"timestamp":"2066'));
  const opened = await open();
  for (const id of ids.slice(1)) renameSync(join(copy, `${id}.jsonl`), join(base, `${id}.away`));
  await opened.refresh({ pieceEvents: 100 });
  for (const id of ids.slice(1)) {
    renameSync(join(base, `${id}.away`), join(copy, `${id}.jsonl`));
    await opened.refresh({ pieceEvents: 100 });
  }
  same(opened);
  opened.close();
  const { Database } = await import('../../src/audit/index/database.ts');
  const database = await Database.open(copy);
  const lows = database.rows('SELECT low FROM pieces ORDER BY low').map(([low]) => Number(low));
  database.close();
  // Pieces go on at the time of the others, not only behind the one that is ahead.
  assert.ok(lows.length >= 4, String(lows.length));
});

test('several commands build it at once, and all give the same answer', async () => {
  const copy = join(base, 'together', '.patchwork', 'sessions');
  mkdirSync(copy, { recursive: true });
  for (const id of sessions) copyFileSync(join(folder, `${id}.jsonl`), join(copy, `${id}.jsonl`));
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => new Promise<string>((done, fail) => execFile(process.execPath, [PROGRAM, 'stats', '--by', 'rule', '--json'], { env: sandboxEnvironment(join(base, 'together')) }, (error, stdout) => (error === null ? done(stdout) : fail(error))))),
  );
  const expected = scan.series({}, 86_400_000, 'rule').map(({ time, ...point }) => JSON.stringify({ time: new Date(time).toISOString(), ...point })).sort();
  for (const answer of answers) assert.deepEqual(answer.trimEnd().split('\n').sort(), expected);
});

test('lines that are no events are counted, and what follows is found', async () => {
  const { folder: copy, open, same } = await fresh('rubbish');
  const file = join(copy, `${sessions[1]}.jsonl`);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const odd = ['rubbish', '[]', '{"hash":"x","action":"file_read"}', '{}', '"', `${lines[3]?.slice(0, -2)}`, 'null'];
  writeFileSync(file, `${[...lines.slice(0, 5), ...odd, '', ...lines.slice(5)].join('\n')}\n`);
  const opened = await open();
  await opened.refresh();
  assert.equal(opened.sessions({ session: sessions[1] ?? '' })[0]?.unreadable, odd.length);
  same(opened);
  opened.close();
});

for (const [what, damage] of [
  ['removed', (file: string) => rmSync(file)],
  ['overwritten with rubbish', (file: string) => writeFileSync(file, 'rubbish'.repeat(10_000))],
  ['cut', (file: string) => truncateSync(file, 9000)],
  ['empty', (file: string) => truncateSync(file, 0)],
  ['of another version', (file: string) => copyFileSync(join(base, 'other.sqlite'), file)],
] as const) {
  test(`an index that is ${what} is made anew`, async () => {
    const { default: Sqlite } = await import('libsql');
    rmSync(join(base, 'other.sqlite'), { force: true });
    const other = new Sqlite(join(base, 'other.sqlite'));
    other.exec('CREATE TABLE sessions(x); PRAGMA user_version = 99');
    other.close();
    const { folder: copy, open, same } = await fresh(`broken-${what.replaceAll(' ', '-')}`);
    // In a process of its own: locks are shared within one.
    const program = `const { openIndex } = await import(${JSON.stringify(new URL('../../src/audit/index/open.js', import.meta.url).href)}); const index = await openIndex(${JSON.stringify(copy)}); await index.refresh(); index.close();`;
    assert.equal(spawnSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }).status, 0);
    for (const name of readdirSync(dirname(indexFile(copy)))) if (name !== 'index.sqlite') rmSync(join(dirname(indexFile(copy)), name));
    damage(indexFile(copy));
    const again = await open();
    await again.refresh();
    same(again);
    again.close();
  });
}
