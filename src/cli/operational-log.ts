/** The operational log: what went wrong in the program itself. Not the audit log. The only import of winston, and only when needed. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'winston';
import { homeFolder } from '../model/home.ts';

const FILE_BYTES_LIMIT = 1024 * 1024;
const FILES_LIMIT = 3;

let logger: Promise<Logger> | undefined;

export function reportFailure(what: string, error: unknown, isVerbose: boolean): void {
  logger ??= open(isVerbose);
  logger.then((log) => log.error(what, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })).catch(() => {
    // The log is a convenience: an unwritable one must not take the session down. The denial has happened already.
  });
}

async function open(isVerbose: boolean): Promise<Logger> {
  const { createLogger, format, transports } = await import('winston');
  const folder = join(homeFolder(), '.patchwork', 'log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = new transports.File({ filename: join(folder, 'patchwork.log'), maxsize: FILE_BYTES_LIMIT, maxFiles: FILES_LIMIT, tailable: true });
  file.on('error', () => {});
  return createLogger({
    level: isVerbose ? 'debug' : 'info',
    format: format.combine(format.timestamp(), format.json()),
    transports: [file, ...(isVerbose ? [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })] : [])],
  });
}
