/** What a session's decisions are made with. */
import type { AuditWriter } from '../audit/writer.ts';
import type { UpstreamProxy } from '../network/proxies.ts';
import type { Evaluator } from './evaluator.ts';

export interface ServiceOptions {
  readonly evaluator: Evaluator;
  readonly audit: AuditWriter;
  /** The agent's environment at its start. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The shim folder: commands are shown by their names, not by the paths of their shims. */
  readonly bin: string;
  /** The NODE_OPTIONS words that load our own preload. */
  readonly ownPreload: string;
  /** The kernel guard asks again about each program that starts. */
  readonly hasGuard?: boolean;
  /** Fail-closed: what cannot be recorded is not allowed. */
  readonly mustRecord: boolean;
  /** The guard writes down what passes unasked before it passes. */
  readonly isWrittenAhead?: boolean;
  /** Proxies that the user's environment names. */
  readonly proxies?: readonly UpstreamProxy[];
  readonly onFailure: (what: string, error: unknown) => void;
}
