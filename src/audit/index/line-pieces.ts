/** A log from a place on, line by line with the place of each, in bounded memory. A last line that is not finished is left. */
import { closeSync, openSync, readSync } from 'node:fs';

const PIECE_BYTES = 1024 * 1024;
/** A longer line is no event of ours; it is passed over. */
const LINE_BYTES_LIMIT = 16 * 1024 * 1024;

export interface Line {
  readonly text: string;
  /** Bytes from the beginning of the file, and of the line without its end. */
  readonly at: number;
  readonly length: number;
}

export function* linesFrom(file: string, offset: number): Generator<Line> {
  const fd = openSync(file, 'r');
  try {
    let bytes = Buffer.allocUnsafe(PIECE_BYTES);
    let held = 0;
    let at = offset;
    for (;;) {
      if (held === bytes.length) {
        if (held >= LINE_BYTES_LIMIT) return;
        const larger = Buffer.allocUnsafe(bytes.length * 2);
        bytes.copy(larger, 0, 0, held);
        bytes = larger;
      }
      const read = readSync(fd, bytes, held, bytes.length - held, at + held);
      if (read === 0) return;
      held += read;
      let begin = 0;
      for (let end = bytes.indexOf(10, 0); end >= 0 && end < held; end = bytes.indexOf(10, begin)) {
        yield { text: bytes.toString('utf8', begin, end), at: at + begin, length: end - begin };
        begin = end + 1;
      }
      bytes.copy(bytes, 0, begin, held);
      at += begin;
      held -= begin;
    }
  } finally {
    closeSync(fd);
  }
}
