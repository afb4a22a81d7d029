/** Compiles a small C program of the fixtures; the tests that need it are skipped where there is no compiler. */
import { spawnSync } from 'node:child_process';

export function compileC(source: string, output: string, flags: readonly string[] = []): string | undefined {
  const { status, error, stderr } = spawnSync(process.env['CC'] ?? 'cc', ['-std=gnu11', '-O1', '-g', '-Wall', ...flags, '-o', output, source], { encoding: 'utf8' });
  if (error !== undefined) return `there is no C compiler: ${error.message}`;
  return status === 0 ? undefined : `the C compiler failed: ${stderr}`;
}
