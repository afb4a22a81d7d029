/** `patchwork dashboard`: what happened and what happens, in a browser. */
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { sessionsFolder } from '../../audit/folder.ts';
import { PatchworkError } from '../../model/errors.ts';
import { findProjectRoot } from '../../resolve/paths.ts';
import { openBrowser } from '../open-browser.ts';
import { print, say } from '../output.ts';

interface Options {
  readonly port: number;
  readonly open: boolean;
  readonly project?: string;
  readonly policy?: string;
}

export function addDashboardCommand(program: Command): void {
  program
    .command('dashboard')
    .description('what agents do and did, live in a browser; for this machine alone')
    .option('--port <number>', 'listen there (default: any that is free)', portNumber, 0)
    .option('--no-open', 'print the link and open no browser')
    .option('--project <dir>', 'the project whose policy is shown first')
    .option('--policy <file>', "stands in for the user's policy")
    .addHelpText('after', '\nThe link works once. Press Enter for another one, Ctrl-C to end.\n\nExamples:\n  patchwork dashboard\n  patchwork dashboard --port 8400 --no-open')
    .action(serve);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('A number from 1 to 65535.');
  return port;
}

async function serve(options: Options): Promise<void> {
  if (process.env['PATCHWORK_SESSION'] !== undefined) throw new PatchworkError('PW_USAGE', 'a session cannot look at the record, its own least of all', { hint: 'start the dashboard from outside' });
  const project = resolve(options.project ?? findProjectRoot(process.cwd()));
  const [{ startDashboard }, { buildSystem }, { openIndex }, { IndexData }] = await Promise.all([import('../../dashboard/server.ts'), import('../dashboard-system.ts'), import('../../audit/index/open.ts'), import('../../dashboard/index-data.ts')]);
  const system = buildSystem(project, options.policy === undefined ? undefined : resolve(options.policy));
  // Nothing may have been recorded yet: the first session is to show by itself.
  mkdirSync(sessionsFolder(), { recursive: true, mode: 0o700 });
  const data = new IndexData(await openIndex(), () => new Set(system.running().map((each) => each.id)));
  const dashboard = await startDashboard(data, system, options.port).catch((error: unknown) => {
    data.close();
    throw error;
  });
  const link = dashboard.newLink();
  print(link);
  say('  for you alone: it works once, in one browser. Enter: another link; Ctrl-C: end');
  if (options.open && process.stdout.isTTY) openBrowser(link, system.privateFolder()).catch((error: Error) => say(`patchwork: no browser was opened (${error.message}); open the link yourself`));
  if (process.stdin.isTTY) createInterface({ input: process.stdin, terminal: false }).on('line', () => print(dashboard.newLink()));
  await new Promise<void>((done) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => done());
  });
  if (process.stdin.isTTY) process.stdin.pause();
  await dashboard.close();
}
