/**
 * What becomes of a connection: from its address, the names that were looked up for it, and what its first bytes name.
 * Where these disagree, the strictest reading counts. Pure: what policies say of a single host is asked through `judge`.
 */
import { isInternal, isLocalName, isOwnMachine, kindOf, parseAddress } from './address.ts';

/** What policies say of one host. */
export interface HostVerdict {
  readonly isAllowed: boolean;
  /** Denied by a rule that names it, or by its risk: not by the default of a list, nor by the mode. */
  readonly isExplicit: boolean;
}

export interface Destination<J extends HostVerdict> {
  /** In canonical text. */
  readonly address: string;
  readonly port: number | undefined;
  /** Looked up for that address, or standing in the system's own table of hosts. */
  readonly names: readonly string[];
  /** Undefined port: whether there is any at which the host is permitted. */
  readonly judge: (host: string, port: number | undefined) => J;
  /** Names that may lead to internal addresses: model hosts, which the user named. */
  readonly isTrusted?: (name: string) => boolean;
}

/** What the first bytes of a connection are. */
export type Seen =
  | { readonly kind: 'tls'; readonly name: string | undefined; readonly hasEch: boolean }
  | { readonly kind: 'http'; readonly name: string | undefined }
  /** A protocol that names no host: ssh, a database's. */
  | { readonly kind: 'other' };

export interface Settled<J> {
  readonly effect: 'allow' | 'deny';
  /** What settled it. */
  readonly by: J;
  /** What the connection is for: a name where there is one. */
  readonly host: string;
  /** What the policy's own reason does not say. */
  readonly why?: string;
}

export type Outcome<J> =
  | Settled<J>
  /** Its bytes must be seen. */
  | { readonly effect: 'relay' }
  /** Whether `name` leads to the address must be looked up; then the question is asked again with the answer. */
  | { readonly effect: 'look-up'; readonly name: string };

/** At connect(2), before any byte is sent. `namesMatter`: a rule about names could deny what address rules allow. */
export function decideConnect<J extends HostVerdict>(to: Destination<J>, namesMatter: boolean): Outcome<J> {
  const literal = to.judge(to.address, to.port);
  const own = to.names[0];
  if (isOwnMachine(to.address)) return settled(to, literal);
  if (isClosed(to, literal, to.names)) return closed(to, literal, own);
  const named = to.names.map((name) => ({ name, verdict: to.judge(name, to.port) }));
  const permitted = named.find(({ verdict }) => verdict.isAllowed);
  if (permitted === undefined && !(literal.isAllowed && named.length === 0)) return deniedNames(to, literal, named);
  if (namesMatter) return { effect: 'relay' };
  const first = permitted ?? { name: to.address, verdict: literal };
  return { effect: 'allow', by: first.verdict, host: first.name };
}

/** Datagrams, and protocols without a name: by every name that was looked up, else by the address. */
export function decideNameless<J extends HostVerdict>(to: Destination<J>): Settled<J> {
  const literal = to.judge(to.address, to.port);
  if (isOwnMachine(to.address)) return settled(to, literal);
  if (isClosed(to, literal, to.names)) return closed(to, literal, to.names[0]);
  const named = to.names.map((name) => ({ name, verdict: to.judge(name, to.port) }));
  const denied = named.find(({ verdict }) => !verdict.isAllowed);
  if (denied !== undefined) return { effect: 'deny', by: denied.verdict, host: denied.name };
  const first = named[0];
  if (first !== undefined) return { effect: 'allow', by: first.verdict, host: first.name };
  return settled(to, literal, "no permitted name was looked up for this address");
}

/** `isLookedUp`: our own look-up of the name in `seen` gave the address; undefined when that was not tried yet. */
export function decideStream<J extends HostVerdict>(to: Destination<J>, seen: Seen, isLookedUp?: boolean): Outcome<J> {
  const name = seen.kind === 'other' ? undefined : seen.name;
  if (name === undefined) return decideNameless(to);
  const verdict = to.judge(name, to.port);
  if (!verdict.isAllowed) return { effect: 'deny', by: verdict, host: name };
  const literal = to.judge(to.address, to.port);
  if (isClosed(to, literal, [name])) return closed(to, literal, name);
  // What Encrypted ClientHello hides is meant for a name that was looked up; the one that is seen is a front.
  if (seen.kind === 'tls' && seen.hasEch) {
    const nameless = decideNameless(to);
    return nameless.effect === 'allow' ? { ...nameless, host: to.names.includes(name) ? name : nameless.host } : nameless;
  }
  const isItself = parseAddress(name) === to.address;
  if (literal.isAllowed || isItself || to.names.includes(name) || isLookedUp === true) return { effect: 'allow', by: verdict, host: name };
  if (isLookedUp === undefined && parseAddress(name) === undefined) return { effect: 'look-up', name };
  // Another permitted name was looked up for it: both readings are permitted.
  const others = decideNameless(to);
  if (others.effect === 'allow') return { effect: 'allow', by: verdict, host: name };
  return { ...others, why: `the connection is for ${name}, which does not lead to ${to.address}` };
}

/** Addresses that a permitted name may lead to: no internal ones, unless they are permitted themselves (DNS rebinding). */
export function decideAnswer<J extends HostVerdict>(name: string, to: Pick<Destination<J>, 'address' | 'judge' | 'isTrusted'>): Settled<J> {
  const { address } = to;
  const literal = to.judge(address, undefined);
  if (!isClosed(to, literal, [name]) || isOwnName(name, address)) return { effect: 'allow', by: literal, host: name };
  return closed(to, literal, name);
}

/** The name of this machine itself leads here; that is no rebinding, and the connection is judged as `localhost`. */
function isOwnName(name: string, address: string): boolean {
  return isLocalName(name) && kindOf(address) === 'loopback';
}

/** A rule names the address, or it is an internal one that no rule permits. */
function isClosed<J extends HostVerdict>({ address, isTrusted }: Pick<Destination<J>, 'address' | 'isTrusted'>, literal: J, names: readonly string[]): boolean {
  if (literal.isAllowed) return false;
  return literal.isExplicit || (isInternal(address) && !names.some((name) => isTrusted?.(name) === true));
}

function closed<J extends HostVerdict>({ address }: Pick<Destination<J>, 'address'>, by: J, name: string | undefined): Settled<J> {
  return name === undefined || name === address ? { effect: 'deny', by, host: address } : { effect: 'deny', by, host: name, why: leadsTo(name, address) };
}

function settled<J extends HostVerdict>(to: Destination<J>, by: J, why?: string): Settled<J> {
  return { effect: by.isAllowed ? 'allow' : 'deny', by, host: to.address, ...(by.isAllowed || by.isExplicit || why === undefined ? {} : { why }) };
}

function deniedNames<J extends HostVerdict>(to: Destination<J>, literal: J, named: readonly { readonly name: string; readonly verdict: J }[]): Outcome<J> {
  const first = named[0];
  if (first !== undefined) return { effect: 'deny', by: first.verdict, host: first.name };
  return { effect: 'deny', by: literal, host: to.address, ...(literal.isExplicit ? {} : { why: 'no permitted name was looked up for this address' }) };
}

function leadsTo(name: string, address: string): string {
  const kind = kindOf(address);
  return `${name} leads to ${address}${kind === 'public' ? '' : `, a ${kind} address`}, which is not permitted itself`;
}
