/** The agent in a real terminal (tmux): prompt, Ctrl-C, Ctrl-Z, resize, full-screen programs, exit code. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';
import { NO_TMUX, openTerminal, type Terminal } from '../support/tmux.ts';

let sandbox: Sandbox;
let terminal: Terminal | undefined;
before(() => {
  sandbox = createSandbox('terminal');
  sandbox.write('long.txt', Array.from({ length: 500 }, (_, index) => `line ${index + 1}`).join('\n'));
  sandbox.write('deny.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["uname *"]\n');
});
after(() => sandbox.remove());
afterEach(() => terminal?.close());

/** The user's shell in a terminal, in which `patchwork` is ours. */
function open(): Terminal {
  terminal = openTerminal(`bash --norc --noprofile`, { cwd: sandbox.project, env: { ...sandboxEnvironment(sandbox.home), PS1: 'outer$ ', HISTFILE: '' } });
  terminal.type(`patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }; clear`);
  terminal.keys('Enter');
  return terminal;
}

async function until(isTrue: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  for (const end = Date.now() + limitMs; !isTrue(); await new Promise((resolve) => setTimeout(resolve, 30))) assert.ok(Date.now() < end, `in time: ${what}`);
}

async function line(at: Terminal, text: string): Promise<void> {
  at.type(text);
  at.keys('Enter');
}

/** An interactive bash under patchwork, at its prompt. */
async function openInner(options = ''): Promise<Terminal> {
  const at = open();
  await line(at, `patchwork run ${options} bash --norc --noprofile -i`);
  await at.expect(/(bash-\d\.\d|inner)[$#] $/m);
  await line(at, "PS1='inner> '; PATH=\"${PATH}\"; clear");
  await at.expect(/^inner> $/m);
  return at;
}

test('an interactive shell has a prompt, an echo and its own exit code', { skip: NO_TMUX }, async () => {
  const at = await openInner();
  await line(at, 'echo "hello $((6 * 7))"');
  await at.expect(/^hello 42$/m);
  await line(at, 'exit 3');
  await at.expect(/actions?, \d+ denied; log: /);
  await line(at, 'echo "code $?"');
  await at.expect(/^code 3$/m);
});

test('the banner comes before the agent and the summary after it, and the terminal is as it was', { skip: NO_TMUX }, async () => {
  const at = open();
  await line(at, 'stty -a > before; patchwork run bash -c "stty raw -echo; echo inside"; stty -a > after; cmp before after && echo same terminal');
  const shown = await at.expect(/^same terminal$/m);
  assert.ok(/^patchwork: session[\s\S]*^inside$[\s\S]*denied; log:/m.test(shown), shown);
});

test('Ctrl-C ends the command, not the agent or the session', { skip: NO_TMUX }, async () => {
  const at = await openInner();
  await line(at, 'sleep 100');
  await new Promise((resolve) => setTimeout(resolve, 400));
  at.keys('C-c');
  await line(at, 'echo "code $?"');
  await at.expect(/^code 130$/m);
});

test('Ctrl-Z stops a job, fg and bg go on with it', { skip: NO_TMUX }, async () => {
  const at = await openInner();
  await line(at, 'sleep 100');
  await new Promise((resolve) => setTimeout(resolve, 400));
  at.keys('C-z');
  await at.expect(/Stopped\s+sleep 100/);
  await line(at, 'bg; jobs');
  await at.expect(/Running\s+sleep 100/);
  await line(at, 'fg');
  await new Promise((resolve) => setTimeout(resolve, 300));
  at.keys('C-c');
  await line(at, 'jobs; echo "jobs: $(jobs | wc -l)"');
  await at.expect(/^jobs: 0$/m);
});

for (const [kind, option] of [['with the guard', ''], ['without', '--no-guard']] as const) {
  test(`an agent that stops itself goes on at the next key, and no key tells it so again (${kind})`, { skip: NO_TMUX }, async () => {
    const at = open();
    sandbox.write('stopping.sh', 'trap "echo continued" CONT\necho "pid $$"\nkill -STOP $$\nread -r one\nread -r two\necho "read $one $two"\n');
    await line(at, `patchwork run -q ${option} bash ./stopping.sh`);
    const pid = /^pid (\d+)$/m.exec(await at.expect(/^pid \d+$/m))?.[1] ?? '';
    await until(() => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), 'it is stopped');
    await line(at, 'first');
    await at.expect(/continued$/m);
    await line(at, 'second');
    const shown = await at.expect(/^read first second$/m);
    assert.equal(shown.match(/continued$/gm)?.length, 1, shown);
  });

  test(`a stopped agent ends with its terminal (${kind})`, { skip: NO_TMUX }, async () => {
    const at = open();
    sandbox.write('stopped.sh', 'echo "pid $$"\nkill -STOP $$\nsleep 300\n');
    await line(at, `patchwork run -q ${option} bash ./stopped.sh`);
    const pid = /^pid (\d+)$/m.exec(await at.expect(/^pid \d+$/m))?.[1] ?? '';
    await until(() => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), 'it is stopped');
    at.close();
    await until(() => !existsSync(`/proc/${pid}`), 'it is gone');
  });
}

test('Ctrl-D is the end of input', { skip: NO_TMUX }, async () => {
  const at = await openInner();
  await line(at, 'cat > typed');
  // What is typed while Enter is still judged is read as readline reads it, with carriage returns (docs/reference.md).
  await new Promise((resolve) => setTimeout(resolve, 400));
  await line(at, 'one');
  at.keys('C-d');
  await line(at, 'cat typed; echo "lines $(wc -l < typed)"');
  await at.expect(/^lines 1$/m);
});

