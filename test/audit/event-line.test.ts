/** What is written in one step is what a reader makes of it by sorting: else every log would look tampered with. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AuditEvent, canonical, hashText } from '../../src/audit/event.ts';
import { canonicalEvent } from '../../src/audit/event-line.ts';

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', '\u2028', '"\\', 'ä€😀', '\0'));
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const whole = fc.integer({ min: 0 });

/** Fields in an order of their own, absent or there as undefined. */
function record(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(fields);
  return fc.tuple(fc.record(fields), fc.shuffledSubarray(names, { minLength: names.length })).map(([values, order]) => Object.fromEntries(order.map((name) => [name, values[name]])));
}

const event = record({
  id: text,
  timestamp: text,
  session_id: text,
  agent: text,
  action: fc.constantFrom('file_read', 'command_execute', 'session_end'),
  status: fc.constantFrom('completed', 'denied', 'error'),
  risk: record({ level: fc.constantFrom('none', 'critical'), flags: fc.array(text) }),
  target: record({ type: text, path: maybe(text), abs_path: maybe(text), command: maybe(text), argv: maybe(fc.array(text)), cwd: maybe(text), url: maybe(text), host: maybe(text), address: maybe(text), port: maybe(whole), transport: maybe(fc.constant('udp')), server_name: maybe(text), tool_name: maybe(text) }),
  project: record({ name: text, path: text }),
  decision: record({ effect: text, step: text, layer: text, rule: maybe(text), source: maybe(text), reason: text, pep: text, micros: whole, trace: maybe(fc.array(text)) }),
  process: record({ pid: whole, ppid: maybe(whole), exe: maybe(text), depth: maybe(fc.integer()) }),
  repeat: maybe(record({ count: whole, since: text })),
  prev_hash: text,
});

test('the text of an event is its canonical text, whatever it holds and however it was put together', () => {
  fc.assert(fc.property(event, (each) => assert.equal(canonicalEvent(each as unknown as Omit<AuditEvent, 'hash'>), canonical(each))), { numRuns: 300 });
});

test('the hash is the SHA-256 of the text', () => {
  for (const each of ['', 'abc', 'ä€😀']) assert.equal(hashText(each), createHash('sha256').update(each).digest('hex'));
});
