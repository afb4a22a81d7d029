/** What holds for every policy and every request. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Ask } from '../../src/evaluator/ask.ts';
import { LAYERS } from '../../src/model/decision.ts';
import { AGENT } from '../../src/model/request.ts';
import { RISK_LEVELS } from '../../src/model/risk.ts';
import { presetText } from '../../src/policy/presets.ts';
import { evaluatorOf, PROJECT } from '../support/batch-in-process.ts';
import { SPEC } from '../support/patchwork.ts';

const RUNS = { numRuns: 500 };

const PATHS = ['.env', 'src/index.ts', 'src/.env.local', '/etc/passwd', '../x', '~/.ssh/id_rsa', 'docs/a.md', 'package.json', '.git/config', ''];
const LINES = ['npm test', 'git status', 'git push -f', 'sudo ls', 'rm -rf x', 'curl x | bash', 'ls > .env', 'echo hi', '$X y', 'a && b; c | d', 'bash -c "npm test"', '"', 'f() { f | f & }; f', ''];
const HOSTS = ['registry.npmjs.org', 'github.com', '169.254.169.254', '::1', 'localhost', '', 'a b', '999.1.1.1'];

/** Shell text that is more than noise: pieces of the language in any order. */
const shellText = fc.array(fc.constantFrom('git', 'push', '--force', '-f', 'rm', '-rf', 'sudo', ' ', ' ', ' ', '\n', ';', '&&', '||', '|', '&', '(', ')', '{', '}', '$(', '`', '"', "'", '\\', '$X', '${', '<<', 'EOF', '>', '<', '.env', 'if', 'then', 'fi', 'for', 'do', 'done', 'case', 'esac', 'in', '[[', ']]', '((', '))', '*', '!', '#', '=', 'x=', '$', "$'", 'eval', 'bash', '-c', 'xargs', 'env', '-S'), { maxLength: 30 }).map((pieces) => pieces.join(''));
/** Any UTF-16, lone surrogates and NUL included. */
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 60 }), shellText);

const ask: fc.Arbitrary<Ask> = fc.oneof(
  fc.record({ action: fc.constantFrom('file_read', 'file_create', 'file_edit', 'file_delete'), path: fc.oneof(fc.constantFrom(...PATHS), anyText), cwd: fc.constant(PROJECT) }),
  fc.record({ action: fc.constant('command_execute'), command: fc.oneof(fc.constantFrom(...LINES), anyText), cwd: fc.constant(PROJECT) }),
  fc.record({ action: fc.constant('command_execute'), argv: fc.array(fc.oneof(fc.constantFrom('git', 'push', '-f', 'bash', '-c', 'sudo ls', 'env', 'xargs'), anyText), { maxLength: 6 }), cwd: fc.constant(PROJECT) }),
  fc.record({ action: fc.constant('network_request'), host: fc.oneof(fc.constantFrom(...HOSTS), anyText), port: fc.option(fc.integer({ min: -1, max: 70_000 }), { nil: undefined }) }),
  fc.record({ action: fc.constant('mcp_tool_call'), server: anyText, tool: anyText }),
) as fc.Arbitrary<Ask>;

const patterns = (...known: string[]): fc.Arbitrary<string> => fc.array(fc.constantFrom(...known), { maxLength: 4 }).map((list) => JSON.stringify(list));

const policyText = fc
  .record({
    mode: fc.constantFrom('fail-closed', 'fail-open'),
    risk: fc.constantFrom(...RISK_LEVELS),
    nested: fc.constantFrom('covered', 'strict'),
    files: fc.tuple(patterns('**/.env*', '**', 'src/**', '*.md', '/etc/**'), patterns('**', 'src/**', '*.json', '~/**')),
    commands: fc.tuple(patterns('*', 'sudo *', 'rm -rf *', 'git push --force*', 'curl * | bash'), patterns('*', 'npm *', 'git *', 'bash *', 'git * | node *')),
    network: fc.tuple(patterns('*', '*.github.com', '169.254.0.0/16', 'localhost'), patterns('*', '*.npmjs.org', 'localhost:80')),
    tools: fc.tuple(patterns('*', 'a:*'), patterns('*', 'b')),
  })
  .map(({ mode, risk, nested, files, commands, network, tools }) => {
    const section = (name: string, [deny, allow]: readonly [string, string]): string => `  ${name}:\n    deny: ${deny}\n    allow: ${allow}\n`;
    return `version: 1\nmode: ${mode}\nrules:\n${section('files', files)}${section('commands', commands)}    nested: ${nested}\n${section('network', network)}${section('mcp_tools', tools)}  max_risk: ${risk}\n`;
  });

const spec = (name: string): string => readFileSync(join(SPEC, `${name}.yml`), 'utf8');
const open = (deny: string): string => `version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: [${deny}]\n`;

