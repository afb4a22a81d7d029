/** A program that is allowed everything behaves exactly as it does without the preload. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FIXTURES, type Session, startSession } from './session.ts';

interface Row {
  readonly name: string;
  readonly seen: string;
}

/** How many behaviours the fixtures compare at least; their titles stand there. */
const BEHAVIOURS = 120;
const FILES = ['files', 'processes', 'network'].map((topic) => join(FIXTURES, `conformance-${topic}.cjs`));

let session: Session;
let bare: readonly Row[] = [];
let judged: readonly Row[] = [];

before(async () => {
  session = await startSession();
  bare = await rowsOf(true);
  judged = await rowsOf(false);
});
after(() => session.close());

async function rowsOf(isBare: boolean): Promise<readonly Row[]> {
  const { stdout } = await session.run('conformance.cjs', { isBare, args: FILES });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Row);
}

describe('with the preload and without it', () => {
  test('all behaviours were compared', () => {
    assert.ok(bare.length >= BEHAVIOURS, `${bare.length} behaviours`);
    assert.deepEqual(
      judged.map(({ name }) => name),
      bare.map(({ name }) => name),
    );
  });

  test('every behaviour is the same', () => {
    const different = bare
      .map(({ name, seen }, index) => ({ name, bare: seen, judged: judged[index]?.seen }))
      .filter((row) => row.bare !== row.judged);
    assert.deepEqual(different, []);
  });

  test('questions were asked, so the preload was there', () => assert.ok(session.questions.length > BEHAVIOURS));
});
