/** Summaries, counts, exports, verdicts for programs, and what all of that does without libsql. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ReadCoalescer } from '../../src/audit/coalesce.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { AuditWriter, type EventFacts } from '../../src/audit/writer.ts';
import { generateLogs } from '../support/generated-log.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
let folder: string;
let ids: string[];
const HOSTILE = 'evil \u001b]0;x\u0007\u202e<script>alert(1)</script>,"=cmd|x\u2028';

before(() => {
  sandbox = createSandbox('report');
  folder = join(sandbox.home, '.patchwork', 'sessions');
  ids = generateLogs({ folder, events: 400, sessions: 4, days: 2 });
  const writer = new AuditWriter({ sessionId: '20250101T000000-abcdef', agent: HOSTILE, project: { name: HOSTILE, path: `/p/${HOSTILE}` }, folder, now: () => new Date('2025-01-01T00:00:00Z') });
  const facts = (action: EventFacts['action'], target: EventFacts['target'], status: EventFacts['status'] = 'completed'): EventFacts => ({ action, status, risk: { level: 'high', flags: [] }, target, decision: { effect: status === 'denied' ? 'deny' : 'allow', step: 'mode', layer: 'user', rule: `files.deny: ${HOSTILE}`, source: `/p/${HOSTILE}:3`, reason: HOSTILE, pep: 'shim', micros: 1, trace: [HOSTILE] }, process: { pid: 5, ppid: 4, exe: `/bin/${HOSTILE}` } });
  for (const each of [facts('session_start', { type: 'session', command: HOSTILE }), facts('file_read', { type: 'file', path: HOSTILE, abs_path: `/p/${HOSTILE}` }, 'denied'), facts('command_execute', { type: 'command', command: `=1+1 ${HOSTILE}` }), facts('network_request', { type: 'network', host: 'x', url: HOSTILE }, 'denied')]) writer.append(each);
  writer.close();
});
after(() => sandbox.remove());

function out(...args: string[]): string {
  const { status, stdout, stderr } = sandbox.run(args);
  assert.equal(status, 0, stderr);
  return stdout;
}

const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

for (const args of [['summary', 'week'], ['summary', 'abcdef'], ['summary', 'abcdef', '--json'], ['stats', '--by', 'rule'], ['stats', '--by', 'agent', '--json'], ['show', 'abcdef'], ['show', 'abcdef', '--json'], ['show', 'abcdef-2'], ['show', 'abcdef-2', '--json'], ['why', '--session', 'abcdef'], ['sessions'], ['sessions', '--json'], ['export', '--session', 'abcdef'], ['export', '--format', 'sarif', '--session', 'abcdef'], ['export', '--format', 'ocsf', '--session', 'abcdef'], ['search', 'evil'], ['verify', 'abcdef'], ['verify', 'abcdef', '--json']]) {
  test(`nothing that an agent wrote is raw in ${args.join(' ')}`, () => {
    const text = out(...args);
    assert.ok(text.length > 20);
    assert.doesNotMatch(text, RAW);
  });
}

test('a summary tells what ran, what changed, what was denied, and by which rules', () => {
  const summary = JSON.parse(out('summary', ids[0] ?? '', '--json')) as { sessions: number; actions: Record<string, { actions: number; denied: number }>; rules: { denied: number }[]; ran: string[]; denied: AuditEvent[] };
  const events = readFileSync(join(folder, `${ids[0]}.jsonl`), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as AuditEvent);
  assert.equal(summary.sessions, 1);
  for (const [action, { actions, denied }] of Object.entries(summary.actions)) {
    assert.equal(actions, events.filter((event) => event.action === action).length);
    assert.equal(denied, events.filter((event) => event.action === action && event.status === 'denied').length);
  }
  assert.equal(summary.rules.reduce((sum, { denied }) => sum + denied, 0), events.filter((event) => event.status === 'denied').length);
  assert.deepEqual(summary.denied.map(({ id }) => id), events.filter((event) => event.status === 'denied').map(({ id }) => id).reverse().slice(0, 10));
});

test('exports hold every event, oldest first, in the form that is asked for', () => {
  const all = sandbox.events().sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
  const lines = (text: string): string[] => text.trimEnd().split('\n');
  assert.deepEqual(lines(out('export')).map((line) => JSON.parse(line) as AuditEvent), all);
  const ocsf = lines(out('export', '--format', 'ocsf')).map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(ocsf.length, all.length);
  for (const [at, object] of ocsf.entries()) {
    assert.deepEqual([object['type_uid'], object['time']], [Number(object['class_uid']) * 100 + Number(object['activity_id']), Date.parse(all[at]?.timestamp ?? '')]);
    const { action, status } = all[at] ?? assert.fail();
    const isOfSystem = !/^(?:mcp|session)_/.test(action);
    // What the public schema of each class requires, and what it does not have.
    assert.deepEqual([object['action_id'], object['disposition_id']], isOfSystem ? [status === 'denied' ? 2 : 1, status === 'denied' ? 2 : 1] : [undefined, undefined]);
    assert.notEqual(((object[action === 'mcp_tool_call' ? 'src_endpoint' : 'device'] ?? {}) as { hostname?: string }).hostname ?? '', '');
    if (action === 'command_execute') assert.deepEqual(Object.keys(object['process'] as object), ['pid', 'cmd_line']);
    if (action.startsWith('session_')) assert.deepEqual(object['app'], { name: 'Patchwork', vendor_name: 'Patchwork' });
  }
  const sarif = JSON.parse(out('export', '--format', 'sarif')) as { version: string; runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string }[] }[] };
  const [run] = sarif.runs;
  assert.equal(run?.results.length, all.filter(({ status }) => status === 'denied').length);
  for (const { ruleId, ruleIndex } of run?.results ?? []) assert.equal(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
  assert.equal(lines(out('export', '-n', '7')).length, 7);
});

test('CSV is read back by another program, and no cell is a formula', () => {
  const file = join(sandbox.project, 'x.csv');
  writeFileSync(file, out('export', '--format', 'csv'));
  const rows = parseCsv(readFileSync(file, 'utf8'));
  assert.equal(rows.length, sandbox.events().length + 1);
  for (const row of rows) {
    assert.equal(row.length, rows[0]?.length);
    for (const cell of row) assert.doesNotMatch(cell, /^[=+@-]/);
  }
});

/** RFC 4180, independently. */
function parseCsv(text: string): string[][] {
  return [...text.matchAll(/((?:(?:"(?:[^"]|"")*"|[^",\n]*),?)+)\n/g)].map(([, row = '']) => [...row.matchAll(/("(?:[^"]|"")*"|[^",]*)(?:,|$)/g)].map(([, cell = '']) => cell.replace(/^"|"$/g, '').replaceAll('""', '"')).slice(0, -1)).filter((row) => row.length > 1);
}

