/**
 * The wire between enforcement points and the evaluator: one JSON object a line, one answer a question, in order.
 * CommonJS without dependencies, because the Node preload loads this very file. The C codec is shims/wire.h;
 * both are held to the golden messages in test/fixtures/wire/.
 */

import { parseObject, ProtocolError } from './json.cts';
import type { DnsQuestion, HttpVerdict, PassedNotice, RelayQuestion, RelayVerdict, SettleQuestion } from './network-messages.cts';
import { type DidNotice, OVER_FIELDS, type RanNotice, type RefusedNotice } from './notices.cts';
import type { AllowVerdict, DenyVerdict, Settled } from './verdicts.cts';

export type { AllowVerdict, DenyVerdict, Settled };
export type { DidNotice, RanNotice, RefusedNotice };
export { ProtocolError };

// Captured at load: the preload runs this in programs that may replace what they like afterwards.
const { stringify } = JSON;
const { hasOwn, keys, entries } = Object;
const { isArray } = Array;

export const PROTOCOL_VERSION = 1;
/** Bytes of one message. The kernel lets an argument list be 6 MiB (execve(2)); JSON makes a byte six at worst. */
export const MESSAGE_BYTES_LIMIT = 40 * 1024 * 1024;
/** Milliseconds that a peer may take to finish a line it has begun. */
export const MESSAGE_TIME_LIMIT_MS = 10_000;
/** Milliseconds that an enforcement point waits for an answer before it denies. */
export const ANSWER_TIME_LIMIT_MS = 15_000;

type Pep = 'shim' | 'preload' | 'shell' | 'guard';

export interface Envelope {
  readonly v: number;
  readonly id: number;
  readonly pep: Pep;
  readonly pid: number;
}

export interface CommandQuestion extends Envelope {
  readonly op: 'ask';
  readonly action: 'command_execute';
  readonly argv: readonly string[];
  /** Path of the file that will be executed. */
  readonly exe: string;
  /** `device:inode` of that file, as the enforcement point sees it. */
  readonly file: string;
  readonly cwd: string;
  /** Variables that change what runs, as the process would hand them on. */
  readonly env: readonly string[];
  /** Only an opinion is wanted: another enforcement point asks again and then acts. Allows are not recorded. */
  readonly advise?: boolean;
  /** The file of a script's interpreter, and the words that the kernel will start it with. */
  readonly interpreter?: readonly string[];
  /** `device:inode` of that file, as the guard found it. */
  readonly interpreterFile?: string;
  /** The guard's own number for who covers the process, which the evaluator may not have heard of yet. */
  readonly standing?: number;
  /** It is stopped before its first instruction: `/proc/PID/exe` is the program, or the interpreter of the script. */
  readonly running?: boolean;
}

/** A line of shell text, judged as a whole before its parts run. */
export interface LineQuestion extends Envelope {
  readonly op: 'ask';
  readonly action: 'command_line';
  readonly line: string;
  readonly cwd: string;
  /** `NAME=value` of the shell's variables that the line uses. */
  readonly variables?: readonly string[];
  /** Words of the line that stand for no program in that shell: its functions, and what it does not find. */
  readonly names?: readonly string[];
  readonly advise?: boolean;
}

export interface FileQuestion extends Envelope {
  readonly op: 'ask';
  readonly standing?: number;
  /** `file_write` becomes file_create or file_edit by what is on disk. */
  readonly action: 'file_read' | 'file_write' | 'file_delete';
  readonly path: string;
  readonly cwd: string;
  /** Where the object lies, found out by whoever holds it open. */
  readonly real?: string;
  /** A rename: the folder that gets this path, with all that lies in it. */
  readonly from?: string;
  /** A dynamic loader reads it, and is about to run it. */
  readonly loader?: boolean;
}

export interface NetworkQuestion extends Envelope {
  readonly op: 'ask';
  readonly standing?: number;
  readonly action: 'network_request';
  readonly host: string;
  readonly port: number;
  /** The guard's: what kind of socket; TCP where it is not said, `tcp-unheard` where nobody listens. */
  readonly transport?: string;
}

interface Hello extends Envelope {
  readonly op: 'hello';
}

/** A call failed; the reason is wanted for its error. Nothing is decided by the answer. */
export interface WhyQuestion extends Envelope {
  readonly op: 'why';
  readonly path: string;
  readonly cwd: string;
}

/** The kernel guard, before the agent starts: from then on the connection may speak for every process of the session. */
export interface GuardHello extends Envelope {
  readonly op: 'guard';
  readonly token: string;
}

/** The guard's last word: how many processes outlived the agent and were ended. */
interface GuardEnd extends Envelope {
  readonly op: 'end';
  readonly count: number;
}

/** What asks for a decision. */
export type Asking = CommandQuestion | LineQuestion | FileQuestion | NetworkQuestion;
/** What has happened already; there is no answer. */
export type Notice = RanNotice | DidNotice | RefusedNotice | PassedNotice;
export type Question = Asking | RelayQuestion | DnsQuestion | SettleQuestion | Hello | WhyQuestion | GuardHello | GuardEnd | Notice;

export type Verdict = AllowVerdict | DenyVerdict | Settled | RelayVerdict | HttpVerdict;

export function isNotice(question: Question): question is Notice {
  return question.op === 'passed' || hasOwn(OVER_FIELDS, question.op);
}

