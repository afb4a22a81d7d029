/** Events as they are written, of every session, until the process is interrupted. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from './event.ts';
import type { EventFilter } from './index/filter.ts';
import { matcherOf } from './index/matches.ts';
import { openIndex, refreshed } from './index/open.ts';
import { listSessions, parseEvent } from './reader.ts';

const INTERVAL_MS = 200;
/** Read of one log at a time. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Events shown of what was there before. */
const BACKLOG = 10;

interface Place {
  offset: number;
  /** A line that is not finished yet. */
  rest: string;
  /** A character may be cut by the end of a piece. */
  readonly decoder: StringDecoder;
}

export interface FollowOptions {
  readonly signal?: AbortSignal;
  /** Without the last ones of what was there before: nothing is indexed for them. */
  readonly isNewOnly?: boolean;
}

export async function followLog(filter: EventFilter, onEvent: (event: AuditEvent) => void, { signal, isNewOnly = false }: FollowOptions = {}): Promise<void> {
  const places = new Map<string, Place>();
  const matches = matcherOf(filter);
  const logs = () => listSessions().filter(({ id }) => filter.session === undefined || id === filter.session);
  for (const { file } of logs()) places.set(file, { offset: statSync(file).size, rest: '', decoder: new StringDecoder('utf8') });
  if (!isNewOnly) for (const event of await backlog(filter)) onEvent(event);
  while (signal?.aborted !== true) {
    for (const { file } of logs()) {
      const place = places.get(file) ?? { offset: 0, rest: '', decoder: new StringDecoder('utf8') };
      places.set(file, place);
      for (const line of readNew(file, place)) {
        const event = parseEvent(line);
        if (event !== undefined && matches(event)) onEvent(event);
      }
    }
    await sleep(INTERVAL_MS);
  }
}

/** Oldest first. */
async function backlog(filter: EventFilter): Promise<AuditEvent[]> {
  const index = await refreshed(await openIndex(), {});
  try {
    return [...index.events(filter, undefined, BACKLOG).events].reverse();
  } finally {
    index.close();
  }
}

function readNew(file: string, place: Place): string[] {
  // Pruned meanwhile.
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= place.offset) return [];
  const bytes = Buffer.alloc(Math.min(size - place.offset, PIECE_BYTES));
  const fd = openSync(file, 'r');
  const read = readSync(fd, bytes, 0, bytes.length, place.offset);
  closeSync(fd);
  place.offset += read;
  const lines = (place.rest + place.decoder.write(bytes.subarray(0, read))).split('\n');
  place.rest = lines.pop() ?? '';
  return lines;
}
