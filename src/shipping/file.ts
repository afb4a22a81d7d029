/** Events into a file that is rotated by winston. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createLogger, format, transports } from 'winston';
import type { Destination } from './config.ts';
import type { Sender } from './lane.ts';

export function fileSender({ path, maxBytes, maxFiles }: Destination & { type: 'file' }): Sender {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const transport = new transports.File({ filename: path, maxsize: maxBytes, maxFiles, tailable: true, options: { flags: 'a', mode: 0o600 } });
  const logger = createLogger({ level: 'info', format: format.printf(({ message }) => String(message)), transports: [transport] });
  let failure: Error | undefined;
  for (const emitter of [transport, logger]) emitter.on('error', (error: Error) => (failure = error));
  return {
    name: path,
    async send(events) {
      if (failure !== undefined) throw failure;
      for (const { line } of events) if (!logger.write({ level: 'info', message: line })) await new Promise((resolve) => logger.once('drain', resolve));
      // Written when the next turn of the stream has taken them.
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (failure !== undefined) throw failure;
      return 0;
    },
    close: () =>
      new Promise((resolve) => {
        transport.once('finish', resolve);
        transport.once('error', resolve);
        logger.end();
      }),
  };
}
