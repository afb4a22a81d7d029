/** Policy files on disk: who may have written them, what happens when they cannot be used, what init writes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment, SPEC } from '../support/patchwork.ts';

const VALID = readFileSync(join(SPEC, 'audit.yml'), 'utf8');
const isRoot = process.getuid?.() === 0;

type Layer = 'user' | 'project';

function place(sandbox: Sandbox, layer: Layer): string {
  return join(layer === 'user' ? sandbox.home : sandbox.project, '.patchwork', 'policy.yml');
}

/** Every command that needs the policy stops with 78 and says why; none falls back. */
function assertRefused(sandbox: Sandbox, why: RegExp): void {
  for (const words of [['policy', 'explain', '--', 'ls'], ['policy', 'show'], ['run', '--allow-degraded', 'true']]) {
    const result = sandbox.run(words);
    assert.equal(result.status, 78, `${words.join(' ')}: ${result.stdout}${result.stderr}`);
    assert.match(result.stderr, why, words.join(' '));
  }
}

function withSandbox(check: (sandbox: Sandbox) => void): void {
  const sandbox = createSandbox('load');
  try {
    check(sandbox);
  } finally {
    sandbox.remove();
  }
}

for (const layer of ['user', 'project'] as const) {
  describe(`A ${layer} policy`, () => {
    it('is refused when everybody can write it', () =>
      withSandbox((sandbox) => {
        const file = sandbox.write(place(sandbox, layer), VALID);
        chmodSync(file, 0o666);
        assertRefused(sandbox, /policy\.yml.*everybody can write/);
      }));

    it('is refused when everybody can write its folder', () =>
      withSandbox((sandbox) => {
        chmodSync(dirname(sandbox.write(place(sandbox, layer), VALID)), 0o777);
        assertRefused(sandbox, /everybody can write .*\.patchwork/);
      }));

    it('is refused when it belongs to somebody else', (context: TestContext) => {
      // Only root can give a file away; an ordinary user cannot even set the scene.
      if (!isRoot) return context.skip('needs root');
      withSandbox((sandbox) => {
        chownSync(sandbox.write(place(sandbox, layer), VALID), 65_534, 65_534);
        assertRefused(sandbox, /belongs to user 65534/);
      });
    });

    it('is refused when a group of others can write it', (context: TestContext) => {
      if (!isRoot) return context.skip('needs root');
      withSandbox((sandbox) => {
        const file = sandbox.write(place(sandbox, layer), VALID);
        chownSync(file, 0, 65_534);
        chmodSync(file, 0o664);
        assertRefused(sandbox, /group 65534 can write/);
      });
    });

    it('is refused when it is a link to a file that everybody can write', () =>
      withSandbox((sandbox) => {
        const target = sandbox.write('elsewhere.yml', VALID);
        chmodSync(target, 0o666);
        mkdirSync(dirname(place(sandbox, layer)), { recursive: true });
        symlinkSync(target, place(sandbox, layer));
        assertRefused(sandbox, /everybody can write/);
      }));

    it('stops the run when it is invalid, with place, source line and hint', () =>
      withSandbox((sandbox) => {
        const file = sandbox.write(place(sandbox, layer), 'version: 1\nmode: fail-closed\nrules:\n  filez: {}\n');
        for (const words of [['policy', 'explain', '--', 'ls'], ['policy', 'show'], ['run', '--allow-degraded', 'true']]) {
          const result = sandbox.run(words);
          assert.equal(result.status, 78, words.join(' '));
          assert.ok(result.stderr.includes(`${file}:4:3: error: unknown key`), result.stderr);
          assert.match(result.stderr, /\n {6}filez: \{\}\n {6}\^\n {2}hint: did you mean `files`\?/);
        }
      }));

    it('stops the run when it is a folder, a broken link or a pipe that nobody writes to', () => {
      const scenes: readonly (readonly [set: (file: string) => unknown, why: RegExp])[] = [
        [(file) => mkdirSync(file), /policy\.yml is no file/],
        [(file) => symlinkSync('/nowhere/policy.yml', file), /policy\.yml is a link to a file that is not there/],
        [(file) => spawnSync('mkfifo', [file]), /policy\.yml is no file/],
      ];
      for (const [set, why] of scenes) {
        withSandbox((sandbox) => {
          mkdirSync(dirname(place(sandbox, layer)), { recursive: true });
          set(place(sandbox, layer));
          assertRefused(sandbox, why);
        });
      }
    });
  });
}

