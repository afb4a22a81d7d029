/**
 * A synchronous question to the evaluator, without native code: libuv issues connect(2) for a Unix socket at once, after
 * that the descriptor is read and written directly, never through the event loop. One connection per thread.
 */
import type { CommandQuestion, DenyVerdict, FileQuestion, NetworkQuestion, Question, Verdict } from '../evaluator/protocol.cts';
import { ANSWER_TIME_LIMIT_MS, decodeVerdict, encode, MESSAGE_BYTES_LIMIT, PROTOCOL_VERSION } from '../evaluator/protocol.cts';
import { type Refusal, refusal } from './deny.cts';
import {
  apply,
  bytesOf,
  copyInto,
  fstatSync,
  newBytes,
  now,
  pid,
  readSync,
  setPrototypeOf,
  textOfBytes,
  wait,
  writeSync,
} from './originals.cts';
import { SOCKET } from './runtime.cts';

const net = require('node:net') as typeof import('node:net');
const { Socket } = net;
const { connect, pause, unref, on, destroy } = Socket.prototype;

type Asked<Q> = Omit<Q, 'v' | 'id' | 'op' | 'pep' | 'pid'>;
type Body = Asked<FileQuestion> | Asked<CommandQuestion> | Asked<NetworkQuestion>;

interface Connection {
  readonly socket: import('node:net').Socket;
  readonly fd: number;
  /** Inode of the socket: a program that closes descriptors wholesale must not make us write into its files. */
  readonly inode: bigint;
}

/** The connection is gone or out of step; the next question needs a new one. */
class TransportError extends Error {}

const UNREACHABLE = refusal('the evaluator of this session cannot be reached');
const TOO_LARGE = refusal('the question is too large to be judged');
/**
 * Looks for an answer before the first pause, each some 10 µs. Measured: answers come within 4; a sleep costs 80 µs at least,
 * a blocking read 90 µs a question, this 55 µs.
 */
const EAGER_LOOKS = 12;
/** First and longest pause between two looks after that, in milliseconds. */
const FIRST_PAUSE_MS = 0.02;
const LONGEST_PAUSE_MS = 5;
const RECONNECT_PAUSE_MS = 5;
const NEWLINE = 10;

const sleepCell = new Int32Array(new SharedArrayBuffer(4));
let buffer = newBytes(16 * 1024);
let connection: Connection | undefined;
let lastId = 0;

/** Asks, and returns why not, or undefined when it is allowed. */
export function ask(body: Body): Refusal | undefined {
  const verdict = answerTo({ op: 'ask', ...body } as Question);
  if (verdict === undefined) return UNREACHABLE;
  if (verdict === 'too large') return TOO_LARGE;
  if (verdict.effect === 'allow') return undefined;
  return verdict.effect === 'deny' ? verdict : UNREACHABLE;
}

/** What the guard just refused at that path; undefined when it was not the guard, or cannot be asked. */
export function why(path: string, cwd: string): DenyVerdict | undefined {
  const verdict = answerTo({ op: 'why', path, cwd } as Question);
  return typeof verdict === 'object' && verdict.effect === 'deny' ? verdict : undefined;
}

/** Says hello; undefined when there is no proper answer, then nothing is settled and everything is asked. */
export function hello(): { folders: readonly string[]; literals: readonly string[] } | undefined {
  const verdict = answerTo({ op: 'hello' } as Question);
  return typeof verdict === 'object' && verdict.effect === 'settled' ? verdict : undefined;
}

function answerTo(body: Question): Verdict | 'too large' | undefined {
  const id = ++lastId;
  // No prototype: `Object.prototype.toJSON` or a setter there must not reach the question.
  const question = { __proto__: null, ...body, v: PROTOCOL_VERSION, id, pep: 'preload', pid } as unknown as Question;
  if ('argv' in question) {
    setPrototypeOf(question.argv, null);
    setPrototypeOf(question.env, null);
  }
  const line = bytesOf(encode(question));
  if (line.length > MESSAGE_BYTES_LIMIT) return 'too large';
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      if (attempt > 0) sleep(RECONNECT_PAUSE_MS);
      connection ??= open();
      return decodeVerdict(exchange(connection, line), id);
    } catch (error) {
      // Whatever went wrong, the stream is out of step now. A second failure is a denial, and so is the end of the time.
      close();
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    }
  }
  return undefined;
}

function open(): Connection {
  const socket = new Socket();
  apply(on, socket, ['error', ignore]);
  apply(pause, socket, []);
  apply(connect as (options: object) => unknown, socket, [{ path: SOCKET }]);
  apply(unref, socket, []);
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
  return { socket, fd, inode: statusOf(fd).ino };
}

function ignore(): void {}

function close(): void {
  if (connection === undefined) return;
  const { socket } = connection;
  const isOurs = stillOurs(connection);
  connection = undefined;
  if (isOurs) apply(destroy, socket, []);
}

function stillOurs({ fd, inode }: Connection): boolean {
  try {
    const status = statusOf(fd);
    return status.ino === inode && status.isSocket();
  } catch {
    return false;
  }
}

/**
 * As bigint, because Node's `realpathSync` reads the shared array that the other form fills: after a look at a socket there,
 * it takes a cached folder for one and stops resolving (`require` then loads modules by the names of their links).
 */
function statusOf(fd: number): import('node:fs').BigIntStats {
  return fstatSync(fd, { bigint: true });
}

function exchange(to: Connection, line: Buffer): string {
  if (!stillOurs(to)) throw new TransportError();
  const deadline = now() + ANSWER_TIME_LIMIT_MS;
  let sent = 0;
  while (sent < line.length) sent += patiently(() => writeSync(to.fd, line, sent, line.length - sent), deadline);
  let size = 0;
  for (;;) {
    if (size === buffer.length) grow();
    const count = patiently(() => readSync(to.fd, buffer, size, buffer.length - size, null), deadline);
    if (count === 0) throw new TransportError();
    size += count;
    if (buffer[size - 1] === NEWLINE) return textOfBytes(buffer, 'utf8', 0, size - 1);
  }
}

/** Repeats a call on the non-blocking descriptor until it does something or the time is up. */
function patiently(attempt: () => number, deadline: number): number {
  let pause = FIRST_PAUSE_MS;
  for (let looks = 1; ; looks++) {
    try {
      return attempt();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || now() > deadline) throw error;
    }
    if (looks <= EAGER_LOOKS) continue;
    sleep(pause);
    if (pause < LONGEST_PAUSE_MS) pause *= 1.5;
  }
}

/** Blocks this thread; unlike a blocking read it ends when a worker is terminated, and it can have a time limit. */
function sleep(milliseconds: number): void {
  wait(sleepCell, 0, 0, milliseconds);
}

function grow(): void {
  if (buffer.length > MESSAGE_BYTES_LIMIT) throw new TransportError();
  const larger = newBytes(buffer.length * 2);
  copyInto(buffer, larger);
  buffer = larger;
}
