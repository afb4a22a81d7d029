/** Policy files: what is refused, where and with which words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse as parseYaml } from 'yaml';
import { PATTERN_LENGTH_LIMIT, POLICY_BYTES_LIMIT, RULES_PER_LIST_LIMIT } from '../../src/model/limits.ts';
import { lintPolicy } from '../../src/policy/lint.ts';
import { formatProblem } from '../../src/policy/load.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { presetText } from '../../src/policy/presets.ts';
import { policyJsonSchema } from '../../src/policy/schema.ts';
import { isValidBySchema } from '../support/batch-json-schema.ts';

const HEAD = 'version: 1\nmode: fail-closed\n';

/** `LINE:COLUMN message | hint` of every problem. */
function problemsOf(text: string): string[] {
  return parsePolicy(text, 'p.yml', 'user').problems.map(({ origin, message, hint }) => `${origin.line}:${origin.column} ${message} | ${hint ?? ''}`);
}

type Refusal = readonly [what: string, text: string, ...expected: RegExp[]];

const REFUSED: readonly Refusal[] = [
  ['an empty file', '', /^1:1 .*empty/],
  ['a file of comments', '# nothing\n', /^1:1 .*empty/],
  ['a list for a file', '- a\n', /^1:1 .*map/],
  ['a text for a file', 'fail-closed\n', /^1:1 .*map/],
  ['an open quote or list, told once', 'version: 1\nrules:\n  files:\n   deny: [\n  - "x"\n', /^5:3 .*sufficiently indented/],
  ['an IP address with a part too large', `${HEAD}rules:\n  network:\n    allow: ["300.1.1.1", "1.2.3.999:80", "1.2.3.4:80"]\n`, /^5:13 "300\.1\.1\.1" is no address/, /^5:26 "1\.2\.3\.999:80" is no address/],
  ['a missing version', 'mode: fail-open\n', /^1:1 `version` is missing.*`version: 1`/],
  ['a missing mode', 'version: 1\n', /^1:1 `mode` is missing.*fail-closed.*fail-open/],
  ['an unknown version', 'version: 2\nmode: fail-open\n', /^1:10 `version` must be 1/],
  ['a version in quotes', 'version: "1"\nmode: fail-open\n', /^1:10 `version` must be 1/],
  ['a version without a value', 'version:\nmode: fail-open\n', /^1:\d+ `version`/],
  ['a misspelled mode', 'version: 1\nmode: fail-close\n', /^2:7 `mode`.*did you mean `fail-closed`/],
  ['a mode with an underscore', 'version: 1\nmode: fail_open\n', /^2:7 `mode`.*did you mean `fail-open`/],
  ['a mode that is a list', 'version: 1\nmode: [fail-open]\n', /^2:7 `mode`/],
  ['a mode without a value', 'version: 1\nmode:\n', /^2:\d+ `mode`/],
  ['an unknown key', `${HEAD}rulez:\n  files: {}\n`, /^3:1 unknown key `rulez`.*did you mean `rules`/],
  ['an unknown section', `${HEAD}rules:\n  file:\n    deny: []\n`, /^4:3 unknown key `rules\.file`.*did you mean `files`/],
  ['a section by its hyphened name', `${HEAD}rules:\n  mcp-tools:\n    deny: []\n`, /^4:3 unknown key `rules\.mcp-tools`.*did you mean `mcp_tools`/],
  ['an unknown list', `${HEAD}rules:\n  files:\n    denny: []\n`, /^5:5 unknown key `rules\.files\.denny`.*did you mean `deny`/],
  ['a list by a word far from its name', `${HEAD}rules:\n  files:\n    forbidden: []\n`, /^5:5 unknown key `rules\.files\.forbidden`.*deny, allow/],
  ['a key in capitals', `${HEAD}rules:\n  files:\n    Deny: []\n`, /^5:5 unknown key `rules\.files\.Deny`.*did you mean `deny`/],
  ['max_risk at the top level', `${HEAD}max_risk: high\n`, /^3:1 unknown key `max_risk`.*`rules`/],
  ['a section at the top level', `${HEAD}commands:\n  deny: []\n`, /^3:1 unknown key `commands`.*`rules`/],
  ['a key of Object itself', `${HEAD}constructor: 1\n`, /^3:1 unknown key `constructor`/],
  ['a merge key', `${HEAD}"<<": { rules: {} }\n`, /^3:1 unknown key/],
  ['nested outside of commands', `${HEAD}rules:\n  files:\n    nested: strict\n`, /^5:5 unknown key `rules\.files\.nested`.*rules\.commands/],
  ['an unknown risk level', `${HEAD}rules:\n  max_risk: hihg\n`, /^4:13 `rules\.max_risk`.*did you mean `high`/],
  ['a risk level that is a number', `${HEAD}rules:\n  max_risk: 3\n`, /^4:13 `rules\.max_risk`/],
  ['a risk level without a value', `${HEAD}rules:\n  max_risk:\n`, /^4:\d+ `rules\.max_risk`/],
  ['nested without a value', `${HEAD}rules:\n  commands:\n    nested:\n`, /^5:\d+ `rules\.commands\.nested`/],
  ['rules that are a list', `${HEAD}rules:\n  - files\n`, /^4:3 `rules` must be a map/],
  ['a section that is a list', `${HEAD}rules:\n  files:\n    - "src/**"\n`, /^5:5 `rules\.files` must be a map/],
  ['a list that is a text', `${HEAD}rules:\n  files:\n    deny: "**/.env"\n`, /^5:11 `rules\.files\.deny` must be a list/],
  ['a list that is a map', `${HEAD}rules:\n  files:\n    deny:\n      a: b\n`, /^6:7 `rules\.files\.deny` must be a list/],
  ['a pattern that is a number', `${HEAD}rules:\n  files:\n    deny: [1]\n`, /^5:12 a pattern.*not text.*quotes/],
  ['a pattern that is a map', `${HEAD}rules:\n  commands:\n    deny:\n      - curl: x\n`, /^6:9 a pattern.*not text/],
  ['a pattern that is null', `${HEAD}rules:\n  files:\n    deny:\n      -\n`, /^\d:\d+ a pattern.*not text/],
  ['an empty pattern', `${HEAD}rules:\n  files:\n    deny: ["", " "]\n`, /^5:12 an empty pattern/, /^5:16 an empty pattern/],
  ['a negation', `${HEAD}rules:\n  files:\n    deny: ["!src/**"]\n`, /^5:12 .*negation/],
  ['a path with ..', `${HEAD}rules:\n  files:\n    deny: ["../x"]\n`, /^5:12 .*`\.\.`/],
  ['a URL for a host', `${HEAD}rules:\n  network:\n    allow: ["https://x.org/a"]\n`, /^5:13 .*URL.*"x\.org"/],
  ['a port out of range', `${HEAD}rules:\n  network:\n    deny: ["x.org:99999"]\n`, /^5:12 .*no host pattern/],
  ['a CIDR range out of range', `${HEAD}rules:\n  network:\n    deny: ["10.0.0.0/33"]\n`, /^5:12 .*no host pattern/],
  ['a name in letters of other scripts', `${HEAD}rules:\n  network:\n    deny: ["*.bücher.de:443"]\n`, /^5:12 .*xn--bcher-kva\.de/],
  ['a duplicate key', `${HEAD}rules:\n  files:\n    deny: [a]\n    deny: [b]\n`, /^6:5 .*unique/],
  ['a duplicate section', `${HEAD}rules:\n  files: {}\nrules: {}\n`, /^5:1 .*unique/],
  ['a tab for indentation', `${HEAD}rules:\n\tfiles: {}\n`, /^4:1 .*[Tt]ab/],
  ['an unquoted star', `${HEAD}rules:\n  files:\n    deny:\n      - *.md\n`, /^6:9 .*\| a pattern that begins with \* must stand in quotes/],
  ['an unquoted star alone', `${HEAD}rules:\n  network:\n    deny:\n      - *\n`, /^6:9 .*\| a pattern that begins with \* must stand in quotes/],
  ['an alias', `${HEAD}rules:\n  files:\n    deny: &x [a]\n    allow: *x\n`, /^6:12 .*alias/],
  ['an open quote', `${HEAD}rules:\n  files:\n    deny: ["a]\n`, /^\d:\d+ .*quote/, /^\d:\d+ /],
  ['two documents', `${HEAD}---\n${HEAD}`, /^3:1 a second document begins here.*remove the `---`/],
  ['a binary file', '\u0000\u0001\u0002', /^\d:\d+ /],
  ['a pattern that is too long', `${HEAD}rules:\n  files:\n    deny: ["${'a'.repeat(PATTERN_LENGTH_LIMIT + 1)}"]\n`, /^5:12 .*longer than/],
  ['too many patterns', `${HEAD}rules:\n  files:\n    deny: [${'a,'.repeat(RULES_PER_LIST_LIMIT)}a]\n`, /^5:11 .*more than/],
  ['a file that is too large', `${HEAD}#${'x'.repeat(POLICY_BYTES_LIMIT)}\n`, /^1:1 .*larger/],
  ['every problem at once', 'version: 2\nmod: fail-open\nrules:\n  file: {}\n  network:\n    deny: ["http://x"]\n  max_risk: hgih\n', /^1:10 /, /^2:1 .*`mode`/, /^4:3 .*`files`/, /^6:12 /, /^7:13 .*`high`/, /`mode` is missing/],
];

