/** What an enforcement point does unasked is what the evaluator would allow, whatever the policy and the path. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Recording, settledOwn, settledReads, settledWrites } from '../../src/evaluator/settled.ts';
import { AGENT } from '../../src/model/request.ts';
import { presetText } from '../../src/policy/presets.ts';
import { Places } from '../../src/resolve/places.ts';
import { classifyFile } from '../../src/risk/files.ts';
import { evaluatorIn, evaluatorOf, PROJECT } from '../support/batch-in-process.ts';

/** What begins with a dot: of critical risk, of less, of none. */
const HIDDEN = ['.ssh', '.gnupg', '.aws', '.azure', '.kube', '.docker', '.DOCKER', '.config', 'gh', 'gcloud', 'fish', 'config.fish', 'autostart', '.password-store', '.bash_profile', '.profile', '.zshrc', '.zshenv', '.zprofile', '.gitconfig', '.vimrc', '.tmux.conf', '.inputrc', '.patchwork', '.npmrc', '.husky', '.github', '.bin', '.package-lock.json', '.eslintrc'];

/** Names that rules, risks and our own protection know, and others that only look like them. */
const NAMES = ['src', 'a.ts', 'secrets.json', 'SECRETS.JSON', 'my-secrets.json', 'credentials.yml', 'id_rsa', 'id_rsa.pub', 'service-account-1.json', 'x.kdbx', 'authorized_keys', 'Keychains', 'package.json', 'Makefile', 'keys', 'prod.key', 'x.pem', 'patchwork-0', 'patchwork.yml', 'policy.yml', 'node_modules', 'env', 'x.env', '.env', '.git', '.git', 'hooks', 'config', 'index.lock', 'HEAD', 'objects', 'refs', '.bashrc', 'ſecrets.json', 'K', ...HIDDEN];
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }).map((names) => `${PROJECT}/${names.join('/')}`);
const pattern = fc.constantFrom('**/.env*', '**/*secret*', '**/*credential*', '**/id_rsa*', '**/*.pem', '*.json', 'src/**', 'keys/*.key', '**/node_modules/**', '*', '**', '**/[ab].ts', 'src/{a,b}.ts', './keys/**', 'keys//*.key', '**/./keys/.', '**/?ey', 'Makefile');
const policy = fc
  .record({ mode: fc.constantFrom('fail-open', 'fail-closed'), risk: fc.constantFrom('low', 'medium', 'high', 'critical'), deny: fc.array(pattern, { maxLength: 3 }), allow: fc.array(pattern, { maxLength: 2 }) })
  .map(({ mode, risk, deny, allow }) => `version: 1\nmode: ${mode}\nrules:\n  files:\n    deny: ${JSON.stringify(deny)}\n    allow: ${JSON.stringify(allow)}\n  max_risk: ${risk}\n`);
const text = fc.oneof(fc.constant(presetText('default', 'user')), policy);

const isBelow = (folders: readonly string[], file: string): string | undefined => folders.find((folder) => file.startsWith(`${folder}/`));
const holds = (literals: readonly string[], file: string): boolean => literals.some((literal) => file.toLowerCase().includes(literal));
// As native/settled.c does it.
const isInGit = (rest: string): boolean => /\/\.git\/(?!index|objects\/|refs\/|logs\/|HEAD|ORIG_HEAD|FETCH_HEAD|COMMIT_EDITMSG|packed-refs)/.test(rest);
const isAscii = (file: string): boolean => /^[ -~]*$/.test(file);

