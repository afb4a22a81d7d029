/** What the launcher denies does not run: exit 126, two or three lines on stderr, whatever the command looks like. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createWorkbench, linesOf, type Workbench } from '../support/launching.ts';

const POLICY = `version: 1
mode: fail-open
rules:
  commands:
    deny: ["forbidden *", "git push --force*", "rm -rf *"]
`;

let bench: Workbench;
before(() => {
  bench = createWorkbench('denials');
  writeFileSync(join(bench.sandbox.project, 'policy.yml'), POLICY);
  bench.program('forbidden', '#!/bin/sh\necho FORBIDDEN RAN\n');
});
after(() => bench.sandbox.remove());

const governed = (script: string, more: object = {}) => bench.governed(script, { options: ['--policy', 'policy.yml'], ...more });

const WAYS: readonly string[] = [
  'forbidden',
  'forbidden x y',
  '"forbidden" x',
  '(exec -a harmless forbidden x)',
  "(exec -a '' forbidden)",
  'env forbidden x',
  'env A=1 forbidden x',
  'nice forbidden x',
  'timeout 5 forbidden x',
  'nohup forbidden x < /dev/null',
  'setsid -w forbidden x',
  'command forbidden x',
  'exec forbidden x',
  "sh -c 'forbidden x'",
  "bash -c 'true; forbidden x'",
  '"$(type -P forbidden)" x',
  'cd / && forbidden x',
  'PATH="$PATH:/nowhere" forbidden x',
  'forbidden x > out-file',
  'true | forbidden x',
  'sh ./inner.sh',
  'env sh ./inner.sh',
  'find inner.sh -exec forbidden {} ";"',
  'git push --force',
  'git -C . push -f',
  'git push origin main --force-with-lease',
  'rm -r -f ./some-folder',
  'rm --recursive --force ./some-folder',
];

for (const way of WAYS) {
  test(`a denied command does not run: ${way}`, () => {
    writeFileSync(join(bench.sandbox.project, 'inner.sh'), 'forbidden inner\n');
    const { status, stdout, stderr } = governed(`${way}\n`);
    assert.doesNotMatch(stdout.toString() + stderr.toString(), /FORBIDDEN RAN/);
    assert.ok(status === 126 || way.startsWith('find '), `exit code ${status}`);
    const said = linesOf(stderr);
    assert.ok(said.length >= 2 && said.length <= 3, stderr.toString());
    assert.match(said[0] ?? '', /^patchwork: denied command_execute `/);
    assert.match(said[1] ?? '', /^ {2}rule: commands\.deny: .*policy\.yml:5/);
  });
}

test('a denial says nothing on standard output and reads nothing from standard input', () => {
  assert.equal(governed('forbidden; cat', { input: 'still here' }).stdout.toString(), 'still here');
  assert.equal(governed('{ forbidden 2>/dev/null; read line; echo "$line"; } <<< kept').stdout.toString(), 'kept\n');
});

test('no character of a command can move the cursor or reorder the text of its denial', () => {
  const odd = "$'\\e[2J\\x1b]0;title\\x07 \\xc2\\x9b31m \\xe2\\x80\\xae \\xe2\\x80\\x8b \\r\\n \\xff \\x7f'";
  const { stderr } = governed(`forbidden ${odd}\n(exec -a ${odd} forbidden)\n`);
  assert.doesNotMatch(stderr.toString().replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufffd]/);
  assert.equal(linesOf(stderr).filter((line) => line.startsWith('patchwork: denied')).length, 2);
});

test('what the launcher itself says of a name is as clean', () => {
  const script = `launch="\${PATH%%/bin:*}"; launch="\${launch#*:}/launch"; PATCHWORK_EXEC=$'/nowhere/\\e[2J\\xe2\\x80\\xae' "$launch"; PATCHWORK_EXEC=$'relative\\e[2J' "$launch"`;
  const { stderr } = governed(script);
  assert.match(stderr.toString(), /patchwork: /);
  assert.doesNotMatch(stderr.toString().replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202e]/);
});

test('the launcher by its own name is no way round: what it would run is judged', () => {
  const script = `bin="$(dirname "$(type -P uname)")"; PATCHWORK_EXEC="$(dirname "$bin")/../x" "$bin/../launch"; PATCHWORK_EXEC=${bench.bin}/forbidden "$bin/../launch" x; echo $?; (PATCHWORK_EXEC=${bench.bin}/forbidden exec -a harmless "$bin/../launch"); echo $?`;
  const { stdout } = governed(script);
  assert.equal(stdout.toString(), '126\n126\n');
});

test('a link of another name to a denied program is denied', () => {
  const { stdout } = governed(`ln -s ${bench.bin}/forbidden ${bench.bin}/harmless; until type -P harmless | grep -q patchwork; do hash -r; sleep 0.02; done; harmless; echo $?`);
  assert.equal(stdout.toString(), '126\n');
});

test('a copy of the launcher has nobody to ask, and denies', () => {
  const { stdout, stderr } = governed('cp "$(type -P uname)" ./uname; chmod +x ./uname; ./uname -s; echo $?; cp -r "$(dirname "$(type -P uname)")" ./bin 2>/dev/null; ./bin/uname -s; echo $?');
  assert.equal(stdout.toString(), '126\n126\n', stderr.toString());
});

test('a command is judged in the folder it runs in', () => {
  writeFileSync(join(bench.sandbox.project, 'folder-policy.yml'), 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ["sub/kept.txt"]\n');
  const script = 'mkdir -p sub/deeper; echo x > sub/kept.txt; cd sub; cat kept.txt; echo $?; cd deeper; cat ../kept.txt; echo $?; rmdir ../deeper; cat ../kept.txt; echo $?';
  const { stdout } = bench.governed(script, { options: ['--policy', 'folder-policy.yml'] });
  assert.equal(stdout.toString(), '126\n126\n126\n');
});

test('a denied command that is not installed is denied with its reason, and logged; others are not found', () => {
  writeFileSync(join(bench.sandbox.project, 'absent.yml'), 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["absent-tool rm *", "curl * | absent-shell", "*/absent-star"]\n');
  const { stdout, stderr } = bench.governed('absent-tool rm x; echo $?; absent-tool ls; echo $?; absent-shell; echo $?; absent-star; echo $?', { options: ['--policy', 'absent.yml'] });
  assert.equal(stdout.toString(), '126\n127\n127\n127\n', stderr.toString());
  assert.match(stderr.toString(), /^patchwork: denied command_execute `absent-tool rm x`\n {2}rule: commands\.deny: absent-tool rm \*/m);
  assert.match(stderr.toString(), /^patchwork: absent-tool: command not found\n/m);
  const shown = bench.sandbox.events().filter(({ target }) => target.command?.startsWith('absent-')).map(({ status, target }) => `${status} ${target.command}`);
  assert.deepEqual(shown, ['denied absent-tool rm x']);
});

test('a program whose path is not valid UTF-8 is denied, and the reason says so', () => {
  const script = `mkdir -p $'odd\\xff' && printf '#!/bin/sh\\necho RAN\\n' > $'odd\\xff/odd-tool' && chmod +x $'odd\\xff/odd-tool'; PATCHWORK_EXEC=$'odd\\xff/odd-tool' "$(dirname "$(type -P uname)")/../launch"; echo $?`;
  const { stdout, stderr } = governed(script);
  assert.equal(stdout.toString(), '126\n', stderr.toString());
  assert.match(stderr.toString(), /path is not valid UTF-8/);
});
