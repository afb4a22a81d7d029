/** The guard's questions about connections, datagrams and look-ups. */
import { isLocalName, kindOf, parseAddress } from '../network/address.ts';
import { type Destination, decideConnect, decideNameless, type Settled } from '../network/decide.ts';
import { denialResponse, failureResponse } from '../network/denial.ts';
import { answerDns } from '../network/dns-answer.ts';
import { readFirstBytes, WEB_PORTS } from '../network/first-bytes.ts';
import { type RequestHead, readRequestHead } from '../network/http-head.ts';
import { emptyLines, mayBeWhole } from '../network/http-start.ts';
import { countedLength, fieldOf, type Repeatable, repeatableRequest, urlOf } from '../network/http-request.ts';
import type { CompiledPolicy } from '../policy/compile.ts';
import { DeniedLookUps } from './denied-look-ups.ts';
import { doNamesMatter } from './names-matter.ts';
import { type Host, NetworkJudgements, type NetworkOptions } from './network-judgements.ts';
import type { DnsQuestion, PassedNotice, RelayQuestion } from './network-messages.cts';
import type { AllowVerdict, DenyVerdict, NetworkQuestion, Verdict } from './protocol.cts';
import { RecentTexts } from './recent-texts.ts';
import { isNamesService, type NetworkAsker } from './recording.ts';

/** Bytes that the guard copies of a connection at most. */
const COPY_LIMIT = 32 * 1024;

/** The relay in the session, as the guard is told of it. */
export interface RelayPlace {
  readonly port: number;
  /** The first line of a connection that the guard hands over. */
  preface(facts: { readonly pid: number; readonly standing: number; readonly address: string; readonly port: number }): string;
}

export class NetworkDesk {
  readonly judgements: NetworkJudgements;
  readonly #policies: readonly CompiledPolicy[];
  readonly #mayBeToldLater: () => boolean;
  #doNamesMatter: boolean | undefined;
  readonly #hasGuard: boolean;
  /** Datagrams that were recorded a moment ago. */
  readonly #repeated = new RecentTexts();
  readonly #deniedLookUps: DeniedLookUps;
  #relay: RelayPlace | undefined;
  /** Changes of names that the guard has heard of. */
  #changesTold = 0;

  constructor(options: NetworkOptions) {
    this.judgements = new NetworkJudgements(options);
    this.#deniedLookUps = new DeniedLookUps(this.judgements.resolver.system);
    this.#hasGuard = options.hasGuard === true;
    this.#policies = options.evaluator.policies;
    this.#mayBeToldLater = options.mayBeToldLater;
  }

