/** What is for people goes to stderr, what is for programs to stdout. The only place that writes to either. */
import { writeSync } from 'node:fs';

/** An answer into a file that did not get there. */
const LOST: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG']);

export function say(text: string): void {
  write(2, `${text}\n`);
}

export function print(text: string): void {
  write(1, text.endsWith('\n') ? text : `${text}\n`);
}

/** Synchronous, so that nothing is lost when the process ends; a reader that went away (`| head`) is no error. */
function write(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      // Who asked for an answer must not take a part of it for the whole.
      else if (fd === 1 && LOST.has(code ?? '')) throw error;
      else return;
    }
  }
}

/** A line that the next one replaces; on a terminal only. */
export function sayOver(text: string): void {
  write(2, `\r\u001b[K${text}`);
}
