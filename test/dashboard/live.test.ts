/** A real session, a real browser: what is denied shows at once, with all that is known of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { NO_BROWSER, openBrowser, type RunningDashboard, signIn, type SignedIn, startDashboard, untilTrue } from '../support/dashboard.ts';
import { type LiveSession, startLive } from '../support/live-session.ts';
import { createSandbox } from '../support/patchwork.ts';

const POLICY = `version: 1
mode: fail-open
rules:
  files:
    deny: ["**/.env*"]
  commands:
    deny: ["sudo *", "git push --force*"]
    allow: ["never-used *"]
`;

/** Lines that the agent runs when it is told to: the session is there before. */
const SCRIPT = `while read -r line; do [ "$line" = end ] && exit 0; eval "$line" 2>/dev/null; done; :`;

const sandbox = createSandbox('live');
let browser: Browser;
let dashboard: RunningDashboard;
let visitor: SignedIn;
let session: LiveSession;

before(async () => {
  if (NO_BROWSER !== false) return;
  sandbox.write(`${sandbox.home}/.patchwork/policy.yml`, POLICY);
  sandbox.write('.env', 'KEY=1');
  [dashboard, browser] = await Promise.all([startDashboard(sandbox), openBrowser()]);
  visitor = await signIn(browser, dashboard);
  session = await startLive(sandbox, { script: SCRIPT });
});
after(async () => {
  if (NO_BROWSER !== false) return;
  session.process.stdin?.write('end\n');
  await session.end();
  await browser.close();
  await dashboard.end();
  sandbox.remove();
});

const tell = (line: string): void => void session.process.stdin?.write(`${line}\n`);

test('a session that starts shows by itself, with its processes', { skip: NO_BROWSER }, async () => {
  const { page } = visitor;
  await page.goto(`${dashboard.origin}/#/live`);
  const card = page.getByRole('article', { name: `Session ${session.id.slice(-6)}` });
  await card.waitFor({ timeout: 8000 });
  await card.getByRole('treeitem', { name: new RegExp(`process ?${session.agentPid}`) }).waitFor({ timeout: 8000 });
});

test('a denial shows within a second, with rule, place, risk, flags and the command that led to it', { skip: NO_BROWSER }, async () => {
  const { page } = visitor;
  const line = `bash -c 'exec bash -c "sudo --version; true"'`;
  const found = page.getByRole('listitem').filter({ hasText: 'sudo --version' }).first();
  const begun = Date.now();
  tell(line);
  await found.waitFor({ timeout: 8000 });
  const told = Date.now() - begun;
  // From the moment of the denial, as the log has it: the machine may be slow to start a process.
  const event = sandbox.events().find((each) => each.status === 'denied');
  const seen = await page.evaluate(() => Date.now());
  assert.ok(event !== undefined && seen - Date.parse(event.timestamp) < 1000 + 500, `after ${seen - Date.parse(event?.timestamp ?? '')} ms (${told} ms from the key)`);
  const text = (await found.textContent()) ?? '';
  assert.match(text, /commands\.deny: sudo \*/);
  assert.ok(text.includes(`user policy, ${sandbox.home}/.patchwork/policy.yml:7`), text);
  assert.match(text, /critical/);
  assert.match(text, /privilege escalation/);
  await found.locator('.lineage-line').filter({ hasText: 'bash -c' }).waitFor({ timeout: 5000 });
});

test('its trace and its ancestors stand beside it', { skip: NO_BROWSER }, async () => {
  const { page } = visitor;
  await page.getByRole('button', { name: /^command.*sudo --version/ }).first().click();
  const detail = page.getByRole('complementary', { name: 'Denied' });
  await detail.getByRole('heading', { name: 'The decision, step by step' }).waitFor({ timeout: 5000 });
  await detail.getByText(/Deny rules/).first().waitFor();
  // What was recorded, not what the policy of today would say.
  await detail.getByText('As it was recorded with the event.').waitFor();
  assert.match((await detail.getByRole('list').filter({ hasText: 'the agent' }).textContent()) ?? '', /bash/);
  await page.keyboard.press('Escape');
  await detail.waitFor({ state: 'detached' });
  // The line that was opened has the focus again.
  assert.match((await page.evaluate('document.activeElement.textContent')) as string, /sudo --version/);
});

