/**
 * The last denials of the session, in its runtime folder, where the agent may read and not write: for an agent that is told no more than
 * "permission denied" of what it opens itself, since its own screen stands where the reason would. `patchwork why` inside a session shows it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AuditEvent } from '../audit/event.ts';
import { targetText } from '../audit/query.ts';
import { beyondRule } from '../evaluator/wording.ts';
import { printable } from '../model/printable.ts';

const NAME = 'denials.txt';
const KEPT = 20;
/** Milliseconds for which denials are gathered. */
const GATHER_MS = 5;

export class DenialsFile {
  readonly #file: string;
  readonly #texts: string[] = [];
  readonly #onFailure: (what: string, error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(runtime: string, onFailure: (what: string, error: unknown) => void) {
    this.#file = join(runtime, NAME);
    this.#onFailure = onFailure;
  }

  add(event: AuditEvent): void {
    if (event.status !== 'denied') return;
    this.#texts.push(textOf(event));
    if (this.#texts.length > KEPT) this.#texts.shift();
    this.#timer ??= setTimeout(() => this.#write(), GATHER_MS).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#hasEnded = true;
  }

  /** Whole or not at all, for whoever reads it meanwhile. */
  #write(): void {
    this.#timer = undefined;
    if (this.#hasEnded) return;
    try {
      writeFileSync(`${this.#file}.new`, this.#texts.join(''), { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.close();
      this.#onFailure('the denials of the session are not shown inside it', error);
    }
  }
}

function textOf(event: AuditEvent): string {
  const { decision, process, repeat } = event;
  const target = targetText(event);
  const reason = beyondRule(decision.reason);
  return [
    `${event.timestamp} patchwork: denied ${event.action} \`${printable(target, 500)}\`${repeat === undefined ? '' : ` (×${repeat.count})`}`,
    `  rule: ${printable(decision.rule ?? decision.step, 200)} (${decision.layer === 'builtin' ? 'built in' : `${decision.layer} policy${decision.source === undefined ? '' : `, ${printable(decision.source, 500)}`}`})${reason === '' ? '' : `; ${printable(reason, 500)}`}`,
    `  by: ${printable(process.exe ?? 'a program', 200)}, process ${process.pid}`,
    '',
  ].join('\n');
}

/** Of the session that we are inside of; undefined when there is none, or it keeps none. */
export function denialsOfThisSession(environment: NodeJS.ProcessEnv): string | undefined {
  const id = environment['PATCHWORK_SESSION'];
  if (id === undefined) return undefined;
  const folders = [environment['BASH_ENV'] ?? '', ...(environment['PATH'] ?? '').split(':')].map((path) => dirname(path));
  const runtime = folders.find((folder) => folder !== '.' && (basename(folder) === id || basename(folder) === id.slice(-6)));
  if (runtime === undefined) return undefined;
  try {
    return readFileSync(join(runtime, NAME), 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? '' : undefined;
  }
}
