/** What the guard asks of connections that it took over and of look-ups, and what it is told. */
import type { Envelope } from './protocol.cts';

/** The guard took a connection over, and shows what the client has sent so far. */
export interface RelayQuestion extends Envelope {
  readonly op: 'relay';
  /** The address that the program connected to. */
  readonly host: string;
  readonly port: number;
  /** Base64, the first 32 KiB at most. */
  readonly bytes: string;
  /** 1: the client will send no more. */
  readonly ended: number;
  /** 1: the client waits for the server to speak, first or after these bytes; an allow opens that direction, and lets these bytes go. */
  readonly silent: number;
  /** 1: a further request of a connection whose requests are let through one by one. */
  readonly again?: number;
  /** Who covers the process, as the guard knows it. */
  readonly standing?: number;
}

/** A message that a program sent to a name server. */
export interface DnsQuestion extends Envelope {
  readonly op: 'dns';
  /** The server that the program named. */
  readonly host: string;
  /** Base64, without the length that TCP puts before it. */
  readonly bytes: string;
  /** 1: it came by TCP, and so may an answer of any length. */
  readonly tcp?: number;
  readonly standing?: number;
}

/** The guard let pass what is like something that was just allowed; this is for the record, and has no answer. */
export interface PassedNotice extends Envelope {
  readonly op: 'passed';
  readonly host: string;
  readonly port: number;
  /** Base64: what the client said; empty for a connection that nobody looks into. */
  readonly bytes: string;
  readonly standing?: number;
  /** Under fail-closed: the number of its line in what was written ahead. */
  readonly ahead?: number;
}

/** Whether all that was told before on this connection is on record by now: what was written ahead of it is then let go. */
export interface SettleQuestion extends Envelope {
  readonly op: 'settle';
}

/** To the guard: the connection goes by the relay, which looks at its bytes (`relay`); a longer copy is needed (`more`). */
export interface RelayVerdict {
  readonly v: number;
  readonly id: number;
  readonly effect: 'relay' | 'more';
  /** Beside `more`: what is there may be all of a message; when nothing follows, the guard asks whether it may go. */
  readonly length?: number;
}

/** To the guard: hand the connection to the relay in the session that listens on 127.0.0.1:`port`, `head` (base64) first. */
export interface HttpVerdict {
  readonly v: number;
  readonly id: number;
  readonly effect: 'http';
  readonly port: number;
  readonly head: string;
}
