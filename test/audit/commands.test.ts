/** `patchwork log`, `search`, `tail`, `show` and `sessions` on logs of known content. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import { AuditWriter, type EventFacts } from '../../src/audit/writer.ts';
import { until } from '../support/live-session.ts';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
let folder: string;

interface Row {
  readonly action?: EventFacts['action'];
  readonly target: EventFacts['target'];
  readonly status?: 'completed' | 'denied' | 'error';
  readonly level?: EventFacts['risk']['level'];
  readonly rule?: string;
  readonly reason?: string;
}

const command = (text: string): EventFacts['target'] => ({ type: 'command', command: text, argv: text.split(' '), cwd: '/p' });

function write(sessionId: string, agent: string, day: string, rows: readonly Row[]): void {
  let minute = 0;
  const writer = new AuditWriter({ sessionId, agent, project: { name: 'p', path: '/p' }, folder, now: () => new Date(`${day}T10:${String(minute++).padStart(2, '0')}:00Z`) });
  for (const { action = 'command_execute', target, status = 'completed', level = 'none', rule, reason = 'because' } of [{ action: 'session_start' as const, target: { type: 'session' as const, command: `${agent} run` } }, ...rows]) {
    writer.append({ action, status, risk: { level, flags: [] }, target, decision: { effect: status === 'denied' ? 'deny' : 'allow', step: 'mode', layer: 'user', ...(rule === undefined ? {} : { rule }), reason, pep: 'shim', micros: 5 }, process: { pid: 4 } });
  }
  writer.close();
}

before(() => {
  sandbox = createSandbox('log');
  folder = join(sandbox.home, '.patchwork', 'sessions');
  mkdirSync(folder, { recursive: true });
  write('20250101T100000-aaaaaa', 'codex', '2025-01-01', [
    { target: command('npm test'), level: 'low' },
    { target: command('git push --force'), status: 'denied', level: 'high', rule: 'commands.deny: git push --force*' },
    { action: 'file_read', target: { type: 'file', path: '.env', abs_path: '/p/.env' }, status: 'denied', level: 'high', rule: 'files.deny: **/.env*' },
  ]);
  write('20250102T100000-bbbbbb', 'gemini', '2025-01-02', [
    { action: 'network_request', target: { type: 'network', host: 'registry.npmjs.org', port: 443 }, level: 'medium' },
    { action: 'mcp_tool_call', target: { type: 'mcp_tool', server_name: 'github', tool_name: 'create_issue' }, status: 'error' },
    { target: command('rm -rf /'), status: 'denied', level: 'critical' },
    { target: command('echo \u001b[2J\u202e\u009b31m\u2028x'), level: 'medium', reason: 'odd \u001b[2J' },
  ]);
});
after(() => sandbox.remove());

function targets(...args: string[]): string[] {
  const { status, stdout, stderr } = sandbox.run([...args, '--json']);
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '').map((line) => {
    const { target } = JSON.parse(line) as AuditEvent;
    return target.command ?? target.path ?? target.host ?? target.tool_name ?? '';
  });
}

const FILTERS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['log', '--risk', 'critical'], ['rm -rf /']],
  [['log', '--risk', 'high'], ['git push --force', '.env', 'rm -rf /']],
  [['log', '--status', 'denied'], ['git push --force', '.env', 'rm -rf /']],
  [['log', '--status', 'error'], ['create_issue']],
  [['log', '--action', 'file_read'], ['.env']],
  [['log', '--action', 'session_start'], ['codex run', 'gemini run']],
  [['log', '--session', '20250101'], ['codex run', 'npm test', 'git push --force', '.env']],
  [['log', '--session', 'aaaaaa', '--status', 'completed'], ['codex run', 'npm test']],
  [['log', '--agent', 'gemini', '--status', 'denied'], ['rm -rf /']],
  [['log', '--since', '2025-01-02', '--status', 'denied'], ['rm -rf /']],
  [['log', '--since', '2025-01-01T10:02:00Z'], ['git push --force', '.env', 'gemini run', 'registry.npmjs.org', 'create_issue', 'rm -rf /', 'echo \u001b[2J\u202e\u009b31m\u2028x']],
  [['log', '--since', '1h'], []],
  [['log', '--target', 'NPM'], ['npm test', 'registry.npmjs.org']],
  [['log', '--target', 'npmjs.org:443'], ['registry.npmjs.org']],
  [['log', '--target', 'github:create'], ['create_issue']],
  [['log', '-n', '2'], ['rm -rf /', 'echo \u001b[2J\u202e\u009b31m\u2028x']],
  [['log', '--number', '1', '--risk', 'high'], ['rm -rf /']],
  [['search', 'denied'], ['git push --force', '.env', 'rm -rf /']],
  [['search', 'DENIED', 'git'], ['git push --force']],
  [['search', 'push force'], ['git push --force']],
  [['search', '.env'], ['.env']],
  [['search', 'nothing like it'], []],
  [['search', 'denied', '-n', '1'], ['rm -rf /']],
  [['search', 'denied', '--agent', 'codex', '--action', 'file_read'], ['.env']],
  // Names of fields are not what a person looks for.
  [['search', 'prev_hash'], []],
  [['search', 'session_id'], []],
  [['search', 'micros'], []],
];

for (const [args, expected] of FILTERS) test(`${args.join(' ')} finds ${expected.length}`, () => assert.deepEqual(targets(...args), expected));

