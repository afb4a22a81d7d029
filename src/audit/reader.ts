/** Reads audit logs back: in order of time, tolerant of a last line that is still being written. */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PatchworkError } from '../model/errors.ts';
import type { AuditEvent } from './event.ts';
import { sessionsFolder } from './folder.ts';

export interface SessionLog {
  readonly id: string;
  readonly file: string;
}

/** Oldest first: ids begin with the time. */
export function listSessions(folder: string = sessionsFolder()): SessionLog[] {
  if (!existsSync(folder)) return [];
  return listFolder(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => ({ id: basename(name, '.jsonl'), file: join(folder, name) }));
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const isInside = process.env['PATCHWORK_SESSION'] !== undefined;
    throw new PatchworkError('PW_AUDIT_READ', isInside ? 'the audit log cannot be read inside a session' : `${folder} cannot be read: ${(error as Error).message}`, { cause: error, ...(isInside ? { hint: 'ask the person you work for to look at it from outside' } : {}) });
  }
}

/** The session whose id is or begins with the text. Throws PW_AUDIT_READ when there is none, or more than one. */
export function findSession(text: string, folder?: string): SessionLog {
  const sessions = listSessions(folder);
  const found = sessions.filter((session) => session.id === text || session.id.startsWith(text) || session.id.endsWith(text));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new PatchworkError('PW_AUDIT_READ', found.length === 0 ? `no session is called ${text}` : `${found.length} sessions are called ${text}…`, { hint: 'see: patchwork sessions' });
}

export function parseEvent(line: string): AuditEvent | undefined {
  try {
    const value = JSON.parse(line) as AuditEvent;
    return typeof value === 'object' && value !== null && typeof value.hash === 'string' && typeof value.action === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** First and last event without reading what lies between. */
export function readEnds(file: string): { first: AuditEvent | undefined; last: AuditEvent | undefined } {
  const fd = openSync(file, 'r');
  try {
    const { size } = statSync(file);
    const piece = 64 * 1024;
    const head = Buffer.alloc(Math.min(size, piece));
    readSync(fd, head, 0, head.length, 0);
    const tail = Buffer.alloc(Math.min(size, piece));
    readSync(fd, tail, 0, tail.length, size - tail.length);
    const first = head.toString('utf8').split('\n')[0] ?? '';
    const last = tail.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
    return { first: parseEvent(first), last: parseEvent(last) };
  } finally {
    closeSync(fd);
  }
}
