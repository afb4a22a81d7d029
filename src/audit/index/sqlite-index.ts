/** The index on SQLite: answers from the tables, events from the logs themselves. */
import { join } from 'node:path';
import { PatchworkError } from '../../model/errors.ts';
import type { AuditEvent } from '../event.ts';
import { Database, isBroken, isBusy, type Row } from './database.ts';
import { type AuditIndex, type Count, type EventFilter, type EventPage, type Grouping, PAGE_LIMIT, type ProcessNode, type Progress, type RefreshOptions, type RuleHits, type SeriesPoint, type SessionSummary } from './filter.ts';
import { Indexer, StaleIndex } from './indexer.ts';
import { countEvents, type Counted, ruleHits, seriesOf } from './overview.ts';
import { parseSearch } from './query-text.ts';
import { LineReader } from './read-line.ts';
import { timeOf } from './schema.ts';
import { selectKinds, type Span, spanOf } from './selection.ts';
import { findAll, searchNewest, type TextQuestion } from './text-search.ts';
import { newest, type Place, WANTED_KINDS } from './walk.ts';
import { targetWords, wordsOf } from './words.ts';

/** Events found by their words that are counted. */
const COUNT_LIMIT = 10_000;
/** Generations looked up; a chain of processes is shorter. */
const LINEAGE_LIMIT = 64;

export class SqliteIndex implements AuditIndex {
  readonly kind = 'sqlite';
  readonly folder: string;
  #database: Database;
  #indexer: Indexer;
  /** Sessions by their numbers. */
  readonly #names = new Map<number, string>();

  constructor(folder: string, database: Database) {
    this.folder = folder;
    this.#database = database;
    this.#indexer = new Indexer(database, folder);
  }

  /** A log that is not what was indexed, or a broken index: it is made anew. */
  async refresh(options: RefreshOptions = {}): Promise<Progress> {
    this.follow();
    try {
      return await this.#indexer.refresh(options);
    } catch (error) {
      if (isBusy(error)) return await this.#progressOfOthers();
      if (!(error instanceof StaleIndex) && !isBroken(error)) throw error;
      this.#database.close();
      Database.remove(this.folder);
      this.#use(await Database.open(this.folder));
      return await this.#indexer.refresh(options);
    }
  }

  /** The file that is open is gone, and another one stands in its place. */
  follow(): void {
    if (this.#database.isCurrent()) return;
    const current = this.#database.again();
    if (current === undefined) return;
    this.#database.close();
    this.#use(current);
  }

  #use(database: Database): void {
    this.#names.clear();
    this.#database = database;
    this.#indexer = new Indexer(database, this.folder);
  }

