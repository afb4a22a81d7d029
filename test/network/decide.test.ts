/** What becomes of a connection, as a table: policy, names looked up, address, what its first bytes say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, parseAddress } from '../../src/network/address.ts';
import { type Destination, decideAnswer, decideConnect, decideNameless, decideStream, type HostVerdict, type Seen } from '../../src/network/decide.ts';
import { Names } from '../../src/network/names.ts';

/** Allowed hosts; a leading `!` is a rule that denies; `*` allows what no rule denies. */
function judgeBy(rules: string): (host: string, port: number | undefined) => HostVerdict {
  const words = rules.split(' ');
  return (host, port) => {
    const names = [host, `${host}:${port}`];
    if (words.some((word) => word.startsWith('!') && names.includes(word.slice(1)))) return { isAllowed: false, isExplicit: true };
    return { isAllowed: words.includes('*') || words.some((word) => names.includes(word)), isExplicit: false };
  };
}

const to = (rules: string, address: string, names: readonly string[] = [], port = 443): Destination<HostVerdict> => ({ address, port, names, judge: judgeBy(rules) });
const tls = (name?: string, hasEch = false): Seen => ({ kind: 'tls', name, hasEch });
const http = (name?: string): Seen => ({ kind: 'http', name });
const OTHER: Seen = { kind: 'other' };
const A = '203.0.113.10';
const INSIDE = '10.0.0.5';

test('at connect', () => {
  const rows: readonly (readonly [string, string, readonly string[], string])[] = [
    ['a.test', A, ['a.test'], 'relay'],
    ['a.test', A, [], 'deny'],
    ['a.test', A, ['b.test'], 'deny'],
    ['a.test', A, ['a.test', 'b.test'], 'relay'],
    [A, A, [], 'relay'],
    ['*', A, [], 'relay'],
    [`* !${A}`, A, ['a.test'], 'deny'],
    ['a.test', INSIDE, ['a.test'], 'deny'],
    [`a.test ${INSIDE}`, INSIDE, ['a.test'], 'relay'],
    ['a.test', '169.254.169.254', ['a.test'], 'deny'],
    ['a.test', 'fd00:ec2::254', ['a.test'], 'deny'],
    ['a.test', '127.0.0.1', ['a.test'], 'deny'],
    ['127.0.0.1', '127.0.0.1', [], 'allow'],
    ['a.test:22', A, ['a.test'], 'deny'],
    ['a.test:443', A, ['a.test'], 'relay'],
  ];
  for (const [rules, address, names, effect] of rows) assert.equal(decideConnect(to(rules, address, names), true).effect, effect, `${rules} → ${address} ${names}`);
  assert.equal(decideConnect(to('*', A), false).effect, 'allow');
});

test('by what the first bytes say: the strictest reading', () => {
  const rows: readonly (readonly [string, string, readonly string[], Seen, string])[] = [
    ['a.test', A, ['a.test'], tls('a.test'), 'allow'],
    ['a.test', A, ['a.test'], tls('b.test'), 'deny'],
    ['a.test', A, ['a.test'], http('b.test'), 'deny'],
    ['a.test b.test', A, ['a.test'], tls('b.test'), 'look-up'],
    ['a.test', A, [], tls('a.test'), 'look-up'],
    [`a.test ${A}`, A, [], tls('a.test'), 'allow'],
    [A, A, [], http(A), 'allow'],
    ['a.test', A, ['a.test'], http(A), 'deny'],
    ['* !b.test', A, ['a.test'], tls('b.test'), 'deny'],
    ['* !b.test', A, [], tls('b.test'), 'deny'],
    [`* !${A}`, A, ['a.test'], tls('a.test'), 'deny'],
    ['a.test', INSIDE, ['a.test'], tls('a.test'), 'deny'],
    // Encrypted ClientHello: the front must be permitted, and so must every name that was looked up.
    ['a.test', A, ['a.test'], tls('a.test', true), 'allow'],
    ['a.test', A, ['a.test'], tls('front.test', true), 'deny'],
    ['a.test front.test', A, [], tls('front.test', true), 'deny'],
    ['a.test front.test', A, ['a.test'], tls('front.test', true), 'allow'],
    // Without a name: by every name that was looked up, else by the address.
    ['a.test', A, ['a.test'], OTHER, 'allow'],
    ['a.test', A, ['a.test'], tls(), 'allow'],
    ['a.test', A, ['a.test', 'b.test'], OTHER, 'deny'],
    ['a.test', A, [], OTHER, 'deny'],
    [A, A, [], OTHER, 'allow'],
  ];
  for (const [rules, address, names, seen, effect] of rows) assert.equal(decideStream(to(rules, address, names), seen).effect, effect, `${rules} → ${address} ${names} ${JSON.stringify(seen)}`);
});

