/** Where audit logs lie. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function sessionsFolder(home: string = homedir()): string {
  return join(home, '.patchwork', 'sessions');
}
