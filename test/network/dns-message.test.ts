/** Messages of name servers: read, written, cut, hostile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CODES, readDns, stripServiceBinding, TYPES, writeAnswer, writeName, writeQuery } from '../../src/network/dns-message.ts';

const header = (counts: readonly number[], flags = 0x0100): Buffer => Buffer.concat([Buffer.from([0, 7, flags >> 8, flags & 255]), ...counts.map((count) => Buffer.from([count >> 8, count & 255]))]);
const question = (name: Buffer, type = 1): Buffer => Buffer.concat([name, Buffer.from([0, type, 0, 1])]);
const record = (name: Buffer, type: number, data: Buffer, ttl = 60): Buffer => Buffer.concat([name, Buffer.from([type >> 8, type & 255, 0, 1, 0, 0, ttl >> 8, ttl & 255, data.length >> 8, data.length & 255]), data]);
const POINTER = Buffer.from([0xc0, 12]);

test('a question of our own is read back, and carries name and type alone', () => {
  const bytes = writeQuery(513, { name: 'a.test', type: TYPES.MX });
  const read = readDns(bytes);
  assert.deepEqual([read?.id, read?.question, read?.isResponse, read?.wantsRecursion, read?.size], [513, { name: 'a.test', type: 15 }, false, true, 1232]);
  assert.equal(bytes.length, 12 + 8 + 4 + 11);
});

test('the letters of a question come back as they were sent, and compare as small ones', () => {
  const query = Buffer.concat([header([1, 0, 0, 0]), question(writeName('a.test').map((byte, index) => (index % 2 === 1 ? byte & ~0x20 : byte)) as Buffer)]);
  const read = readDns(query);
  assert.equal(read?.question?.name, 'a.test');
  if (read === undefined) return;
  const answer = writeAnswer(query, read, { code: CODES.ok, answers: [{ name: 'a.test', type: 1, class: 1, ttl: 5, data: Buffer.from([1, 2, 3, 4]) }] }, 512);
  assert.deepEqual(answer.subarray(12, 12 + 12), query.subarray(12));
  assert.deepEqual(readDns(answer)?.answers[0]?.data, Buffer.from([1, 2, 3, 4]));
});

test('names inside records are written out: CNAME, MX, SOA', () => {
  const target = Buffer.concat([Buffer.from([3]), Buffer.from('www'), POINTER]);
  const soa = Buffer.concat([POINTER, target, Buffer.alloc(20, 1)]);
  const bytes = Buffer.concat([header([1, 3, 0, 0], 0x8180), question(writeName('a.test')), record(POINTER, 5, target), record(POINTER, 15, Buffer.concat([Buffer.from([0, 10]), target])), record(POINTER, 6, soa)]);
  const read = readDns(bytes);
  assert.deepEqual(read?.answers.map(({ data }) => data.toString('latin1')), ['\x03www\x01a\x04test\0', '\0\n\x03www\x01a\x04test\0', `\x01a\x04test\0\x03www\x01a\x04test\0${'\x01'.repeat(20)}`]);
});

test('an answer that is too long is cut, and says so', () => {
  const query = writeQuery(1, { name: 'a.test', type: 16 });
  const read = readDns(query);
  assert.ok(read);
  const answers = Array.from({ length: 30 }, () => ({ name: 'a.test', type: 16, class: 1, ttl: 5, data: Buffer.alloc(100, 65) }));
  const cut = readDns(writeAnswer(query, read, { code: CODES.ok, answers }, 512));
  assert.deepEqual([cut?.isTruncated, cut?.answers.length], [true, 0]);
  const whole = readDns(writeAnswer(query, read, { code: CODES.ok, answers }, 65_535));
  assert.deepEqual([whole?.isTruncated, whole?.answers.length], [false, 30]);
});

test('keys of Encrypted ClientHello and address hints are taken out of service bindings', () => {
  const parameter = (key: number, data: Buffer): Buffer => Buffer.concat([Buffer.from([0, key, 0, data.length]), data]);
  const data = Buffer.concat([Buffer.from([0, 1, 0]), parameter(1, Buffer.from('\x02h2')), parameter(4, Buffer.from([1, 2, 3, 4])), parameter(5, Buffer.alloc(40)), parameter(6, Buffer.alloc(16))]);
  const stripped = stripServiceBinding({ name: 'a.test', type: 65, class: 1, ttl: 1, data });
  assert.deepEqual(stripped?.data, Buffer.concat([Buffer.from([0, 1, 0]), parameter(1, Buffer.from('\x02h2'))]));
  const mandatory = Buffer.concat([Buffer.from([0, 1, 0]), parameter(0, Buffer.from([0, 5])), parameter(5, Buffer.alloc(4))]);
  assert.equal(stripServiceBinding({ name: 'a.test', type: 65, class: 1, ttl: 1, data: mandatory }), undefined);
  assert.equal(stripServiceBinding({ name: 'a.test', type: 65, class: 1, ttl: 1, data: Buffer.from([0, 1, 0, 0, 5, 0, 200]) }), undefined);
});

const HOSTILE: readonly (readonly [string, Buffer])[] = [
  ['a pointer to itself', Buffer.concat([header([1, 0, 0, 0]), question(POINTER)])],
  ['a pointer forward', Buffer.concat([header([1, 0, 0, 0]), question(Buffer.from([0xc0, 40])), Buffer.alloc(40)])],
  ['two pointers in a circle', Buffer.concat([header([1, 1, 0, 0]), question(writeName('a')), record(Buffer.from([0xc0, 19]), 1, Buffer.alloc(4))])],
  ['a label of an unknown kind', Buffer.concat([header([1, 0, 0, 0]), question(Buffer.from([0x41, 97, 0]))])],
  ['a name without an end', Buffer.concat([header([1, 0, 0, 0]), Buffer.from([63])])],
  ['a name of 300 bytes', Buffer.concat([header([1, 0, 0, 0]), question(Buffer.concat([...Array.from({ length: 30 }, () => Buffer.from('\x09aaaaaaaaa')), Buffer.from([0])]))])],
  ['no question', header([0, 0, 0, 0])],
  ['two questions', Buffer.concat([header([2, 0, 0, 0]), question(writeName('a')), question(writeName('b'))])],
  ['another class', Buffer.concat([header([1, 0, 0, 0]), writeName('a'), Buffer.from([0, 1, 0, 3])])],
  ['65,535 records', Buffer.concat([header([1, 65_535, 0, 0]), question(writeName('a'))])],
  ['a record that is longer than the message', Buffer.concat([header([1, 1, 0, 0]), question(writeName('a')), record(POINTER, 1, Buffer.alloc(4)).subarray(0, -2)])],
  ['eleven bytes', Buffer.alloc(11)],
];
for (const [what, bytes] of HOSTILE) test(`not read: ${what}`, () => assert.equal(readDns(bytes), undefined));

test('bytes in a label that no host has are escaped, so that they end no name', () => {
  const read = readDns(Buffer.concat([header([1, 0, 0, 0]), question(Buffer.concat([Buffer.from('\x0bok.test/evil\x04test\0', 'latin1')]))]));
  assert.equal(read?.question?.name, undefined);
  const dotted = readDns(Buffer.concat([header([1, 0, 0, 0]), question(Buffer.from('\x07ok.test\x01/\x03a\0b\x04evil\0', 'latin1'))]));
  assert.equal(dotted?.question?.name, 'ok\\046test.\\047.a\\000b.evil');
});

test('any bytes are read without an error, and what is read can be written', () => {
  const whole = Buffer.concat([header([1, 2, 0, 0], 0x8180), question(writeName('a.test')), record(POINTER, 5, POINTER), record(POINTER, 1, Buffer.alloc(4))]);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readDns(Buffer.from(bytes))), { numRuns: 3000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      const read = readDns(bytes);
      if (read?.question !== undefined) readDns(writeAnswer(bytes, read, { code: 0, answers: read.answers }, 65_535));
    }),
    { numRuns: 3000 },
  );
});
