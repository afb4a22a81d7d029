/** Which programs that deny rules name a file is. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KnownPrograms } from '../../src/resolve/identity.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pw-identity-')));
const at = (name: string): string => join(folder, name);
const knownBy = (...words: string[]): KnownPrograms => new KnownPrograms(words, [folder], { project: folder, home: '/nonexistent' });
after(() => rmSync(folder, { recursive: true, force: true }));

copyFileSync('/bin/ls', at('vim.basic'));
symlinkSync('vim.basic', at('vi'));
copyFileSync('/bin/cat', at('systemctl'));
symlinkSync('systemctl', at('shutdown'));
copyFileSync(at('vim.basic'), at('copy'));

test('a program that a name leads to is that program under its own name, and so is a copy', () => {
  const known = knownBy('vi');
  for (const name of ['vi', 'vim.basic', 'copy']) assert.deepEqual(known.namesOf(at(name)), ['vi'], name);
});

test('what lends its file to another name is not that: `systemctl status` shuts nothing down', () => {
  assert.deepEqual(knownBy('shutdown').namesOf(at('systemctl')), []);
  assert.deepEqual(knownBy('shutdown', 'systemctl').namesOf(at('systemctl')), ['systemctl']);
});

test('a star stands for the programs of such names, and for their copies, but not for what those names only lead to', () => {
  const known = knownBy('vim.*', 'shut*', '*');
  mkdirSync(at('elsewhere'));
  copyFileSync(at('vim.basic'), at('elsewhere/x'));
  assert.deepEqual(known.namesOf(at('elsewhere/x')), ['vim.basic']);
  for (const name of ['vi', 'vim.basic', 'copy']) assert.deepEqual(known.namesOf(at(name)), ['vim.basic'], name);
  assert.deepEqual(known.namesOf(at('systemctl')), []);
});

test('a path is that file under every name, from the project and the home as well', () => {
  for (const word of [at('vim.basic'), './vim.basic', 'x/../vim.basic']) {
    for (const name of ['vi', 'vim.basic', 'copy']) assert.deepEqual(knownBy(word).namesOf(at(name)), [word], `${word} ${name}`);
    assert.deepEqual(knownBy(word).namesOf(at('systemctl')), []);
  }
  assert.deepEqual(new KnownPrograms(['~/vim.basic'], [], { project: '/nonexistent', home: folder }).namesOf(at('copy')), ['~/vim.basic']);
});

test('a path with a star is what lies there, by whatever link', () => {
  const word = `${folder}/vim.*`;
  for (const name of ['vi', 'vim.basic']) assert.deepEqual(knownBy(word).namesOf(at(name)), [word], name);
  assert.deepEqual(knownBy(word).namesOf(at('systemctl')), []);
});

test('what many names lead to is what its name says: psql drops no database, pgrep ends no process, lsmod unloads nothing', () => {
  const rows = [['pg_wrapper', 'dropdb', 'psql'], ['pgrep', 'pkill', 'pgrep'], ['kmod', 'rmmod', 'lsmod'], ['lvm', 'lvremove', 'lvs'], ['snap', 'kubectl', 'node-of-snap'], ['xtables-nft-multi', 'iptables', 'iptables-save']] as const;
  for (const [own, denied, other] of rows) {
    writeFileSync(at(own), `#!/bin/sh\n# ${own}\n`, { mode: 0o755 });
    for (const name of [denied, other]) if (name !== own) symlinkSync(own, at(name));
    assert.deepEqual(knownBy(denied).namesOf(at(other)), [], other);
    assert.deepEqual(knownBy(own).namesOf(at(other)), [own], own);
  }
});

test('the shims of pyenv and its like are one text under all names; a script that is not such a one stays itself', () => {
  const shims = at('shims');
  const places = { project: folder, home: folder };
  mkdirSync(shims);
  for (const name of ['pip', 'python3']) writeFileSync(join(shims, name), '#!/usr/bin/env bash\nprogram="${0##*/}"\nexec pyenv exec "$program" "$@"\n', { mode: 0o755 });
  for (const name of ['tool', 'other']) writeFileSync(join(shims, name), '#!/bin/sh\nexec /opt/tool "$@"\n', { mode: 0o755 });
  assert.deepEqual(new KnownPrograms(['pip'], [shims], places).namesOf(join(shims, 'python3')), []);
  assert.deepEqual(new KnownPrograms(['tool'], [shims], places).namesOf(join(shims, 'other')), ['tool']);
});