describe('A policy file is refused with its place and a hint', () => {
  for (const [what, text, ...expected] of REFUSED) {
    it(`for ${what}`, () => {
      assert.equal(parsePolicy(text, 'p.yml', 'user').policy, undefined);
      const problems = problemsOf(text);
      for (const pattern of expected) assert.ok(problems.some((problem) => pattern.test(problem)), `${pattern} in\n${problems.join('\n')}`);
      assert.ok(problems.length <= expected.length, `no more than ${expected.length}:\n${problems.join('\n')}`);
    });
  }

  it('with the source line and a mark below the column', () => {
    const { problems } = parsePolicy(`${HEAD}rules:\n  filez: {}\n`, 'p.yml', 'user');
    assert.equal(problems.map(formatProblem).join('\n'), 'p.yml:4:3: error: unknown key `rules.filez`\n      filez: {}\n      ^\n  hint: did you mean `files`?');
  });
});

const WARNED: readonly (readonly [what: string, rules: string, ...expected: RegExp[]])[] = [
  ['sections that are absent under fail-closed', '  files: {}\n', /no `commands` section/, /no `network` section/, /no `mcp_tools` section/],
  ['a catch-all deny beside an allow list', '  network:\n    deny: ["*"]\n    allow: ["x.org"]\n  files: {}\n  commands: {}\n  mcp_tools: {}\n', /^5: .*"\*" in `network\.deny`.*default/],
  ['an allow that a deny covers', '  files:\n    deny: ["src/**"]\n    allow: ["src/a.ts"]\n  commands: {}\n  network: {}\n  mcp_tools: {}\n', /^6: .*"src\/a\.ts" can never.*"src\/\*\*" \(line 5\)/],
  ['an allow that stands in the deny list too', '  commands:\n    deny: ["git push *"]\n    allow: ["git push *"]\n  files: {}\n  network: {}\n  mcp_tools: {}\n', /^6: .*can never/],
  ['a rule that stands twice', '  commands:\n    deny: ["sudo *", "sudo *"]\n  files: {}\n  network: {}\n  mcp_tools: {}\n', /^5: .*"sudo \*" can never/],
  ['a rule behind a wider one', '  commands:\n    deny: ["git *", "git push *"]\n  files: {}\n  network: {}\n  mcp_tools: {}\n', /^5: .*"git push \*" can never/],
  ['nothing of a deny beside a denied catch-all, which comes after the allow list', '  files:\n    deny: ["**", "**/.env"]\n    allow: ["src/**"]\n  commands: {}\n  network: {}\n  mcp_tools: {}\n', /^5: .*"\*\*" in `files\.deny`.*default/],
  ['a deny behind a catch-all where nothing is allowed', '  files:\n    deny: ["**", "**/.env"]\n  commands: {}\n  network: {}\n  mcp_tools: {}\n', /^5: .*"\*\*\/\.env" can never/],
  ['pipelines without a command on one side', '  commands:\n    deny: ["| bash", "cat * |", "a || b", "* | bash"]\n  files: {}\n  network: {}\n  mcp_tools: {}\n', /^5: .*"\| bash" is no pipeline/, /^5: .*"cat \* \|" is no/, /^5: .*"a \|\| b" is no/],
  ['allowed lines of several commands, with variables or redirections', `  commands:\n    allow: ["a && b", "a; b", "X=1 npm test", "a > b", "a b 'c; d > e'", "npm test -- --x=1", "a | b c"]\n  files: {}\n  network: {}\n  mcp_tools: {}\n`, /^5: .*"a && b" can never.*each command/, /^5: .*"a; b" can never/, /^5: .*"X=1 npm test" can never.*variables/, /^5: .*"a > b" can never.*redirections/],
  ['brackets that are never closed', '  files:\n    deny: ["src/[abc", "{a,b", "[ab]", "{a,b}", "a\\\\[b"]\n  commands: {}\n  network: {}\n  mcp_tools: {}\n', /^5: .*"src\/\[abc" is never closed/, /^5: .*"\{a,b" is never closed/],
  ['an allow of *.x.org without x.org', '  network:\n    allow: ["*.x.org"]\n  files: {}\n  commands: {}\n  mcp_tools: {}\n', /^5: .*x\.org/],
];

