/** The real dashboard on a home of its own, and a real browser that looks at it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { until } from './live-session.ts';
import { PROGRAM, type Sandbox, sandboxEnvironment } from './patchwork.ts';

export interface RunningDashboard {
  readonly process: ChildProcess;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly port: number;
  /** Good for one sign-in. */
  readonly link: string;
  end(): Promise<void>;
}

export async function startDashboard(sandbox: Sandbox, options: readonly string[] = []): Promise<RunningDashboard> {
  const child = spawn(process.execPath, [PROGRAM, 'dashboard', '--no-open', ...options], { cwd: sandbox.project, env: sandboxEnvironment(sandbox.home), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  await until(() => output.includes('\n') || child.exitCode !== null, 'the dashboard has printed its link', 20_000);
  const link = output.split('\n')[0] ?? '';
  if (!link.startsWith('http://')) throw new Error(`the dashboard did not start: ${errors}`);
  const { origin, port } = new URL(link);
  return {
    process: child,
    origin,
    port: Number(port),
    link,
    async end() {
      child.kill('SIGTERM');
      await until(() => child.exitCode !== null || child.signalCode !== null, 'the dashboard has ended');
    },
  };
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** A Chromium of the machine: PLAYWRIGHT_CHROMIUM names one, else PATH is looked through. */
function findChromium(): string | undefined {
  const named = process.env['PLAYWRIGHT_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [...(named === undefined ? [] : [named]), ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))].find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** False, or why the tests in a browser are left out. */
export const NO_BROWSER: string | false = findChromium() === undefined && 'no Chromium on PATH (and PLAYWRIGHT_CHROMIUM names none)';

export async function openBrowser(): Promise<Browser> {
  // Chromium's own sandbox does not start for root.
  return await chromium.launch({ executablePath: findChromium() ?? '', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

export interface SignedIn {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Everything that the page complained of, and every request that left the dashboard. */
  readonly complaints: string[];
}

export async function signIn(browser: Browser, dashboard: RunningDashboard, options: Parameters<Browser['newContext']>[0] = {}): Promise<SignedIn> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${dashboard.origin}/`)) complaints.push(`request to ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(dashboard.link);
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  return { context, page, complaints };
}

/** Until an expression of the page is true. Asked from outside: the page's policy forbids the usual way, which evaluates text inside it. */
export async function untilTrue(page: Page, expression: string, limitMs = 10_000): Promise<void> {
  for (const end = Date.now() + limitMs; (await page.evaluate(expression)) !== true; ) {
    if (Date.now() > end) throw new Error(`still not so after ${limitMs} ms: ${expression}`);
    await page.waitForTimeout(30);
  }
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds wrong, one line each: by all its rules, or by some. */
export async function accessibilityProblems(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The page's policy lets no script in: axe comes in beside it, as the developer tools do.
  const { readFileSync } = await import('node:fs');
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return await page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as { axe: { run(options: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> } };
    const { violations } = await axe.run({ resultTypes: ['violations'], ...(only === undefined ? {} : { runOnly: only }) });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split('\n')[1] ?? ''}`));
  }, rules);
}
