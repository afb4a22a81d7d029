/** What stands in the log of a real session: one event an action, whole, chained, in order. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import { whyNoGuard } from '../support/guarded.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';

const hasGuard = (await whyNoGuard()) === undefined;

let sandbox: Sandbox;
let events: AuditEvent[];
let file: string;

before(() => {
  sandbox = createSandbox('events');
  sandbox.write('policy.yml', 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["**/.env"]\n  commands:\n    deny: ["uname *"]\n    allow: ["git *"]\n  network:\n    deny: ["denied.invalid"]\n');
  sandbox.write('.env', 'x');
  // Outside the project: reads there are asked one by one.
  sandbox.write(join(sandbox.home, 'read.txt'), 'x');
  sandbox.write('agent.sh', 'uname -a\ngit --version\nnode ./agent.cjs\nexit 4\n');
  sandbox.write('agent.cjs', `const fs = require('fs'); const tries = [() => fs.readFileSync('.env'), () => fs.readFileSync(process.env.HOME + '/read.txt'), () => fs.writeFileSync('new.txt', ''), () => fs.writeFileSync('new.txt', 'y'), () => fs.unlinkSync('new.txt')];
    for (const each of tries) try { each() } catch {}
    require('net').connect(443, 'denied.invalid').on('error', () => {});`);
  const { status } = sandbox.run(['run', '-q', '--policy', 'policy.yml', 'bash', './agent.sh']);
  assert.equal(status, 4);
  events = sandbox.events();
  file = join(sandbox.home, '.patchwork', 'sessions', `${events[0]?.session_id}.jsonl`);
});
after(() => sandbox.remove());

const find = (action: string, target: RegExp): AuditEvent => {
  const found = events.filter((event) => event.action === action && target.test(JSON.stringify(event.target)));
  assert.ok(found.length >= 1, `${action} ${target}\n${events.map(({ action, target }) => `${action} ${JSON.stringify(target)}`).join('\n')}`);
  return found[0] as AuditEvent;
};

test('the log begins with the start of the session and ends with its end', () => {
  const [first, last] = [events[0], events.at(-1)];
  assert.deepEqual([first?.action, first?.target.type, first?.target.command, first?.target.argv, first?.target.cwd], ['session_start', 'session', 'bash ./agent.sh', ['bash', './agent.sh'], sandbox.project]);
  assert.equal(last?.action, 'session_end');
  assert.match(last?.decision.reason ?? '', /^exit code 4; \d+ actions, 3 denied/);
});

test('every event has every field of the product, of its type', () => {
  for (const event of events) {
    assert.match(event.id, new RegExp(`^${event.session_id}-\\d+$`));
    assert.match(event.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(event.agent, 'bash');
    assert.ok(['completed', 'denied', 'error'].includes(event.status));
    assert.ok(['none', 'low', 'medium', 'high', 'critical'].includes(event.risk.level) && Array.isArray(event.risk.flags));
    assert.deepEqual(event.project, { name: 'project', path: sandbox.project });
    const { effect, step, layer, reason, pep, micros } = event.decision;
    assert.ok(['allow', 'deny'].includes(effect) && ['deny_rule', 'allow_rule', 'risk', 'mode', 'baseline', 'cover'].includes(step) && ['builtin', 'system', 'user', 'project'].includes(layer));
    assert.ok(reason.length > 0 && ['session', 'shim', 'preload', 'shell', 'guard'].includes(pep) && Number.isInteger(micros) && micros >= 0);
    assert.equal(effect === 'deny', event.status === 'denied');
    assert.ok(Number.isInteger(event.process.pid) && event.process.pid > 0);
    if (event.action !== 'session_start' && event.action !== 'session_end') assert.ok(Number.isInteger(event.process.depth) && Number.isInteger(event.process.ppid) && typeof event.process.exe === 'string', JSON.stringify(event.process));
  }
});

test('ids count up and times do not go back', () => {
  assert.deepEqual(events.map(({ id }) => Number(id.split('-').at(-1))), events.map((_, index) => index + 1));
  assert.deepEqual(events.map(({ timestamp }) => timestamp), events.map(({ timestamp }) => timestamp).sort());
});

test('a command has its words, its folder, and the rule that settled it', () => {
  const denied = find('command_execute', /uname/);
  assert.deepEqual([denied.status, denied.target.type, denied.target.command, denied.target.argv, denied.target.cwd], ['denied', 'command', 'uname -a', ['uname', '-a'], sandbox.project]);
  assert.deepEqual([denied.decision.step, denied.decision.layer, denied.decision.rule, denied.decision.source, denied.decision.pep], ['deny_rule', 'user', 'commands.deny: uname *', `${sandbox.project}/policy.yml:7`, 'shim']);
  const allowed = find('command_execute', /git --version/);
  assert.deepEqual([allowed.status, allowed.decision.step, allowed.decision.rule], ['completed', 'allow_rule', 'commands.allow: git *']);
});

test('files are read, created, edited and deleted under their own names', () => {
  const denied = find('file_read', /\.env/);
  // Where the guard judges, the preload only says why.
  assert.deepEqual([denied.status, denied.target, denied.decision.pep], ['denied', { type: 'file', path: '.env', abs_path: `${sandbox.project}/.env` }, hasGuard ? 'guard' : 'preload']);
  // What covers a program lets it read; with the guard, which sees every read of every program, that would bury what matters.
  if (!hasGuard) assert.equal(find('file_read', /read\.txt/).status, 'completed');
  // A change that follows soon is no event of its own there, either.
  for (const action of ['file_create', ...(hasGuard ? [] : ['file_edit']), 'file_delete']) assert.equal(find(action, /new\.txt/).status, 'completed');
});

test('a host is recorded with its port', () => {
  const { target, status } = find('network_request', /denied\.invalid/);
  assert.deepEqual([status, target.type, target.host, target.port], ['denied', 'network', 'denied.invalid', 443]);
});

test('a process is named: who asked, its parent, its program', () => {
  const read = find('file_read', /\.env/);
  assert.match(read.process.exe ?? '', /node/);
  assert.ok((read.process.depth ?? 0) >= 1);
});

test('the chain holds by an independent reading: SHA-256 over the event with sorted keys', () => {
  const sorted = (value: unknown): unknown => (Array.isArray(value) ? value.map(sorted) : value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)])) : value);
  let previous = '0'.repeat(64);
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const { hash, ...rest } = JSON.parse(line) as AuditEvent;
    assert.equal(rest.prev_hash, previous);
    assert.equal(hash, createHash('sha256').update(JSON.stringify(sorted(rest))).digest('hex'));
    previous = hash;
  }
});

test('log and folder are open to their owner alone', () => {
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700);
});

test('a log with odd characters is one line an event, and reads back', () => {
  const words = ['a\nb', '\u2028', '\u0000'.slice(1), '"', '\\', '\u202e', '😀', '\u001b[2J'];
  const { status, stderr } = sandbox.run(['run', '-q', 'bash', '-c', 'expr "$@" > /dev/null 2>&1; exit 0', 'bash', ...words]);
  assert.equal(status, 0, stderr);
  const event = sandbox.events().find(({ action, target }) => action === 'command_execute' && target.argv?.[0] === 'expr');
  assert.deepEqual(event?.target.argv, ['expr', ...words]);
  assert.equal(sandbox.run(['verify']).status, 0);
});
