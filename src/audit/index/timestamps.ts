/** ISO times of events as milliseconds. Neighbours share their minute, which is parsed once. */

/** `2026-05-01T12:00:00.000Z` */
const FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z$/;
const MINUTE_LENGTH = 17;

export class Timestamps {
  #minute = '';
  #ms = Number.NaN;

  /** NaN for what is no time. */
  parse(text: string): number {
    if (!FORM.test(text)) return Date.parse(text);
    if (!text.startsWith(this.#minute) || this.#minute === '') {
      this.#minute = text.slice(0, MINUTE_LENGTH);
      this.#ms = Date.parse(`${this.#minute}00.000Z`);
    }
    return this.#ms + 1000 * Number(text.slice(17, 19)) + Number(text.slice(20, 23));
  }
}
