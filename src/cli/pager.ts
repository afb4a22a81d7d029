/** Long text on a terminal goes through a pager, as `git log` does it. */
import { spawnSync } from 'node:child_process';
import { print } from './output.ts';

export function printPaged(text: string): void {
  const { stdout, env } = process;
  const isLong = stdout.isTTY === true && text.split('\n').length >= (stdout.rows ?? 24);
  const pager = env['PATCHWORK_PAGER'] ?? env['PAGER'] ?? 'less';
  if (isLong && pager !== '' && pager !== 'cat') {
    // -F: nothing is kept on the screen that fits it; -R: our colours; -X: it stays there afterwards.
    const { error, status } = spawnSync('/bin/sh', ['-c', pager], { input: `${text}\n`, stdio: ['pipe', 'inherit', 'inherit'], env: { ...env, LESS: env['LESS'] ?? 'FRX' } });
    if (error === undefined && status !== 127) return;
  }
  print(text);
}