test('the overview and the list of events follow by themselves', { skip: NO_BROWSER }, async () => {
  const { page } = visitor;
  await page.goto(`${dashboard.origin}/#/events?status=denied`);
  await page.getByRole('row').filter({ hasText: 'sudo --version' }).first().waitFor();
  tell('cat .env');
  await page.getByRole('row').filter({ hasText: '.env' }).first().waitFor({ timeout: 20_000 });
  await page.goto(`${dashboard.origin}/#/overview`);
  const tile = page.getByRole('link', { name: /^Denied/ });
  await tile.waitFor();
  const before = await tile.textContent();
  tell('git push --force origin main');
  await untilTrue(page, `document.querySelector('.tile-denied').textContent !== ${JSON.stringify(before)}`);
});

test('screen readers are told in sums, and only when they want to be', { skip: NO_BROWSER }, async () => {
  const { page } = visitor;
  for (let at = 0; at < 5; at++) tell(`sudo -k ${at}`);
  await page.getByRole('log').getByText(/\d+ denials?\. Latest: command sudo -k/).waitFor({ state: 'attached', timeout: 20_000 });
});

test('a policy shows how often its rules hit, and which never did', { skip: NO_BROWSER }, async () => {
  const { page } = visitor;
  await page.goto(`${dashboard.origin}/#/policy`);
  const used = page.getByRole('row').filter({ hasText: 'sudo *' });
  await used.waitFor();
  assert.doesNotMatch((await used.textContent()) ?? '', /never/);
  assert.match((await page.getByRole('row').filter({ hasText: 'never-used *' }).textContent()) ?? '', /never/);
  await page.getByLabel('Show those alone').check();
  await used.waitFor({ state: 'detached' });
});

test('what the agent wrote is text and nothing else', { skip: NO_BROWSER }, async () => {
  const { page, complaints } = visitor;
  tell(`sudo '<script>alert(1)</script><img src=x onerror=alert(2)>'`);
  tell(`sudo $'\\e[31mred \\u202egnp.exe\\u202c zero\\u200bwidth'`);
  await page.goto(`${dashboard.origin}/#/live`);
  const markup = page.getByRole('listitem').filter({ hasText: '<script>alert(1)</script><img src=x onerror=alert(2)>' });
  await markup.first().waitFor({ timeout: 8000 });
  assert.equal(await page.locator('main script, main img').count(), 0);
  const hostile = page.getByRole('listitem').filter({ hasText: 'gnp.exe' }).first();
  await hostile.waitFor({ timeout: 8000 });
  const text = (await hostile.textContent()) ?? '';
  assert.ok(text.includes('\\e[31mred \\u202egnp.exe\\u202c zero\\u200bwidth'), text);
  await hostile.getByRole('button').click();
  await page.getByRole('complementary').getByText('As it stands in the log').click();
  const names = await page.evaluate("[...document.querySelectorAll('[aria-label], [title]')].map((each) => each.getAttribute('aria-label') + each.getAttribute('title')).join()");
  const all = `${await page.locator('body').textContent()}\n${names}`;
  for (const character of ['\u001b', '\u202e', '\u202c', '\u200b']) assert.ok(!all.includes(character), `U+${character.charCodeAt(0).toString(16)} is in the document`);
  assert.deepEqual(complaints, []);
});

test('the server going away is said, and it is found again', { skip: NO_BROWSER }, async () => {
  const { page } = visitor;
  const { port } = dashboard;
  await dashboard.end();
  await page.getByText('connection lost').waitFor({ timeout: 5000 });
  dashboard = await startDashboard(sandbox, ['--port', String(port)]);
  // Another server, another link: the old visitor is nobody there.
  await page.getByRole('heading', { name: 'Open the link from your terminal' }).waitFor({ timeout: 20_000 });
  assert.deepEqual(visitor.complaints.filter((each) => !/ERR_CONNECTION|401|ERR_INCOMPLETE/.test(each)), []);
});