test('verify --json names state and first bad event', () => {
  const verdict = (): { state: string; first_bad: { line: number } | null; events: number } => JSON.parse(sandbox.run(['verify', ids[1] ?? '', '--json']).stdout) as { state: string; first_bad: { line: number } | null; events: number };
  assert.deepEqual([verdict().state, verdict().first_bad], ['unsealed', null]);
  appendFileSync(join(folder, `${ids[1]}.jsonl`), '{"half');
  assert.deepEqual([verdict().state, verdict().first_bad?.line], ['not_sound', verdict().events + 1]);
});

test('a session that is killed is called killed, not sound', () => {
  sandbox.run(['run', '-q', 'bash', '-c', 'expr 1; kill -9 $PPID; sleep 0.2; exit 0']);
  sandbox.run(['run', '-q', 'true']);
  const states = sandbox.run(['verify', '--all', '--json']).stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as { state: string }).state);
  assert.ok(states.includes('sound'));
});

test('log prune by the command line: a dry run, then for good; the ledger still tells', () => {
  assert.match(out('log', 'prune', '--older-than', '400d', '--dry-run') + sandbox.run(['log', 'prune', '--older-than', '400d', '--dry-run']).stdout, /20250101T000000-abcdef .*would go/);
  assert.match(out('log', 'prune', '--older-than', '2025-06-01'), /abcdef .*gone; its seal stays/);
  const { stdout } = sandbox.run(['verify', '--all']);
  assert.match(stdout, /20250101T000000-abcdef: pruned at .*: 4 events, the last with hash [0-9a-f]{64}/);
  assert.equal(sandbox.run(['log', 'prune']).status, 64);
});

test('without libsql the logs are read themselves, which is said; the answers are the same', () => {
  const hook = sandbox.write('without.cjs', 'const Module = require("node:module"); const load = Module._load; Module._load = function (name, ...rest) { if (name === "libsql") throw new Error("no such library here"); return load.call(this, name, ...rest); };');
  const env = { NODE_OPTIONS: `--require=${hook}` };
  for (const args of [['log', '--status', 'denied', '--json'], ['search', 'sudo OR "git push"', '--json'], ['stats', '--by', 'rule', '--json'], ['sessions', '--json'], ['show', `${ids[2]}-5`, '--json'], ['summary', ids[2] ?? '', '--json']]) {
    const { status, stdout, stderr } = sandbox.run(args, { env });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /read without an index.*no such library here/);
    const sorted = (text: string): string[] => text.split('\n').sort();
    assert.deepEqual(sorted(stdout), sorted(out(...args)), args.join(' '));
  }
});

test('identical reads within two seconds are counted, nothing else is', () => {
  let now = 1000;
  const reads = new ReadCoalescer(() => now);
  const read = (path: string, status: EventFacts['status'] = 'completed', pid = 1): EventFacts => ({ action: 'file_read', status, risk: { level: 'none', flags: [] }, target: { type: 'file', path, abs_path: `/p/${path}` }, decision: { effect: 'allow', step: 'mode', layer: 'user', reason: 'r', pep: 'guard', micros: now }, process: { pid } });
  const add = (facts: EventFacts): boolean => {
    if (reads.counts(facts)) return true;
    reads.remember(facts);
    return false;
  };
  assert.deepEqual([add(read('a')), add(read('a')), add(read('b')), add(read('a')), add(read('a', 'completed', 2)), add(read('a', 'denied')), add(read('a', 'denied'))], [false, true, false, true, false, false, false]);
  assert.deepEqual([add({ ...read('a'), action: 'file_edit' }), add({ ...read('a'), action: 'file_edit' })], [false, false]);
  assert.deepEqual(reads.take(false), []);
  now += 2000;
  assert.deepEqual(reads.take(false).map(({ target, repeat }) => [target.path, repeat]), [['a', { count: 2, since: new Date(1000).toISOString() }]]);
  assert.ok(reads.isEmpty);
  assert.equal(add(read('a')), false);
});
