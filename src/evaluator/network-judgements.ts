/** What the session's policies say of a connection, with the names that were looked up for it; every answer is on record. */
import { ruleName, ruleSource } from '../model/decision.ts';
import { describeTarget, STARTED_BY_AGENT, type Subject } from '../model/request.ts';
import { kindOf, parseAddress } from '../network/address.ts';
import { type Destination, decideConnect, decideNameless, decideStream, type HostVerdict, type Seen, type Settled } from '../network/decide.ts';
import { denialResponse } from '../network/denial.ts';
import { readFirstBytes, WEB_PORTS } from '../network/first-bytes.ts';
import type { NetworkJudge, NetworkVerdict, RequestAsk, StreamAsk, StreamVerdict } from '../network/judge.ts';
import { Names } from '../network/names.ts';
import type { UpstreamProxy } from '../network/proxies.ts';
import { Resolver } from '../network/resolver.ts';
import { ACCESS_DENIED_ALERT } from '../network/tls-hello.ts';
import { normalizeHost } from '../resolve/destination.ts';
import { judgeAnyPort } from './any-port.ts';
import type { Evaluator, Judgement } from './evaluator.ts';
import { isExplicit } from './guard-view.ts';
import type { NetworkAsker } from './recording.ts';
import { denialMessage } from './wording.ts';

const NOTHING = Buffer.alloc(0);
const JUDGED_LIMIT = 256;

export interface NetworkOptions {
  readonly evaluator: Evaluator;
  /** Whose process it is; the guard may know more of it than is known here. */
  readonly subjectOf: (pid: number, standing: number | undefined) => Subject;
  readonly proxies: readonly UpstreamProxy[];
  /** Counts and records; why it could not be recorded, where an allowed action must be. */
  readonly conclude: (judgement: Judgement, asker: NetworkAsker, begun: bigint) => string | undefined;
  /** What is allowed may pass unasked for a while, and be recorded afterwards. */
  readonly mayBeToldLater: () => boolean;
  /** The same was just allowed to another enforcement point, which recorded it. */
  readonly wasJustAllowed: (pid: number, host: string, port: number | undefined) => boolean;
  readonly resolver?: Resolver;
  /** The kernel guard asks about each connection itself. */
  readonly hasGuard?: boolean;
}

export interface Host extends HostVerdict {
  readonly judgement: Judgement;
}

interface Details {
  readonly url?: string | undefined;
  readonly transport?: 'udp';
  /** What goes through a tunnel is recorded by itself. */
  readonly isRecordedLater?: boolean;
}

