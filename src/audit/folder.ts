/** Where audit logs lie, and what belongs to them. */
import { dirname, join } from 'node:path';
import { homeFolder } from '../model/home.ts';

export function sessionsFolder(home: string = homeFolder()): string {
  return join(home, '.patchwork', 'sessions');
}

/** Logs of sessions inside sessions: written by processes that a policy governs, so nobody relies on them; the outer log has it all. */
export function nestedFolder(home: string = homeFolder()): string {
  return join(home, '.patchwork', 'nested');
}

/** What lies beside the logs: the keys of seals, the seals, the index. Self-protection keeps sessions from reading any of it. */
export function besideLogs(what: 'keys' | 'seals' | 'index', sessions: string = sessionsFolder()): string {
  return join(dirname(sessions), what);
}
