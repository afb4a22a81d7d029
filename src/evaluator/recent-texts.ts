/** What was said a moment ago, so that it is not said twice. */

const MEMORY_MS = 5000;
const ENTRIES_LIMIT = 2048;

export class RecentTexts {
  readonly #until = new Map<string, number>();

  isKnown(text: string): boolean {
    return (this.#until.get(text) ?? 0) >= performance.now();
  }

  /** True when it was said before; from now on it was. */
  wasSaid(text: string): boolean {
    const isKnown = this.isKnown(text);
    this.#until.delete(text);
    this.#until.set(text, performance.now() + MEMORY_MS);
    if (this.#until.size > ENTRIES_LIMIT) {
      const oldest = this.#until.keys().next().value;
      if (oldest !== undefined) this.#until.delete(oldest);
    }
    return isKnown;
  }
}
