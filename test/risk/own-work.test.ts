// A project or a home below a system folder, as the superuser and containers have it, is no part of the system; what is around it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evaluator } from '../../src/evaluator/evaluator.ts';
import { AGENT } from '../../src/model/request.ts';
import { compilePolicy } from '../../src/policy/compile.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { ProgramFinder } from '../../src/resolve/executable.ts';
import { Places } from '../../src/resolve/places.ts';
import { loadParser } from '../../src/shell/parse.ts';

await loadParser();

const OWN = `/run/user/${process.getuid?.() ?? 0}`;

/** Project, home; lines that are ordinary there; lines that are critical. */
const ROWS: readonly (readonly [project: string, home: string, ordinary: readonly string[], critical: readonly string[]])[] = [
  ['/root/nowhere/p', '/root', ['rm /root/nowhere/p/a', 'cp a /root/nowhere/b', 'mkdir -p /root/.cache/x', 'touch x', 'chmod -R 755 /root/nowhere/p/d', 'install a /root/bin/a'], ['rm /etc/x', 'cp a /root/../etc/x', 'chmod -R 755 /root', 'rm -rf /root', 'touch /root/.bashrc', 'cp a /usr/bin/a']],
  ['/usr/src/nowhere', '/root', ['rm /usr/src/nowhere/a', 'cp a /usr/src/nowhere/b', 'echo > x', 'echo > /usr/src/nowhere/x'], ['rm /usr/src/nowhere/../x', 'echo > ../x', 'cp a /usr/src/x', 'rm -rf /usr/src/nowhere', 'echo > /usr/bin/x']],
  ['/etc/nowhere', '/root', ['echo a'], ['rm /etc/nowhere/a', 'echo > /etc/nowhere/x', 'echo > x']],
  ['/usr', '/root', ['echo a'], ['rm /usr/src/a', 'echo > bin/x']],
  ['/home/nobody/p', '/home/nobody', ['rm /home/nobody/p/a'], ['rm /root/x', 'mkdir /root/d']],
  // What a few tools keep there for themselves, and nothing that others trust.
  ['/home/nobody/p', '/home/nobody', [`touch ${OWN}/nvim.1.0`, `mkdir ${OWN}/just`, `echo > ${OWN}/nvim.me/a/1`], [`echo > ${OWN}/emacs/server`, `rm ${OWN}/gnupg/d.abc/S.gpg-agent`, 'echo > /run/screen/S-me/1.tty', `echo > ${OWN}/justice`, `echo > ${OWN}/systemd/user/x.service`, `rm ${OWN}/bus`, `echo > ${OWN}/dbus-1/services/x`, `rm ${OWN}/gnupg/S.gpg-agent`, `rm ${OWN}/keyring/ssh`, `rm -rf ${OWN}`, `rm ${OWN}/just/../bus`, `echo > ${OWN}0/just`, 'echo > /run/user/4294967294/just', 'echo > /run/x']],
  ['/home/nobody/p', '/var/lib/nowhere', ['rm a'], ['rm /var/lib/nowhere/a']],
];

const OPEN = 'version: 1\nmode: fail-open\nrules:\n  max_risk: high\n';

for (const [project, home, ordinary, critical] of ROWS) {
  test(`in ${project}, at home in ${home}`, () => {
    const before = process.env['HOME'];
    process.env['HOME'] = home;
    const places = new Places({ project });
    process.env['HOME'] = before;
    const { policy } = parsePolicy(OPEN, 'user.yml', 'user');
    assert.ok(policy);
    const evaluator = new Evaluator({ policies: [compilePolicy(policy, { project, home })], places, finder: new ProgramFinder('/usr/bin:/bin'), variables: { HOME: home } });
    const effect = (command: string): string => evaluator.judge({ action: 'command_execute', command, cwd: project }, AGENT).decision.effect;
    for (const line of ordinary) assert.equal(effect(line), 'allow', line);
    for (const line of critical) assert.equal(effect(line), 'deny', line);
  });
}
