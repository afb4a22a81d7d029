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

test('scripts that start whatever they are called are not each other', () => {
  mkdirSync(at('shims'));
  for (const name of ['pip', 'python']) writeFileSync(join(at('shims'), name), '#!/bin/sh\nexec pyenv exec "${0##*/}" "$@"\n');
  assert.deepEqual(new KnownPrograms(['pip'], [at('shims')], { project: folder, home: folder }).namesOf(join(at('shims'), 'python')), []);
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
