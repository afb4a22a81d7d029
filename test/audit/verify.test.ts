/** `patchwork verify`: whoever changes a log is found out, as far as a chain can tell. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hashEvent } from '../../src/audit/event.ts';
import { createSandbox, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
let file: string;
let lines: string[];

before(() => {
  sandbox = createSandbox('verify');
  sandbox.run(['run', '-q', 'bash', '-c', 'for i in 1 2 3 4 5 6; do expr $i > /dev/null; done; exit 0']);
  file = join(sandbox.home, '.patchwork', 'sessions', `${sandbox.events()[0]?.session_id}.jsonl`);
  lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 8);
});
after(() => sandbox.remove());

function verified(changed: readonly string[] | string): { status: number | null; stdout: string } {
  writeFileSync(file, typeof changed === 'string' ? changed : `${changed.join('\n')}\n`);
  const { status, stdout, stderr } = sandbox.run(['verify']);
  assert.doesNotMatch(stderr, /this is a bug/);
  return { status, stdout };
}

test('an untouched log is sound', () => {
  const { status, stdout } = verified(lines);
  assert.deepEqual([status, /: 8 events, unbroken, sealed at its end\n$/.test(stdout)], [0, true]);
});

const replaced = (index: number, by: (line: string) => string): string[] => lines.map((line, at) => (at === index ? by(line) : line));
const line = (index: number): string => lines[index] ?? '';

/** The event with a hash that fits again. */
function rehashed(text: string): string {
  const { hash: _, ...rest } = JSON.parse(text) as Parameters<typeof hashEvent>[0] & { hash: string };
  return JSON.stringify({ ...rest, hash: hashEvent(rest) });
}

const CHANGES: readonly (readonly [string, () => readonly string[] | string])[] = [
  ['a changed text', () => replaced(3, (text) => text.replace('expr 3', 'expr 9'))],
  ['a changed verdict', () => replaced(3, (text) => text.replace('"completed"', '"denied"'))],
  ['a changed number', () => replaced(3, (text) => text.replace(/"micros":\d+/, '"micros":1234567'))],
  ['a changed event with a new hash', () => replaced(3, (text) => rehashed(text.replace('expr 3', 'expr 9')))],
  ['an added field', () => replaced(3, (text) => text.replace('{', '{"note":"x",'))],
  ['a removed field', () => replaced(3, (text) => text.replace(/"agent":"[^"]*",/, ''))],
  ['a removed event', () => lines.filter((_, index) => index !== 4)],
  ['two removed events', () => lines.filter((_, index) => index !== 4 && index !== 5)],
  ['a removed first event', () => lines.slice(1)],
  ['an added copy', () => [...lines.slice(0, 4), line(3), ...lines.slice(4)]],
  ['an added event with a good hash', () => [...lines.slice(0, 4), rehashed(line(3)), ...lines.slice(4)]],
  ['two events in another order', () => [...lines.slice(0, 3), line(4), line(3), ...lines.slice(5)]],
  ['a line cut in the middle of the log', () => replaced(3, (text) => text.slice(0, 80))],
  ['a line of rubbish', () => [...lines.slice(0, 3), 'rubbish', ...lines.slice(3)]],
  ['a line of another type', () => [...lines.slice(0, 3), '[]', ...lines.slice(3)]],
  ['an event without its parts', () => [...lines.slice(0, 3), '{"hash":"x","action":"file_read"}', ...lines.slice(3)]],
  ['a hash of another length', () => replaced(7, (text) => text.replace(/"hash":"[^"]*"/, '"hash":""'))],
  ['a duplicated key', () => replaced(3, (text) => text.replace('"status":', '"status":"denied","status":'))],
  ['another start', () => replaced(0, (text) => rehashed(text.replace('"bash"', '"zsh"')))],
  ['another chain of another session put in its place', () => [line(0), ...lines.slice(1).map((text) => rehashed(text))].map((text, index) => (index === 0 ? rehashed(text.replace('session_start', 'file_read')) : text))],
];

for (const [what, change] of CHANGES) {
  test(`${what} is found out`, () => {
    const { status, stdout } = verified(change());
    assert.equal(status, 1, stdout);
    assert.match(stdout, /NOT SOUND\n {2}\/.*\.jsonl:\d+: /);
  });
}

test('a cut end is found out: the seal knows how far the log had come', () => {
  const { status, stdout } = verified(lines.slice(0, 5));
  assert.equal(status, 1);
  assert.match(stdout, /:6: the log was cut: it had 8 events when it was sealed at .*, and has 5/);
});

test('a last line that is cut off is found out', () => {
  const { status, stdout } = verified(`${lines.slice(0, 7).join('\n')}\n${line(7).slice(0, 50)}`);
  assert.equal(status, 1);
  assert.match(stdout, /:8: the last line is cut off/);
});

test('the whole log under the name of another session is found out', () => {
  verified(lines);
  const other = join(file, '..', '20200101T000000-abcdef.jsonl');
  writeFileSync(other, `${lines.join('\n')}\n`);
  const { status, stdout } = sandbox.run(['verify', '20200101T000000-abcdef']);
  writeFileSync(other, '');
  assert.equal(status, 1, stdout);
});

test('an empty log is not called sound and whole', () => {
  const { stdout } = sandbox.run(['verify', '20200101T000000-abcdef']);
  assert.doesNotMatch(stdout, /unbroken\n/);
});

test('a session that is not there is an error', () => {
  const { status, stderr } = sandbox.run(['verify', 'nowhere']);
  assert.equal(status, 66);
  assert.match(stderr, /no session is called nowhere/);
});

test('a session whose own command was denied ended, and was not killed', () => {
  const own = createSandbox('verify-denied');
  try {
    own.write('deny.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["sudo *"]\n');
    assert.equal(own.run(['run', '-q', '--policy', 'deny.yml', 'bash', '-c', 'sudo -n true']).status, 126);
    assert.match(own.run(['verify']).stdout, /: 3 events, unbroken, sealed at its end\n$/);
    assert.match(own.run(['sessions']).stdout, /not started: denied/);
  } finally {
    own.remove();
  }
});
