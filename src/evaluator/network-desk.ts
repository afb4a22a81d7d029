/** Connections, datagrams and look-ups of a session: from what an enforcement point saw to a judgement, its record and the answer. */
import { ruleName, ruleSource } from '../model/decision.ts';
import { describeTarget, STARTED_BY_AGENT, type Subject } from '../model/request.ts';
import { kindOf, parseAddress } from '../network/address.ts';
import { type Destination, decideConnect, decideNameless, decideStream, type HostVerdict, type Outcome, type Seen } from '../network/decide.ts';
import { answerDns } from '../network/dns-answer.ts';
import { readFirstBytes } from '../network/first-bytes.ts';
import type { NetworkJudge, NetworkVerdict, RequestAsk, StreamAsk, StreamVerdict } from '../network/judge.ts';
import { Names } from '../network/names.ts';
import type { UpstreamProxy } from '../network/proxies.ts';
import { Resolver } from '../network/resolver.ts';
import { ACCESS_DENIED_ALERT } from '../network/tls-hello.ts';
import { normalizeHost } from '../resolve/destination.ts';
import { judgeAnyPort } from './any-port.ts';
import type { Evaluator, Judgement } from './evaluator.ts';
import { isExplicit } from './guard-view.ts';
import type { Lineage } from './lineage.ts';
import { doNamesMatter } from './names-matter.ts';
import type { AllowVerdict, DenyVerdict, DnsQuestion, NetworkQuestion, RelayQuestion, Verdict } from './protocol.cts';
import type { NetworkAsker } from './recording.ts';
import { RecentTexts } from './recent-texts.ts';
import { denialMessage } from './wording.ts';

/** Bytes that the guard copies of a connection at most. */
const COPY_LIMIT = 32 * 1024;
/** Ports of protocols in which the client speaks first and names the host. */
const CLIENT_FIRST: ReadonlySet<number> = new Set([80, 443, 8000, 8008, 8080, 8443, 3000, 4873]);
const NOTHING = Buffer.alloc(0);

/** The relay in the session, as the guard is told of it. */
export interface RelayPlace {
  readonly port: number;
  /** The first line of a connection that the guard hands over. */
  preface(facts: { readonly pid: number; readonly address: string; readonly port: number }): string;
}

export interface DeskOptions {
  readonly evaluator: Evaluator;
  readonly lineage: Lineage;
  readonly proxies: readonly UpstreamProxy[];
  /** Counts and records; why it could not be recorded, where an allowed action must be. */
  readonly conclude: (judgement: Judgement, asker: NetworkAsker, begun: bigint) => string | undefined;
  /** The same was just allowed to another enforcement point, which recorded it. */
  readonly wasJustAllowed: (pid: number, host: string, port: number | undefined) => boolean;
  readonly resolver?: Resolver;
}

interface Host extends HostVerdict {
  readonly judgement: Judgement;
}

type Settled = Extract<Outcome<Host>, { readonly by: Host }>;

