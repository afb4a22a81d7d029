/** What the guard tells of things that are over: there is no answer. Part of the wire (protocol.cts). */
import type { Envelope } from './protocol.cts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isOptionalCount: Check = (value) => value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);

/** The guard did something to a file that no rule can deny; this is for the record, and has no answer. */
export interface DidNotice extends Envelope {
  readonly op: 'did';
  readonly action: 'file_create' | 'file_edit' | 'file_delete';
  readonly path: string;
  readonly cwd: string;
  readonly real: string;
  /** Of the process, which may be gone by now. */
  readonly exe: string;
  readonly standing?: number;
}

/** The guard refused what no policy opens; this is for the record, and has no answer. */
export interface RefusedNotice extends Envelope {
  readonly op: 'refused';
  readonly action: 'system_call' | 'file_read' | 'file_edit';
  /** The system call, where it is no matter of a file. */
  readonly call: string;
  /** Where the file lies. */
  readonly real: string;
  /** What was refused, and why, in the words that the process was told. */
  readonly what: string;
  readonly why: string;
  readonly exe: string;
  /** As many more of the same, the first of them so many seconds ago. */
  readonly count?: number;
  readonly age?: number;
}

const DID_ACTIONS: Check = (value) => value === 'file_create' || value === 'file_edit' || value === 'file_delete';
const REFUSED_ACTIONS: Check = (value) => value === 'system_call' || value === 'file_read' || value === 'file_edit';
/** Of notices of what is over; `action` is a field of theirs. */
export const OVER_FIELDS: Record<string, Record<string, Check>> = {
  did: { action: DID_ACTIONS, path: isText, cwd: isText, real: isText, exe: isText, standing: isOptionalCount },
  refused: { action: REFUSED_ACTIONS, call: isText, real: isText, what: isText, why: isText, exe: isText, count: isOptionalCount, age: isOptionalCount },
};
