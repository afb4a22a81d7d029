/** Agents are recognised by the name of their command; a base URL names another model host. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
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
  const hosts = agentHosts(profileFor('gemini'), { environment: { GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:4000/v1' }, args: [], home: '/nonexistent' }, ['more.example']);
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

test('settings of the agent name model servers of this machine, options any', () => {
  const sandbox = createSandbox('agent-hosts');
  mkdirSync(join(sandbox.home, '.codex'));
  writeFileSync(join(sandbox.home, '.codex', 'config.toml'), '[model_providers.a]\nbase_url = "http://127.0.0.1:8123/v1"\n[model_providers.b]\nbase_url = "https://elsewhere.example/v1"\n');
  const hosts = agentHosts(profileFor('codex'), { environment: {}, args: ['-c', 'model_providers.c.base_url="https://by-option.example/v1"'], home: sandbox.home }, []);
  assert.deepEqual(hosts.filter((host) => !profileFor('codex').hosts.includes(host)), ['by-option.example', '127.0.0.1:8123']);
  assert.deepEqual(agentHosts(profileFor('bash'), { environment: {}, args: ['-c', 'x --base-url=http://evil.example'], home: sandbox.home }, []), []);
  sandbox.remove();
});
