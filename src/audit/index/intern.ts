/**
 * Numbers for what many events of a session have in common: their kind, and the reason of their decision. Each stands
 * in the index once. New ones are held until `store`, which writes them together.
 */
import { RISK_LEVELS } from '../../model/risk.ts';
import type { AuditEvent, EventAction } from '../event.ts';
import { insertMany, insertTexts } from './bulk.ts';
import type { Database, Value } from './database.ts';
import type { LineFacts } from './facts.ts';
import { kindWords, marksOf, reasonWords } from './words.ts';

export interface Numbers {
  readonly kind: number;
  readonly reason: number;
  readonly action: EventAction;
  readonly isDenied: boolean;
  /** Added to the words of its events. */
  readonly marks: string;
}

/** Lines that begin alike are looked up without parsing; past this many the memory starts afresh. */
const SEEN_LIMIT = 20_000;

export class Intern {
  readonly #database: Database;
  readonly #session: number;
  readonly #kinds = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #seen = new Map<string, Numbers>();
  readonly #last: { kinds: number; reasons: number };
  #newKinds: Value[][] = [];
  #newReasons: [number, number, string][] = [];
  #texts: { kinds: [number, string][]; reasons: [number, string][] } = { kinds: [], reasons: [] };

  /** Within a transaction: what the session has so far is read once. */
  constructor(database: Database, session: number) {
    this.#database = database;
    this.#session = session;
    const last = (name: string): number => Number(database.row('SELECT last FROM numbers WHERE name = ?', name)?.[0]);
    this.#last = { kinds: last('kinds'), reasons: last('reasons') };
    for (const [no, ...values] of database.rows('SELECT no, action, status, risk, flags, rule, source FROM kinds WHERE session = ?', session)) this.#kinds.set(values.join('\n'), Number(no));
    for (const [no, kind, text] of database.rows('SELECT r.no, r.kind, r.text FROM kinds k JOIN reasons r ON r.kind = k.no WHERE k.session = ?', session)) this.#reasons.set(`${kind}\n${text}`, Number(no));
  }

  /** Undefined for what is no event. */
  numbersOf(facts: LineFacts): Numbers | undefined {
    const seen = this.#seen.get(facts.key);
    if (seen !== undefined) return seen;
    const event = facts.whole();
    if (event === undefined) return undefined;
    const numbers = this.#numbersOf(event);
    if (this.#seen.size >= SEEN_LIMIT) this.#seen.clear();
    this.#seen.set(facts.key, numbers);
    return numbers;
  }

  #numbersOf(event: AuditEvent): Numbers {
    const { action, status, risk, decision, process } = event;
    const level = RISK_LEVELS.indexOf(risk.level);
    const flags = risk.flags.join(' ');
    const { rule = '', source = '' } = decision;
    const key = `${action}\n${status}\n${level}\n${flags}\n${rule}\n${source}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      kind = ++this.#last.kinds;
      this.#kinds.set(key, kind);
      this.#newKinds.push([kind, this.#session, action, status, level, flags, rule, source]);
      this.#texts.kinds.push([kind, kindWords(event)]);
    }
    const text = `${decision.reason}\n${decision.pep}\n${process.exe ?? ''}`;
    const reasonKey = `${kind}\n${text}`;
    let reason = this.#reasons.get(reasonKey);
    if (reason === undefined) {
      reason = ++this.#last.reasons;
      this.#reasons.set(reasonKey, reason);
      this.#newReasons.push([reason, kind, text]);
      this.#texts.reasons.push([reason, reasonWords(event)]);
    }
    return { kind, reason, action, isDenied: status === 'denied', marks: marksOf(status, risk.level) };
  }

  /** `counts`: events of each reason in this batch. */
  store(counts: ReadonlyMap<number, number>): void {
    const isNew = new Set(this.#newReasons.map(([no]) => no));
    insertMany(this.#database, 'INSERT INTO kinds VALUES', this.#newKinds);
    insertMany(this.#database, 'INSERT INTO reasons VALUES', this.#newReasons.map((row) => [...row, counts.get(row[0]) ?? 0]));
    for (const [reason, events] of counts) if (!isNew.has(reason)) this.#database.run('UPDATE reasons SET events = events + ? WHERE no = ?', events, reason);
    insertTexts(this.#database, 'kind_text', this.#texts.kinds);
    insertTexts(this.#database, 'reason_text', this.#texts.reasons);
    this.#database.run("UPDATE numbers SET last = ? WHERE name = 'kinds'", this.#last.kinds);
    this.#database.run("UPDATE numbers SET last = ? WHERE name = 'reasons'", this.#last.reasons);
    this.#newKinds = [];
    this.#newReasons = [];
    this.#texts = { kinds: [], reasons: [] };
  }
}
