/** Names to records by the system's own means: its table of hosts, its servers, and getaddrinfo(3) where there are other sources. */
import { lookup } from 'node:dns/promises';
import { bytesOfAddress, parseAddress } from './address.ts';
import { CODES, type DnsRecord, type Question, TYPES } from './dns-message.ts';
import { forwardQuestion } from './forward.ts';
import { type SystemNames, systemNames } from './hosts-file.ts';

/** Questions under way at once; what comes beyond is told to try again. */
const QUESTIONS_LIMIT = 512;
/** Threads that getaddrinfo may hold: libuv has four for all that the session does. */
const LOOKUPS_LIMIT = 2;
const OWN_TTL_SECONDS = 60;

export interface Records {
  readonly code: number;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
}

const FAILED: Records = { code: CODES.serverFailure, answers: [], authorities: [] };

export class Resolver {
  readonly system: SystemNames;
  #questions = 0;
  #lookups = 0;

  constructor(system: SystemNames = systemNames()) {
    this.system = system;
  }

  async resolve(question: Question): Promise<Records> {
    if (this.#questions >= QUESTIONS_LIMIT) return FAILED;
    this.#questions++;
    try {
      return await this.#resolve(question);
    } catch {
      return FAILED;
    } finally {
      this.#questions--;
    }
  }

  async #resolve(question: Question): Promise<Records> {
    const { name, type } = question;
    const isAddress = type === TYPES.A || type === TYPES.AAAA;
    const own = this.#fromTable(name);
    // A name of the table is that of the table, also where it has no address of the other family (hosts(5)).
    if (own !== undefined && isAddress) return addressRecords(question, own);
    const { servers } = this.system.servers();
    const isShort = !name.includes('.') || name.endsWith('.local');
    const answer = isShort && isAddress && this.system.hasOtherSources() ? undefined : await forwardQuestion(question, servers);
    if (answer !== undefined && (answer.code === CODES.ok || !isAddress)) return answer;
    const found = isAddress && (servers.length === 0 || isShort || this.system.hasOtherSources()) ? await this.#lookUp(name) : [];
    if (found.length > 0) return addressRecords(question, found);
    return answer ?? FAILED;
  }

  #fromTable(name: string): readonly string[] | undefined {
    if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    return this.system.hosts().addresses.get(name);
  }

  async #lookUp(name: string): Promise<string[]> {
    if (this.#lookups >= LOOKUPS_LIMIT) return [];
    this.#lookups++;
    try {
      return (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);
    } catch {
      return [];
    } finally {
      this.#lookups--;
    }
  }

  /** All addresses of a name as they are written, the order of the answers kept, IPv4 first. */
  async addresses(name: string): Promise<{ readonly address: string; readonly ttl: number }[]> {
    const both = await Promise.all([TYPES.A, TYPES.AAAA].map((type) => this.resolve({ name, type })));
    return both.flatMap(({ answers }) => answers.filter((record) => record.type === TYPES.A || record.type === TYPES.AAAA).map((record) => ({ address: textOf(record), ttl: record.ttl })));
  }
}

function textOf({ data }: DnsRecord): string {
  if (data.length === 4) return data.join('.');
  return Array.from({ length: 8 }, (_, index) => data.readUInt16BE(2 * index).toString(16)).join(':');
}

function addressRecords({ name, type }: Question, addresses: readonly string[]): Records {
  const wanted = addresses.filter((address) => address.includes(':') === (type === TYPES.AAAA));
  const answers = wanted.flatMap((address) => {
    const data = parseAddress(address) === undefined ? undefined : bytesOfAddress(address);
    return data === undefined ? [] : [{ name, type, class: 1, ttl: OWN_TTL_SECONDS, data }];
  });
  return { code: CODES.ok, answers, authorities: [] };
}
