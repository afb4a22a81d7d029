/** Who is let in: the holder of a link that works once, from our own page, by our own name. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type IncomingHttpHeaders, request } from 'node:http';
import { after, before, test } from 'node:test';
import { type RunningDashboard, startDashboard } from '../support/dashboard.ts';
import { createSandbox, PROGRAM, sandboxEnvironment } from '../support/patchwork.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const sandbox = createSandbox('dashboard');
let dashboard: RunningDashboard;

before(async () => {
  sandbox.run(['run', '--quiet', 'true']);
  dashboard = await startDashboard(sandbox);
});
after(async () => {
  await dashboard.end();
  sandbox.remove();
});

/** fetch would not let us lie about Host and Origin. */
async function ask(path: string, { method = 'GET', body = '', headers = {} }: { method?: string; body?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: dashboard.port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asked.on('error', reject).end(body);
  });
}

const own = (): Record<string, string> => ({ origin: dashboard.origin, 'sec-fetch-site': 'same-origin' });
const tokenOf = (link: string): string => link.slice(link.indexOf('=') + 1);

async function logIn(token: string): Promise<{ answer: Answer; headers: Record<string, string> }> {
  const answer = await ask('/api/login', { method: 'POST', body: token, headers: own() });
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const { key = '' } = JSON.parse(answer.body) as { key?: string };
  return { answer, headers: { cookie, 'x-patchwork-key': key } };
}

test('without a link there is the empty page and nothing else', async () => {
  const page = await ask('/');
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.body, new RegExp(tokenOf(dashboard.link)));
  for (const path of ['/api/events', '/api/overview', '/api/live', '/api/policy', '/api/health', '/api/nothing', '/api/session?id=../../x']) assert.equal((await ask(path)).status, 401, path);
});

test('nothing but the page’s own files can be had', async () => {
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/app.js/../../../package.json', '/index.html', '/__proto__', '//etc/passwd']) {
    const answer = await ask(path);
    assert.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
  }
});

test('a wrong token is refused, the right one works once, and not again', async () => {
  const token = tokenOf(dashboard.link);
  assert.equal((await logIn(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).answer.status, 401);
  assert.equal((await logIn('')).answer.status, 401);
  assert.equal((await logIn('x'.repeat(10_000))).answer.status, 401);
  const { answer, headers } = await logIn(token);
  assert.equal(answer.status, 200);
  const cookie = answer.headers['set-cookie']?.[0] ?? '';
  assert.match(cookie, /; HttpOnly; SameSite=Strict; Path=\/api$/);
  assert.equal((await logIn(token)).answer.status, 401);

  assert.equal((await ask('/api/events', { headers })).status, 200);
  // A server on another port is sent the cookie; the key it is not.
  assert.equal((await ask('/api/events', { headers: { cookie: headers['cookie'] ?? '' } })).status, 401);
  assert.equal((await ask('/api/events', { headers: { 'x-patchwork-key': headers['x-patchwork-key'] ?? '' } })).status, 401);
  assert.equal((await ask('/api/events', { headers: { ...headers, 'x-patchwork-key': 'x' } })).status, 401);
  // Names that every object has are no views.
  for (const path of ['/api/__proto__', '/api/constructor', '/api/toString', '/api/event?id=../../../etc/passwd-1', '/api/session?id=..']) assert.equal((await ask(path, { headers })).status, 404, path);
  assert.equal((await ask('/api/events', { method: 'DELETE', headers })).status, 405);
  // Who is let in is so only under our own name, and from our own page.
  for (const host of ['evil.example', `evil.example:${dashboard.port}`, '127.0.0.1', `127.0.0.1:${dashboard.port + 1}`, `127.0.0.1.nip.io:${dashboard.port}`, `0.0.0.0:${dashboard.port}`]) {
    assert.equal((await ask('/api/events', { headers: { ...headers, host } })).status, 403, host);
    assert.equal((await ask('/', { headers: { host } })).status, 403, host);
  }
  for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${dashboard.port + 1}`, `https://127.0.0.1:${dashboard.port}`]) assert.equal((await ask('/api/events', { headers: { ...headers, origin } })).status, 403, origin);
  for (const site of ['cross-site', 'same-site', 'none']) assert.equal((await ask('/api/events', { headers: { ...headers, 'sec-fetch-site': site } })).status, 403, site);
});

test('signing in needs the page itself', async () => {
  assert.equal((await ask('/api/login', { method: 'POST', body: 'x' })).status, 403);
  assert.equal((await ask('/api/login', { method: 'POST', body: 'x', headers: { origin: 'http://evil.example' } })).status, 403);
});

test('every answer forbids what is not needed', async () => {
  for (const path of ['/', '/app.js', '/api/events', '/nothing']) {
    const { headers } = await ask(path);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'; require-trusted-types-for 'script'/, path);
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|https?:|\*/, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['access-control-allow-origin'], undefined, path);
    assert.equal(headers['cache-control'], 'no-store', path);
  }
});

test('it listens on loopback alone, and a port that is taken is said', async () => {
  const taken = sandbox.run(['dashboard', '--no-open', '--port', String(dashboard.port)]);
  assert.equal(taken.status, 64);
  assert.match(taken.stderr, /another program listens there/);
  assert.match(new URL(dashboard.link).host, /^127\.0\.0\.1:/);
});

test('inside a session there is no dashboard, and that of the outside gives nothing away', () => {
  const inner = sandbox.run(['run', '--quiet', 'node', PROGRAM, 'dashboard', '--no-open']);
  assert.equal(inner.status, 64);
  assert.match(inner.stderr, /a session cannot look at the record/);
  // The agent reaches the port, where its policy lets it; it has no link.
  const script = `fetch('${dashboard.origin}/api/events').then((answer) => console.log(answer.status), (error) => console.log(error.code ?? error.message))`;
  const asked = spawnSync(process.execPath, [PROGRAM, 'run', '--quiet', 'node', '-e', script], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', timeout: 60_000 });
  assert.match(asked.stdout, /^401/);
});
