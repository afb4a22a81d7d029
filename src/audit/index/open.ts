/** The index of a folder of logs, by whatever can be had on this machine. */
import { existsSync } from 'node:fs';
import { sessionsFolder } from '../folder.ts';
import type { AuditIndex, RefreshOptions } from './filter.ts';
import { ScanIndex } from './scan-index.ts';

/** Brings it up to date. Where that cannot be written (a full disk), the logs answer themselves, and `reasonOfScan` hears why. */
export async function refreshed(index: AuditIndex, options: RefreshOptions, reasonOfScan?: (error: unknown) => void): Promise<AuditIndex> {
  try {
    await index.refresh(options);
    return index;
  } catch (error) {
    if (!/^SQLITE_/.test(String((error as { code?: string }).code))) throw error;
    index.close();
    reasonOfScan?.(error);
    return new ScanIndex(index.folder);
  }
}

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
