/** Which programs that deny rules name a file is. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KnownPrograms } from '../../src/resolve/identity.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pw-identity-')));
const at = (name: string): string => join(folder, name);
after(() => rmSync(folder, { recursive: true, force: true }));

copyFileSync('/bin/ls', at('vim.basic'));
symlinkSync('vim.basic', at('vi'));
copyFileSync('/bin/cat', at('systemctl'));
symlinkSync('systemctl', at('shutdown'));
copyFileSync(at('vim.basic'), at('copy'));

test('a program that a name leads to is that program under its own name, and so is a copy', () => {
  const known = new KnownPrograms(['vi'], [folder]);
  for (const name of ['vi', 'vim.basic', 'copy']) assert.deepEqual(known.namesOf(at(name)), ['vi'], name);
});

test('what lends its file to another name is not that: `systemctl status` shuts nothing down', () => {
  assert.deepEqual(new KnownPrograms(['shutdown'], [folder]).namesOf(at('systemctl')), []);
  assert.deepEqual(new KnownPrograms(['shutdown', 'systemctl'], [folder]).namesOf(at('systemctl')), ['systemctl']);
});
