/** Opens a link in the person's browser without ever naming it on a command line, where any process could read it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PatchworkError } from '../model/errors.ts';

/** Milliseconds that a browser has to read the file. */
const KEPT_MS = 30_000;
/** Milliseconds until an opener that does not end is left alone: some stay for as long as the browser. */
const PATIENCE_MS = 3000;

/** `folder` must be one that sessions cannot read. */
export async function openBrowser(link: string, folder: string): Promise<void> {
  if (process.platform !== 'darwin' && process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = mkdtempSync(join(folder, 'link-'));
  const file = join(own, 'open.html');
  writeFileSync(file, `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${link}"><title>Patchwork</title>\n`, { mode: 0o600, flag: 'wx' });
  const remove = (): void => rmSync(own, { recursive: true, force: true });
  setTimeout(remove, KEPT_MS).unref();
  process.once('exit', remove);
  const { execa } = await import('execa');
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const result = await execa(opener, [pathToFileURL(file).href], { reject: false, stdio: 'ignore', timeout: PATIENCE_MS, cleanup: false, detached: true });
  if (result.exitCode !== undefined && result.exitCode !== 0) throw new PatchworkError('PW_USAGE', `${opener} ended with ${result.exitCode}`);
  if (result.exitCode === undefined && !result.timedOut) throw new PatchworkError('PW_USAGE', `${opener} could not be started`);
}
