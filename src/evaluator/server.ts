/** The evaluator's Unix socket: lines in, lines out, with bounds on size, time and number of peers. */
import { chmodSync, writeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { decodeQuestion, encode, type GuardHello, isNotice, MESSAGE_BYTES_LIMIT, MESSAGE_TIME_LIMIT_MS, ProtocolError, type Verdict } from './protocol.cts';
import type { DecisionService } from './service.ts';

/** Connections that the guard opens before the agent starts: its workers', one for what has no answer, the relay's, the resolver's (native/). */
export const GUARD_CONNECTIONS = 7;
/** Its greeting: a token and three numbers. */
const GREETING_BYTES_LIMIT = 1024;
/** Connections at once; a fork bomb's further ones are closed unanswered, which their enforcement points read as a denial. */
const CONNECTIONS_LIMIT = 4096;
/** Pending connects (listen(2)); the kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096;
/** Bytes of answers that a peer may leave unread. */
const UNREAD_BYTES_LIMIT = 1024 * 1024;

export class EvaluatorServer {
  readonly #server: Server;
  readonly #service: DecisionService;
  readonly #sockets = new Set<Socket>();
  readonly #ready: Promise<void>;
  readonly #guardToken: string | undefined;
  #guardConnections = 0;
  #allGreeted = (): void => {};
  /** Resolves when the guard has opened all its connections; never without one. */
  readonly guarded = new Promise<void>((resolve) => {
    this.#allGreeted = resolve;
  });

  /** `ready` resolves when questions can be answered; until then they wait in their sockets. */
  constructor(service: DecisionService, ready: Promise<void>, guardToken?: string) {
    this.#service = service;
    this.#ready = ready;
    this.#guardToken = guardToken;
    // Reported by the connections that it closes.
    ready.catch(() => {});
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = CONNECTIONS_LIMIT;
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ path, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        chmodSync(path, 0o600);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const lines = new LineReader();
    const peer: Peer = { isGuard: false };
    let timer: NodeJS.Timeout | undefined;
    const refuse = (reason: string): void => {
      socket.off('data', onData);
      socket.end(encode(this.#service.refuse(0, 'a message', reason)));
    };
    // Look-ups take their time: their answers come in any order, each with the number of its question.
    const later = (answer: Promise<Verdict>): void => {
      answer.then((verdict) => socket.destroyed || socket.write(encode(verdict)), () => socket.destroy());
    };
    const onData = (data: Buffer): void => {
      let answers = '';
      for (const line of lines.add(data)) {
        clearTimeout(timer);
        timer = undefined;
        // A peer that asks without reading would fill our memory with answers.
        if (socket.writableLength > UNREAD_BYTES_LIMIT) return void socket.destroy();
        const answer = this.#answer(line, peer);
        if (answer instanceof Promise) later(answer);
        else if (answer !== undefined) answers += encode(answer);
      }
      if (answers !== '') send(socket, answers);
      if (lines.pendingBytes > MESSAGE_BYTES_LIMIT) return refuse(`the message is longer than ${MESSAGE_BYTES_LIMIT} bytes`);
      // The guard goes on where it was, when it was we who were behind.
      if (lines.pendingBytes > 0 && !peer.isGuard) timer ??= setTimeout(() => refuse(`the message was not finished within ${MESSAGE_TIME_LIMIT_MS} ms`), MESSAGE_TIME_LIMIT_MS).unref();
    };
    // The grammar may still be loading. The guard's greeting needs none, and the agent is started after it; all else waits.
    const onFirst = (data: Buffer): void => {
      socket.pause();
      const answer = this.#isGreeting(data) ? this.#answer(data.toString('utf8', 0, data.length - 1), peer) : undefined;
      if (answer === undefined) socket.unshift(data);
      else if (!(answer instanceof Promise)) socket.write(encode(answer));
    };
    socket.once('data', onFirst);
    this.#ready.then(() => socket.off('data', onFirst).on('data', onData).resume(), () => socket.destroy());
    // A peer that is gone has nobody to answer to; it has denied already.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
  }

  /** One whole line, and the guard's: it holds no question, so nothing is judged by it. */
  #isGreeting(data: Buffer): boolean {
    if (data.length > GREETING_BYTES_LIMIT || data.indexOf(10) !== data.length - 1) return false;
    try {
      return decodeQuestion(data.toString('utf8', 0, data.length - 1)).op === 'guard';
    } catch {
      return false;
    }
  }

  /** Undefined for a notice, which has no answer. */
  #answer(line: string, peer: Peer): Verdict | Promise<Verdict> | undefined {
    try {
      const question = decodeQuestion(line);
      if (question.op === 'guard') return this.#admitGuard(question, peer);
      // It speaks for other processes than its own: only the guard may.
      if (question.pep === 'guard' && !peer.isGuard) throw new ProtocolError('only the guard may ask as the guard', question.id);
      return isNotice(question) ? this.#service.note(question) : this.#service.answer(question);
    } catch (error) {
      if (error instanceof ProtocolError) return this.#service.refuse(error.id, 'a message', error.message);
      throw error;
    }
  }

  /** The token is good for the guard's own connections, which are all open before the agent starts; then it is spent. */
  #admitGuard(question: GuardHello, peer: Peer): Verdict {
    if (this.#guardToken === undefined || question.token !== this.#guardToken || this.#guardConnections >= GUARD_CONNECTIONS) throw new ProtocolError('there is no such guard', question.id);
    peer.isGuard = true;
    if (++this.#guardConnections === GUARD_CONNECTIONS) this.#allGreeted();
    return this.#service.settledForGuard(question.id);
  }
}

/** At once, by the descriptor itself, where nothing waits before it: that way an answer costs a third. What does not fit waits as ever. */
function send(socket: Socket, answers: string): void {
  const fd = (socket as unknown as { _handle?: { fd?: number } | null })._handle?.fd ?? -1;
  if (fd < 0 || socket.writableLength > 0 || !socket.writable) return void socket.write(answers);
  const bytes = Buffer.from(answers);
  let sent = 0;
  try {
    sent = writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return void socket.destroy();
  }
  if (sent < bytes.length) socket.write(bytes.subarray(sent));
}

interface Peer {
  isGuard: boolean;
}

/** Bytes to lines, without copying what is not finished more than once. */
class LineReader {
  #pieces: Buffer[] = [];
  pendingBytes = 0;

  *add(data: Buffer): Generator<string> {
    let start = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      const line = data.subarray(start, end);
      const whole = this.#pieces.length === 0 ? line : Buffer.concat([...this.#pieces, line]);
      this.#pieces = [];
      this.pendingBytes = 0;
      start = end + 1;
      yield whole.toString('utf8');
    }
    if (start < data.length) {
      this.#pieces.push(data.subarray(start));
      this.pendingBytes += data.length - start;
    }
  }
}