describe('policy validate warns', () => {
  for (const [what, rules, ...expected] of WARNED) {
    it(`of ${what}`, () => {
      const text = `${HEAD}rules:\n${rules}`;
      const { policy, problems } = parsePolicy(text, 'p.yml', 'user');
      assert.ok(policy !== undefined, problems.map(formatProblem).join('\n'));
      const warnings = lintPolicy(policy, text).map(({ origin, message }) => `${origin.line}: ${message}`);
      for (const pattern of expected) assert.ok(warnings.some((warning) => pattern.test(warning)), `${pattern} in\n${warnings.join('\n')}`);
      assert.equal(warnings.length, expected.length, warnings.join('\n'));
    });
  }

  for (const name of ['default', 'strict'] as const) {
    it(`of nothing in the ${name} starter policy`, () => {
      const text = presetText(name, './policy.schema.json');
      const { policy, problems } = parsePolicy(text, 'p.yml', 'user');
      assert.deepEqual(problems, []);
      assert.deepEqual(policy && lintPolicy(policy, text).map(({ message }) => message), []);
    });
  }
});

const VALID: readonly string[] = [
  HEAD,
  `${HEAD}rules:\n`,
  `${HEAD}rules: {}\n`,
  `${HEAD}rules:\n  files:\n`,
  `${HEAD}rules:\n  files:\n    deny:\n    allow:\n`,
  `${HEAD}rules:\n  files:\n    deny: []\n`,
  `${HEAD}rules:\n  commands:\n    nested: strict\n    deny: ["a"]\n`,
  `${HEAD}rules:\n  max_risk: none\n`,
  `{version: 1, mode: fail-open, rules: {mcp_tools: {deny: ["*"]}}}\n`,
  presetText('default', 'x'),
  presetText('strict', 'x'),
];

describe('The JSON Schema agrees with the parser', () => {
  const schema = policyJsonSchema();
  for (const text of VALID) {
    it(`on what is valid: ${JSON.stringify(text.slice(0, 90))}`, () => {
      assert.deepEqual(problemsOf(text), []);
      assert.ok(isValidBySchema(schema, parseYaml(text)));
    });
  }
  // What YAML itself refuses, and what only the patterns' own grammar forbids, is beyond a schema.
  const beyond = /empty file|comments|^a duplicate|tab|star|alias|quote$|two documents|binary|too large|negation|path with|URL|IP address|letters of other|told once|port|CIDR|empty pattern/;
  for (const [what, text] of REFUSED.filter(([name]) => !beyond.test(name))) {
    it(`on ${what}`, () => assert.ok(!isValidBySchema(schema, parseYaml(text))));
  }
});