export class NetworkDesk implements NetworkJudge {
  readonly names = new Names();
  readonly #options: DeskOptions;
  readonly #resolver: Resolver;
  readonly #namesMatter: boolean;
  /** What was said and recorded a moment ago: programs ask for both families, and again with each search domain. */
  readonly #repeated = new RecentTexts();
  #relay: RelayPlace | undefined;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#resolver = options.resolver ?? new Resolver();
    this.#namesMatter = doNamesMatter(options.evaluator.policies);
  }

  set relay(place: RelayPlace) {
    this.#relay = place;
  }

  isRelay(host: string, port: number): boolean {
    return this.#relay !== undefined && port === this.#relay.port && (host === '127.0.0.1' || host === '::ffff:127.0.0.1');
  }

  /** connect(2), and datagrams. */
  connect(question: NetworkQuestion, begun: bigint): Verdict {
    const { id, pid, port } = question;
    const to = this.#destination(pid, question.host, port);
    const asker: NetworkAsker = { action: 'network_request', pep: 'guard', pid };
    if (question.transport === 'udp') return this.#datagrams(question, to, asker, begun);
    if (this.isProxy(to.address, port) && !to.judge(to.address, port).isExplicit) return { v: 1, id, effect: 'relay' };
    const outcome = decideConnect(to, this.#namesMatter);
    if (outcome.effect === 'relay' || outcome.effect === 'look-up') return { v: 1, id, effect: 'relay' };
    return this.#verdict(id, to, outcome, asker, begun);
  }

  #datagrams({ id, port }: NetworkQuestion, to: Destination<Host>, asker: NetworkAsker, begun: bigint): Verdict {
    const outcome = decideNameless(to);
    if (outcome.effect !== 'allow') return this.#verdict(id, to, outcome as Settled, asker, begun);
    // QUIC hides the name that it is for; programs fall back to TCP. Nothing was asked for that a policy denies.
    const isOwn = kindOf(to.address) === 'loopback';
    if (port === 443 && this.#namesMatter && !isOwn) return { v: 1, id, effect: 'deny', message: '', reason: 'QUIC is refused, so that the name of the host is seen over TCP' };
    if (this.#repeated.wasSaid(`${asker.pid} udp ${outcome.host} ${port}`)) return { v: 1, id, effect: 'allow' };
    return this.#verdict(id, to, outcome, asker, begun);
  }

  /** The first bytes of a connection that the guard took over. */
  async relayed(question: RelayQuestion): Promise<Verdict> {
    const { id, pid, port } = question;
    const bytes = Buffer.from(question.bytes, 'base64');
    const address = question.host;
    if (bytes.length === 0 && (question.silent === 1 || question.ended === 1)) {
      const begun = process.hrtime.bigint();
      const to = this.#destination(pid, address, port);
      // Clients of the web open connections before they need them; they speak first all the same.
      if (question.ended === 0 && (CLIENT_FIRST.has(port) || this.isProxy(to.address, port))) return { v: 1, id, effect: 'more' };
      return this.#verdict(id, to, decideNameless(to) as Settled, { action: 'network_request', pep: 'guard', pid }, begun);
    }
    const seen = await this.stream({ pid, address, port, bytes, isEnded: question.ended === 1 || bytes.length >= COPY_LIMIT });
    if (seen.kind === 'more') return { v: 1, id, effect: 'more' };
    if (seen.kind === 'http') {
      if (this.#relay === undefined) return this.#failure(id, 'the relay of this session is not there');
      return { v: 1, id, effect: 'http', port: this.#relay.port, head: Buffer.from(this.#relay.preface({ pid, address, port })).toString('base64') };
    }
    const { verdict, reply } = seen;
    if (verdict.isAllowed) return { v: 1, id, effect: 'allow' };
    return { v: 1, id, effect: 'deny', message: verdict.message, reason: verdict.reason, reply: reply.toString('base64') };
  }

  async stream({ pid, address, port, bytes, isEnded }: StreamAsk): Promise<StreamVerdict> {
    const begun = process.hrtime.bigint();
    const to = this.#destination(pid, address, port);
    const asker: NetworkAsker = { action: 'network_request', pep: 'relay', pid };
    // SOCKS begins with its version: the relay speaks it, and hears which host is wanted.
    if (this.isProxy(to.address, port) && (bytes[0] === 5 || bytes[0] === 4)) return { kind: 'http' };
    const first = readFirstBytes(bytes, isEnded);
    if (first.kind === 'more') return first;
    if (first.kind === 'broken') return { kind: 'settled', verdict: this.#settle(to, this.#unreadable(to, first.why), asker, begun), reply: first.protocol === 'tls' ? ACCESS_DENIED_ALERT : NOTHING };
    if (first.isHttp) return { kind: 'http' };
    const outcome = await this.#decide(to, first.seen);
    return { kind: 'settled', verdict: this.#settle(to, outcome, asker, begun), reply: first.seen.kind === 'tls' ? ACCESS_DENIED_ALERT : NOTHING };
  }

  async #decide(to: Destination<Host>, seen: Seen): Promise<Settled> {
    const outcome = decideStream(to, seen);
    if (outcome.effect !== 'look-up') return outcome as Settled;
    const found = await this.#resolver.addresses(outcome.name);
    const isThere = found.some(({ address }) => parseAddress(address) === to.address);
    if (isThere) this.names.remember(outcome.name, [to.address], 0);
    return decideStream(to, seen, isThere) as Settled;
  }

  async request(ask: RequestAsk): Promise<NetworkVerdict> {
    const begun = process.hrtime.bigint();
    const asker: NetworkAsker = { action: 'network_request', pep: 'relay', pid: ask.pid };
    const to = this.#destination(ask.pid, ask.address ?? ask.host ?? '', ask.port);
    return this.#settle(to, await this.#decideRequest(ask, to), asker, begun, { url: ask.url, isRecordedLater: ask.isTunnel });
  }

  async #decideRequest(ask: RequestAsk, to: Destination<Host>): Promise<Settled> {
    const { host, namedPort, port } = ask;
    if (ask.isProxied && host !== undefined) {
      // Whoever stands at the address reaches the host for the program: both must be permitted.
      const isOurs = ask.address === undefined || this.isProxy(to.address, port);
      const through = isOurs ? undefined : (decideNameless(to) as Settled);
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
    const written = literal === undefined ? await this.#resolver.addresses(host) : [{ address: host, ttl: 0 }];
    let denied: { readonly to: Destination<Host>; readonly outcome: Settled } | undefined;
    const permitted: string[] = [];
    for (const { address, ttl } of written) {
      const canonical = parseAddress(address);
      if (canonical === undefined) continue;
      if (literal === undefined) this.names.remember(host, [canonical], ttl);
      const to = this.#destination(pid, canonical, port);
      const outcome = decideConnect(to, true);
      if (outcome.effect === 'deny') denied ??= { to, outcome };
      else permitted.push(address);
    }
    if (permitted.length > 0 || denied === undefined) return permitted;
    return this.#settle(denied.to, denied.outcome, { action: 'network_request', pep: 'relay', pid }, begun);
  }

  async lookUp(question: DnsQuestion): Promise<Verdict> {
    const begun = process.hrtime.bigint();
    const { id, pid } = question;
    const subject = this.#subject(pid);
    const { bytes, denial, isQuiet } = await answerDns(Buffer.from(question.bytes, 'base64'), {
      names: this.names,
      resolver: this.#resolver,
      judge: (host) => this.#host(host, undefined, subject),
      isTrusted: this.#isTrusted(subject),
      transport: question.tcp === 1 ? 'tcp' : 'udp',
    });
    const answer: AllowVerdict = { v: 1, id, effect: 'allow', ...(bytes === undefined ? {} : { reply: bytes.toString('base64') }) };
    if (denial === undefined || this.#wasJustDenied(pid, denial.host)) return answer;
    const { message } = this.#settle(this.#destination(pid, denial.host, undefined), denial, { action: 'network_request', pep: 'guard', pid }, begun);
    return isQuiet === true ? answer : { ...answer, message };
  }

  /** Both families are asked for, and the name once more with each search domain behind it. */
  #wasJustDenied(pid: number, host: string): boolean {
    const { search } = this.#resolver.system.servers();
    const longer = search.filter((domain) => domain !== '' && host.endsWith(`.${domain}`)).map((domain) => host.slice(0, -domain.length - 1));
    if (longer.some((name) => this.#repeated.isKnown(`${pid} dns ${name}`))) return true;
    return this.#repeated.wasSaid(`${pid} dns ${host}`);
  }

  isProxy(address: string, port: number): boolean {
    return this.#options.proxies.some((proxy) => proxy.port === port && (proxy.host === address || this.#namesOf(address).includes(proxy.host) || (proxy.host === 'localhost' && kindOf(address) === 'loopback')));
  }

  #namesOf(address: string): string[] {
    return [...this.names.of(address), ...(this.#resolver.system.hosts().names.get(address) ?? [])];
  }

  #destination(pid: number, host: string, port: number | undefined): Destination<Host> {
    const subject = this.#subject(pid);
    const address = parseAddress(host) ?? normalizeHost(host);
    const judge = (name: string, at: number | undefined): Host => this.#host(name, at === 0 ? undefined : at, subject);
    const remembered = this.names.of(address);
    // The table of hosts is no sign that a name was looked up: its names count where they permit.
    const listed = (this.#resolver.system.hosts().names.get(address) ?? []).filter((name) => !remembered.includes(name) && judge(name, port).isAllowed);
    return { address, port: port === 0 ? undefined : port, names: [...remembered, ...listed], judge, isTrusted: this.#isTrusted(subject) };
  }

  /** Nobody knows who 0 is: it is not the agent itself. */
  #subject(pid: number): Subject {
    return pid === 0 ? STARTED_BY_AGENT : this.#options.lineage.find(pid).subject;
  }

  #isTrusted(subject: Subject): (name: string) => boolean {
    return (name) => this.#options.evaluator.isAgentHost(name, subject);
  }

  #host(host: string, port: number | undefined, subject: Subject): Host {
    const { evaluator } = this.#options;
    const judgement = port === undefined ? judgeAnyPort(evaluator, host, subject) : evaluator.judge({ action: 'network_request', host, port }, subject);
    return { judgement, isAllowed: judgement.decision.effect === 'allow', isExplicit: isExplicit(judgement.decision) };
  }

  /** What starts like a protocol that names a host and cannot be read as it. */
  #unreadable(to: Destination<Host>, why: string): Settled {
    const by = to.judge(to.names[0] ?? to.address, to.port);
    const { judgement } = by;
    const decision = { ...judgement.decision, effect: 'deny' as const, step: 'mode' as const, layer: 'builtin' as const, rule: undefined, reason: `${why}; what cannot be judged is denied` };
    return { effect: 'deny', by: { isAllowed: false, isExplicit: false, judgement: { ...judgement, decision } }, host: to.names[0] ?? to.address };
  }

  /** The judgement of an outcome, recorded. */
  #settle(to: Destination<Host>, outcome: Settled, asker: NetworkAsker, begun: bigint, more: { readonly url?: string | undefined; readonly isRecordedLater?: boolean } = {}): NetworkVerdict {
    const { judgement } = outcome.by;
    const { decision, request } = judgement;
    const reason = outcome.why === undefined ? decision.reason : `${outcome.why}: ${decision.reason}`;
    const isName = outcome.host !== to.address && parseAddress(to.address) !== undefined;
    const final: Judgement = {
      ...judgement,
      request: request.action === 'network_request' ? { ...request, host: outcome.host, port: to.port, url: more.url, ...(isName ? { address: to.address } : {}) } : request,
      decision: { ...decision, effect: outcome.effect, reason },
    };
    const isKnown = outcome.effect === 'allow' && (more.isRecordedLater === true || this.#options.wasJustAllowed(asker.pid, outcome.host, to.port));
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

  #verdict(id: number, to: Destination<Host>, outcome: Settled, asker: NetworkAsker, begun: bigint): Verdict {
    const verdict = this.#settle(to, outcome, asker, begun);
    if (verdict.isAllowed) return { v: 1, id, effect: 'allow' };
    return { v: 1, id, effect: 'deny', message: verdict.message, reason: verdict.reason };
  }

  #failure(id: number, reason: string): DenyVerdict {
    return { v: 1, id, effect: 'deny', message: `patchwork: denied the connection\n  ${reason}; what cannot be judged is denied`, reason };
  }
}
