/**
 * Numbers for what many events have in common: their kind, within a session, and the reason of their decision. Each
 * stands in the index once. New ones are held until `store`, which writes them together.
 */
import { RISK_LEVELS } from '../../model/risk.ts';
import type { AuditEvent, EventAction } from '../event.ts';
import { insertMany, insertTexts } from './bulk.ts';
import type { Database, Value } from './database.ts';
import type { FacetFacts } from './facets.ts';
import type { LineFacts } from './facts.ts';
import { kindWords, markOf, reasonWords, sharedReason } from './words.ts';

export interface Numbers {
  readonly kind: number;
  readonly reason: number;
  readonly action: EventAction;
  readonly isDenied: boolean;
  /** Stands before the words of its events. */
  readonly mark: string;
}

/** Lines that begin alike are looked up without parsing; past this many the memory starts afresh. */
const SEEN_LIMIT = 20_000;

export class Intern {
  readonly #database: Database;
  readonly #session: number;
  readonly #kinds = new Map<string, number>();
  readonly #facts = new Map<number, FacetFacts>();
  readonly #reasons = new Map<string, number>();
  readonly #seen = new Map<string, Numbers>();
  readonly #last: { kinds: number; reasons: number };
  #newKinds: Value[][] = [];
  #newReasons: [number, string][] = [];
  #texts: { kinds: [number, string][]; reasons: [number, string][] } = { kinds: [], reasons: [] };

  /** Within a transaction: what the session has so far is read once. */
  constructor(database: Database, session: number) {
    this.#database = database;
    this.#session = session;
    const last = (name: string): number => Number(database.row('SELECT last FROM numbers WHERE name = ?', name)?.[0]);
    this.#last = { kinds: last('kinds'), reasons: last('reasons') };
    const agent = String(database.row('SELECT agent FROM sessions WHERE no = ?', session)?.[0] ?? '');
    for (const [no, ...values] of database.rows('SELECT no, action, status, risk, flags, rule, source FROM kinds WHERE session = ?', session)) {
      this.#kinds.set(values.join('\n'), Number(no));
      const [action, status, risk, , rule, source] = values;
      this.#facts.set(Number(no), { agent, action: String(action), status: String(status), risk: Number(risk), rule: String(rule), source: String(source) });
    }
  }

  /** Undefined for what is no event. */
  numbersOf(facts: LineFacts): Numbers | undefined {
    const seen = this.#seen.get(facts.key);
    if (seen !== undefined) return seen;
    const event = facts.whole();
    if (event === undefined) return undefined;
    const numbers = this.#numbersOf(event);
    // What is shared of it depends on its target, too.
    if (numbers.isDenied) return numbers;
    if (this.#seen.size >= SEEN_LIMIT) this.#seen.clear();
    this.#seen.set(facts.key, numbers);
    return numbers;
  }

  factsOf(kind: number): FacetFacts {
    return this.#facts.get(kind) as FacetFacts;
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
      this.#facts.set(kind, { agent: event.agent, action, status, risk: level, rule, source });
      this.#newKinds.push([kind, this.#session, action, status, level, flags, rule, source]);
      this.#texts.kinds.push([kind, kindWords(event)]);
    }
    const text = `${sharedReason(event)}\n${decision.pep}\n${process.exe ?? ''}`;
    return { kind, reason: this.#reasonOf(text, event), action, isDenied: status === 'denied', mark: `${markOf({ action, status, risk: level })} ` };
  }

  /** Sessions share reasons: one that is new here may be known there. */
  #reasonOf(text: string, event: AuditEvent): number {
    let reason = this.#reasons.get(text);
    if (reason !== undefined) return reason;
    const known = this.#database.row('SELECT no FROM reasons WHERE text = ?', text)?.[0];
    reason = known === undefined ? ++this.#last.reasons : Number(known);
    this.#reasons.set(text, reason);
    if (known !== undefined) return reason;
    this.#newReasons.push([reason, text]);
    this.#texts.reasons.push([reason, reasonWords(event)]);
    return reason;
  }

  /** `counts`: events of each kind and reason in this batch. */
  store(counts: ReadonlyMap<Numbers, number>): void {
    insertMany(this.#database, 'INSERT INTO kinds VALUES', this.#newKinds);
    insertMany(this.#database, 'INSERT INTO reasons VALUES', this.#newReasons);
    insertMany(this.#database, 'INSERT INTO kind_reasons VALUES', [...counts].map(([{ kind, reason }, events]) => [kind, reason, events]), ' ON CONFLICT DO UPDATE SET events = events + excluded.events');
    insertTexts(this.#database, 'kind_text', this.#texts.kinds);
    insertTexts(this.#database, 'reason_text', this.#texts.reasons);
    this.#database.run("UPDATE numbers SET last = ? WHERE name = 'kinds'", this.#last.kinds);
    this.#database.run("UPDATE numbers SET last = ? WHERE name = 'reasons'", this.#last.reasons);
    this.#newKinds = [];
    this.#newReasons = [];
    this.#texts = { kinds: [], reasons: [] };
  }
}
