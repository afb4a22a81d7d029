/** What the policy denies does not happen, whichever file function is used, and the program is told why in its own terms. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Session, startSession } from './session.ts';

interface Seen {
  readonly name: string;
  readonly value?: string;
  readonly code?: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly path?: string;
  readonly message: string;
  readonly patchwork?: { action: string; rule: string; layer: string; source: string; reason: string };
}

/** Rows of the fixture that must not be denied, with what they return. */
const HARMLESS: Readonly<Record<string, string>> = {
  'a flag getter that changes its mind': 'EBADF',
  'a URL look-alike that changes its mind': 'open text\n',
};
/** Refused by the preload itself, without a rule. */
const WITHOUT_RULE = new Set(['readFileSync of bytes that are not UTF-8']);

let session: Session;
let rows: readonly Seen[] = [];
let untouched: object;

before(async () => {
  session = await startSession();
  mkdirSync(join(session.project, 'nest/denied'), { recursive: true });
  mkdirSync(join(session.project, 'denied/empty'));
  writeFileSync(join(session.project, 'nest/denied/file.txt'), 'nest');
  untouched = snapshot();
  const { stdout, code } = await session.run('file-denials.cjs');
  assert.equal(code, 0);
  rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Seen);
});
after(() => session.close());

function snapshot(): object {
  const { mode, mtimeMs, nlink } = statSync(join(session.project, 'denied/file.txt'));
  const text = readFileSync(join(session.project, 'denied/file.txt'), 'utf8');
  const names = ['open', 'denied', 'nest/denied'].map((folder) => readdirSync(join(session.project, folder)));
  return { mode, mtimeMs, nlink, text, names };
}

test('every row ran', () => assert.ok(rows.length > 70, `${rows.length} rows`));

test('a denied file action fails with EACCES and names rule, layer, source and reason', () => {
  const wrong = rows.filter(({ name, code, errno, message, patchwork }) => {
    if (name in HARMLESS) return false;
    if (WITHOUT_RULE.has(name)) return code !== 'EACCES' || patchwork === undefined;
    const facts = ['files.deny: **/denied*', 'project', 'policy.yml:3', 'it is called denied'];
    return code !== 'EACCES' || errno !== -13 || !facts.every((fact) => message.includes(fact)) || patchwork?.layer !== 'project';
  });
  assert.deepEqual(wrong, []);
});

test('what is judged is what is done, also when a getter changes its answer', () => {
  for (const [name, expected] of Object.entries(HARMLESS)) {
    const row = rows.find((one) => one.name === name);
    assert.ok(row?.value === expected || row?.code === expected || row?.code === 'EACCES', JSON.stringify(row));
  }
});

test('the error has the shape of Node’s own', () => {
  const row = (name: string): Seen => rows.find((one) => one.name === name) as Seen;
  assert.match(row('readFileSync').message, /^EACCES: .*, open 'denied\/file\.txt'$/s);
  assert.match(row('renameSync from').message, / rename 'denied\/file\.txt' -> 'open\/stolen'$/);
  assert.equal(row('readdirSync').syscall, 'scandir');
  assert.equal(row('unlink').path, 'denied/file.txt');
  assert.equal(row('unlink').patchwork?.action, 'file_delete');
});

test('nothing in the denied folder was touched, and nothing of it got out', () => {
  assert.deepEqual(snapshot(), untouched);
  for (const copy of ['copy-sync', 'copy-async']) assert.equal(existsSync(join(session.project, '..', copy, 'denied')), false);
});