export class NetworkJudgements implements NetworkJudge {
  readonly names = new Names();
  readonly resolver: Resolver;
  readonly #options: NetworkOptions;
  readonly #judged = new Map<string, Host>();

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.resolver = options.resolver ?? new Resolver();
  }

  async stream({ pid, address, port, bytes, isEnded, standing }: StreamAsk): Promise<StreamVerdict> {
    const begun = process.hrtime.bigint();
    const to = this.destination(pid, address, port, standing);
    const asker: NetworkAsker = { action: 'network_request', pep: 'relay', pid };
    // SOCKS begins with its version: the relay speaks it, and hears which host is wanted.
    if (this.isProxy(to.address, port) && (bytes[0] === 5 || bytes[0] === 4)) return { kind: 'http' };
    const first = readFirstBytes(bytes, isEnded, WEB_PORTS.has(port));
    if (first.kind === 'more') return first;
    if (first.kind === 'broken') {
      const verdict = this.settle(to, unreadable(to, first.why), asker, begun);
      return { kind: 'settled', verdict, reply: first.protocol === 'tls' ? ACCESS_DENIED_ALERT : denialResponse(verdict, undefined) };
    }
    if (first.http !== undefined) return { kind: 'http', head: first.http };
    const outcome = await this.#decide(to, first.seen);
    return { kind: 'settled', verdict: this.settle(to, outcome, asker, begun), reply: first.seen.kind === 'tls' ? ACCESS_DENIED_ALERT : NOTHING, isNameless: first.seen.kind === 'other' };
  }

  async #decide(to: Destination<Host>, seen: Seen): Promise<Settled<Host>> {
    const outcome = decideStream(to, seen);
    if (outcome.effect !== 'look-up') return outcome as Settled<Host>;
    const found = await this.resolver.addresses(outcome.name);
    const isThere = found.some(({ address }) => parseAddress(address) === to.address);
    if (isThere) this.names.remember(outcome.name, [to.address], 0);
    return decideStream(to, seen, isThere) as Settled<Host>;
  }

  async request(ask: RequestAsk): Promise<NetworkVerdict> {
    const begun = process.hrtime.bigint();
    const to = this.destination(ask.pid, ask.address ?? ask.host ?? '', ask.port, ask.standing);
    const outcome = await this.#decideRequest(ask, to);
    return this.settle(to, outcome, { action: 'network_request', pep: 'relay', pid: ask.pid }, begun, { url: ask.url, isRecordedLater: ask.isTunnel });
  }

  async #decideRequest(ask: RequestAsk, to: Destination<Host>): Promise<Settled<Host>> {
    const { host, namedPort, port } = ask;
    if (ask.isProxied && host !== undefined) {
      // Whoever stands at the address reaches the host for the program: both must be permitted.
      const isOurs = ask.address === undefined || this.isProxy(to.address, port);
      const through = isOurs ? undefined : decideNameless(to);
      if (through?.effect === 'deny') return through;
      const by = to.judge(host, namedPort ?? 80);
      return { effect: by.isAllowed ? 'allow' : 'deny', by, host };
    }
    const outcome = await this.#decide(to, { kind: 'http', name: host });
    if (outcome.effect === 'deny' || host === undefined || namedPort === undefined || namedPort === port) return outcome;
    const other = to.judge(host, namedPort);
    return other.isAllowed ? outcome : { effect: 'deny', by: other, host };
  }

  async addresses(pid: number, host: string, port: number): Promise<NetworkVerdict | readonly string[]> {
    const begun = process.hrtime.bigint();
    const literal = parseAddress(host);
    const written = literal === undefined ? await this.resolver.addresses(host) : [{ address: host, ttl: 0 }];
    let denied: { readonly to: Destination<Host>; readonly outcome: Settled<Host> } | undefined;
    const permitted: string[] = [];
    for (const { address, ttl } of written) {
      const canonical = parseAddress(address);
      if (canonical === undefined) continue;
      if (literal === undefined) this.names.remember(host, [canonical], ttl);
      const to = this.destination(pid, canonical, port);
      const outcome = decideConnect(to, true);
      if (outcome.effect === 'deny') denied ??= { to, outcome };
      else permitted.push(address);
    }
    if (permitted.length > 0 || denied === undefined) return permitted;
    return this.settle(denied.to, denied.outcome, { action: 'network_request', pep: 'relay', pid }, begun);
  }

  isProxy(address: string, port: number): boolean {
    return this.#options.proxies.some((proxy) => proxy.port === port && (proxy.host === address || this.#namesOf(address).includes(proxy.host) || (proxy.host === 'localhost' && kindOf(address) === 'loopback')));
  }

  #namesOf(address: string): string[] {
    return [...this.names.of(address), ...(this.resolver.system.hosts().names.get(address) ?? [])];
  }

  destination(pid: number, host: string, port: number | undefined, standing?: number): Destination<Host> {
    const subject = this.subject(pid, standing);
    const address = parseAddress(host) ?? normalizeHost(host);
    // The same host is asked about several times for one connection.
    const judged = new Map<string, Host>();
    const judge = (name: string, at: number | undefined): Host => {
      const key = `${name} ${at}`;
      const verdict = judged.get(key) ?? this.host(name, at === 0 ? undefined : at, subject);
      judged.set(key, verdict);
      return verdict;
    };
    const remembered = this.names.of(address);
    // The table of hosts is no sign that a name was looked up: its names count where they permit.
    const listed = (this.resolver.system.hosts().names.get(address) ?? []).filter((name) => !remembered.includes(name) && judge(name, port).isAllowed);
    return { address, port: port === 0 ? undefined : port, names: [...remembered, ...listed], judge, isTrusted: this.isTrusted(subject) };
  }

  /** Nobody knows who 0 is: it is not the agent itself. */
  subject(pid: number, standing?: number): Subject {
    return pid === 0 ? STARTED_BY_AGENT : this.#options.subjectOf(pid, standing);
  }

  isTrusted(subject: Subject): (name: string) => boolean {
    return (name) => this.#options.evaluator.isAgentHost(name, subject);
  }

  /** The same few hosts are asked for again and again, and policies stay what they are; what lies behind a Unix socket does not. */
  host(host: string, port: number | undefined, subject: Subject): Host {
    if (host.startsWith('unix:')) return this.#judge(host, port, subject);
    const key = `${JSON.stringify(subject)} ${port} ${host}`;
    const known = this.#judged.get(key) ?? this.#judge(host, port, subject);
    if (this.#judged.size >= JUDGED_LIMIT) this.#judged.clear();
    this.#judged.set(key, known);
    return known;
  }

  #judge(host: string, port: number | undefined, subject: Subject): Host {
    const { evaluator } = this.#options;
    const judgement = port === undefined ? judgeAnyPort(evaluator, host, subject) : evaluator.judge({ action: 'network_request', host, port }, subject);
    return { judgement, isAllowed: judgement.decision.effect === 'allow', isExplicit: isExplicit(judgement.decision) };
  }

  /** Puts an outcome on record, and into words. */
  settle(to: Pick<Destination<Host>, 'address' | 'port'>, outcome: Settled<Host>, asker: NetworkAsker, begun: bigint, details: Details = {}): NetworkVerdict {
    const { judgement } = outcome.by;
    const { decision } = judgement;
    const reason = outcome.why === undefined ? decision.reason : `${outcome.why}: ${decision.reason}`;
    const hasAddress = outcome.host !== to.address && parseAddress(to.address) !== undefined;
    const final: Judgement = {
      ...judgement,
      request: { action: 'network_request', host: outcome.host, port: to.port, url: details.url, ...(hasAddress ? { address: to.address } : {}), ...(details.transport === undefined ? {} : { transport: details.transport }) },
      decision: { ...decision, effect: outcome.effect, reason },
    };
    const isKnown = outcome.effect === 'allow' && asker.ahead === undefined && (details.isRecordedLater === true || this.#options.wasJustAllowed(asker.pid, outcome.host, to.port));
    const failure = isKnown ? undefined : this.#options.conclude(final, asker, begun);
    const rule = ruleName(decision.rule);
    const source = ruleSource(decision.rule);
    const isAllowed = outcome.effect === 'allow' && failure === undefined;
    return {
      isAllowed,
      host: outcome.host,
      message: isAllowed ? '' : failure === undefined ? denialMessage(final.request, final.decision) : `patchwork: denied ${describeTarget(final.request)}\n  ${failure}`,
      reason: failure ?? reason,
      ...(rule === undefined ? {} : { rule }),
      ...(source === undefined ? {} : { source }),
    };
  }
}

/** What starts like a protocol that names a host and cannot be read as it. */
function unreadable(to: Destination<Host>, why: string): Settled<Host> {
  const host = to.names[0] ?? to.address;
  const { judgement } = to.judge(host, to.port);
  const decision = { ...judgement.decision, effect: 'deny' as const, step: 'mode' as const, layer: 'builtin' as const, rule: undefined, reason: `${why}; what cannot be judged is denied` };
  return { effect: 'deny', by: { isAllowed: false, isExplicit: false, judgement: { ...judgement, decision } }, host };
}
