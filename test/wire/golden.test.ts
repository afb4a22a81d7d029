/** The golden messages of test/fixtures/wire/, read and written by both codecs: TypeScript and C. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CommandQuestion, decodeQuestion, decodeVerdict, encode, ProtocolError } from '../../src/evaluator/protocol.cts';
import { ROOT } from '../support/patchwork.ts';
import { buildCodec } from '../support/wire-codec.ts';

const FIXTURES = join(ROOT, 'test', 'fixtures', 'wire');
const folder = mkdtempSync(join(tmpdir(), 'pw-wire-'));
const codec = buildCodec(folder);
const skip = typeof codec === 'string' ? codec : false;
after(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8');
const questions = read('questions.jsonl').trimEnd().split('\n');
const verdicts = JSON.parse(read('verdicts.json')) as [string, string][];
const malformed = JSON.parse(read('malformed-questions.json')) as [string, string][];

test('every golden question is read by the evaluator', () => {
  for (const line of questions) assert.deepEqual(decodeQuestion(line), JSON.parse(line), line);
});

test('the TypeScript codec writes the golden questions of the preload byte for byte', () => {
  const own = questions.filter((line) => !line.includes('"pep":"shim"'));
  assert.ok(own.length >= 9);
  for (const line of own) assert.equal(encode(decodeQuestion(line)), `${line}\n`);
});

test('the C codec writes the golden questions of the launcher byte for byte', { skip }, () => {
  if (typeof codec === 'string') return;
  const own = questions.filter((line) => line.includes('"pep":"shim"'));
  assert.ok(own.length >= 6);
  assert.deepEqual(codec.write(own.map((line) => decodeQuestion(line) as CommandQuestion)), own);
});

test('the C codec sends only those variables that change what runs', { skip }, () => {
  if (typeof codec === 'string') return;
  const fields = { pid: 1, argv: ['a'], exe: '/a', file: '1:2', cwd: '/', env: ['HOME=/root', 'LOGNAME=me', 'SECRET_TOKEN=x', 'NODE_OPTIONS=a', 'AWS_SECRET_ACCESS_KEY=y', 'LD_PRELOAD=z', 'ENVIRONMENT=no'] };
  const [line = ''] = codec.write([fields]);
  assert.deepEqual((JSON.parse(line) as CommandQuestion).env, ['HOME=/root', 'NODE_OPTIONS=a', 'LD_PRELOAD=z']);
});

for (const [expected, line] of verdicts) {
  test(`the TypeScript codec reads as ${expected}: ${line.slice(0, 90)}`, () => {
    if (expected === 'broken') assert.throws(() => decodeVerdict(line, 1), ProtocolError);
    else assert.equal(decodeVerdict(line, 1).effect, expected);
  });
}

test('the C codec reads every golden verdict as the TypeScript codec does', { skip }, () => {
  if (typeof codec === 'string') return;
  const read = codec.read(verdicts.map(([, line]) => Buffer.from(line)));
  // The launcher never says hello: a settlement is no answer to its question.
  assert.deepEqual(read.map(({ effect }) => effect), verdicts.map(([expected]) => (expected === 'settled' ? 'broken' : expected)));
  for (const [index, [expected, line]] of verdicts.entries()) {
    if (expected === 'deny') assert.equal(read[index]?.message, (JSON.parse(line) as { message: string }).message);
  }
});

test('the C codec lets no control character of a message through', { skip }, () => {
  if (typeof codec === 'string') return;
  const [answer] = codec.read([Buffer.from(String.raw`{"v":1,"id":1,"effect":"deny","message":"a\u001b[2J\u0000\u009b\u202e\b\f\r\nb\tc","reason":"r"}`)]);
  assert.equal(answer?.message, 'a?[2J??????\nb\tc');
});

test('the TypeScript codec writes the golden verdicts byte for byte', () => {
  for (const [expected, line] of verdicts) {
    if (expected !== 'broken') assert.equal(encode(decodeVerdict(line, 1)), `${line}\n`);
  }
});

for (const [what, line] of malformed) {
  test(`a malformed question is refused (${what}): ${line.slice(0, 80)}`, () => {
    assert.throws(() => decodeQuestion(line), ProtocolError);
  });
}

test('a refusal names the id of the question where it has one', () => {
  assert.throws(() => decodeQuestion('{"v":1,"id":77,"op":"ask","pep":"shim","pid":1,"action":"x"}'), { id: 77 });
  assert.throws(() => decodeQuestion('{"v":1}'), { id: 0 });
});
