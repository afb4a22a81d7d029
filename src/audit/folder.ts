/** Where audit logs lie. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function sessionsFolder(home: string = homedir()): string {
  return join(home, '.patchwork', 'sessions');
}

/** Logs of sessions inside sessions: written by processes that a policy governs, so nobody relies on them; the outer log has it all. */
export function nestedFolder(home: string = homedir()): string {
  return join(home, '.patchwork', 'nested');
}
