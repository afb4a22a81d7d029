/** Agents are recognised by the name of their command; a base URL names another model host. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHosts, installationOf } from '../../src/agents/installation.ts';
import { profileFor } from '../../src/agents/profiles.ts';
import { createSandbox } from '../support/patchwork.ts';

const ROWS: readonly (readonly [string, string])[] = [
  ['codex', 'codex'],
  ['/usr/local/bin/gemini', 'gemini'],
  ['./node_modules/.bin/qwen', 'qwen'],
  ['claude', 'claude'],
  ['opencode', 'opencode'],
  ['pi', 'pi'],
  ['aider', 'aider'],
  ['bash', 'bash'],
  ['/bin/zsh', 'zsh'],
  ['my-agent', 'my-agent'],
];

for (const [command, name] of ROWS) {
  test(`${command} is ${name}`, () => {
    assert.equal(profileFor(command).name, name);
  });
}

test('a custom base URL adds its host and port', () => {
  const hosts = agentHosts(profileFor('gemini'), { GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:4000/v1' }, ['more.example']);
  assert.ok(hosts.includes('127.0.0.1:4000'));
  assert.ok(hosts.includes('generativelanguage.googleapis.com'));
  assert.ok(hosts.includes('more.example'));
});

test('the installation is the folder of the package, through the link in .bin', () => {
  const sandbox = createSandbox('install');
  const folder = join(sandbox.project, 'node_modules', '@google', 'gemini-cli');
  sandbox.write('node_modules/@google/gemini-cli/package.json', '{"name":"@google/gemini-cli"}');
  sandbox.write('node_modules/@google/gemini-cli/bin.js', '');
  mkdirSync(join(sandbox.project, 'node_modules', '.bin'));
  symlinkSync('../@google/gemini-cli/bin.js', join(sandbox.project, 'node_modules', '.bin', 'gemini'));
  const install = installationOf(join(sandbox.project, 'node_modules', '.bin', 'gemini'), profileFor('gemini'));
  assert.ok(install.includes(folder), install.join(' '));
  sandbox.remove();
});