test('the table shows one line an event, and nothing an agent wrote is raw', () => {
  for (const args of [['log'], ['search', 'echo'], ['sessions'], ['show', 'bbbbbb-5']]) {
    const { status, stdout, stderr } = sandbox.run(args);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/, args.join(' '));
  }
  assert.equal(sandbox.run(['log']).stdout.trimEnd().split('\n').length, 9);
});

test('--json can be shown in a terminal, too', () => {
  const { stdout } = sandbox.run(['log', '--json']);
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
});

test('why shows the last denial, or that of an event, and how to ask again', () => {
  const denied = (JSON.parse(`[${sandbox.run(['log', '--status', 'denied', '--json']).stdout.trim().split('\n').join(',')}]`) as { id: string; action: string }[]).at(-1);
  const { stdout, stderr, status } = sandbox.run(['why']);
  assert.equal(status, 0, stderr);
  assert.ok(denied !== undefined && stdout.includes(denied.id), stdout);
  assert.match(stderr, /patchwork policy explain /);
  assert.match(sandbox.run(['why', 'aaaaaa-3']).stdout, /aaaaaa-3/);
  assert.equal(sandbox.run(['why', 'no-such-event']).status !== 0, true);
});

test('show gives one event in full, by the end of its id', () => {
  const { stdout } = sandbox.run(['show', 'aaaaaa-3']);
  assert.match(stdout, /^id +20250101T100000-aaaaaa-3$/m);
  assert.match(stdout, /^rule +commands\.deny: git push --force\*/m);
  assert.equal((JSON.parse(sandbox.run(['show', '20250101T100000-aaaaaa-3', '--json']).stdout) as AuditEvent).target.command, 'git push --force');
});

test('show of what is not there, or is not one, is an error', () => {
  assert.deepEqual([sandbox.run(['show', 'zzz']).status, sandbox.run(['show', '-3']).status !== 0, sandbox.run(['log', '--session', '2025']).status], [66, true, 66]);
});

test('sessions lists each with agent, command and outcome', () => {
  const rows = sandbox.run(['sessions', '--json']).stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { id: string; agent: string; ended: string | null });
  assert.deepEqual(rows.map(({ id, agent, ended }) => [id, agent, ended]), [['20250101T100000-aaaaaa', 'codex', null], ['20250102T100000-bbbbbb', 'gemini', null]]);
});

test('wrong values of filters are errors of usage that name the right ones', () => {
  for (const [args, said] of [[['log', '--risk', 'huge'], /critical/], [['log', '--action', 'read'], /file_read/], [['log', '--status', 'ok'], /denied/], [['log', '--since', 'soon'], /30m/], [['log', '-n', '0'], /number/i], [['log', '-n', 'x'], /number/i], [['search'], /missing/]] as const) {
    const { status, stderr } = sandbox.run([...args]);
    assert.equal(status, 64, args.join(' '));
    assert.match(stderr, said);
  }
});

test('output that nobody reads any more is no error', () => {
  const { stdout, stderr } = spawnSync('bash', ['-c', '"$0" "$1" log --json | head -n 1 | wc -l; echo "${PIPESTATUS[0]}"', process.execPath, PROGRAM], { env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
  assert.deepEqual([stdout, stderr], ['1\n0\n', '']);
});

test('inside a session the log is closed, and that is said in a sentence', () => {
  const home = createSandbox('closed');
  const { status, stderr } = home.run(['run', '-q', process.execPath, PROGRAM, 'log']);
  home.remove();
  assert.equal(status, 66, stderr);
  assert.doesNotMatch(stderr, /this is a bug/);
});

test('tail shows what was there, then follows every session, filtered', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'tail', '--status', 'denied', '--json'], { env: sandboxEnvironment(sandbox.home) });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await until(() => output.split('\n').length > 3, 'the last events are shown');
  write('20250103T100000-cccccc', 'pi', '2025-01-03', [{ target: command('ls') }, { target: command('sudo ls'), status: 'denied' }]);
  await until(() => output.includes('sudo ls'), 'the new event is shown');
  child.kill('SIGINT');
  const shown = output.trimEnd().split('\n').map((line) => (JSON.parse(line) as AuditEvent).target);
  assert.deepEqual(shown.map(({ command, path }) => command ?? path), ['git push --force', '.env', 'rm -rf /', 'sudo ls']);
});

test('a log of 130,000 events is listed and shown', { timeout: 60_000 }, () => {
  const home = createSandbox('large');
  const large = join(home.home, '.patchwork', 'sessions');
  mkdirSync(large, { recursive: true });
  // More than a call can have arguments: `push(...events)` of all of them would overflow the stack.
  const writer = new AuditWriter({ sessionId: '20250101T100000-dddddd', agent: 'x', project: { name: 'p', path: '/p' }, folder: large });
  for (let i = 0; i < 130_000; i++) writer.append({ action: 'command_execute', status: 'completed', risk: { level: 'low', flags: [] }, target: { type: 'command', command: 'ls' }, decision: { effect: 'allow', step: 'mode', layer: 'user', reason: 'r', pep: 'shim', micros: 1 }, process: { pid: 1 } });
  writer.close();
  for (const args of [['show', 'dddddd-130000'], ['log', '-n', '130000']]) {
    const { status, stderr } = home.run(args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr.slice(0, 300)}`);
  }
  home.remove();
});
