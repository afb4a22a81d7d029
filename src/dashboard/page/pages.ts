/** A list of any length of which only the pages near the eye are kept: the place of each page is remembered, its rows are not. */
import type { EventPage, EventRow } from '../views.ts';
import { get } from './client.ts';

const PAGE_ROWS = 200;
/** Pages whose rows are kept: some thousand rows, some megabytes. */
const KEPT_PAGES = 24;

interface Page {
  /** Where it begins; undefined for the first. */
  readonly after: string | undefined;
  rows: readonly EventRow[] | undefined;
  /** For letting go of the one that was looked at longest ago. */
  used: number;
}

export class PagedList {
  readonly #query: string;
  readonly #onChange: () => void;
  #pages: Page[] = [{ after: undefined, rows: undefined, used: 0 }];
  #length = 0;
  #isWhole = false;
  #fetching = new Set<number>();
  #clock = 0;
  #isClosed = false;
  error: string | undefined;

  constructor(query: string, onChange: () => void) {
    this.#query = query;
    this.#onChange = onChange;
  }

  /** Rows known to be there. */
  get length(): number {
    return this.#length;
  }

  /** Whether there are none beyond them. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get isEmpty(): boolean {
    return this.#isWhole && this.#length === 0;
  }

  row(index: number): EventRow | undefined {
    return this.#pages[Math.floor(index / PAGE_ROWS)]?.rows?.[index % PAGE_ROWS];
  }

  /** Makes sure that the rows from one index to another are there, or on their way; the next page, too. */
  need(from: number, to: number): void {
    const first = Math.max(0, Math.floor(from / PAGE_ROWS));
    const last = Math.floor((to + PAGE_ROWS) / PAGE_ROWS);
    for (let at = first; at <= last && at < this.#pages.length; at++) {
      const page = this.#pages[at] as Page;
      page.used = ++this.#clock;
      if (page.rows === undefined && !this.#fetching.has(at)) void this.#fetch(at);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Begins again at the first page; what is shown stays until that is there. */
  async restart(): Promise<void> {
    const page = await this.#load(undefined);
    if (page === undefined) return;
    this.#pages = [{ after: undefined, rows: undefined, used: ++this.#clock }];
    this.#length = 0;
    this.#isWhole = false;
    this.#fetching = new Set();
    this.#put(0, page);
  }

  /** Whether something stands before the first row by now. */
  async hasNewer(): Promise<boolean> {
    const page = await this.#load(undefined, 1);
    return page !== undefined && page.rows[0]?.key !== this.row(0)?.key;
  }

  async #fetch(at: number): Promise<void> {
    const pages = this.#pages;
    this.#fetching.add(at);
    const page = await this.#load(pages[at]?.after);
    // The list began again meanwhile.
    if (pages !== this.#pages) return;
    this.#fetching.delete(at);
    if (page !== undefined) this.#put(at, page);
  }

  async #load(after: string | undefined, limit = PAGE_ROWS): Promise<EventPage | undefined> {
    const query = new URLSearchParams(this.#query);
    query.set('limit', String(limit));
    if (after !== undefined) query.set('after', after);
    try {
      const page = await get<EventPage>('events', query);
      this.error = undefined;
      return this.#isClosed ? undefined : page;
    } catch (error) {
      this.error = (error as Error).message;
      if (!this.#isClosed) this.#onChange();
      return undefined;
    }
  }

  #put(at: number, { rows, next }: EventPage): void {
    const page = this.#pages[at] as Page;
    page.rows = rows;
    if (at === this.#pages.length - 1) {
      this.#length = at * PAGE_ROWS + rows.length;
      this.#isWhole = next === undefined;
      if (next !== undefined) this.#pages.push({ after: next, rows: undefined, used: 0 });
    }
    this.#forget();
    this.#onChange();
  }

  #forget(): void {
    const kept = this.#pages.filter((each) => each.rows !== undefined);
    if (kept.length <= KEPT_PAGES) return;
    const oldest = kept.reduce((a, b) => (a.used < b.used ? a : b));
    oldest.rows = undefined;
  }
}