test('a resize reaches the agent', { skip: NO_TMUX }, async () => {
  const at = await openInner();
  await line(at, 'stty size');
  await at.expect(/^30 100$/m);
  at.resize(73, 21);
  await line(at, 'sleep 0.3; stty size');
  await at.expect(/^21 73$/m);
});

test('a denial is readable in the terminal, each line at its left edge', { skip: NO_TMUX }, async () => {
  const at = await openInner('--policy deny.yml');
  await line(at, 'uname -a');
  await line(at, 'echo "code $?"');
  const shown = await at.expect(/^code 126$/m);
  assert.match(shown, /^patchwork: denied command_execute `uname -a`$/m);
});

for (const [program, words, bottom] of [['less', 'less long.txt', /^long\.txt/m], ['vim', 'vim -u NONE -N long.txt', /^line 1$[\s\S]*^"long\.txt"/m]] as const) {
  const skip = NO_TMUX === false && spawnSync(program, ['--version']).error !== undefined ? `${program} is not installed` : NO_TMUX;
  test(`${program} has the whole screen to itself`, { skip }, async () => {
    const at = open();
    await line(at, `patchwork run --policy deny.yml ${words}`);
    const shown = await at.expect(bottom);
    assert.match(shown, /^line 1$/m);
    assert.doesNotMatch(shown, /patchwork/);
    if (program === 'vim') await line(at, ':q');
    else at.keys('q');
    await at.expect(/denied; log:/);
  });
}

test('a pasted block arrives whole', { skip: NO_TMUX }, async () => {
  const at = await openInner();
  await line(at, 'stty -echo; wc -c');
  for (let i = 0; i < 20; i++) at.type(`${'x'.repeat(900)}\n`);
  at.keys('C-d');
  await line(at, 'stty echo');
  await at.expect(/18020/);
});


/** Start-up files that set PATH anew, each leaving a mark, and one that puts folders in front later. */
function unkindHome(): void {
  sandbox.write('uname.sh', 'uname -a\n');
  const at = (name: string): string => `${sandbox.home}/${name}`;
  sandbox.write(at('.bash_profile'), 'echo read-bash-profile\nPATH=/usr/local/bin:/usr/bin:/bin\n. ~/.bashrc\n');
  sandbox.write(at('.profile'), 'echo never-read\n');
  sandbox.write(at('.bashrc'), "echo read-bashrc\nPATH=/usr/bin:/bin\nPS1='inner> '\nPROMPT_COMMAND='seen=$?; PATH=/opt/late:$PATH'\n");
  sandbox.write(at('.bash_logout'), 'echo read-bash-logout\n');
  sandbox.write(at('.zshenv'), 'echo read-zshenv\n');
  sandbox.write(at('.zprofile'), 'echo read-zprofile\nPATH=/usr/local/bin:/usr/bin:/bin\n');
  sandbox.write(at('.zshrc'), "echo read-zshrc\nPATH=/usr/bin:/bin\nPS1='inner> '\nlate() { PATH=/opt/late:$PATH }\nprecmd_functions=(late)\n");
  sandbox.write(at('.zlogin'), 'echo read-zlogin\nPATH=/usr/bin:/bin\n');
}

const SHELLS: readonly (readonly [words: string, read: readonly string[], isLogin: boolean])[] = [
  ['run -q bash', ['bashrc'], false],
  ['run -q bash -l', ['bash-profile', 'bashrc'], true],
  ['run -q bash -il', ['bash-profile', 'bashrc'], true],
  ['run -q bash --login', ['bash-profile', 'bashrc'], true],
  ['shell -q -l', ['bash-profile', 'bashrc'], true],
  ['run -q zsh', ['zshenv', 'zshrc'], false],
  ['run -q zsh -l', ['zshenv', 'zprofile', 'zshrc', 'zlogin'], true],
];

for (const [words, read, isLogin] of SHELLS) {
  const skip = words.includes('zsh') && spawnSync('zsh', ['--version']).error !== undefined ? 'zsh is not installed' : NO_TMUX;
  test(`the shell of the user under patchwork keeps the shims, whatever its start-up files do to PATH: ${words}`, { skip }, async () => {
    unkindHome();
    const at = open();
    await line(at, `export SHELL=/bin/bash; unset PS1; patchwork ${words.replace('-q', '-q --policy deny.yml')}; echo session over`);
    const started = await at.expect(/^inner> $/m);
    const marks = [...started.matchAll(/^read-(\S+)$/gm)].map(([, mark]) => mark);
    assert.deepEqual(marks, read, started);
    await line(at, 'false; echo "status $?"');
    await at.expect(/^status 1$/m);
    for (const change of [':', 'PATH=/usr/bin:/bin', 'export PATH=/opt/mine:$PATH:/opt/last']) {
      await line(at, `clear; ${change}`);
      await at.expect(/^inner> $/m);
      // In a script, so that it is the shim that sees it.
      await line(at, 'sh ./uname.sh; echo "code $?"; case $PATH in */patchwork-*/bin:*) echo in front;; esac');
      assert.match(await at.expect(/^in front$/m), /^code 126$/m);
    }
    await line(at, "clear; { shopt -q login_shell || [[ -o login ]]; } 2>/dev/null && echo login shell; [[ -o posix ]] && echo posix; echo \"ENV ${ENV-none}, HISTFILE ${HISTFILE##*/}, ZDOTDIR ${ZDOTDIR-none}\"");
    const facts = await at.expect(/^ENV none, HISTFILE (?:\.bash_history)?, ZDOTDIR none$/m);
    assert.equal(/^login shell$/m.test(facts), isLogin, facts);
    assert.doesNotMatch(facts, /^posix$/m);
    await line(at, 'clear; exit');
    const ended = await at.expect(/^session over$/m);
    assert.equal(/read-bash-logout/.test(ended), isLogin && words !== 'run -q zsh -l', ended);
  });
}
