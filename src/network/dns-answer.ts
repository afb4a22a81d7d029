/** A program's question to a name server, answered: permitted names by the system, denied ones at once and by nobody else. */
import { addressOfBytes, addressOfReverseName, isLocalName } from './address.ts';
import { decideAnswer, type HostVerdict, type Settled } from './decide.ts';
import { CODES, type DnsMessage, type DnsRecord, PLAIN_SIZE, readDns, stripServiceBinding, TYPES, writeAnswer, writeName } from './dns-message.ts';
import type { Names } from './names.ts';
import type { Resolver } from './resolver.ts';

export interface DnsContext<J extends HostVerdict> {
  readonly names: Names;
  readonly resolver: Resolver;
  /** Whether there is a port at which the host is permitted. */
  readonly judge: (host: string) => J;
  readonly isTrusted?: (name: string) => boolean;
  readonly transport: 'tcp' | 'udp';
}

export interface DnsReply<J> {
  /** Undefined: the message is passed over. */
  readonly bytes: Buffer | undefined;
  readonly denial?: Settled<J>;
  /** The address that was denied, where it was not the name. */
  readonly address?: string;
  /** Nobody is told: a look-up that no person would think of, such as the name of an address. */
  readonly isQuiet?: boolean;
}

export async function answerDns<J extends HostVerdict>(bytes: Buffer, context: DnsContext<J>): Promise<DnsReply<J>> {
  const query = readDns(bytes);
  // What cannot be read is not forwarded, nor answered: it may be no DNS at all.
  if (query === undefined || query.isResponse || query.question === undefined) return { bytes: undefined };
  const limit = context.transport === 'tcp' ? 65535 : (query.size ?? PLAIN_SIZE);
  const reply = (answer: Parameters<typeof writeAnswer>[2]): Buffer => writeAnswer(bytes, query, answer, limit);
  const { name, type } = query.question;
  if (query.opcode !== 0 || type === TYPES.AXFR || type === TYPES.IXFR) return { bytes: reply({ code: CODES.notImplemented }) };
  const reversed = addressOfReverseName(name);
  if (reversed !== undefined) return answerReverse(reversed, query, context, reply);
  const verdict = judgeName(name, context.judge);
  // Connections to this machine are judged by themselves; other name servers are not told, and nor is anybody else.
  if (!verdict.isAllowed && isLocalName(name)) return { bytes: reply({ code: CODES.noSuchName }) };
  // "No such name" ends the search of every program at once; a refusal makes them try again, and elsewhere.
  if (!verdict.isAllowed) return { bytes: reply({ code: CODES.noSuchName, reason: 'denied by policy' }), denial: { effect: 'deny', by: verdict, host: withoutServiceLabels(name) } };
  const found = await context.resolver.resolve(type === TYPES.ANY ? { name, type: TYPES.A } : query.question);
  const { kept, denial, address } = keepPermitted(name, found.answers, context);
  if (denial !== undefined && !kept.some(isAddress)) return { bytes: reply({ code: CODES.noSuchName, reason: 'its address is denied by policy' }), denial, ...(address === undefined ? {} : { address }) };
  return { bytes: reply({ code: found.code, answers: kept, authorities: found.authorities }) };
}

type Write = (answer: Parameters<typeof writeAnswer>[2]) => Buffer;

const isAddress = ({ type }: DnsRecord): boolean => type === TYPES.A || type === TYPES.AAAA;

/** `_imaps._tcp.x.org` is a service of x.org. */
function withoutServiceLabels(name: string): string {
  return name.replace(/^(?:_[^.]*\.)+(?=[^.])/, '');
}

function judgeName<J extends HostVerdict>(name: string, judge: (host: string) => J): J {
  const own = judge(name);
  const host = withoutServiceLabels(name);
  if (host === name || (!own.isAllowed && own.isExplicit)) return own;
  return judge(host);
}

function keepPermitted<J extends HostVerdict>(name: string, records: readonly DnsRecord[], { names, judge, isTrusted }: DnsContext<J>): { readonly kept: DnsRecord[]; readonly denial: Settled<J> | undefined; readonly address: string | undefined } {
  let closed: string | undefined;
  let denial: Settled<J> | undefined;
  const kept: DnsRecord[] = [];
  for (const record of records) {
    if (record.type === TYPES.HTTPS || record.type === TYPES.SVCB) {
      const stripped = stripServiceBinding(record);
      if (stripped !== undefined) kept.push(stripped);
      continue;
    }
    if (!isAddress(record)) {
      kept.push(record);
      continue;
    }
    const address = addressOfBytes(record.data);
    if (address === undefined) continue;
    const outcome = decideAnswer(name, { address, judge, ...(isTrusted === undefined ? {} : { isTrusted }) });
    if (outcome.effect === 'deny') {
      denial ??= outcome;
      closed ??= address;
    } else {
      names.remember(name, [address], record.ttl);
      kept.push(record);
    }
  }
  return { kept, denial, address: closed };
}

/** The name of an address: one that was looked up for it is known here; else the address must be permitted for its own sake. */
async function answerReverse<J extends HostVerdict>(address: string, query: DnsMessage, { names, judge, resolver }: DnsContext<J>, reply: Write): Promise<DnsReply<J>> {
  const { question } = query;
  const known = [...names.of(address), ...(resolver.system.hosts().names.get(address) ?? [])][0];
  if (question === undefined) return { bytes: undefined };
  if (question.type === TYPES.PTR && known !== undefined) return { bytes: reply({ code: CODES.ok, answers: [{ name: question.name, type: TYPES.PTR, class: 1, ttl: 60, data: writeName(known) }] }) };
  const verdict = judge(address);
  if (!verdict.isAllowed) return { bytes: reply({ code: CODES.noSuchName, reason: 'denied by policy' }), denial: { effect: 'deny', by: verdict, host: address }, isQuiet: true };
  const { code, answers, authorities } = await resolver.resolve(question);
  return { bytes: reply({ code, answers, authorities }) };
}