export function encode(message: Question | Verdict): string {
  return `${stringify(message)}\n`;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
function allTexts(values: readonly unknown[]): boolean {
  for (let i = 0; i < values.length; i++) if (typeof values[i] !== 'string') return false;
  return true;
}

const isTexts: Check = (value) => isArray(value) && allTexts(value);
const isTextsOrNothing: Check = (value) => value === undefined || isTexts(value);
const isCount: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isPort: Check = (value) => isCount(value) && (value as number) <= 65535;
const isFlag: Check = (value) => value === undefined || typeof value === 'boolean';
const isOptionalText: Check = (value) => value === undefined || typeof value === 'string';
const isOptionalTexts: Check = (value) => value === undefined || isTexts(value);
const isBit: Check = (value) => value === 0 || value === 1;
const isTransport: Check = (value) => value === undefined || value === 'tcp' || value === 'tcp-unheard' || value === 'udp';
const isPep: Check = (value) => value === 'shim' || value === 'preload' || value === 'shell' || value === 'guard';

/** Fields of each kind of question beside the envelope; a field that is not named here is an error. */
const isOptionalCount: Check = (value) => value === undefined || isCount(value);
const FILE_FIELDS: Record<string, Check> = { path: isText, cwd: isText, real: isOptionalText, from: isOptionalText, loader: isFlag, standing: isOptionalCount };
const QUESTION_FIELDS: Record<string, Record<string, Check>> = {
  command_execute: { argv: isTexts, exe: isText, file: isText, cwd: isText, env: isTexts, advise: isFlag, interpreter: isOptionalTexts, interpreterFile: isOptionalText, standing: isOptionalCount, running: isFlag },
  command_line: { line: isText, cwd: isText, variables: isTextsOrNothing, names: isTextsOrNothing, advise: isFlag },
  file_read: FILE_FIELDS,
  file_write: FILE_FIELDS,
  file_delete: FILE_FIELDS,
  network_request: { host: isText, port: isPort, transport: isTransport, standing: isOptionalCount },
};
/** Of questions that want no decision; only `why` is for others than the guard. */
const OTHER_FIELDS: Record<string, Record<string, Check>> = {
  why: { path: isText, cwd: isText },
  guard: { token: isText },
  end: { count: isCount },
  relay: { host: isText, port: isPort, bytes: isText, ended: isBit, silent: isBit, again: (value) => value === undefined || isBit(value), standing: isOptionalCount },
  passed: { host: isText, port: isPort, bytes: isText, standing: isOptionalCount, ahead: isOptionalCount },
  settle: {},
  dns: { host: isText, bytes: isText, tcp: (value) => value === undefined || isBit(value), standing: isOptionalCount },
};
const ENVELOPE_FIELDS = new Set(['v', 'id', 'op', 'pep', 'pid', 'action']);

/** Reads one line as a question. Throws ProtocolError; the caller answers with a denial. */
export function decodeQuestion(line: string): Question {
  const message = parseObject(line);
  const id = isCount(message['id']) ? (message['id'] as number) : 0;
  const fail = (text: string): never => {
    throw new ProtocolError(text, id);
  };
  if (message['v'] !== PROTOCOL_VERSION) fail(`protocol version ${stringify(message['v'])} is not ${PROTOCOL_VERSION}`);
  if (!isCount(message['id'])) fail('id is missing');
  if (!isPep(message['pep'])) fail('pep is unknown');
  if (!isCount(message['pid'])) fail('pid is missing');
  if (message['op'] === 'hello') {
    for (const name of keys(message)) if (name === 'action' || !ENVELOPE_FIELDS.has(name)) fail('a field is unknown');
    return message as unknown as Hello;
  }
  const op = message['op'];
  if (typeof op === 'string' && hasOwn(OTHER_FIELDS, op)) {
    const own = OTHER_FIELDS[op] as Record<string, Check>;
    if (op !== 'why' && message['pep'] !== 'guard') fail('only the guard may ask that');
    for (const [name, check] of entries(own)) if (!check(message[name])) fail(`${name} is missing`);
    for (const name of keys(message)) if (name === 'action' || (!hasOwn(own, name) && !ENVELOPE_FIELDS.has(name))) fail('a field is unknown');
    return message as unknown as Question;
  }
  if (typeof op === 'string' && hasOwn(OVER_FIELDS, op) && message['pep'] === 'guard') {
    const own = OVER_FIELDS[op] as Record<string, Check>;
    for (const [name, check] of entries(own)) if (!check(message[name])) fail(`${name} is missing`);
    for (const name of keys(message)) if (!hasOwn(own, name) && !ENVELOPE_FIELDS.has(name)) fail('a field is unknown');
    return message as unknown as Notice;
  }
  if (op !== 'ask') fail('op is unknown');
  const action = message['action'];
  const fields = typeof action === 'string' && hasOwn(QUESTION_FIELDS, action) ? QUESTION_FIELDS[action] : undefined;
  if (fields === undefined) return fail('action is unknown');
  for (const [name, check] of entries(fields)) {
    if (!check(message[name])) fail(`${name} is missing or of the wrong type`);
  }
  for (const name of keys(message)) {
    if (!ENVELOPE_FIELDS.has(name) && !hasOwn(fields, name)) fail('a field is unknown');
  }
  return message as unknown as Question;
}

/** Reads one line as the answer to question `id`. Throws ProtocolError: the enforcement point denies. */
export function decodeVerdict(line: string, id: number): Verdict {
  const message = parseObject(line);
  if (message['v'] !== PROTOCOL_VERSION) throw new ProtocolError('the answer has another protocol version', id);
  if (message['id'] !== id) throw new ProtocolError('the answer belongs to another question', id);
  const effect = message['effect'];
  if (effect === 'allow') return message as unknown as AllowVerdict;
  if (effect === 'deny' && isText(message['message']) && isText(message['reason'])) return message as unknown as DenyVerdict;
  if (effect === 'settled' && isTexts(message['folders']) && isTexts(message['literals'])) return message as unknown as Settled;
  throw new ProtocolError('the answer is no verdict', id);
}