describe('what is settled', () => {
  it('writes: is allowed by every policy', () => {
    const settled = { later: 0, ahead: 0 };
    fc.assert(
      fc.property(text, path, fc.constantFrom('file_create' as const, 'file_edit' as const, 'file_delete' as const), (one, file, action) => {
        const evaluator = evaluatorOf({ layer: 'user', text: one });
        const recording = evaluator.policies.every((each) => each.policy.mode === 'fail-open') ? 'later' : 'ahead';
        const { writeFolders, writeLiterals } = settledWrites(evaluator, recording);
        const folder = isBelow(writeFolders, file);
        if (folder === undefined || !isAscii(file) || isInGit(file.slice(folder.length)) || holds(writeLiterals, file)) return;
        settled[recording]++;
        const covered = { role: 'covered', by: 'npm ci' } as const;
        // What is written down ahead is asked about for the agent itself (native/judge.c).
        for (const subject of recording === 'later' ? [AGENT, covered] : [covered]) {
          const { decision } = evaluator.judge({ action, path: file, cwd: PROJECT, real: file }, subject);
          assert.equal(decision.effect, 'allow', `${file}: ${decision.reason}`);
        }
      }),
      { numRuns: 4000 },
    );
    assert.ok(settled.later > 40 && settled.ahead > 20, `${settled.later} and ${settled.ahead} of 4000 were settled`);
  });

  it('reads: is allowed by every policy', () => {
    let settled = 0;
    fc.assert(
      fc.property(text, path, fc.boolean(), (one, file, isCovered) => {
        const evaluator = evaluatorOf({ layer: 'user', text: one });
        const subject = isCovered ? ({ role: 'covered', by: 'npm ci' } as const) : AGENT;
        const { folders, literals } = settledReads(evaluator, subject);
        if (isBelow(folders, file) === undefined || !isAscii(file) || holds(literals, file)) return;
        settled++;
        const { decision } = evaluator.judge({ action: 'file_read', path: file, cwd: PROJECT, real: file }, subject);
        assert.equal(decision.effect, 'allow', `${file}: ${decision.reason}`);
      }),
      { numRuns: 1000 },
    );
    assert.ok(settled > 40, `${settled} of 1000 were settled`);
  });

  it('the temporary folder: is allowed by every policy', () => {
    let settled = 0;
    const temporary = '/tmp/patchwork-0/20261201T000000-abcdef-tmp';
    const places = new Places({ project: PROJECT, runtime: temporary.slice(0, -4), temporary });
    const reaching = fc.constantFrom('**/*-tmp/**', '/tmp/**', '**/*p/a.ts', '**/*tmp/x.pem', '**/patchwork-*/**', '**/abcdef-tmp/src', '**/x.env');
    const rules = fc.array(fc.oneof(pattern, reaching), { maxLength: 3 }).map((deny) => `version: 1\nmode: fail-open\nrules:\n  files:\n    deny: ${JSON.stringify(deny)}\n`);
    const below = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
    fc.assert(
      fc.property(rules, below, fc.constantFrom('file_read' as const, 'file_create' as const, 'file_edit' as const, 'file_delete' as const), fc.boolean(), (one, rest, action, isCovered) => {
        const evaluator = evaluatorIn(places, { layer: 'user', text: one });
        const subject = isCovered ? ({ role: 'covered', by: 'make' } as const) : AGENT;
        const { folders, literals } = settledReads(evaluator, subject);
        const { writeFolders, writeLiterals } = settledWrites(evaluator, 'later');
        const isRead = action === 'file_read';
        if (!settledOwn(evaluator).includes(temporary) || !(isRead ? folders : writeFolders).includes(temporary) || !isAscii(rest) || (!isRead && isInGit(rest)) || holds(isRead ? literals : writeLiterals, rest)) return;
        settled++;
        const file = `${temporary}${rest}`;
        const { decision } = evaluator.judge({ action, path: file, cwd: PROJECT, real: file }, subject);
        assert.equal(decision.effect, 'allow', `${file}: ${decision.reason}`);
      }),
      { numRuns: 3000 },
    );
    assert.ok(settled > 100, `${settled} of 3000 were settled`);
  });

  it('writes: no folder is of critical risk', () => {
    const open = 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: []\n';
    const policies = evaluatorOf({ layer: 'user', text: open }).policies;
    for (const project of [PROJECT, '/usr/src/app', '/var/lib/app', '/etc/app', '/srv/app', '/home/a/app', '/home/a/.ssh/app', '/home/a/.config/gh/app', '/home/a/app/.git/hooks', '/tmp/app', '/mnt/.docker/app']) {
      const { writeFolders } = settledWrites({ policies, places: new Places({ project }) }, 'later');
      for (const folder of writeFolders) assert.notEqual(classifyFile('file_delete', [`${folder}/x`]).level, 'critical', folder);
      assert.equal(writeFolders.includes(project), [PROJECT, '/srv/app', '/home/a/app', '/tmp/app'].includes(project), project);
    }
  });

  it('writes: nothing where a record must come first, or more is denied than what rules name', () => {
    const of = (one: string, recording: Recording = 'later'): number => settledWrites(evaluatorOf({ layer: 'user', text: one }), recording).writeFolders.length;
    const open = 'version: 1\nmode: fail-open\nrules:\n  files:\n    deny: []\n';
    assert.ok(of(open) > 0);
    assert.equal(of(open, 'first'), 0);
    assert.equal(of(open.replace('fail-open', 'fail-closed')), 0);
    assert.ok(of(open.replace('fail-open', 'fail-closed'), 'ahead') > 0);
    assert.equal(of(`${open}  max_risk: medium\n`), 0);
    assert.equal(of(open.replace('deny: []', 'deny: ["**"]\n    allow: ["src/**"]')), 0);
  });
});
