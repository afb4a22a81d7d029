/** The SQLite file of the index. The only import of libsql, which may be missing: then there is no index, only the logs. */
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database as Libsql, Statement } from 'libsql';
import { besideLogs } from '../folder.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

export type Value = string | number | null;
export type Row = readonly Value[];

/** Milliseconds that a writer waits for another one. A batch of events takes a few seconds at most. */
const BUSY_MS = 20_000;
/** KiB of pages that are kept in memory. */
const CACHE_KIB = 64 * 1024;

/** Broken: not what a wrong question or a full disk says. */
const BROKEN = /SQLITE_(?:CORRUPT|NOTADB|IOERR)|malformed|not a database|no such (?:table|column)|disk image|disk I\/O/i;

export function isBroken(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return BROKEN.test(`${code} ${message}`);
}

export function isBusy(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return /SQLITE_BUSY|database is locked/i.test(`${code} ${message}`);
}

export function indexFile(folder: string): string {
  return join(besideLogs('index', folder), 'index.sqlite');
}

export class Database {
  readonly file: string;
  readonly #sqlite: Libsql;
  readonly #statements = new Map<string, Statement>();

  readonly #make: () => Libsql;
  /** Of the file when it was opened. */
  #inode: number | undefined;

  private constructor(file: string, make: () => Libsql) {
    this.file = file;
    this.#make = make;
    this.#sqlite = make();
  }

  /** Made where there is none; one that is broken, or of another version, is made anew. Throws what libsql says. */
  static async open(folder: string): Promise<Database> {
    const { default: Sqlite } = await import('libsql');
    const file = indexFile(folder);
    mkdirSync(besideLogs('index', folder), { recursive: true, mode: 0o700 });
    for (let attempt = 0; ; attempt++) {
      let database: Database | undefined;
      try {
        database = new Database(file, () => new Sqlite(file, { timeout: BUSY_MS }));
        database.#prepareFile();
        return database;
      } catch (error) {
        database?.close();
        if (attempt > 0 || !isBroken(error)) throw error;
        Database.remove(folder);
      }
    }
  }

  static remove(folder: string): void {
    rmSync(besideLogs('index', folder), { recursive: true, force: true, maxRetries: 3 });
    mkdirSync(besideLogs('index', folder), { recursive: true, mode: 0o700 });
  }

  /** False when its file was removed, or another one stands in its place. */
  isCurrent(): boolean {
    return inodeOf(this.file) === this.#inode;
  }

  /** What stands in its place now; undefined while nothing usable does. */
  again(): Database | undefined {
    if (inodeOf(this.file) === undefined) return undefined;
    let database: Database | undefined;
    try {
      database = new Database(this.file, this.#make);
      database.#prepareFile();
      return database;
    } catch {
      database?.close();
      return undefined;
    }
  }

  #prepareFile(): void {
    this.#sqlite.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    this.#sqlite.exec('PRAGMA journal_mode = WAL');
    this.#sqlite.exec('PRAGMA synchronous = NORMAL');
    this.#sqlite.exec('PRAGMA temp_store = MEMORY');
    this.#sqlite.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    this.#sqlite.exec('PRAGMA wal_autocheckpoint = 16000');
    // A first question, as each command of its own is one, reads pages all over the file: without a copy and a call for each.
    this.#sqlite.exec('PRAGMA mmap_size = 2000000000');
    this.#prepareTables();
    this.#inode = inodeOf(this.file);
  }

  #prepareTables(): void {
    if (this.#version() === SCHEMA_VERSION) return;
    this.transact(() => {
      const version = this.#version();
      if (version === SCHEMA_VERSION) return;
      if (version !== 0 || this.rows("SELECT 1 FROM sqlite_master WHERE name = 'sessions'").length > 0) throw new Error('database disk image is of another version');
      this.#sqlite.exec(SCHEMA);
      this.#sqlite.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
      chmodSync(this.file, 0o600);
    });
  }

  #version(): number {
    return Number(this.rows('PRAGMA user_version')[0]?.[0]);
  }

  rows(sql: string, ...values: readonly Value[]): Row[] {
    return this.#prepare(sql).raw().all(...values) as Row[];
  }

  row(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.rows(sql, ...values)[0];
  }

  /** Rows changed. */
  run(sql: string, ...values: readonly Value[]): number {
    // As one array: libsql would copy the values of a call to one.
    return this.#prepare(sql).run(values).changes;
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** All of it or nothing; one writer at a time, others wait. */
  transact<T>(work: () => T): T {
    this.#sqlite.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#sqlite.inTransaction) this.#sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  /** Changes when another process has written. */
  dataVersion(): number {
    return Number(this.rows('PRAGMA data_version')[0]?.[0]);
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}
