/** Every example and every claim of the policy guide, literally. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSandbox, type Sandbox, SPEC } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('guide');
});
after(() => sandbox.remove());

const DEV = join(SPEC, 'dev.yml');

function explain(policy: string, ...words: string[]): string[] {
  const result = sandbox.run(['policy', 'explain', '--policy', policy, ...words]);
  assert.equal(result.stderr, '');
  return result.stdout.split('\n');
}

describe('How Policy Evaluation Works', () => {
  it('stops at a deny rule: file_read .env', () => {
    const policy = sandbox.write('exact.yml', 'version: 1\nmode: fail-closed\nrules:\n  files:\n    deny: ["**/.env"]\n');
    assert.deepEqual(explain(policy, 'file_read', '.env').slice(0, 3), ['Action: file_read .env', '  1. Deny rules: matches "**/.env" → DENIED', '  (evaluation stops)']);
    assert.deepEqual(explain(DEV, 'file_read', '.env').slice(0, 3), ['Action: file_read .env', '  1. Deny rules: matches "**/.env*" → DENIED', '  (evaluation stops)']);
  });

  it('permits at an allow rule: file_edit src/index.ts', () => {
    const lines = explain(DEV, 'file_edit', 'src/index.ts');
    assert.deepEqual(lines.slice(0, 3), ['Action: file_edit src/index.ts', '  1. Deny rules: no match', '  2. Allow rules: matches "src/**" → ALLOWED']);
    // The guide says so of a denial only.
    assert.ok(!lines.includes('  (evaluation stops)'), lines.join('\n'));
  });

  const fourSteps = ['Action: command_execute unknown-tool --flag', '  1. Deny rules: no match', '  2. Allow rules: no match', '  3. Risk: medium (below max_risk: high) → passes', '  4. Mode: fail-closed → DENIED (not explicitly allowed)'];

  it('comes to the mode last: command_execute unknown-tool --flag', () => {
    assert.deepEqual(explain(DEV, 'command_execute', 'unknown-tool --flag').slice(0, 5), fourSteps);
    assert.deepEqual(explain(DEV, '--', 'unknown-tool', '--flag').slice(0, 5), fourSteps);
  });

  it('takes the words of the example as they stand, options of the command included', () => {
    assert.deepEqual(explain(DEV, 'command_execute', 'unknown-tool', '--flag').slice(0, 5), fourSteps);
  });

  it('denies in step 3 what exceeds max_risk, before the mode is asked', () => {
    const open = sandbox.write('open.yml', 'version: 1\nmode: fail-open\nrules:\n  max_risk: medium\n');
    assert.deepEqual(explain(open, '--', 'git push --force').slice(1, 4), ['  1. Deny rules: no match', '  2. Allow rules: no match', '  3. Risk: high (above max_risk: medium) → DENIED']);
  });

  it('does not ask the risk of what an allow rule permits', () => {
    const policy = sandbox.write('risky.yml', 'version: 1\nmode: fail-closed\nrules:\n  commands:\n    allow: ["sudo *"]\n  max_risk: none\n');
    assert.ok(explain(policy, '--', 'sudo ls').includes('  2. Allow rules: matches "sudo *" → ALLOWED'));
  });

  it('permits and logs under fail-open what no rule names', () => {
    assert.ok(explain(join(SPEC, 'audit.yml'), 'mcp_tool_call', 'server:tool').includes('  4. Mode: fail-open → ALLOWED (logged)'));
  });
});

describe('Creating Your First Policy', () => {
  for (const [options, mode] of [[[], 'fail-open'], [['--strict'], 'fail-closed']] as const) {
    it(`policy init ${options.join(' ')} creates ~/.patchwork/policy.yml`, () => {
      const own = createSandbox('init');
      const result = own.run(['policy', 'init', ...options]);
      assert.equal(result.status, 0, result.stderr);
      const file = join(own.home, '.patchwork', 'policy.yml');
      assert.match(readFileSync(file, 'utf8'), new RegExp(`^mode: ${mode}$`, 'm'));
      assert.equal(own.run(['policy', 'validate', file]).status, 0);
      own.remove();
    });
  }

  it('policy init --project creates .patchwork/policy.yml in the current directory', () => {
    const own = createSandbox('init');
    assert.equal(own.run(['policy', 'init', '--project']).status, 0);
    assert.ok(existsSync(join(own.project, '.patchwork', 'policy.yml')));
    assert.ok(!existsSync(join(own.home, '.patchwork', 'policy.yml')));
    own.remove();
  });

  it('the strict starting point denies more than the default one', () => {
    const own = createSandbox('init');
    const permits = (...words: string[]): boolean => own.run(['policy', 'explain', '--', ...words]).status === 0;
    own.run(['policy', 'init']);
    assert.ok(permits('unknown-tool'));
    own.run(['policy', 'init', '--strict', '--force']);
    assert.ok(!permits('unknown-tool'));
    own.remove();
  });
});

