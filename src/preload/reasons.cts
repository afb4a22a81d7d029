/** Why the kernel guard refused a call: asked for after it has failed. */
import { why } from './channel.cts';
import { explainError } from './deny.cts';
import { workingFolder } from './originals.cts';
import { copyPath } from './paths.cts';

export function addReason(error: NodeJS.ErrnoException & { dest?: unknown }, given: unknown): void {
  const cwd = workingFolder();
  // Not every error of Node's names its path (`opendirSync`).
  const paths = [error.path ?? given, error.dest];
  for (let i = 0; i < paths.length; i++) {
    const path = copyPath(paths[i])?.text;
    const denied = path === undefined ? undefined : why(path, cwd);
    if (denied !== undefined) return explainError(error, denied);
  }
}
