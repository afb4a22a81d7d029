/**
 * `node dist/test/bench/record.js [events] [folder] [part…]`: what the record costs. Generates logs (kept when a folder is
 * named), indexes them, and times questions in this process, the dashboard's views, and whole commands. Prints a table;
 * judges nothing. Parts: append, generate, index, questions, dashboard, commands; all of them when none is named.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventFilter } from '../../src/audit/index/filter.ts';
import { openIndex } from '../../src/audit/index/open.ts';
import { AuditWriter } from '../../src/audit/writer.ts';
import { IndexData } from '../../src/dashboard/index-data.ts';
import { generateLogs } from '../support/generated-log.ts';
import { PROGRAM, sandboxEnvironment } from '../support/patchwork.ts';
import { BOTH, FILTERS, SEARCHES } from './record-questions.ts';

const EVENTS = Number(process.argv[2] ?? 5_000_000);
const kept = process.argv[3];
const home = kept ?? mkdtempSync(join(tmpdir(), 'patchwork-bench-'));
const folder = join(home, '.patchwork', 'sessions');
const APPENDED = 50_000;
const DAY_MS = 86_400_000;
/** As the dashboard counts. */
const COUNT_MS = 60;
const PARTS = process.argv.slice(4);
const OVERVIEWS = [['an hour', DAY_MS / 24, 60_000], ['six hours', DAY_MS / 4, 300_000], ['24 hours', DAY_MS, 900_000], ['7 days', 7 * DAY_MS, 7_200_000], ['30 days', 30 * DAY_MS, 43_200_000]] as const;

function line(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(64)} ${value}\n`);
}

function timed<T>(work: () => T): { ms: number; result: T } {
  const begun = performance.now();
  const result = work();
  return { ms: performance.now() - begun, result };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function appending(): void {
  const own = mkdtempSync(join(tmpdir(), 'patchwork-append-'));
  const audit = new AuditWriter({ sessionId: '20260101T000000-abcdef', agent: 'bench', project: { name: 'p', path: '/home/dev/projects/p' }, folder: own });
  const before = process.memoryUsage().rss;
  const { ms } = timed(() => {
    for (let i = 0; i < APPENDED; i++) {
      audit.append({ action: 'file_read', status: 'completed', risk: { level: 'none', flags: [] }, target: { type: 'file', path: `src/file-${i % 1000}.ts`, abs_path: `/home/dev/projects/p/src/file-${i % 1000}.ts` }, decision: { effect: 'allow', step: 'cover', layer: 'user', reason: 'the allowed command `npm test` covers it', pep: 'guard', micros: 30 }, process: { pid: 4000, ppid: 3999, exe: '/usr/bin/node', depth: 2 } });
    }
  });
  line(`appending ${APPENDED} events`, `${((1000 * ms) / APPENDED).toFixed(1)} µs each, memory ${((process.memoryUsage().rss - before) / 1e6).toFixed(0)} MB more`);
  audit.close();
  rmSync(own, { recursive: true });
}

async function indexing(): Promise<void> {
  const index = await openIndex(folder);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const { added, bytes } = await index.refresh();
  const { user, system } = process.cpuUsage(cpu);
  if (added > 0) line(`indexing ${added} events (${(bytes / 1e9).toFixed(1)} GB)`, `${Math.round((1000 * added) / (performance.now() - begun))} a second; ${Math.round((1e6 * added) / (user + system))} a second of processor time; ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
  index.close();
}

async function questions(): Promise<void> {
  const index = await openIndex(folder);
  const [newest] = index.events({}, undefined, 1).events;
  const end = Date.parse(newest?.timestamp ?? '');
  const asked: readonly EventFilter[] = [...FILTERS, { until: new Date(end - 15 * DAY_MS), status: 'denied' }, ...SEARCHES.map((text) => ({ text })), ...BOTH];
  for (const filter of asked) {
    const found = index.count(filter, COUNT_MS);
    line(`events ${JSON.stringify(filter)}`, `${rounds(() => index.events(filter)).padEnd(28)} count ${rounds(() => index.count(filter, COUNT_MS))}: ${found.events}${found.isExact ? '' : '+'}`);
  }
  line('counts of a month by day and status', rounds(() => index.series({}, DAY_MS, 'status')));
  line('counts of a month by day and rule', rounds(() => index.series({}, DAY_MS, 'rule')));
  line('counts of six hours by minute', rounds(() => index.series({ since: new Date(end - DAY_MS / 4) }, 60_000, 'risk')));
  line('hits of each rule', rounds(() => index.rules({})));
  index.close();
}

/** As the page asks for them. */
async function dashboard(): Promise<void> {
  const index = await openIndex(folder);
  const end = Date.parse(index.events({}, undefined, 1).events[0]?.timestamp ?? '');
  const largest = index.sessions().reduce((most, each) => (each.events > most.events ? each : most));
  const data = new IndexData(index, () => new Set());
  const views: readonly (readonly [string, () => Promise<unknown>])[] = [
    ...OVERVIEWS.map(([name, span, step]) => [`overview of ${name}`, () => data.overview(Math.floor((end - span) / step) * step, end, step)] as const),
    ['sessions', () => data.sessions(undefined, 200)],
    [`session of ${largest.events} events`, () => data.session(largest.id)],
    ['hits of each rule', () => data.ruleHits()],
    ['200 events, and their number', async () => [await data.events({}, { limit: 200 }), await data.count({})]],
    ['200 denials of an agent, and their number', async () => [await data.events({ status: 'denied', agent: 'codex' }, { limit: 200 }), await data.count({ status: 'denied', agent: 'codex' })]],
    ['one event', () => data.event(`${largest.id}-5000`)],
  ];
  for (const [name, view] of views) {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const begun = performance.now();
      await view();
      times.push(performance.now() - begun);
    }
    line(`dashboard: ${name}`, `${median(times).toFixed(1)} ms (first ${(times[0] ?? 0).toFixed(1)})`);
  }
  data.close();
}

function rounds(work: () => unknown): string {
  const times = Array.from({ length: 5 }, () => timed(work).ms);
  return `${median(times).toFixed(1)} ms (first ${(times[0] ?? 0).toFixed(1)})`;
}

function commands(): void {
  const env = sandboxEnvironment(home);
  const bare = median(Array.from({ length: 5 }, () => timed(() => spawnSync(process.execPath, ['-e', '0'])).ms));
  line('node -e 0', `${bare.toFixed(0)} ms`);
  for (const args of [['log', '--status', 'denied'], ['log', '--risk', 'critical', '--agent', 'codex'], ['search', 'sudo'], ['search', '"git push" force'], ['summary', 'week'], ['sessions']]) {
    const times = Array.from({ length: 5 }, () => timed(() => spawnSync(process.execPath, [PROGRAM, ...args], { env })).ms);
    line(`patchwork ${args.join(' ')}`, `${median(times).toFixed(0)} ms`);
  }
}

function generating(): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) return;
  const { ms } = timed(() => generateLogs({ folder, events: EVENTS, sessions: Math.max(10, Math.round(EVENTS / 11_000)) }));
  line(`generating ${EVENTS} events`, `${(ms / 1000).toFixed(0)} s`);
}

const WORK: Readonly<Record<string, () => void | Promise<void>>> = { append: appending, generate: generating, index: indexing, questions, dashboard, commands };
for (const [part, work] of Object.entries(WORK)) if (PARTS.length === 0 || PARTS.includes(part)) await work();
if (kept === undefined) rmSync(home, { recursive: true, force: true });
