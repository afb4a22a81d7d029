/** What the policy denies does not happen, whichever file function is used, and the program is told why in its own terms. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Governed, MODES } from './modes.ts';

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
/** No rule can speak of such a path: the preload refuses it by itself, the guard lets it go, and there is no such file. */
const NOT_UTF8 = 'readFileSync of bytes that are not UTF-8';

for (const { name: mode, isGuarded, skip, start } of MODES) {
  describe(`file denials ${mode}`, { skip }, () => {
    let session: Governed;
    let rows: readonly Seen[] = [];
    let said = '';
    let untouched: object;

    before(async () => {
      session = await start();
      mkdirSync(join(session.project, 'nest/denied'), { recursive: true });
      mkdirSync(join(session.project, 'denied/empty'));
      writeFileSync(join(session.project, 'nest/denied/file.txt'), 'nest');
      untouched = snapshot(session.project);
      const { stdout, stderr, code } = await session.run('file-denials.cjs');
      assert.equal(code, 0, stderr);
      said = stderr;
      rows = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Seen);
    });
    after(() => session.close());

    test('every row ran', () => assert.ok(rows.length > 70, `${rows.length} rows`));

    test('a denied file action fails with EACCES and names rule, layer, source and reason', () => {
      const wrong = rows.filter(({ name, code, errno, message, patchwork }) => {
        if (name in HARMLESS) return false;
        if (name === NOT_UTF8) return isGuarded ? code !== 'ENOENT' : code !== 'EACCES' || patchwork === undefined;
        return code !== 'EACCES' || errno !== -13 || ![...session.facts, `${patchwork?.reason}`].every((fact) => message.includes(fact)) || patchwork?.layer !== session.facts[1];
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
      assert.deepEqual(snapshot(session.project), untouched);
      for (const copy of ['copy-sync', 'copy-async']) assert.equal(existsSync(join(session.project, '..', copy, 'denied')), false);
    });

    test('the reason stands in the error alone, and in the log once', async () => {
      assert.equal(said, '');
      const before = session.denied()?.length ?? 0;
      const { stderr, code } = await session.evaluate("require('fs').readFileSync('denied/file.txt')");
      assert.equal(code, 1);
      const [, rule = ''] = session.facts[0]?.split(': ') ?? [];
      const shown = stderr.split('\n').filter((line) => line.includes(rule) && line.startsWith('Error: '));
      assert.equal(shown.length, 1, stderr);
      assert.equal(stderr.split('\n').filter((line) => line.startsWith('patchwork:')).length, 0, stderr);
      const events = session.denied();
      if (events !== undefined) assert.deepEqual(events.slice(before), [join(session.project, 'denied/file.txt')]);
    });
  });
}

function snapshot(project: string): object {
  const { mode, mtimeMs, nlink } = statSync(join(project, 'denied/file.txt'));
  const text = readFileSync(join(project, 'denied/file.txt'), 'utf8');
  const names = ['open', 'denied', 'nest/denied'].map((folder) => readdirSync(join(project, folder)));
  return { mode, mtimeMs, nlink, text, names };
}
