/** What is taken out of a line before it reaches the disk, and what looks like it but stays. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { redact, redactWords } from '../../src/audit/redact.ts';
import { createSandbox } from '../support/patchwork.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const A = (length: number): string => 'aB3dE5gH7jK9mN1pQ2sT4vW6yZ8'.repeat(4).slice(0, length);

/** A line, and the secret in it that must be gone. */
const SECRETS: readonly (readonly [string, string])[] = [
  ['git clone https://user:hunter2@example.org/x.git', 'hunter2'],
  [`git clone https://${A(40)}@github.com/o/r`, A(40)],
  ['psql postgres://admin:s3cr3t@db:5432/app', 's3cr3t'],
  ['redis-cli -u redis://:pa55@host:6379', 'pa55'],
  ['curl ftp://me:pw%40x@host/', 'pw%40x'],
  ['curl "https://api.example.org/v1?token=abc123def"', 'abc123def'],
  ['curl https://x.org/?a=1&api_key=abc123def&b=2', 'abc123def'],
  ['curl https://x.org/?access_token=abc123def', 'abc123def'],
  ['curl "https://x.org/?X-Amz-Signature=0123abcdef"', '0123abcdef'],
  ['curl https://x.org/?sessionid=0123abcdef', '0123abcdef'],
  ["curl -H 'Authorization: Bearer abcdefgh12345678' https://x.org", 'abcdefgh12345678'],
  ['curl -H "authorization: Basic dXNlcjpwYXNz" https://x.org', 'dXNlcjpwYXNz'],
  ['curl -H "Authorization: token abcdef0123456789" x', 'abcdef0123456789'],
  ['curl -H "X-Api-Key: abcdef0123" x', 'abcdef0123'],
  ['curl -H "PRIVATE-TOKEN: abcdef0123" x', 'abcdef0123'],
  ['curl -u admin:hunter2 https://x.org', 'hunter2'],
  ['curl -uadmin:hunter2 https://x.org', 'hunter2'],
  ['curl --user admin:hunter2 https://x.org', 'hunter2'],
  ['curl --user=admin:hunter2 https://x.org', 'hunter2'],
  ['curl --proxy-user "me:hunter2" https://x.org', 'hunter2'],
  ['mysql --password=hunter2 app', 'hunter2'],
  ['mysql -phunter2 -u root app', 'hunter2'],
  ['tool --token abcdef', 'abcdef'],
  ["tool --api-key 'a b c'", 'a b c'],
  ['tool --apikey=abcdef', 'abcdef'],
  ['tool --client-secret abcdef', 'abcdef'],
  ['tool -secret=abcdef', 'abcdef'],
  ['npm publish --otp=123456', '123456'],
  ['sshpass -p hunter2 ssh host', 'hunter2'],
  ['docker login -u me -p hunter2 registry', 'hunter2'],
  ['export AWS_SECRET_ACCESS_KEY=abcdef/ghi+j', 'abcdef/ghi+j'],
  ['GITHUB_TOKEN=abcdef gh pr list', 'abcdef'],
  ['DB_PASSWORD="two words" ./run', 'two words'],
  ["PGPASSWORD='x y' psql", 'x y'],
  ['env MY_SECRET=abc node x.js', 'MY_SECRET=abc'],
  [`echo sk-${A(40)}`, `sk-${A(40)}`],
  [`echo sk-ant-api03-${A(40)}`, A(40)],
  [`echo sk_live_${A(24)}`, A(24)],
  [`git push https://x ghp_${A(36)}`, `ghp_${A(36)}`],
  [`echo github_pat_${A(50)}`, A(50)],
  [`echo glpat-${A(20)}`, `glpat-${A(20)}`],
  [`npm config set //registry.example/:_authToken npm_${A(36)}`, `npm_${A(36)}`],
  [`npm config set //registry.example/:_authToken=${A(36)}`, A(36)],
  [`echo xoxb-1234567890-${A(20)}`, A(20)],
  ['aws configure set AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  [`curl "https://maps.googleapis.com/?k=AIza${A(35)}"`, `AIza${A(35)}`],
  [`echo eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${A(30)}`, A(30)],
  [`echo hf_${A(34)}`, `hf_${A(34)}`],
  [`twine upload -p pypi-${A(60)}`, `pypi-${A(60)}`],
  [`echo '-----BEGIN OPENSSH PRIVATE KEY-----\n${A(60)}\n-----END OPENSSH PRIVATE KEY-----'`, A(60)],
  [`echo '-----BEGIN RSA PRIVATE KEY-----\n${A(60)}`, A(60)],
  ['curl -d \'{"password":"hunter2","user":"me"}\' x', 'hunter2'],
  ['curl -d \'{"client_secret": "hunter2"}\' x', 'hunter2'],
  ['curl --data "username=me&password=hunter2&next=1" x', 'hunter2'],
];

/** Lines in which nothing is secret. */
const LOOK_ALIKES: readonly string[] = [
  'npm test', 'git status', 'ls -la src/auth/token.ts', 'cat docs/passwords.md', 'grep -rn password src', 'grep -n "secret" README.md', 'vim src/api_key.py', 'node scripts/rotate-tokens.js', 'git commit -m "Add token refresh"',
  'git log --author=me', 'git push -u origin main', 'curl https://example.org/login', 'curl -u', 'sort -u names.txt', 'docker run -u 1000:1000 image', 'chown -R user:group dir', 'ssh user@host', 'git clone git@github.com:o/r.git', 'git clone https://github.com/o/r.git',
  'npm view sk-utils', 'echo skill-set', 'echo eyJ', 'tool --tokenize x', 'tool --no-password', 'tool --password-file secrets.txt', 'ls hf_models', 'pytest tests/test_session.py', 'rm npm_debug.log', 'scp a.txt me@host:/tmp', 'date +%H:%M:%S', 'make -j8 all', 'sed -n 1,20p src/keys.ts', 'tar -xf a.tar', 'cargo test auth::',
];

for (const [line, secret] of SECRETS) {
  test(`a secret does not stay: ${line.slice(0, 70).replaceAll('\n', '⏎')}`, () => {
    const shown = redact(line);
    assert.ok(!shown.includes(secret), shown);
    assert.ok(shown.includes('[redacted]'));
    assert.ok(shown.startsWith(line.slice(0, 3)), 'the program stays readable');
    assert.equal(redact(shown), shown, 'a second time changes nothing');
  });
}

for (const line of LOOK_ALIKES) {
  test(`what is no secret stays: ${line}`, () => assert.equal(redact(line), line));
}

test('in a list of words the word after an option is seen, and their number stays', () => {
  assert.deepEqual(redactWords(['tool', '--token', 'abc', '--verbose', '--password', 'x y', '-u', 'me:pw', '--user', 'me']), ['tool', '--token', '[redacted]', '--verbose', '--password', '[redacted]', '-u', 'me:[redacted]', '--user', 'me']);
  assert.deepEqual(redactWords(['tool', '--token', '-x']), ['tool', '--token', '-x']);
});

test('a secret at the cut of a long text is not left half', () => {
  for (let before = 8100; before <= 8192; before += 4) assert.doesNotMatch(redact(`echo ${'x '.repeat(before / 2)} ghp_${A(36)}`), /ghp_[A-Za-z0-9]{6,}/, String(before));
});

test('redaction of hostile text is quick', () => {
  const texts = ['password='.repeat(2000), 'a://'.repeat(4000), '-u '.repeat(4000), 'token:"'.repeat(2000), `a:${'/'.repeat(9000)}`, `https://${'a'.repeat(8000)}`, `https://${'a:'.repeat(4000)}`, '-----BEGIN PRIVATE KEY-----'.repeat(300), '\''.repeat(8000), `eyJ${'a'.repeat(8000)}`];
  for (const text of texts) {
    const begun = process.hrtime.bigint();
    redact(text);
    assert.ok(process.hrtime.bigint() - begun < 200_000_000n, text.slice(0, 20));
  }
});

test('no secret of a session reaches the disk, wherever it stands', () => {
  const sandbox = createSandbox('redact');
  const secret = `ghp_${A(36)}`;
  sandbox.write('inner.sh', `curl -s --max-time 1 -H "Authorization: Bearer ${secret}" http://127.0.0.1:9/ ; GIT_TOKEN=${secret} git ls-remote "https://x:${secret}@127.0.0.1:9/" ; node -e 'require("fs").existsSync("x")' ${secret}; exit 0\n`);
  sandbox.write('p.yml', 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny: ["curl *"]\n');
  sandbox.run(['run', '-q', '--policy', 'p.yml', 'bash', './inner.sh', secret, `--token=${secret}`]);
  const folder = join(sandbox.home, '.patchwork', 'sessions');
  const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).join('');
  sandbox.remove();
  assert.match(text, /"action":"command_execute"/);
  assert.ok(!text.includes(secret));
});
