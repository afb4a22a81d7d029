/** The audit log of one session: appended to in order, each event chained to the one before by its hash. */
import { closeSync, fsync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PatchworkError } from '../model/errors.ts';
import { type AuditEvent, canonical, GENESIS_HASH, hashText } from './event.ts';
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

export class AuditWriter {
  readonly file: string;
  readonly #options: WriterOptions;
  #fd: number;
  #count = 0;
  #previous = GENESIS_HASH;
  #size = 0;
  /** A half-written line must not be continued: what follows would be lost with it. */
  #isBroken = false;

  /** Throws PW_AUDIT_WRITE: a session without a log does not start. */
  constructor(options: WriterOptions) {
    this.#options = options;
    const folder = options.folder ?? (process.env['PATCHWORK_SESSION'] === undefined ? sessionsFolder() : nestedFolder());
    this.file = join(folder, `${options.sessionId}.jsonl`);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
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
    if (this.#fd < 0) done(new Error('the log is closed'));
    else fsync(this.#fd, done);
  }

  syncNow(): void {
    fsyncSync(this.#fd);
  }

  /** On the disk's cache when it returns (write(2)). Throws PW_AUDIT_WRITE when it is not. */
  append(facts: EventFacts): AuditEvent {
    const { sessionId, agent, project, now = () => new Date() } = this.#options;
    const bare: Omit<AuditEvent, 'hash'> = {
      id: `${sessionId}-${this.#count + 1}`,
      timestamp: now().toISOString(),
      session_id: sessionId,
      agent,
      action: facts.action,
      status: facts.status,
      risk: facts.risk,
      target: facts.target,
      project,
      decision: facts.decision,
      process: facts.process,
      ...(facts.repeat === undefined ? {} : { repeat: facts.repeat }),
      prev_hash: this.#previous,
    };
    // The line is the canonical text itself with the hash at its end: what was hashed is what stands there.
    const text = canonical(bare);
    const hash = hashText(text);
    this.#write(`${this.#isBroken ? '\n' : ''}${text.slice(0, -1)},"hash":"${hash}"}\n`);
    this.#count++;
    this.#previous = hash;
    const event: AuditEvent = { ...bare, hash };
    this.#options.onEvent?.(event);
    return event;
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
      fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
      this.#fd = -1;
    }
  }
}