test('a permitted name that was not looked up here counts when it leads to the address', () => {
  assert.equal(decideStream(to('a.test', A), tls('a.test'), true).effect, 'allow');
  const denied = decideStream(to('a.test', A), tls('a.test'), false);
  assert.equal(denied.effect, 'deny');
  assert.match('why' in denied ? (denied.why ?? '') : '', /a\.test, which does not lead to/);
  // Another permitted name was looked up for the address: both readings are permitted.
  assert.equal(decideStream(to('a.test b.test', A, ['a.test']), tls('b.test'), false).effect, 'allow');
});

test('model hosts may lead into the own network, but not past a rule', () => {
  const trusted = { ...to('model.test', INSIDE, ['model.test']), isTrusted: (name: string) => name === 'model.test' };
  assert.equal(decideConnect(trusted, true).effect, 'relay');
  assert.equal(decideStream(trusted, tls('model.test')).effect, 'allow');
  assert.equal(decideConnect({ ...trusted, judge: judgeBy(`model.test !${INSIDE}`) }, true).effect, 'deny');
});

test('answers that lead into the own network are none', () => {
  const answer = (name: string, address: string, rules: string): string => decideAnswer(name, to(rules, address)).effect;
  for (const address of ['10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '127.0.0.1', '::1', '169.254.1.1', 'fe80::1', 'fd12::1', '0.0.0.0', '::', '224.0.0.1', 'fd00:ec2::254', '168.63.129.16']) {
    assert.equal(answer('a.test', address, 'a.test'), 'deny', address);
    assert.equal(answer('a.test', address, `a.test ${address}`), 'allow', address);
  }
  assert.equal(answer('a.test', A, 'a.test'), 'allow');
  assert.equal(answer('localhost', '127.0.0.1', 'localhost'), 'allow');
});

test('datagrams are judged by name and address alike', () => {
  assert.deepEqual(['a.test', 'b.test'].map((name) => decideNameless(to('a.test', A, [name])).effect), ['allow', 'deny']);
});

test('kinds of addresses, also of those inside others', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['127.9.9.9', 'loopback'], ['::1', 'loopback'], ['::ffff:127.0.0.1', 'loopback'], ['::ffff:169.254.169.254', 'metadata'], ['64:ff9b::a9fe:a9fe', 'metadata'], ['fd00:ec2::254', 'metadata'], ['169.254.7.7', 'link-local'], ['fe80::1%eth0', 'link-local'],
    ['10.0.0.1', 'private'], ['::ffff:10.0.0.1', 'private'], ['2002:0a00:0001::', 'private'], ['fc00::1', 'private'], ['64:ff9b::7f00:1', 'private'], ['64:ff9b:1::1', 'private'], ['2002:7f00:1::1', 'private'], ['::ffff:0:127.0.0.1', 'private'], ['::127.0.0.1', 'private'], ['2002:0808:0808::', 'public'], ['0.0.0.0', 'unspecified'], ['::', 'unspecified'], ['ff02::fb', 'multicast'], ['8.8.8.8', 'public'], ['2606:4700::1', 'public'],
  ];
  for (const [text, kind] of rows) assert.equal(kindOf(parseAddress(text) ?? ''), kind, text);
  for (const text of ['a.test', '1.2.3', '', '1.2.3.4.5', 'g::1']) assert.equal(parseAddress(text), undefined, text);
});

test('names are forgotten after their time, and the oldest beyond the bound', () => {
  let now = 0;
  const names = new Names(() => now);
  names.remember('a.test', [A], 60);
  names.remember('b.test', [A], 60);
  assert.deepEqual(names.of(A), ['b.test', 'a.test']);
  now = 59 * 60_000;
  names.remember('b.test', [A], 60);
  now = 61 * 60_000;
  assert.deepEqual(names.of(A), ['b.test']);
  now = 200 * 60_000;
  assert.deepEqual([names.of(A), names.size], [[], 0]);
  for (let i = 0; i < 30_000; i++) names.remember('c.test', [`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`], 1e9);
  assert.equal(names.size, 20_000);
  for (let i = 0; i < 100; i++) names.remember(`n${i}.test`, [A], 60);
  assert.equal(names.of(A).length, 64);
});