describe('--policy', () => {
  it('stands in for the policy of the user; that of the project still holds', () =>
    withSandbox((sandbox) => {
      sandbox.write(place(sandbox, 'user'), 'version: 1\nmode: fail-closed\n');
      sandbox.write(place(sandbox, 'project'), 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["make *"]\n');
      const explain = (line: string): number | null => sandbox.run(['policy', 'explain', '--policy', join(SPEC, 'audit.yml'), '--', line]).status;
      assert.equal(explain('ls'), 0);
      assert.equal(explain('make x'), 1);
    }));

  it('may be a pipe, as a shell makes one of <(…)', () =>
    withSandbox((sandbox) => {
      const script = `exec "$0" "$1" policy explain --policy <(printf 'version: 1\\nmode: fail-closed\\n') -- ls`;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, PROGRAM], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
      assert.equal(status, 1, stderr);
      assert.match(stdout, /mode is fail-closed/);
    }));

  it('of a file that is not there stops with 78', () => withSandbox((sandbox) => assert.equal(sandbox.run(['policy', 'explain', '--policy', 'no.yml', '--', 'ls']).status, 78)));
});

describe('policy init', () => {
  for (const [layer, words] of [['user', []], ['project', ['--project']]] as const) {
    it(`never overwrites the ${layer} policy without --force`, () =>
      withSandbox((sandbox) => {
        const file = sandbox.write(place(sandbox, layer), '# mine\n');
        const refused = sandbox.run(['policy', 'init', ...words, '--strict']);
        assert.notEqual(refused.status, 0);
        assert.match(refused.stderr, /is there already/);
        assert.equal(readFileSync(file, 'utf8'), '# mine\n');
        assert.equal(sandbox.run(['policy', 'init', ...words, '--force']).status, 0);
        assert.match(readFileSync(file, 'utf8'), /^version: 1$/m);
      }));

    it(`writes a ${layer} policy that only its owner can write, whatever the umask`, () =>
      withSandbox((sandbox) => {
        const before = process.umask(0);
        const result = sandbox.run(['policy', 'init', ...words]);
        process.umask(before);
        assert.equal(result.status, 0, result.stderr);
        const file = place(sandbox, layer);
        for (const path of [file, dirname(file)]) assert.equal(statSync(path).mode & 0o022, 0, path);
        assert.equal(sandbox.run(['policy', 'show']).status, 0);
      }));
  }

  it('does not write through a link that points elsewhere', () =>
    withSandbox((sandbox) => {
      const target = sandbox.write('target.yml', '# mine\n');
      mkdirSync(dirname(place(sandbox, 'project')));
      symlinkSync(target, place(sandbox, 'project'));
      assert.notEqual(sandbox.run(['policy', 'init', '--project']).status, 0);
      assert.equal(readFileSync(target, 'utf8'), '# mine\n');
    }));

  it('writes policies that editors find the schema of', () =>
    withSandbox((sandbox) => {
      sandbox.run(['policy', 'init', '--project']);
      const [first = ''] = readFileSync(place(sandbox, 'project'), 'utf8').split('\n');
      const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1] ?? '';
      assert.equal((JSON.parse(readFileSync(join(sandbox.project, '.patchwork', schema), 'utf8')) as { title: string }).title, 'Patchwork policy');
    }));
});
