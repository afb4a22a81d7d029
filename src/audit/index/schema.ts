/** Tables of the index. Everything in them comes from the logs and can be made again from them. */
import { TOKENIZER } from './words.ts';

/** Another number means: delete and build anew. */
export const SCHEMA_VERSION = 5;

/** Without the number of words of each text, which only an order by relevance would need. */
export const TEXT_TABLE = `fts5(text, content='', columnsize=0, tokenize='${TOKENIZER}')`;

export const SCHEMA = `
CREATE TABLE sessions(no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, agent TEXT NOT NULL DEFAULT '', project TEXT NOT NULL DEFAULT '', path TEXT NOT NULL DEFAULT '',
  command TEXT NOT NULL DEFAULT '', started TEXT NOT NULL DEFAULT '', last TEXT NOT NULL DEFAULT '', ended TEXT, outcome TEXT, offset INTEGER NOT NULL DEFAULT 0, lines INTEGER NOT NULL DEFAULT 0,
  head TEXT NOT NULL DEFAULT '', events INTEGER NOT NULL DEFAULT 0, denied INTEGER NOT NULL DEFAULT 0, unreadable INTEGER NOT NULL DEFAULT 0, isGone INTEGER NOT NULL DEFAULT 0);
-- What the filters ask for, once for all events that agree in it.
CREATE TABLE kinds(no INTEGER PRIMARY KEY, session INTEGER NOT NULL, action TEXT NOT NULL, status TEXT NOT NULL, risk INTEGER NOT NULL, flags TEXT NOT NULL, rule TEXT NOT NULL, source TEXT NOT NULL);
CREATE INDEX kinds_session ON kinds(session);
-- Why, and by which program: the same in many sessions.
CREATE TABLE reasons(no INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE kind_reasons(kind INTEGER NOT NULL, reason INTEGER NOT NULL, events INTEGER NOT NULL, PRIMARY KEY(kind, reason)) WITHOUT ROWID;
CREATE INDEX kind_reasons_reason ON kind_reasons(reason);
-- The last number given: none is given twice, since the full text forgets nothing.
CREATE TABLE numbers(name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO numbers VALUES('kinds', 0), ('reasons', 0);
-- The id begins with the time: newest first is a walk backwards, here and in the full text.
CREATE TABLE events(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, reason INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE repeats(id INTEGER PRIMARY KEY, times INTEGER NOT NULL);
CREATE INDEX events_kind ON events(kind, reason);
-- Of the full text: event_text_NO holds the words of the events from low up to the next one.
CREATE TABLE pieces(no INTEGER PRIMARY KEY, low INTEGER NOT NULL UNIQUE, events INTEGER NOT NULL);
-- Of all events of a quarter of an hour, an hour and a day, by what people look at (see facets.ts).
CREATE TABLE facets(width INTEGER NOT NULL, facet INTEGER NOT NULL, bucket INTEGER NOT NULL, value NOT NULL, events INTEGER NOT NULL, times INTEGER NOT NULL, denied INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(width, facet, bucket, value)) WITHOUT ROWID;
CREATE TABLE hours(kind INTEGER NOT NULL, hour INTEGER NOT NULL, events INTEGER NOT NULL, times INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(kind, hour)) WITHOUT ROWID;
-- The columns first, last and command (what it was let become) are ids of events.
CREATE TABLE processes(session INTEGER NOT NULL, pid INTEGER NOT NULL, ppid INTEGER, first INTEGER NOT NULL, last INTEGER NOT NULL, command INTEGER, events INTEGER NOT NULL, denied INTEGER NOT NULL, PRIMARY KEY(session, pid)) WITHOUT ROWID;
CREATE VIRTUAL TABLE kind_text USING ${TEXT_TABLE};
CREATE VIRTUAL TABLE reason_text USING ${TEXT_TABLE};
`;

/** Milliseconds since 1970 of the first moment that has an id. */
const EPOCH_MS = Date.UTC(2020, 0, 1);
/** Ids in one millisecond; with 41 bits of milliseconds (until 2089) they stay exact in a double. */
const IDS_PER_MS = 4096;
/** A session begins at its own slot of each millisecond, so that two sessions seldom want one id. */
const SLOTS = 16;

export const IDS_PER_HOUR = 3_600_000 * IDS_PER_MS;
export const IDS_PER_QUARTER = IDS_PER_HOUR / 4;
export const IDS_PER_DAY = 24 * IDS_PER_HOUR;
export const LAST_ID = Number.MAX_SAFE_INTEGER;

export function firstId(ms: number): number {
  return Math.min(Math.max(ms - EPOCH_MS, 0), 2 ** 41 - 1) * IDS_PER_MS;
}

export function slotOf(session: number): number {
  return (session % SLOTS) * (IDS_PER_MS / SLOTS);
}

export function timeOf(id: number): number {
  return Math.floor(id / IDS_PER_MS) + EPOCH_MS;
}

export function quarterOf(id: number): number {
  return Math.floor(id / IDS_PER_QUARTER);
}
