/** Under the kernel guard the preload only explains: what it must still do, and what it must leave to the guard's own words. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../support/patchwork.ts';
import { type Governed, MODES } from './modes.ts';

const ADD_ON = join(ROOT, 'node_modules', 'node-pty', 'build', 'Release', 'pty.node');
const READ = "try { fs.readFileSync('den' + 'ied/file.txt') } catch (error) { console.log(error.patchwork?.rule) }";
const RULE = 'files.deny: **/denied*\n';

const [, { skip, start } = { skip: 'there is no guarded mode', start: () => Promise.reject() }] = MODES;

describe('a Node program under the guard', { skip }, () => {
  let session: Governed;
  before(async () => {
    session = await start();
  });
  after(() => session.close());

  test('hears nothing on its standard error, where its errors say it all', async () => {
    assert.deepEqual(await session.evaluate(`const fs = require('fs'); ${READ}`), { stdout: RULE, stderr: '', code: 0 });
  });

  test('hears the guard as well when an add-on may have opened the file', { skip: !existsSync(ADD_ON) && 'node-pty was not compiled' }, async () => {
    const { stdout, stderr } = await session.evaluate(`process.dlopen({ exports: {} }, ${JSON.stringify(ADD_ON)}); const fs = require('fs'); ${READ}`);
    assert.match(stderr, /^patchwork: denied file_read .*\n {2}rule: files\.deny: \*\*\/denied\*/);
    // It may also have been Node's own call, whose reader sees the error alone.
    assert.equal(stdout, RULE);
  });

  test('hears the guard itself when it has no preload', async () => {
    const child = `const { execFileSync } = require('child_process'); console.log(String(execFileSync('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, '-e', ${JSON.stringify(`const fs = require('fs'); ${READ}`)}], { stdio: ['ignore', 'pipe', 'inherit'] })).trim())`;
    const { stdout, stderr } = await session.evaluate(child);
    assert.equal(stdout, 'undefined\n');
    assert.match(stderr, /^patchwork: denied file_read/);
  });

  test('keeps the preload in children with an environment of their own', async () => {
    for (const options of ['{ env: {} }', "{ env: { NODE_OPTIONS: '' } }"]) {
      const child = `const { execFileSync } = require('child_process'); process.stdout.write(execFileSync(process.execPath, ['-e', ${JSON.stringify(`const fs = require('fs'); ${READ}`)}], ${options}))`;
      assert.deepEqual(await session.evaluate(child), { stdout: RULE, stderr: '', code: 0 }, options);
    }
  });

  test('is told the rule of hosts and programs that ES modules import by name', async () => {
    writeFileSync(
      join(session.project, 'named.mjs'),
      `import http from 'node:http';
import { spawnSync } from 'node:child_process';
http.get('http://denied.test/').on('error', (error) => console.log(error.patchwork?.rule, spawnSync('touch', ['started']).error?.patchwork?.rule));`,
    );
    const { stdout } = await session.evaluate("import('./named.mjs')");
    assert.equal(stdout, 'network.deny: denied.test commands.deny: touch started*\n');
  });

  test('errors that are not the guard’s stay as they are', async () => {
    const { stdout } = await session.evaluate("try { require('fs').mkdirSync('/proc/none') } catch (error) { console.log(error.code, error.message, 'patchwork' in error) }");
    assert.equal(stdout, "ENOENT ENOENT: no such file or directory, mkdir '/proc/none' false\n");
  });

  test('its allowed programs are not started through a launcher', async () => {
    const { stdout } = await session.evaluate("process.stdout.write(require('child_process').execFileSync('/bin/sh', ['-c', 'echo ${PATCHWORK_EXEC-unset} $0']))");
    assert.equal(stdout, 'unset /bin/sh\n');
  });
});
