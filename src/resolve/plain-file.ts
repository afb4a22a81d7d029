/** Reads a file that a process of the session may have put anything in place of. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Undefined for what is no file, or larger than `limit`. Waits for nobody: a named pipe is no file. */
export function readPlainFile(file: string, limit: number): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size > limit) return undefined;
    const bytes = Buffer.alloc(stats.size);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, stats.size, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