  /** Found when the first connection is asked about: not at every start. */
  get #namesMatter(): boolean {
    this.#doNamesMatter ??= doNamesMatter(this.#policies);
    return this.#doNamesMatter;
  }

  set relay(place: RelayPlace) {
    this.#relay = place;
  }

  /** Undefined for what is judged like anything else: names that the preload sees, sockets of this machine. */
  answer(question: NetworkQuestion, begun: bigint): Verdict | undefined {
    const { id, host } = question;
    // The relay in the session judges what it is asked for.
    if (this.#isRelay(host, question.port)) return { v: 1, id, effect: 'allow' };
    if (question.pep !== 'guard') return this.#isLeftToGuard(question) ? { v: 1, id, effect: 'allow' } : undefined;
    // They would look names up past us; C libraries then ask the servers, whom we stand in for.
    if (isNamesService(host)) return { v: 1, id, effect: 'deny', message: '', reason: 'names are looked up by the session' };
    return host.startsWith('unix:') ? undefined : this.#connect(question, begun);
  }

  /**
   * Who listens here, the session or somebody else, only the guard knows: it asks again at the connection. What a rule names is denied at once.
   * So it does for an address that the program has looked up by itself, as gRPC's clients do: its name may be permitted.
   */
  #isLeftToGuard({ pid, host, port }: NetworkQuestion): boolean {
    if (!this.#hasGuard) return false;
    const to = this.judgements.destination(pid, host, port);
    if (to.names.length > 0 && parseAddress(host) !== undefined) return decideConnect(to, this.#namesMatter).effect !== 'deny';
    if (!isLoopback(host)) return false;
    const { isAllowed, isExplicit } = to.judge(host, port);
    return isAllowed || !isExplicit;
  }

  #isRelay(host: string, port: number): boolean {
    return this.#relay !== undefined && port === this.#relay.port && (host === '127.0.0.1' || host === '::ffff:127.0.0.1');
  }

  /** connect(2), and datagrams. */
  #connect(question: NetworkQuestion, begun: bigint): Verdict {
    const { id, pid, port } = question;
    const to = this.judgements.destination(pid, question.host, port, question.standing);
    const asker: NetworkAsker = { action: 'network_request', pep: 'guard', pid };
    if (question.transport === 'udp') return this.#datagrams(question, to, asker, begun);
    if (this.judgements.isProxy(to.address, port) && !to.judge(to.address, port).isExplicit) return { v: 1, id, effect: 'relay' };
    const outcome = decideConnect(to, this.#namesMatter);
    if (outcome.effect === 'relay' || outcome.effect === 'look-up') return { v: 1, id, effect: 'relay' };
    const verdict = this.#verdict(id, to, outcome, asker, begun);
    if (this.#mayBeToldLater() && verdict.effect === 'allow' && this.#mayRepeat(to)) return { ...verdict, repeat: 1 };
    // The program sees that nobody is there, and may try again until its own server is; but what a rule names is denied in so many words.
    const isQuiet = verdict.effect === 'deny' && question.transport === 'tcp-unheard' && !outcome.by.isExplicit;
    return isQuiet ? { ...verdict, message: '' } : verdict;
  }

  /** Not where the answer hangs on which program the process runs: hosts of the agent's own. */
  #mayRepeat({ address, names, isTrusted }: Destination<Host>, host = address): boolean {
    return ![host, address, ...names].some((name) => isTrusted?.(name) === true);
  }

  /** What went the way of something that was allowed a moment before. */
  passed({ pid, host: address, port, bytes, standing, ahead }: PassedNotice, begun: bigint): undefined {
    const to = this.judgements.destination(pid, address, port, standing);
    const first = readFirstBytes(Buffer.from(bytes, 'base64'), true, WEB_PORTS.has(port));
    const http = first.kind === 'seen' ? first.http : undefined;
    const outcome = bytes === '' ? decideConnect(to, false) : http?.host === undefined ? decideNameless(to) : { effect: 'allow', by: to.judge(http.host, port), host: http.host } as const;
    const settled = 'by' in outcome ? outcome : { by: to.judge(address, port), host: to.address };
    this.judgements.settle(to, { ...settled, effect: 'allow' }, { action: 'network_request', pep: bytes === '' ? 'guard' : 'relay', pid, ahead }, begun, http === undefined ? {} : { url: urlOf(http, { address, port }) });
  }

  #datagrams({ id, port }: NetworkQuestion, to: Destination<Host>, asker: NetworkAsker, begun: bigint): Verdict {
    const outcome = decideNameless(to);
    if (outcome.effect !== 'allow') return this.#verdict(id, to, outcome, asker, begun, 'udp');
    // QUIC hides the name that it is for; programs fall back to TCP. Nothing was asked for that a policy denies.
    if (port === 443 && this.#namesMatter && kindOf(to.address) !== 'loopback') return { v: 1, id, effect: 'deny', message: '', reason: 'QUIC is refused, so that the name of the host is seen over TCP' };
    if (this.#repeated.wasSaid(`${asker.pid} udp ${outcome.host} ${port}`)) return { v: 1, id, effect: 'allow' };
    return this.#verdict(id, to, outcome, asker, begun, 'udp');
  }

  /** What the guard remembers hangs on the names that were known when it asked. */
  #withNews(verdict: Verdict): Verdict {
    const { changes } = this.judgements.names;
    if (changes === this.#changesTold) return verdict;
    this.#changesTold = changes;
    return { ...verdict, news: 1 } as Verdict;
  }

  /** The first bytes of a connection that the guard took over. */
  async relayed(question: RelayQuestion): Promise<Verdict> {
    return this.#withNews(await this.#relayed(question));
  }

  async #relayed(question: RelayQuestion): Promise<Verdict> {
    const { id, pid, host: address, port, standing } = question;
    const bytes = Buffer.from(question.bytes, 'base64');
    const isEnded = question.ended === 1 || bytes.length >= COPY_LIMIT;
    const empty = emptyLines(bytes);
    const hasRequest = isRequest(bytes.subarray(empty), isEnded);
    if (question.again === 1 && empty < bytes.length && !hasRequest) return { ...failure(id, 'what follows a request of HTTP is none'), reply: failureResponse('400 Bad Request', 'this is no HTTP').toString('base64') };
    if (bytes.length === 0 && (question.silent === 1 || question.ended === 1)) return this.#silent(question);
    // They go on by themselves, so that a request behind them is judged as one.
    if (empty > 0 && (empty === bytes.length || hasRequest)) return this.#emptyLines(question, empty);
    const isShort = this.#mayPause(question) && mayBeWhole(bytes.toString('latin1'));
    if (question.silent === 1) return isShort ? this.#paused(question, bytes.length) : failure(id, 'the guard asked what it may not ask');
    const seen = await this.judgements.stream({ pid, standing, address, port, bytes, isEnded });
    if (seen.kind === 'more') return { v: 1, id, effect: 'more', ...(isShort ? { length: bytes.length } : {}) };
    if (seen.kind === 'http') {
      const length = seen.head === undefined || this.judgements.isProxy(address, port) ? undefined : countedLength(seen.head);
      if (seen.head !== undefined && length !== undefined) return this.#request(question, seen.head, length, bytes);
      if (this.#relay === undefined) return failure(id, 'the relay of this session is not there');
      return { v: 1, id, effect: 'http', port: this.#relay.port, head: Buffer.from(this.#relay.preface({ pid, standing: standing ?? 0, address, port })).toString('base64') };
    }
    const { verdict, reply } = seen;
    if (verdict.isAllowed) return { v: 1, id, effect: 'allow', ...this.#repeatable(question, seen.isNameless === true && question.again !== 1 ? { same: bytes.length, rest: 0 } : undefined) };
    return { v: 1, id, effect: 'deny', message: verdict.message, reason: verdict.reason, reply: reply.toString('base64') };
  }

  #mayPause({ host, port, again }: RelayQuestion): boolean {
    return again !== 1 && !WEB_PORTS.has(port) && !this.judgements.isProxy(host, port);
  }

  /** A client that says no more for now. Where that may not go by itself, it may still become a request that may. */
  #paused({ id, pid, host, port, standing }: RelayQuestion, length: number): Verdict {
    const begun = process.hrtime.bigint();
    const to = this.judgements.destination(pid, host, port, standing);
    const outcome = decideNameless(to);
    if (outcome.effect === 'deny') return { v: 1, id, effect: 'more' };
    const verdict = this.#verdict(id, to, outcome, { action: 'network_request', pep: 'relay', pid }, begun);
    return verdict.effect === 'allow' ? { ...verdict, length } : verdict;
  }

  #emptyLines({ id, pid, host, port, standing }: RelayQuestion, length: number): Verdict {
    const to = this.judgements.destination(pid, host, port, standing);
    const verdict = this.#verdict(id, to, decideNameless(to), { action: 'network_request', pep: 'relay', pid }, process.hrtime.bigint());
    return verdict.effect === 'allow' ? { ...verdict, length } : verdict;
  }

  /** A request that the guard itself passes on, byte for byte. */
  async #request(question: RelayQuestion, head: RequestHead, length: number, bytes: Buffer): Promise<Verdict> {
    const { id, pid, host: address, port, standing } = question;
    const url = urlOf(head, { address, port });
    const verdict = await this.judgements.request({ pid, standing, address, port, host: head.host, namedPort: head.port, isProxied: false, isTunnel: false, url });
    if (verdict.isAllowed) return { v: 1, id, effect: 'allow', length, ...this.#repeatable(question, repeatableRequest(head, bytes), head.host) };
    return { v: 1, id, effect: 'deny', message: '', reason: verdict.reason, reply: denialResponse(verdict, fieldOf(head.fields, 'accept')).toString('base64') };
  }

  #repeatable({ pid, host, port, standing }: RelayQuestion, repeatable: Repeatable | undefined, named?: string): Partial<Repeatable> {
    return this.#mayBeToldLater() && repeatable !== undefined && this.#mayRepeat(this.judgements.destination(pid, host, port, standing), named) ? repeatable : {};
  }

  #silent({ id, pid, host, port, ended, standing }: RelayQuestion): Verdict {
    const begun = process.hrtime.bigint();
    const to = this.judgements.destination(pid, host, port, standing);
    // Clients of the web open connections before they need them; they speak first all the same.
    if (ended === 0 && (WEB_PORTS.has(port) || this.judgements.isProxy(to.address, port))) return { v: 1, id, effect: 'more' };
    return this.#verdict(id, to, decideNameless(to), { action: 'network_request', pep: 'relay', pid }, begun);
  }

  /** A message to a name server, whichever it was meant for. */
  async lookUp(question: DnsQuestion): Promise<Verdict> {
    return this.#withNews(await this.#lookUp(question));
  }

  async #lookUp(question: DnsQuestion): Promise<Verdict> {
    const begun = process.hrtime.bigint();
    const { id, pid } = question;
    const { judgements } = this;
    const subject = judgements.subject(pid, question.standing);
    const { bytes, denial, address, isQuiet } = await answerDns(Buffer.from(question.bytes, 'base64'), {
      names: judgements.names,
      resolver: judgements.resolver,
      judge: (host) => judgements.host(host, undefined, subject),
      isTrusted: judgements.isTrusted(subject),
      transport: question.tcp === 1 ? 'tcp' : 'udp',
    });
    const answer: AllowVerdict = { v: 1, id, effect: 'allow', ...(bytes === undefined ? {} : { reply: bytes.toString('base64') }) };
    if (denial === undefined || this.#deniedLookUps.isNothingNew(pid, denial.host)) return answer;
    const { message } = judgements.settle({ address: address ?? denial.host, port: undefined }, denial, { action: 'network_request', pep: 'guard', pid }, begun);
    return isQuiet === true ? answer : { ...answer, message };
  }

  #verdict(id: number, to: Destination<Host>, outcome: Settled<Host>, asker: NetworkAsker, begun: bigint, transport?: 'udp'): Verdict {
    const verdict = this.judgements.settle(to, outcome, asker, begun, transport === undefined ? {} : { transport });
    if (verdict.isAllowed) return { v: 1, id, effect: 'allow' };
    return { v: 1, id, effect: 'deny', message: verdict.message, reason: verdict.reason };
  }
}

function isLoopback(host: string): boolean {
  return isLocalName(host.toLowerCase()) || kindOf(host) === 'loopback';
}

/** Or the beginning of one, or what only a request can be that is not to be trusted. */
function isRequest(bytes: Buffer, isEnded: boolean): boolean {
  const { kind } = readRequestHead(bytes);
  return kind === 'more' ? !isEnded : kind !== 'none';
}

function failure(id: number, reason: string): DenyVerdict {
  return { v: 1, id, effect: 'deny', message: `patchwork: denied the connection\n  ${reason}; what cannot be judged is denied`, reason };
}
