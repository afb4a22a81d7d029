/** The command line: which commands there are, and how errors become exit codes. Nothing else. */
import { EXIT_BUG, EXIT_CODES, PatchworkError } from '../model/errors.ts';
import { printable } from '../model/printable.ts';
import { systemFailure } from '../model/system-failure.ts';
import { say } from './output.ts';

/** Returns the exit code; the caller sets it. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    // The hot way in: `run` is parsed by hand, so that starting an agent loads no command-line library.
    if (argv[0] === 'run') return await (await import('./commands/run.ts')).run(argv.slice(1));
    if (argv[0] === 'shell') return await (await import('./commands/run.ts')).runShell(argv.slice(1));
    if (argv[0] === 'help' && (argv[1] === 'run' || argv[1] === 'shell')) return await main([argv[1], '--help']);
    return await (await import('./program.ts')).runProgram(argv);
  } catch (error) {
    return report(error);
  }
}

/** Names of files and agents stand in messages; the line feeds between problems stay. */
function safe(text: string): string {
  return text.split('\n').map((line) => printable(line, 2000)).join('\n');
}

function report(problem: unknown): number {
  const error = systemFailure(problem) ?? problem;
  if (error instanceof PatchworkError) {
    say(`patchwork: ${safe(error.message)}`);
    if (error.hint !== undefined) say(`  hint: ${safe(error.hint)}`);
    return EXIT_CODES[error.code];
  }
  if ((error as NodeJS.ErrnoException | undefined)?.syscall === 'uv_cwd') {
    say('patchwork: the current folder no longer exists\n  hint: change to one that does');
    return EXIT_CODES.PW_USAGE;
  }
  say(`patchwork: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT_BUG;
}
