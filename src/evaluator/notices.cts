/** What the guard tells of things that are over: there is no answer. Part of the wire (protocol.cts). */
import type { CommandQuestion, Envelope } from './protocol.cts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isCount: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isOptionalCount: Check = (value) => value === undefined || isCount(value);

/** The guard let a program start that the evaluator has called plain; this is for the record, and has no answer. */
export interface RanNotice extends Omit<CommandQuestion, 'op'> {
  readonly op: 'ran';
  readonly ppid: number;
  /** Who covered the process before; `standing` is who covers it now. */
  readonly asker: number;
  readonly standing: number;
  /** The pipe that it writes to, by the kernel's name for it, or the path of a named one; empty for anything else. */
  readonly stdout: string;
  readonly ahead?: number;
}

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
  /** Under fail-closed: the number of its line in what was written ahead. */
  readonly ahead?: number;
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
  ran: { action: (value) => value === 'command_execute', argv: isTexts, exe: isText, file: isText, cwd: isText, env: isTexts, ppid: isCount, asker: isCount, standing: isCount, stdout: isText, ahead: isOptionalCount },
  did: { action: DID_ACTIONS, path: isText, cwd: isText, real: isText, exe: isText, standing: isOptionalCount, ahead: isOptionalCount },
  refused: { action: REFUSED_ACTIONS, call: isText, real: isText, what: isText, why: isText, exe: isText, count: isOptionalCount, age: isOptionalCount },
};