  async #progressOfOthers(): Promise<Progress> {
    return await this.#indexer.refresh({ limitMs: -1 });
  }

  sessions(filter: EventFilter = {}): SessionSummary[] {
    const { low, high } = spanOf(filter);
    const rows = this.#database.rows(
      "SELECT id, agent, project, path, command, started, last, ended, outcome, events, denied, unreadable FROM sessions WHERE isGone = 0 AND events > 0 AND (? = '' OR agent = ?) AND (? = '' OR id = ?) AND last >= ? AND started < ? ORDER BY started DESC, id DESC",
      filter.agent ?? '', filter.agent ?? '', filter.session ?? '', filter.session ?? '', low === 0 ? '' : new Date(timeOf(low)).toISOString(), filter.until === undefined ? '~' : new Date(timeOf(high)).toISOString(),
    );
    return rows.map((row) => this.#summary(row));
  }

  #summary([id, agent, project, path, command, started, last, ended, outcome, events, denied, unreadable]: Row): SessionSummary {
    return {
      id: String(id), file: this.#fileOf(String(id)), agent: String(agent), project: { name: String(project), path: String(path) }, command: String(command), started: String(started), last: String(last),
      ended: ended === null ? undefined : String(ended), outcome: outcome === null ? undefined : String(outcome), events: Number(events), denied: Number(denied), unreadable: Number(unreadable),
    };
  }

  events(filter: EventFilter, cursor?: string, limit: number = PAGE_LIMIT): EventPage {
    const span = spanOf(filter, cursor);
    const question = this.#question(filter);
    // One more than asked for: whether there is a next page.
    const places = question === undefined ? newest(this.#database, selectKinds(this.#database, filter) ? { pairs: WANTED_KINDS, conditions: ['e.kind IN (SELECT no FROM temp.kinds_wanted)'] } : { pairs: undefined, conditions: [] }, span, limit + 1) : this.#search(question, span, limit + 1).places;
    const shown = places.slice(0, limit);
    const last = shown.at(-1);
    return { events: this.#read(shown), cursor: places.length > limit && last !== undefined ? String(last.id) : undefined };
  }

  #search(question: TextQuestion, span: Span, limit: number, limitMs = Number.POSITIVE_INFINITY): ReturnType<typeof searchNewest> {
    const reader = new LineReader();
    const read = ({ session, at }: Place): string[] | undefined => {
      const event = reader.read(this.#fileOf(this.#sessionId(session)), at);
      return event === undefined ? undefined : wordsOf(targetWords(event));
    };
    try {
      return searchNewest(this.#database, { question, span, limit, read, untilMs: performance.now() + limitMs });
    } finally {
      reader.close();
    }
  }

  #question(filter: EventFilter): TextQuestion | undefined {
    const target = filter.target === undefined ? [] : wordsOf(filter.target);
    if (filter.text === undefined && target.length === 0) return undefined;
    return { alternatives: parseSearch(filter.text ?? ''), target: target.length === 0 ? undefined : { words: target, isPrefix: true }, hasKinds: selectKinds(this.#database, filter) };
  }

  #counted(filter: EventFilter, span: Span): Counted {
    const question = this.#question(filter);
    if (question === undefined) return { kinds: selectKinds(this.#database, filter) };
    findAll(this.#database, question, span);
    return { kinds: false, isFound: true };
  }

  count(filter: EventFilter, limitMs?: number): Count {
    const span = spanOf(filter);
    const question = this.#question(filter);
    if (question === undefined) return countEvents(this.#database, selectKinds(this.#database, filter), span);
    // The newest first, as they are shown: of many the number is not worth looking at all of them.
    const { places, isWhole } = this.#search(question, span, COUNT_LIMIT + 1, limitMs);
    return places.length > COUNT_LIMIT ? { events: COUNT_LIMIT, isExact: false } : { events: places.length, isExact: isWhole };
  }

  series(filter: EventFilter, bucketMs: number, groupBy: Grouping): SeriesPoint[] {
    if (!(bucketMs >= 60_000)) throw new PatchworkError('PW_USAGE', 'a bucket is at least a minute');
    const span = spanOf(filter);
    return seriesOf(this.#database, this.#counted(filter, span), span, { ms: bucketMs, by: groupBy });
  }

  rules(filter: EventFilter): RuleHits[] {
    const span = spanOf(filter);
    return ruleHits(this.#database, this.#counted(filter, span), span);
  }

  event(session: string, seq: number): AuditEvent | undefined {
    const reader = new LineReader();
    try {
      return reader.find(this.#fileOf(session), seq);
    } finally {
      reader.close();
    }
  }

  lineage(session: string, pid: number): ProcessNode[] {
    const chain: Row[] = [];
    const seen = new Set<number>();
    for (let at: number | undefined = pid; at !== undefined && !seen.has(at) && chain.length < LINEAGE_LIMIT; ) {
      seen.add(at);
      const row = this.#database.row(`${PROCESSES} WHERE s.id = ? AND p.pid = ?`, session, at);
      if (row === undefined) break;
      chain.push(row);
      at = row[1] === null ? undefined : Number(row[1]);
    }
    return this.#processes(session, chain);
  }

  processes(session: string, limit = 10_000): ProcessNode[] {
    return this.#processes(session, this.#database.rows(`${PROCESSES} WHERE s.id = ? ORDER BY p.first LIMIT ?`, session, limit));
  }

  #processes(session: string, rows: readonly Row[]): ProcessNode[] {
    const reader = new LineReader();
    const file = this.#fileOf(session);
    const read = (at: unknown): AuditEvent | undefined => (at === null ? undefined : reader.read(file, Number(at)));
    try {
      return rows.map(([pid, ppid, first, last, events, denied, command, lastAt]) => ({
        pid: Number(pid),
        ppid: ppid === null ? undefined : Number(ppid),
        exe: (read(command) ?? read(lastAt))?.process.exe,
        command: read(command)?.target.command,
        first: new Date(timeOf(Number(first))).toISOString(),
        last: new Date(timeOf(Number(last))).toISOString(),
        events: Number(events),
        denied: Number(denied),
      }));
    } finally {
      reader.close();
    }
  }

  /** What is gone from its log, or another event by now, is left out: `verify` says so. */
  #read(places: readonly Place[]): AuditEvent[] {
    const reader = new LineReader();
    try {
      return places.flatMap(({ session, at }) => {
        const event = reader.read(this.#fileOf(this.#sessionId(session)), at);
        return event === undefined ? [] : [event];
      });
    } finally {
      reader.close();
    }
  }

  #sessionId(no: number): string {
    const known = this.#names.get(no);
    if (known !== undefined) return known;
    const name = String(this.#database.row('SELECT id FROM sessions WHERE no = ?', no)?.[0] ?? '');
    this.#names.set(no, name);
    return name;
  }

  #fileOf(session: string): string {
    return join(this.folder, `${session}.jsonl`);
  }

  close(): void {
    this.#database.close();
  }
}

const PROCESSES = 'SELECT p.pid, p.ppid, p.first, p.last, p.events, p.denied, c.at, l.at FROM sessions s JOIN processes p ON p.session = s.no LEFT JOIN events c ON c.id = p.command LEFT JOIN events l ON l.id = p.last';
