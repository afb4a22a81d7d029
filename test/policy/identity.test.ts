/** Which programs that deny rules name a file is. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

test('what many names lead to is what its name says: psql drops no database, pgrep ends no process, lsmod unloads nothing', () => {
  const rows = [['pg_wrapper', 'dropdb', 'psql'], ['pgrep', 'pkill', 'pgrep'], ['kmod', 'rmmod', 'lsmod'], ['lvm', 'lvremove', 'lvs'], ['snap', 'kubectl', 'node-of-snap'], ['xtables-nft-multi', 'iptables', 'iptables-save']] as const;
  for (const [own, denied, other] of rows) {
    writeFileSync(at(own), `#!/bin/sh\n# ${own}\n`, { mode: 0o755 });
    for (const name of [denied, other]) if (name !== own) symlinkSync(own, at(name));
    assert.deepEqual(new KnownPrograms([denied], [folder]).namesOf(at(other)), [], other);
    assert.deepEqual(new KnownPrograms([own], [folder]).namesOf(at(other)), [own], own);
  }
});

test('the shims of pyenv and its like are one text under all names; a script that is not such a one stays itself', () => {
  const shims = at('shims');
  mkdirSync(shims);
  for (const name of ['pip', 'python3']) writeFileSync(join(shims, name), '#!/usr/bin/env bash\nprogram="${0##*/}"\nexec pyenv exec "$program" "$@"\n', { mode: 0o755 });
  for (const name of ['tool', 'other']) writeFileSync(join(shims, name), '#!/bin/sh\nexec /opt/tool "$@"\n', { mode: 0o755 });
  assert.deepEqual(new KnownPrograms(['pip'], [shims]).namesOf(join(shims, 'python3')), []);
  assert.deepEqual(new KnownPrograms(['tool'], [shims]).namesOf(join(shims, 'other')), ['tool']);
});
