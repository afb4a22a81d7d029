/** Descriptors above 2 that the caller opened reach the agent under the same numbers, and nothing of Node's own does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

let sandbox: Sandbox;
before(() => {
  sandbox = createSandbox('descriptors');
  sandbox.write('file', 'of the file\n');
});
after(() => sandbox.remove());

/** A line of the user's own shell with no descriptor open above 2, in which `patchwork` is ours. */
function shell(line: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const closing = 'for each in /proc/$$/fd/*; do n=${each##*/}; [ "$n" -gt 2 ] && [ "$n" -ne 255 ] && eval "exec $n>&-"; done;';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `${closing} patchwork() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${line}`], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 30_000 });
  return { status, stdout, stderr };
}

const LIST = `run -q bash -c 'cd /proc/$$/fd; for n in *; do [ -L "$n" ] && [ "$n" -lt 255 ] && echo "$n"; done'`;

for (const [what, open, numbers] of [
  ['none', '', []],
  ['a file', '5< file', [5]],
  ['the lowest', '3< file', [3]],
  ['several with gaps', '3< file 7>> out 20< file 100<> out', [3, 7, 20, 100]],
  ['pipes', '4< <(echo) 9> >(cat)', [4, 9]],
  ['all up to 12', Array.from({ length: 10 }, (_, index) => `${index + 3}< file`).join(' '), Array.from({ length: 10 }, (_, index) => index + 3)],
] as const) {
  test(`the agent has the descriptors that were open, and no others: ${what}`, () => {
    const { stdout, stderr } = shell(`patchwork ${LIST} ${open}`);
    // The shell keeps the ends of its process substitutions open itself, at 63 and below.
    const shown = stdout.trim().split('\n').map(Number).filter((number) => number < 50 || number > 63).sort((a, b) => a - b);
    assert.deepEqual(shown, [0, 1, 2, ...numbers], stderr);
  });
}

test('files, pipes and their positions are those of the caller', () => {
  assert.equal(shell("patchwork run -q bash -c 'cat <&5' 5< file").stdout, 'of the file\n');
  assert.equal(shell("patchwork run -q bash -c 'cat <&7' 7< <(echo through a pipe)").stdout, 'through a pipe\n');
  assert.equal(shell("patchwork run -q bash -c 'echo said >&9' 9>&1 >/dev/null").stdout, 'said\n');
  assert.equal(shell("exec 6< file; read -r -n 3 <&6; patchwork run -q cat <&6").stdout, 'the file\n');
  assert.equal(shell("patchwork run -q bash -c 'exec 8>&-; sleep 2' 8> >(cat >/dev/null; echo \"ended after $SECONDS\") & wait; sleep 0.1").stdout.includes('ended after'), true);
});

test('the job server of make reaches a make inside', { skip: spawnSync('make', ['--version']).error === undefined ? false : 'make is not installed' }, () => {
  sandbox.write('inner.mk', 'all: a b\na b:\n\t@echo $@\n');
  sandbox.write('outer.mk', `all:\n\t+@"${process.execPath}" "${PROGRAM}" run -q make -f inner.mk\n`);
  const { stdout, stderr } = shell('make -s -j3 -f outer.mk');
  assert.deepEqual([stdout.trim().split('\n').sort(), stderr], [['a', 'b'], '']);
});

/** Everyday uses under a policy that allows nothing, and what a deny rule names. */
const strict = (more: string): string => `version: 1\nmode: fail-closed\nrules:\n  files:\n    deny: ["**/.env", "**/vault", "**/*.kept"${more}]\n    allow: ["./*"]\n  commands: { allow: ["*"] }\n`;

const denials = (): number => sandbox.events().filter(({ decision, status }) => decision?.pep === 'session' && status === 'denied' && decision.reason.startsWith('it was open as descriptor')).length;

for (const [what, open, isHanded, prepare = '', more = ''] of [
  ['a file', '5< .env', false], ['a file above a gap', '100< .env', false], ['a file to write', '7>> out.kept', false], ['a file for both', '7<> .env', false], ['a link to one', '5< link', false], ['one whose name is gone', '5< gone/.env', false, 'mkdir -p gone; echo x > gone/.env; (sleep 0.2; rm gone/.env) &'],
  ['a folder', '5< vault', false], ['the root', '5< /', false], ['what /proc has of a process', '5< /proc/self/status', false],
  ['a log of the caller outside of the project', '5>> ../log', true], ['the same, where all is denied that is not allowed', '5>> ../log', true, '', ', "**"'], ['a file that a rule denies, where all is', '5< .env', false, '', ', "**"'], ['a file outside that no rule allows', '5< /etc/passwd', true], ['a name that only begins like one', '5< .envelope', true], ['/dev/null', '5<> /dev/null', true], ['a pipe', '5< <(echo)', true], ['a here-document', '5<<< text', true], ['facts of the machine', '5< /proc/meminfo', true], ['a fifo', '5<> fifo', true, 'rm -f fifo; mkfifo fifo;'],
] as const) {
  test(`a descriptor that was open before the session is ${isHanded ? 'handed on' : 'withheld, in so many words'}: ${what}`, { skip: process.platform === 'linux' ? false : 'descriptors are handed on by Linux only' }, () => {
    sandbox.write('.env', 'SECRET\n');
    sandbox.write('.envelope', 'x\n');
    sandbox.write('vault/a', 'x\n');
    sandbox.write('.git/config', '');
    const policy = sandbox.write(`${sandbox.home}/.patchwork/strict.yml`, strict(more));
    const before = denials();
    const number = /\d+/.exec(open)?.[0] ?? '';
    const { stdout, stderr } = shell(`ln -sf .env link; ${prepare} patchwork run -q --allow-degraded --policy ${policy} bash -c 'sleep 0; [ -e /dev/fd/${number} ] && echo open || echo closed' ${open}`);
    assert.equal(stdout, isHanded ? 'open\n' : 'closed\n', stderr);
    assert.equal(stderr.includes(`patchwork: descriptor ${number} is withheld`), !isHanded, stderr);
    assert.equal(denials(), before + (isHanded ? 0 : 1));
  });
}

test('sockets that lead to nobody of note are handed on: a pair, one that listens, a connection of this machine', { skip: spawnSync('python3', ['--version']).error === undefined ? false : 'python3 is not installed' }, () => {
  const policy = sandbox.write(`${sandbox.home}/.patchwork/strict.yml`, strict(''));
  sandbox.write('caller.py', `import os, socket, subprocess, sys
a, b = socket.socketpair(); l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(); c = socket.create_connection(l.getsockname()); s, _ = l.accept()
for fd, own in ((b, 15), (c, 16), (l, 17)): os.dup2(fd.fileno(), own)
subprocess.run([sys.argv[1], sys.argv[2], "run", "-q", "--allow-degraded", "--policy", sys.argv[3], "bash", "-c", "echo pair >&15; echo tcp >&16; [ -e /dev/fd/17 ] && echo listens"], pass_fds=(15, 16, 17))
a.settimeout(1); s.settimeout(1); print(a.recv(9), s.recv(9))
`);
  const { stdout, stderr } = shell(`python3 caller.py "${process.execPath}" "${PROGRAM}" ${policy}`);
  assert.deepEqual([stdout, stderr], ["listens\nb'pair\\n' b'tcp\\n'\n", '']);
});
