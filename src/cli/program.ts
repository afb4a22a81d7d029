/** The commands beside `run`. The only import of commander. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from '../model/errors.ts';
import { addDashboardCommand } from './commands/dashboard.ts';
import { addLogCommands } from './commands/log.ts';
import { addPolicyCommands } from './commands/policy.ts';
import { addReportCommands } from './commands/report.ts';
import { addSystemCommands } from './commands/system.ts';
import { addVerifyCommands } from './commands/verify.ts';
import { printable } from '../model/printable.ts';
import { print, say } from './output.ts';

export function buildProgram(onExit: (code: number) => void): Command {
  const program = new Command('patchwork')
    .description('Runs any AI coding agent under a policy: every command, file and host is judged before it happens, and logged.')
    .version(version(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: (text) => say(text.trimEnd().replace(/^error: /, 'patchwork: ').split('\n').map((line) => printable(line, 2000)).join('\n')) })
    .showSuggestionAfterError()
    .addHelpText('after', '\nExamples:\n  patchwork run codex\n  patchwork policy init --strict\n  patchwork policy explain -- git push --force\n  patchwork log --risk high\n\nManual: docs/reference.md');
  // Parsed by hand in commands/run.ts; named here for help and suggestions.
  program.command('run').description('start an agent under the policy (patchwork run --help)').allowUnknownOption().argument('<agent>').argument('[args...]');
  program.command('shell').description('start your own shell under the policy').allowUnknownOption().argument('[args...]');
  addPolicyCommands(program, onExit);
  addVerifyCommands(program, addLogCommands(program), onExit);
  addReportCommands(program);
  addDashboardCommand(program);
  addSystemCommands(program, onExit);
  return program;
}

export async function runProgram(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  if (argv.length === 0) {
    say(program.helpInformation());
    return EXIT_CODES.PW_USAGE;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : EXIT_CODES.PW_USAGE;
  }
  return exitCode;
}

export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
