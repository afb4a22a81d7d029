/** What the relay in the session asks the policy decision point. */
import type { RequestHead } from './http-head.ts';

export interface NetworkVerdict {
  readonly isAllowed: boolean;
  /** What the connection is for. */
  readonly host: string;
  /** The whole text for people, lines separated by LF. */
  readonly message: string;
  readonly reason: string;
  readonly rule?: string;
  readonly source?: string;
}

/** A request that HTTP, CONNECT or SOCKS names. */
export interface RequestAsk {
  readonly pid: number;
  /** Who covers the process, where the guard has said so. */
  readonly standing?: number | undefined;
  /** The address that the client connected to; undefined for a client of the relay itself. */
  readonly address: string | undefined;
  /** The port that it connected to, or that it names. */
  readonly port: number;
  readonly host: string | undefined;
  /** The port that the request names beside the host. */
  readonly namedPort: number | undefined;
  /** The host is to be reached by whoever stands at the address: a request to a proxy. */
  readonly isProxied: boolean;
  /** CONNECT, SOCKS: what goes through is judged, and recorded, by itself. */
  readonly isTunnel: boolean;
  readonly url: string | undefined;
}

export interface StreamAsk {
  readonly pid: number;
  readonly standing?: number | undefined;
  readonly address: string;
  readonly port: number;
  readonly bytes: Buffer;
  readonly isEnded: boolean;
}

export type StreamVerdict =
  | { readonly kind: 'more' }
  /** Requests follow, each of which is judged by itself; SOCKS has no head. */
  | { readonly kind: 'http'; readonly head?: RequestHead }
  /** `isNameless`: of a protocol that names no host. */
  | { readonly kind: 'settled'; readonly verdict: NetworkVerdict; readonly reply: Buffer; readonly isNameless?: boolean };

export interface NetworkJudge {
  request(ask: RequestAsk): Promise<NetworkVerdict>;
  stream(ask: StreamAsk): Promise<StreamVerdict>;
  /** Addresses of a permitted name that the connection may go to; the verdict where it may not. Nothing is recorded when it may. */
  addresses(pid: number, host: string, port: number): Promise<NetworkVerdict | readonly string[]>;
}
