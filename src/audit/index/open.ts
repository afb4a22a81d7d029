/** The index of a folder of logs, by whatever can be had on this machine. */
import { existsSync } from 'node:fs';
import { sessionsFolder } from '../folder.ts';
import type { AuditIndex } from './filter.ts';
import { ScanIndex } from './scan-index.ts';

/** `reasonOfScan` hears why the logs are read without an index. */
export async function openIndex(folder: string = sessionsFolder(), reasonOfScan?: (error: unknown) => void): Promise<AuditIndex> {
  // Nothing to index, and no folder to be made for it.
  if (!existsSync(folder)) return new ScanIndex(folder);
  try {
    const [{ Database }, { SqliteIndex }] = await Promise.all([import('./database.ts'), import('./sqlite-index.ts')]);
    return new SqliteIndex(folder, await Database.open(folder));
  } catch (error) {
    reasonOfScan?.(error);
    return new ScanIndex(folder);
  }
}
