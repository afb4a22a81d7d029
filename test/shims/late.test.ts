/** Programs that come while a session runs get their shim, also those that came before anything was watched. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isWrittenDown } from '../../src/enforce/own-path.ts';
import { installShims } from '../../src/enforce/shims.ts';

const WAIT_MS = 5000;

function install(folder: string, name: string, mode = 0o755): void {
  writeFileSync(join(folder, name), '#!/bin/sh\n');
  chmodSync(join(folder, name), mode);
}

async function appears(file: string): Promise<boolean> {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await sleep(10)) if (existsSync(file)) return true;
  return false;
}

test('where the guard judges as well, what comes just after the start and what comes later have a shim', async () => {
  const root = mkdtempSync(join(tmpdir(), 'late-'));
  const [runtime, programs] = [join(root, 'session'), join(root, 'programs')];
  const bin = join(runtime, 'bin');
  for (const folder of [runtime, programs, bin]) mkdirSync(folder);
  install(programs, 'first');
  // Long settled: only what comes from here on changes its time.
  utimesSync(programs, 1, 1);
  const shims = installShims(runtime, bin, [programs, join(root, 'nowhere')], ['denied'], (name) => name !== 'plain');
  try {
    assert.equal(await shims.count, 2);
    install(programs, 'soon');
    install(programs, 'plain');
    install(programs, 'text', 0o644);
    assert.ok(existsSync(join(bin, 'first')) && existsSync(join(bin, 'denied')));
    assert.ok(await appears(join(bin, 'soon')), 'what came before anything was watched');
    install(programs, 'later');
    // A file is seen as it is made, and again when it may be executed.
    assert.ok(await appears(join(bin, 'later')), 'what came afterwards');
    assert.ok(!existsSync(join(bin, 'plain')) && !existsSync(join(bin, 'text')));
  } finally {
    shims.close();
    rmSync(root, { recursive: true, force: true });
  }
});

test('what builds write down has no shim where the guard judges as well, but for names that a rule begins with', async () => {
  const root = mkdtempSync(join(tmpdir(), 'late-'));
  const programs = join(root, 'programs');
  mkdirSync(programs);
  const written = ['cc', 'gcc-12', 'x86_64-linux-gnu-gcc-ar-12', 'arm-none-eabi-g++', 'python3.11', 'pkg-config', 'clang++-14', 'pyenv', 'mkdir'];
  const others = ['git', 'node', 'bash', 'rm', 'find', 'python-config', 'cc-evil', 'my-own-tool'];
  for (const name of [...written, ...others, 'make']) install(programs, name);
  // All names, and those that some test of the names picks.
  for (const [index, isAsked] of [undefined, () => true].entries()) {
    const runtime = join(root, `session${index}`);
    const bin = join(runtime, 'bin');
    mkdirSync(bin, { recursive: true });
    const shims = installShims(runtime, bin, [programs], ['make'], isAsked, isWrittenDown);
    try {
      await shims.count;
      assert.deepEqual(readdirSync(bin).sort(), [...others, 'make'].sort());
    } finally {
      shims.close();
    }
  }
  rmSync(root, { recursive: true, force: true });
});

test('a folder that somebody made among the shims is cleared with them', async () => {
  const root = mkdtempSync(join(tmpdir(), 'late-'));
  const [runtime, bin] = [join(root, 'session'), join(root, 'session', 'bin')];
  mkdirSync(bin, { recursive: true });
  const shims = installShims(runtime, bin, [], ['denied'], () => true);
  assert.equal(await shims.count, 1);
  mkdirSync(join(bin, 'folder', 'inner'), { recursive: true });
  shims.close();
  assert.ok(!existsSync(bin));
  rmSync(root, { recursive: true, force: true });
});
