/** Names whose look-up was denied: what is said of them, and recorded, is said once. */
import { hostname } from 'node:os';
import type { SystemNames } from '../network/hosts-file.ts';
import { RecentTexts } from './recent-texts.ts';

export class DeniedLookUps {
  readonly #system: SystemNames;
  readonly #said = new RecentTexts();

  constructor(system: SystemNames) {
    this.#system = system;
  }

  isNothingNew(pid: number, host: string): boolean {
    return this.#isOwnName(host) || this.#wasJustSaid(pid, host);
  }

  /** Programs look up what their machine is called, for a mail address or a banner: nothing to report. */
  #isOwnName(host: string): boolean {
    const own = hostname().toLowerCase();
    const [label] = own.split('.');
    return host === own || host === label || this.#system.servers().search.some((domain) => host === `${label}.${domain}` || host === `${own}.${domain}`);
  }

  /** Both families are asked for, and the name once more with each search domain behind it. */
  #wasJustSaid(pid: number, host: string): boolean {
    const { search } = this.#system.servers();
    const shorter = search.filter((domain) => domain !== '' && host.endsWith(`.${domain}`)).map((domain) => host.slice(0, -domain.length - 1));
    if (shorter.some((name) => this.#said.isKnown(`${pid} ${name}`))) return true;
    return this.#said.wasSaid(`${pid} ${host}`);
  }
}