describe('Evaluation', () => {
  it('never turns a deny into an allow when a layer is added', () => {
    fc.assert(
      fc.property(policyText, policyText, ask, fc.constantFrom(...LAYERS.slice(1)), fc.constantFrom(...LAYERS.slice(1)), (one, two, request, first, second) => {
        const alone = evaluatorOf({ layer: first, text: one }).judge(request, AGENT).decision;
        const both = evaluatorOf({ layer: first, text: one }, { layer: second, text: two }).judge(request, AGENT).decision;
        if (alone.effect === 'deny') assert.equal(both.effect, 'deny');
      }),
      RUNS,
    );
  });

  it('never turns a deny into an allow when a deny rule is added', () => {
    const rule = fc.constantFrom('*', '**', 'npm *', 'x', 'git push');
    fc.assert(
      fc.property(rule, fc.constantFrom(...LINES), (deny, command) => {
        const judge = (text: string): string => evaluatorOf({ layer: 'user', text }).judge({ action: 'command_execute', command, cwd: PROJECT }, AGENT).decision.effect;
        if (judge(spec('dev')) === 'deny') assert.equal(judge(spec('dev').replace('- "sudo *"', `- "sudo *"\n      - "${deny}"`)), 'deny');
      }),
    );
  });

  it('is total and deterministic: anything gets an answer, and the same one twice', () => {
    const evaluators = [spec('dev'), spec('lockdown'), spec('audit'), presetText('default', 'x'), presetText('strict', 'x')].map((text) => evaluatorOf({ layer: 'user', text }));
    fc.assert(
      fc.property(ask, (request) => {
        for (const evaluator of evaluators) {
          const { decision } = evaluator.judge(request, AGENT);
          assert.ok(decision.effect === 'allow' || decision.effect === 'deny');
          assert.notEqual(decision.reason, '');
          assert.deepEqual(evaluator.judge(request, AGENT).decision, decision);
        }
      }),
      RUNS,
    );
  });

  it('ends soon on text that is made to be slow', () => {
    const evaluator = evaluatorOf({ layer: 'user', text: spec('dev') });
    const long = 100_000;
    for (const command of ['a'.repeat(long), 'a '.repeat(long / 2), '('.repeat(10_000), '$('.repeat(10_000), '`'.repeat(10_001), 'a|'.repeat(5000), 'a;'.repeat(5000), '{a,b}'.repeat(2000), `"${'$('.repeat(5000)}`, '<<A '.repeat(2000), `${'bash -c '.repeat(1000)}x`, `${'env '.repeat(20_000)}sudo ls`, `${'sudo '.repeat(20_000)}ls`, 'x=1;$x '.repeat(5000)]) {
      const start = performance.now();
      evaluator.judge({ action: 'command_execute', command, cwd: PROJECT }, AGENT);
      const took = performance.now() - start;
      // Generous for a loaded machine; what grows with the square takes minutes.
      assert.ok(took < 2000, `${command.slice(0, 20)}… took ${took.toFixed()} ms`);
    }
  });
});

/** `%` is the line, `%q` the line as one quoted word. */
const WRAPPERS = [
  'env %', 'env A=b %', 'env -i %', 'timeout 5 %', 'timeout -s KILL 5 %', 'nice %', 'nice -n 3 %', 'nohup %', 'setsid %', 'time %', 'stdbuf -o0 %', 'command %', 'exec %', 'sudo %', 'sudo -u root %', 'doas %', 'xargs %', 'xargs -n 1 %', 'A=b %', '! %', 'ionice -c2 %', 'busybox env %', 'find . -exec % \\;', 'ssh host %q', 'watch %q', 'chroot /x %', 'flock /x %', 'npm exec -- %', 'npx %', 'script -c %q',
  'bash -c %q', 'sh -ec %q', 'bash -lc %q', 'eval %q', 'env -S %q', 'su -c %q', 'zsh -c %q', 'bash -o pipefail -c %q', 'trap %q EXIT', 'bash <<< %q',
  '(%)', '{ %; }', 'echo "$(%)"', 'echo `%`', 'cat <(%)', 'f() { %; }; f', 'if %; then :; fi', "bash <<'EOF'\n%\nEOF", '% &', 'x=$(%)', '/usr/bin/%', '\\%',
];

function wrapped(template: string, line: string): string {
  // Backquotes do not nest: what lies inside is escaped once more.
  const text = template.includes('`') ? line.replace(/[`\\]/g, '\\$&') : line;
  return template.replace(/%q?/, (mark) => (mark === '%q' ? quote(text) : text));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const DENIED = ['sudo ls', 'rm -rf x', 'rm -r -f x', 'git push --force', 'git push -f', 'git reset --hard', 'dd if=a of=b'];
const JOINERS = [' && ', '; ', ' | ', ' & ', ' || ', '\n', ' |& '];

describe('A denied command', () => {
  const policies = { 'fail-open': open('"sudo *", "rm -rf *", "git push --force*", "git reset --hard*", "dd *"'), 'fail-closed': spec('dev').replace('"sudo *"', '"dd *"\n      - "sudo *"') };
  for (const [mode, text] of Object.entries(policies)) {
    const evaluator = evaluatorOf({ layer: 'user', text });
    const effectOf = (command: string): string => evaluator.judge({ action: 'command_execute', command, cwd: PROJECT }, AGENT).decision.effect;

    it(`stays denied in up to three wrappers, ${mode}`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...DENIED), fc.array(fc.constantFrom(...WRAPPERS), { maxLength: 3 }), (denied, wrappers) => {
          // A keyword or a redirection is understood by a shell only, so a shell stands between the wrappers.
          const line = wrappers.reduce((inner, template) => wrapped(template, inner === denied ? inner : `bash -c ${quote(inner)}`), denied);
          assert.equal(effectOf(line), 'deny', line);
        }),
        RUNS,
      );
    });

    it(`makes every line denied that it is joined to, ${mode}`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...DENIED), fc.constantFrom('npm test', 'git status', 'node x.js', 'echo hi', ':'), fc.constantFrom(...JOINERS), fc.boolean(), (denied, permitted, joiner, isFirst) => {
          const line = isFirst ? `${denied}${joiner}${permitted}` : `${permitted}${joiner}${denied}`;
          assert.equal(effectOf(line), 'deny', line);
        }),
        RUNS,
      );
    });

    for (const template of WRAPPERS) it(`stays denied as ${JSON.stringify(wrapped(template, 'sudo ls'))}, ${mode}`, () => assert.equal(effectOf(wrapped(template, 'sudo ls')), 'deny'));
  }
});
