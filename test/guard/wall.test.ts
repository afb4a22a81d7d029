/** The wall: what nobody writes, although everything is allowed by the evaluator. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { probeGuard } from '../../src/enforce/probe.ts';
import { wallFolders } from '../../src/evaluator/wall.ts';
import { presetText } from '../../src/policy/presets.ts';
import { Places } from '../../src/resolve/places.ts';
import { evaluatorOf } from '../support/batch-in-process.ts';
import { ROOT, SPEC } from '../support/patchwork.ts';
import { allow, startGoverned } from '../support/scripted-guard.ts';
import { whyNoGuard } from '../support/guarded.ts';

const skip = (await whyNoGuard()) ?? false;
const facts = await probeGuard();

/** Prints what each attempt ends with. */
const ATTEMPTS = `
import errno, os, subprocess, sys
inside, outside = sys.argv[1:]
def attempt(name, call):
    try: call(); print(name, "done")
    except OSError as e: print(name, errno.errorcode[e.errno])
attempt("write", lambda: open(outside + "/file", "a").close())
attempt("make", lambda: open(outside + "/new", "w").close())
attempt("cut", lambda: os.truncate(outside + "/file", 0))
attempt("folder", lambda: os.mkdir(outside + "/folder"))
attempt("link", lambda: os.symlink("/", outside + "/link"))
attempt("remove", lambda: os.unlink(outside + "/file"))
attempt("take", lambda: os.rename(outside + "/file", inside + "/taken"))
attempt("put", lambda: os.rename(inside + "/file", outside + "/put"))
attempt("child", lambda: subprocess.run(["sh", "-c", 'echo x > "$0/file"', outside], stderr=subprocess.DEVNULL, check=False))
attempt("read", lambda: open(outside + "/file").read())
os.mkdir(inside + "/folder")
attempt("move inside", lambda: os.rename(inside + "/file", inside + "/folder/file"))
attempt("link inside", lambda: os.link(inside + "/folder/file", inside + "/second"))
attempt("write inside", lambda: open(inside + "/new", "w").write("x"))
attempt("remove inside", lambda: os.unlink(inside + "/second"))
`;

describe('the wall', () => {
  let inside: string;
  let outside: string;
  before(() => {
    inside = mkdtempSync(join(tmpdir(), 'pw-inside-'));
    outside = mkdtempSync(join(tmpdir(), 'pw-outside-'));
  });
  after(() => {
    for (const folder of [inside, outside]) rmSync(folder, { recursive: true, force: true });
  });

  async function tried(wall: readonly string[]): Promise<readonly string[]> {
    for (const folder of [inside, outside]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(join(folder, 'file'), 'text');
    }
    const { ended } = await startGoverned(['/usr/bin/python3', '-c', ATTEMPTS, inside, outside], () => allow, { wall });
    const { out, err } = await ended;
    assert.equal(err, '');
    return out.trim().split('\n');
  }

  const noWall = facts.hasWall ? false : 'this kernel has no wall (Landlock of Linux 6.2)';
  test('nothing outside is changed, whatever is allowed; inside all is as ever', { skip: skip === false ? noWall : skip }, async () => {
    const results = await tried([inside, '/dev', '/proc']);
    const refused = ['write', 'make', 'cut', 'folder', 'link', 'remove'].map((name) => `${name} EACCES`);
    assert.deepEqual(results.slice(0, 6), refused);
    // Landlock says EXDEV where the right to move is missing on one side.
    for (const line of results.slice(6, 8)) assert.match(line, /^(?:take|put) (?:EACCES|EXDEV)$/);
    assert.deepEqual(results.slice(8), ['child done', 'read done', 'move inside done', 'link inside done', 'write inside done', 'remove inside done']);
    assert.equal(readFileSync(join(outside, 'file'), 'utf8'), 'text');
  });

  test('without one the same is done', { skip }, async () => {
    const results = await tried([]);
    assert.deepEqual(results.slice(0, 5).map((line) => line.split(' ')[1]), Array(5).fill('done'));
  });
});

const spec = (name: string): string => readFileSync(join(SPEC, `${name}.yml`), 'utf8');
const foldersOf = (text: string): readonly string[] => wallFolders({ policies: evaluatorOf({ layer: 'user', text }).policies, places: new Places({ project: ROOT }) });
const closed = (allowed: string): string => `version: 1\nmode: fail-closed\nrules:\n  files:\n    allow: [${allowed}]\n`;

test('the wall stands around the folders of work and what rules name', () => {
  for (const text of [spec('dev'), spec('lockdown'), presetText('strict', 'x')]) {
    const folders = foldersOf(text);
    assert.ok(folders.includes(homedir()) && folders.includes('/tmp') && folders.includes('/dev'), folders.join());
    assert.ok(!folders.some((folder) => ['/', '/etc', '/usr', '/var'].includes(folder)), folders.join());
  }
  assert.ok(foldersOf(closed('"/usr/share/*.txt"')).includes('/usr/share'));
  assert.ok(foldersOf(closed('"/usr/no/such/**"')).includes('/usr'));
});

test('there is none where something may be written anywhere', () => {
  for (const text of [spec('audit'), presetText('default', 'x'), closed('"**"'), closed('"**/*.md"'), closed('"/*.txt"')]) assert.deepEqual(foldersOf(text), []);
});
