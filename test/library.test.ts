/** The library as another program uses it: by the package's own name. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { evaluate, loadPolicy, PatchworkError, ruleName } from '../src/index.ts';
import { createSandbox, ROOT, SPEC } from './support/patchwork.ts';

test('a policy decides without a session', async () => {
  const policy = await loadPolicy({ file: `${SPEC}/dev.yml`, project: ROOT });
  const denied = evaluate(policy, { action: 'command_execute', command: 'git push origin main --force', cwd: ROOT });
  assert.equal(denied.effect, 'deny');
  assert.equal(ruleName(denied.rule), 'commands.deny: git push --force*');
  assert.equal(evaluate(policy, { action: 'file_read', path: 'src/x.ts', cwd: ROOT }).effect, 'allow');
  assert.equal(evaluate(policy, { action: 'network_request', host: 'example.org', port: 443 }).effect, 'deny');
  assert.equal(evaluate(policy, { action: 'mcp_tool_call', server: 's', tool: 't' }).step, 'mode');
});

test('a broken policy is an error with a code, every problem in its message', async () => {
  const sandbox = createSandbox('library');
  const file = sandbox.write('broken.yml', 'version: 1\nmod: fail-open\n');
  await assert.rejects(loadPolicy({ file }), (error: unknown) => error instanceof PatchworkError && error.code === 'PW_POLICY_INVALID' && /broken\.yml:2:1: error: unknown key `mod`/.test(error.message));
  sandbox.remove();
});

test('the package resolves by its name, with types beside it', () => {
  const script = "import { evaluate, loadPolicy } from 'patchwork'; console.log(typeof evaluate, typeof loadPolicy)";
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' });
  assert.equal(result.stdout.trim(), 'function function', result.stderr);
});

test('what is no request is denied with the reason, and nothing is thrown', async () => {
  const policy = await loadPolicy({ file: `${SPEC}/audit.yml`, project: ROOT });
  const requests: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /action is none of/],
    [{}, /action is none of/],
    [{ action: 'toString' }, /action is none of/],
    [{ action: 'file_read', path: 'a' }, /cwd is missing/],
    [{ action: 'file_read', cwd: ROOT }, /path is missing/],
    [{ action: 'command_execute', cwd: ROOT }, /command or argv is missing/],
    [{ action: 'command_execute', argv: ['ls', 5], cwd: ROOT }, /command or argv is missing/],
    [{ action: 'network_request' }, /host is missing/],
    [{ action: 'mcp_tool_call', server: 's' }, /tool is missing/],
  ];
  for (const [request, why] of requests) {
    const { effect, reason } = evaluate(policy, request as Parameters<typeof evaluate>[1]);
    assert.equal(effect, 'deny', JSON.stringify(request));
    assert.match(reason, why);
  }
});
