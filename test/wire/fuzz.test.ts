/** A short random attack on both codecs: any line is a message or an error of its own kind, and no byte is read that is not there. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CommandQuestion, decodeQuestion, decodeVerdict, ProtocolError } from '../../src/evaluator/protocol.cts';
import { ROOT } from '../support/patchwork.ts';
import { buildCodec, bytesOf } from '../support/wire-codec.ts';

const folder = mkdtempSync(join(tmpdir(), 'pw-fuzz-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const codec = buildCodec(folder);
const skip = typeof codec === 'string' ? codec : codec.hasSanitizers ? false : 'the compiler has no AddressSanitizer';

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
const ROUNDS = 20_000;

/** xorshift32: the same seed gives the same lines. */
function randomFrom(start: number): (bound: number) => number {
  let state = start | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const TOKENS = ['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', '\\ud800', '\\udcff', '\\u0000', 'null', 'true', '0', '1', '-1', '1e9', '99999999999999999999', ' ', '\t', '\r', '\u0000', '\x7f', 'é', '\ufeff', '"v":1', '"id":1', '"effect":"allow"', '"effect":"deny"', '"message":"x"', '"__proto__":', '"pid":', '"argv":['];

function mutate(line: string, random: (bound: number) => number): string {
  let text = line;
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(text.length + 1);
    const length = random(8) === 0 ? random(text.length + 1) : random(4);
    const token = TOKENS[random(TOKENS.length)] ?? '';
    text = text.slice(0, at) + (random(3) === 0 ? '' : token) + text.slice(at + length);
  }
  return text;
}

const fixture = (name: string): string => readFileSync(join(ROOT, 'test', 'fixtures', 'wire', name), 'utf8');
const questions = fixture('questions.jsonl').trimEnd().split('\n');
const verdicts = (JSON.parse(fixture('verdicts.json')) as [string, string][]).map(([, line]) => line).filter((line) => line.length < 500);

test(`any mutation of a question is a question or a ProtocolError (FUZZ_SEED=${seed})`, () => {
  const random = randomFrom(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const line = mutate(questions[round % questions.length] ?? '', random);
    try {
      const question = decodeQuestion(line);
      assert.equal(question.v, 1, line);
      assert.ok(Number.isSafeInteger(question.id) && Number.isSafeInteger(question.pid), line);
      if (question.op === 'ask' && question.action === 'command_execute') assert.ok([...question.argv, ...question.env].every((text) => typeof text === 'string'), line);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `${String(error)}: ${line}`);
    }
  }
});

test(`what the C codec takes for an allow, the TypeScript codec takes for one too (FUZZ_SEED=${seed})`, { skip }, () => {
  if (typeof codec === 'string') return;
  const random = randomFrom(seed);
  const lines = Array.from({ length: ROUNDS }, (_, round) => Buffer.from(mutate(verdicts[round % verdicts.length] ?? '', random)));
  for (const [index, { effect }] of codec.read(lines).entries()) {
    if (effect !== 'allow') continue;
    const line = lines[index]?.toString() ?? '';
    assert.equal(decodeVerdict(line, 1).effect, 'allow', line);
  }
});

test(`random bytes in every field make a question that reads back as those bytes (FUZZ_SEED=${seed})`, { skip }, () => {
  if (typeof codec === 'string') return;
  const random = randomFrom(seed);
  // As JSON gives it back: bytes that are no UTF-8 as lone surrogates. NUL cannot be in an argument.
  const text = (): string => asWire(Buffer.from(Array.from({ length: random(40) }, () => 1 + random(255))));
  const fields = Array.from({ length: 2000 }, () => ({ pid: random(100_000), argv: Array.from({ length: random(5) }, text), exe: text(), file: `${random(1000)}:${random(1000)}`, cwd: text(), env: [`NODE_OPTIONS=${text()}`] }));
  for (const [index, line] of codec.write(fields).entries()) {
    const question = decodeQuestion(line) as CommandQuestion;
    const sent = fields[index];
    assert.deepEqual([question.argv, question.env, question.exe, question.cwd].flat().map(bytesOf), [sent?.argv ?? [], sent?.env ?? [], sent?.exe ?? '', sent?.cwd ?? ''].flat().map(bytesOf));
  }
});

/** Bytes as a text whose `bytesOf` they are: here every byte that is no ASCII stands for itself. */
function asWire(bytes: Buffer): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('');
}
