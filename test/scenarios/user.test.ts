/** The superuser tries what an ordinary user could do as well, and what he may: the guard has other rights then, and the kernel other answers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PROGRAM } from '../support/patchwork.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

/** Themes, and the rows of them that are tried here; all of a theme by PATCHWORK_SCENARIOS_UID=1000 node --test dist/test/scenarios/exec.test.js. */
const THEMES: readonly (readonly [theme: string, rows: string])[] = [
  ['tricks', '^(?!prog-gone)'],
  ['reach', '.'],
  ['closed', '.'],
  ['races', '^(thread_path|link_swap|folder_link|exec_path|exec_words|exec_link|dirfd|cwd|connect)'],
  ['permitted', '^(more-day0[0-5]|c-queue|c-semaphores)'],
  ['self-protection', '^(proc-|door-|around-(?!orphan)|nested0|own-the-policy-r)'],
];

interface Person {
  readonly uid: number;
  readonly home: string;
}

function ordinaryUser(): Person | undefined {
  const people = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).map((fields): Person => ({ uid: Number(fields[2]), home: fields[5] ?? '' }));
  return people.find(({ uid, home }) => uid >= 1000 && uid < 60_000 && existsSync(home));
}

const person = process.getuid?.() === 0 && existsSync('/etc/passwd') ? ordinaryUser() : undefined;

function reason(): string | false {
  if (process.env['PATCHWORK_SCENARIOS_UID'] !== undefined || process.getuid?.() !== 0) return 'it is run as an ordinary user already';
  if (person === undefined) return 'there is no ordinary user on this machine';
  const { status } = spawnSync(process.execPath, [PROGRAM, '--version'], { uid: person.uid, gid: person.uid, cwd: '/', env: { HOME: person.home, PATH: process.env['PATH'] } });
  return status === 0 ? false : 'the program cannot be read by an ordinary user here';
}

const skip = reason();
for (const [theme, rows] of THEMES) {
  test(`as an ordinary user: ${theme}`, { skip }, () => {
    const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', join(HERE, `${theme}.test.js`)], {
      encoding: 'utf8',
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, PATCHWORK_SCENARIOS_UID: String(person?.uid), PATCHWORK_SCENARIO: rows },
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(status, 0, stdout.slice(Math.max(0, stdout.indexOf('failing tests'))).slice(0, 8000));
    assert.match(stdout, /ℹ pass [1-9]/);
  });
}
