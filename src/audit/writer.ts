/** The audit log of one session: appended to in order, each event chained to the one before by its hash. */
import { closeSync, existsSync, fsync, fsyncSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PatchworkError } from '../model/errors.ts';
import { type AuditEvent, GENESIS_HASH, hashText } from './event.ts';
import { canonicalEvent } from './event-line.ts';
import { nestedFolder, sessionsFolder } from './folder.ts';

export type EventFacts = Omit<AuditEvent, 'id' | 'timestamp' | 'session_id' | 'agent' | 'project' | 'prev_hash' | 'hash'>;

export interface WriterOptions {
  readonly sessionId: string;
  readonly agent: string;
  readonly project: { readonly name: string; readonly path: string };
  readonly now?: () => Date;
  readonly folder?: string;
  /** Hears of every event that was written; it must neither throw nor take time. */
  readonly onEvent?: (event: AuditEvent) => void;
}

/** Where the disk may not be written Node says that the folder is not there (ENOENT): the first that is missing, made by itself, says why. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    let missing = folder;
    while (!existsSync(dirname(missing)) && dirname(missing) !== missing) missing = dirname(missing);
    if (!existsSync(missing)) mkdirSync(missing, { mode: 0o700 });
    throw error;
  }
}

export class AuditWriter {
  readonly file: string;
  readonly #options: WriterOptions;
  #fd: number;
  #count = 0;
  #previous = GENESIS_HASH;
  #size = 0;
  /** Bytes that are on the disk itself. */
  #synced = -1;
  /** A half-written line must not be continued: what follows would be lost with it. */
  #isBroken = false;

  /** Throws PW_AUDIT_WRITE: a session without a log does not start. */
  constructor(options: WriterOptions) {
    this.#options = options;
    const folder = options.folder ?? (process.env['PATCHWORK_SESSION'] === undefined ? sessionsFolder() : nestedFolder());
    this.file = join(folder, `${options.sessionId}.jsonl`);
    try {
      makeFolder(folder);
      // O_EXCL: never continues, and never follows, what somebody else put there.
      this.#fd = openSync(this.file, 'ax', 0o600);
    } catch (error) {
      throw new PatchworkError('PW_AUDIT_WRITE', `the audit log ${this.file} cannot be written: ${(error as Error).message}`, { cause: error, hint: 'check the folder and the free space of its disk' });
    }
  }

  /** Events written so far. */
  get count(): number {
    return this.#count;
  }

  /** How far the log has come, for a seal. */
  get state(): { readonly events: number; readonly head: string; readonly bytes: number } {
    return { events: this.#count, head: this.#previous, bytes: this.#size };
  }

  /** Everything appended so far is on the disk itself when it calls back. */
  sync(done: (error: Error | null) => void): void {
    if (this.#fd < 0) return done(new Error('the log is closed'));
    const size = this.#size;
    fsync(this.#fd, (error) => {
      if (error === null) this.#synced = Math.max(this.#synced, size);
      done(error);
    });
  }

  syncNow(): void {
    if (this.#synced === this.#size) return;
    fsyncSync(this.#fd);
    this.#synced = this.#size;
  }

  /** On the disk's cache when it returns (write(2)). Throws PW_AUDIT_WRITE when it is not. */
  append(facts: EventFacts): void {
    this.appendAll([{ facts, time: this.now() }]);
  }

  /** All of them in one write, or none: each of the few things that a write costs is the same for one event and for fifty. */
  appendAll(entries: readonly { readonly facts: EventFacts; readonly time: string }[]): void {
    const { sessionId, agent, project } = this.#options;
    let previous = this.#previous;
    let lines = this.#isBroken ? '\n' : '';
    const events: AuditEvent[] = [];
    for (const { facts, time } of entries) {
      const { action, status, risk, target, decision, process, repeat } = facts;
      const bare = { id: `${sessionId}-${this.#count + events.length + 1}`, timestamp: time, session_id: sessionId, agent, action, status, risk, target, project, decision, process, ...(repeat === undefined ? {} : { repeat }), prev_hash: previous };
      // The line is the canonical text itself with the hash at its end: what was hashed is what stands there.
      const text = canonicalEvent(bare);
      previous = hashText(text);
      lines += `${text.slice(0, -1)},"hash":"${previous}"}\n`;
      events.push({ ...bare, hash: previous });
    }
    this.#write(lines);
    this.#count += events.length;
    this.#previous = previous;
    if (this.#options.onEvent !== undefined) for (const event of events) this.#options.onEvent(event);
  }

  /** The time of an event, as the log has it. */
  now(): string {
    return (this.#options.now?.() ?? new Date()).toISOString();
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
      this.#isBroken = false;
      this.#size += bytes.length;
    } catch (error) {
      // A half-written line would spoil the next one; what cannot be taken back is ended by a line feed.
      if (written > 0) this.#isBroken = !this.#cutTo(this.#size);
      throw new PatchworkError('PW_AUDIT_WRITE', `the audit log ${this.file} cannot be written: ${(error as Error).message}`, { cause: error });
    }
  }

  #cutTo(size: number): boolean {
    try {
      ftruncateSync(this.#fd, size);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#fd < 0) return;
    try {
      this.syncNow();
    } finally {
      closeSync(this.#fd);
      this.#fd = -1;
    }
    // Its session did not begin: an empty log would look like one whose end was cut off.
    if (this.#count === 0) rmSync(this.file, { force: true });
  }
}
