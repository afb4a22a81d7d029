/** Events as they are written, of every session, until the process is interrupted. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from './event.ts';
import { matchesQuery, type Query, queryEvents } from './query.ts';
import { findSession, listSessions, parseEvent } from './reader.ts';

const INTERVAL_MS = 200;
/** Events shown of what was there before. */
const BACKLOG = 10;

interface Place {
  offset: number;
  /** A line that is not finished yet. */
  rest: string;
}

export async function followLog(query: Query, onEvent: (event: AuditEvent) => void, signal?: AbortSignal): Promise<void> {
  const places = new Map<string, Place>();
  const logs = () => (query.session === undefined ? listSessions() : [findSession(query.session)]);
  for (const { file } of logs()) places.set(file, { offset: statSync(file).size, rest: '' });
  for (const event of queryEvents({ ...query, limit: BACKLOG })) onEvent(event);
  while (signal?.aborted !== true) {
    for (const { file } of logs()) {
      const place = places.get(file) ?? { offset: 0, rest: '' };
      places.set(file, place);
      for (const line of readNew(file, place)) {
        const event = parseEvent(line);
        if (event !== undefined && matchesQuery(event, query)) onEvent(event);
      }
    }
    await sleep(INTERVAL_MS);
  }
}

function readNew(file: string, place: Place): string[] {
  const { size } = statSync(file);
  if (size <= place.offset) return [];
  const bytes = Buffer.alloc(size - place.offset);
  const fd = openSync(file, 'r');
  const read = readSync(fd, bytes, 0, bytes.length, place.offset);
  closeSync(fd);
  place.offset += read;
  const lines = (place.rest + bytes.subarray(0, read).toString('utf8')).split('\n');
  place.rest = lines.pop() ?? '';
  return lines;
}
