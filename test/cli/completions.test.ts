/** Completions load in their shells and offer what there is: every command, every option, and nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('completions');
  for (const shell of ['bash', 'zsh', 'fish']) sandbox.write(`patchwork.${shell}`, sandbox.run(['completion', shell]).stdout);
});
after(() => sandbox.remove());

const missing = (shell: string): string | false => (spawnSync(shell, ['-c', ':']).error === undefined ? false : `${shell} is not installed`);

/** What bash offers for a line that ends in the last word. */
function offered(...words: string[]): string[] {
  const script = `patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }
    . ./patchwork.bash; complete -p patchwork > /dev/null || exit 9
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _patchwork; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', 'patchwork', ...words], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter((line) => line !== '').sort();
}

/** Commands and long options that a help text lists. */
function listed(args: readonly string[]): { readonly commands: string[]; readonly options: string[] } {
  const help = sandbox.run([...args, '--help']).stdout;
  const commands = [...(help.split('Commands:')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name ?? '');
  const options = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name ?? '');
  return { commands: [...new Set(commands)].sort(), options: [...new Set(options)].sort() };
}

test('bash offers every command', { skip: missing('bash') }, () => {
  assert.deepEqual(offered(''), listed([]).commands);
  assert.deepEqual(offered('po'), ['policy']);
  const { commands } = listed(['policy']);
  assert.deepEqual(offered('policy', '').filter((word) => word !== 'help'), commands.filter((word) => word !== 'help'));
});

for (const command of [['run'], ['shell'], ['log'], ['search'], ['tail'], ['show'], ['why'], ['sessions'], ['summary'], ['stats'], ['export'], ['verify'], ['dashboard'], ['doctor'], ['status'], ['policy', 'init'], ['policy', 'validate'], ['policy', 'show'], ['policy', 'schema'], ['policy', 'explain']]) {
  test(`bash offers every option of ${command.join(' ')} and no other`, { skip: missing('bash') }, () => {
    const words = offered(...command, '--');
    // The shell takes the options of run; its help refers there.
    const { options } = listed(command[0] === 'shell' ? ['run'] : command);
    assert.deepEqual(options.filter((option) => option !== '--help' && !words.includes(option)), [], 'not offered');
    assert.deepEqual(words.filter((word) => word !== '--help' && word.startsWith('--') && !options.includes(word)), [], 'offered, but there is no such option');
  });
}

test('bash offers values', { skip: missing('bash') }, () => {
  assert.deepEqual(offered('log', '--risk', ''), ['critical', 'high', 'low', 'medium', 'none']);
  assert.deepEqual(offered('log', '--risk', 'h'), ['high']);
  assert.deepEqual(offered('log', '--status', ''), ['completed', 'denied', 'error']);
  assert.ok(offered('log', '--action', '').includes('mcp_tool_call'));
  assert.deepEqual(offered('completion', ''), ['bash', 'fish', 'zsh']);
  sandbox.write('my-policy.yml', '');
  assert.deepEqual(offered('run', '--policy', 'my-'), ['my-policy.yml']);
  sandbox.run(['run', '-q', 'true']);
  const [id = ''] = offered('log', '--session', '');
  assert.match(id, /^\d{8}T\d{6}-[0-9a-f]{6}$/);
});

test('bash offers agents as commands, then what the agent itself offers', { skip: missing('bash') }, () => {
  assert.ok(offered('run', 'tru').includes('true'));
  assert.ok(offered('run', '--policy', 'x.yml', 'tru').includes('true'));
  assert.ok(!offered('run', 'true', '--').includes('--policy'));
});

test('loading the completions says nothing and defines only their own function', { skip: missing('bash') }, () => {
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', 'set -eu; before=$(declare -F); . ./patchwork.bash; diff <(echo "$before") <(declare -F) | grep "^>" || true'], { cwd: sandbox.project, encoding: 'utf8' });
  assert.deepEqual([stderr, stdout.trim()], ['', '> declare -f _patchwork']);
});

test('zsh loads its completions', { skip: missing('zsh') }, () => {
  const { status, stdout, stderr } = spawnSync('zsh', ['-f', '-c', 'autoload -Uz compinit && compinit -D -u && . ./patchwork.zsh && print -r -- $_comps[patchwork]'], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
  assert.deepEqual([status, stdout.trim(), stderr], [0, '_patchwork', '']);
});

test('zsh finds them in a folder of functions as well', { skip: missing('zsh') }, () => {
  sandbox.write('functions/_patchwork', sandbox.run(['completion', 'zsh']).stdout);
  const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', `fpath=(${join(sandbox.project, 'functions')} $fpath); autoload -Uz compinit && compinit -D -u && print -r -- $_comps[patchwork]`], { env: sandboxEnvironment(sandbox.home), encoding: 'utf8' });
  assert.deepEqual([stdout.trim(), stderr], ['_patchwork', '']);
});

test('zsh and fish know every option of every command', () => {
  for (const command of [['log'], ['search'], ['tail'], ['show'], ['why'], ['summary'], ['stats'], ['export'], ['verify'], ['dashboard'], ['policy', 'init'], ['policy', 'validate'], ['policy', 'show'], ['policy', 'explain']]) {
    const { options } = listed(command);
    const zsh = new RegExp(`^ +'${command.join(' ')}'\\) (?:if .* )?compadd -- (.*?)(?:; else.*)? ;;$`, 'm').exec(sandbox.run(['completion', 'zsh']).stdout)?.[1]?.split(' ') ?? [];
    assert.deepEqual(options.filter((option) => !zsh.includes(option)), [], `zsh: ${command.join(' ')}`);
    const last = command.at(-1);
    const fish = sandbox.run(['completion', 'fish']).stdout.split('\n').filter((line) => (command.length > 1 ? line.includes(`policy; and __fish_seen_subcommand_from ${last}'`) : line.includes(`from ${last}; and not`))).map((line) => `--${/ -l ([a-z-]+)/.exec(line)?.[1] ?? ''}`);
    assert.deepEqual(options.filter((option) => !fish.includes(option)), [], `fish: ${command.join(' ')}`);
  }
});

test('fish offers commands and options', { skip: missing('fish') }, () => {
  const fish = (line: string): string[] => spawnSync('fish', ['--no-config', '-c', `source ./patchwork.fish; complete -C '${line}'`], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8' }).stdout.split('\n').map((each) => each.split('\t')[0] ?? '').filter((each) => each !== '').sort();
  assert.deepEqual(fish('patchwork '), listed([]).commands);
  assert.ok(fish('patchwork log --').includes('--risk'));
  assert.ok(fish('patchwork run --').includes('--allow-degraded'));
  assert.deepEqual(fish('patchwork log --risk '), ['critical', 'high', 'low', 'medium', 'none']);
  assert.deepEqual(fish('patchwork policy init --'), ['--force', '--help', '--project', '--strict']);
  assert.deepEqual(fish('patchwork completion '), ['bash', 'fish', 'zsh']);
  for (const command of [['show'], ['policy', 'show'], ['policy', 'explain'], ['stats'], ['export'], ['verify'], ['why']]) assert.deepEqual(fish(`patchwork ${command.join(' ')} --`), listed(command).options, command.join(' '));
});