describe('Policy Examples and validation', () => {
  for (const name of ['dev', 'audit', 'lockdown']) {
    it(`policy validate accepts the ${name} policy`, () => {
      const result = sandbox.run(['policy', 'validate', join(SPEC, `${name}.yml`)]);
      assert.equal(result.status, 0, result.stdout + result.stderr);
      assert.ok(!result.stdout.includes('error:'));
    });
  }

  it('policy validate says that the catch-all deny of the development policy is read as a default', () => {
    assert.match(sandbox.run(['policy', 'validate', DEV]).stdout, /dev\.yml:39:\d+: warning: .*"\*" in `network\.deny`.*default.*after `network\.allow`/);
  });

  it('policy validate refuses a syntax error with exit code 78', () => {
    const result = sandbox.run(['policy', 'validate', sandbox.write('broken.yml', 'version: 1\nmode: fail-closed\nrules:\n  files:\n    deny:\n      - *.md\n')]);
    assert.equal(result.status, 78);
    assert.match(result.stdout, /broken\.yml:6:9: error: /);
  });
});

describe('Policy Precedence', () => {
  const write = (own: Sandbox, layer: 'user' | 'project', text: string): void => {
    own.write(join(layer === 'user' ? own.home : own.project, '.patchwork', 'policy.yml'), text);
  };
  const OPEN = 'version: 1\nmode: fail-open\nrules:\n  files: { allow: ["**"] }\n  commands: { allow: ["*"] }\n  network: { allow: ["*"] }\n  mcp_tools: { allow: ["*"] }\n';

  it('a project policy that allows everything does not weaken the policy of the user', () => {
    const own = createSandbox('layers');
    write(own, 'user', readFileSync(DEV, 'utf8'));
    write(own, 'project', OPEN);
    for (const words of [['file_read', '.env'], ['file_read', 'notes.txt'], ['command_execute', 'sudo ls'], ['command_execute', 'ls'], ['network_request', 'example.org'], ['mcp_tool_call', 's:t']]) {
      assert.equal(own.run(['policy', 'explain', ...words]).status, 1, words.join(' '));
    }
    assert.equal(own.run(['policy', 'explain', 'command_execute', 'git status']).status, 0);
    own.remove();
  });

  it('a project policy adds restrictions', () => {
    const own = createSandbox('layers');
    write(own, 'user', OPEN);
    assert.equal(own.run(['policy', 'explain', '--', 'git push']).status, 0);
    write(own, 'project', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["git push *"]\n');
    const result = own.run(['policy', 'explain', '--json', '--', 'git push']);
    assert.equal(result.status, 1);
    const answer = JSON.parse(result.stdout) as { layer: string; source: string };
    assert.equal(answer.layer, 'project');
    assert.equal(answer.source, `${join(own.project, '.patchwork', 'policy.yml')}:5`);
    own.remove();
  });

  it('policy show prints the merged view with the origin of each rule', () => {
    const own = createSandbox('layers');
    write(own, 'user', readFileSync(DEV, 'utf8'));
    write(own, 'project', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["git push *"]\n  max_risk: medium\n');
    const { stdout } = own.run(['policy', 'show']);
    assert.match(stdout, /mode: fail-closed/);
    assert.match(stdout, /max_risk: medium/);
    assert.match(stdout, new RegExp(`deny +sudo \\* +user ${join(own.home, '.patchwork', 'policy.yml')}:21`));
    assert.match(stdout, new RegExp(`deny +git push \\* +project ${join(own.project, '.patchwork', 'policy.yml')}:5`));
    const merged = JSON.parse(own.run(['policy', 'show', '--json']).stdout) as { layers: { layer: string }[] };
    assert.deepEqual(merged.layers.map(({ layer }) => layer), ['user', 'project']);
    own.remove();
  });
});

describe('Viewing Policy Decisions', () => {
  it('every denied action is logged with its reason and found by patchwork log and patchwork search', () => {
    const own = createSandbox('log');
    writeFileSync(join(own.project, '.env'), 'KEY=1\n');
    const run = own.run(['run', '--quiet', '--allow-degraded', '--policy', DEV, 'node', '-e', 'try { fs.readFileSync([".e", "nv"].join("")) } catch (error) { console.log(error.code) }']);
    assert.equal(run.stdout, 'EACCES\n', run.stderr);
    for (const words of [['log', '--risk', 'high'], ['search', 'denied']]) {
      assert.match(own.run(words).stdout, /denied +high +file_read +\S*\.env +files\.deny: \*\*\/\.env\*/, words.join(' '));
    }
    const [event] = own.events().filter(({ status }) => status === 'denied');
    assert.match(event?.decision.reason ?? '', /files\.deny: \*\*\/\.env\*.*dev\.yml:7/);
    own.remove();
  });
});
