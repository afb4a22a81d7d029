/** Help, versions and mistakes of the command line. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, createSandbox, type Sandbox } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('help');
});
after(() => sandbox.remove());

const COMMANDS: readonly (readonly string[])[] = [['run'], ['shell'], ['policy'], ['policy', 'init'], ['policy', 'validate'], ['policy', 'show'], ['policy', 'explain'], ['policy', 'schema'], ['log'], ['search'], ['tail'], ['show'], ['why'], ['sessions'], ['verify'], ['doctor'], ['status'], ['completion']];

for (const command of COMMANDS) {
  test(`patchwork ${command.join(' ')} --help goes to stdout and ends with 0`, () => {
    const { status, stdout, stderr } = sandbox.run([...command, '--help']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, new RegExp(`^Usage: patchwork ${command.join(' ')}\\b`));
    assert.ok(stdout.split('\n').every((line) => line.length <= 160), 'no line is too long for a screen');
  });
}

test('those commands that have more than one way have examples', () => {
  for (const command of [['run'], ['policy', 'explain'], ['log'], ['search'], ['completion']]) assert.match(sandbox.run([...command, '--help']).stdout, /Examples?:/, command.join(' '));
});

test('`patchwork help COMMAND` says the same as `COMMAND --help`', () => {
  for (const command of ['run', 'shell', 'log', 'policy', 'doctor']) {
    const { status, stdout } = sandbox.run(['help', command]);
    assert.deepEqual([status, stdout], [0, sandbox.run([command, '--help']).stdout], command);
  }
});

test('the help names every command', () => {
  const { status, stdout } = sandbox.run(['--help']);
  assert.equal(status, 0);
  for (const [name = ''] of COMMANDS) assert.match(stdout, new RegExp(`^ +${name}\\b`, 'm'));
  assert.match(stdout, /Examples:\n {2}patchwork run codex/);
});

test('without a command the help is an error of usage', () => {
  const { status, stdout, stderr } = sandbox.run([]);
  assert.deepEqual([status, stdout, /^Usage: patchwork/.test(stderr)], [64, '', true]);
});

test('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  for (const option of ['--version', '-V']) assert.equal(sandbox.run([option]).stdout, `${version}\n`);
});

const MISTAKES: readonly (readonly [readonly string[], RegExp])[] = [
  [['rnu'], /unknown command 'rnu'[\s\S]*Did you mean run\?/],
  [['polcy', 'show'], /Did you mean policy\?/],
  [['serch', 'x'], /Did you mean search\?/],
  [['policy', 'valdate'], /unknown command 'valdate'[\s\S]*validate/],
  [['policy'], /Usage: patchwork policy/],
  [['log', '--rsk', 'high'], /unknown option '--rsk'[\s\S]*--risk/],
  [['--frobnicate'], /unknown option/],
  [['completion', 'tcsh'], /bash, zsh, fish/],
  [['completion'], /missing required argument/],
  [['show'], /missing required argument/],
  [['verify', 'a', 'b'], /too many arguments/],
  [['doctor', 'x'], /too many arguments/],
];

for (const [args, said] of MISTAKES) {
  test(`a mistake is named, with 64: patchwork ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = sandbox.run(args);
    assert.deepEqual([status, stdout], [64, '']);
    assert.match(stderr, said);
  });
}

test('what an unknown command is called moves nothing on the screen', () => {
  for (const args of [['\u001b[2J\u202e'], ['log', '--session', '\u001b[2J'], ['show', '\u001b[2J\u009b'], ['policy', 'validate', '\u001b[2J'], ['run', '--\u001b[2J'], ['run', '\u001b[2J']]) {
    const { stderr } = sandbox.run(args);
    assert.doesNotMatch(stderr.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202e]/, JSON.stringify(args));
  }
});

test('`policy schema` is a JSON Schema of the policy file', () => {
  const { status, stdout } = sandbox.run(['policy', 'schema']);
  const schema = JSON.parse(stdout) as { $schema: string; required: string[]; properties: object; additionalProperties: boolean };
  assert.equal(status, 0);
  assert.match(schema.$schema, /^https?:\/\/json-schema\.org\//);
  assert.deepEqual([schema.required.toSorted(), Object.keys(schema.properties).toSorted(), schema.additionalProperties], [['mode', 'version'], ['mode', 'rules', 'version'], false]);
});
