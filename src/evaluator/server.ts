/** The evaluator's Unix socket: lines in, lines out, with bounds on size, time and number of peers. */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { decodeQuestion, encode, MESSAGE_BYTES_LIMIT, MESSAGE_TIME_LIMIT_MS, ProtocolError, type Verdict } from './protocol.cts';
import type { DecisionService } from './service.ts';

/** Connections at once; a fork bomb's further ones are closed unanswered, which their enforcement points read as a denial. */
const CONNECTIONS_LIMIT = 4096;
/** Pending connects (listen(2)); the kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096;

export class EvaluatorServer {
  readonly #server: Server;
  readonly #service: DecisionService;
  readonly #sockets = new Set<Socket>();

  constructor(service: DecisionService) {
    this.#service = service;
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
    let pieces: Buffer[] = [];
    let size = 0;
    let timer: NodeJS.Timeout | undefined;
    const refuse = (reason: string): void => {
      socket.end(encode(this.#service.refuse(0, 'a message', reason)));
    };
    socket.on('data', (data: Buffer) => {
      let start = 0;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
        pieces.push(data.subarray(start, end));
        socket.write(encode(this.#answer(Buffer.concat(pieces).toString('utf8'))));
        pieces = [];
        size = 0;
        start = end + 1;
        clearTimeout(timer);
        timer = undefined;
      }
      if (start === data.length) return;
      pieces.push(data.subarray(start));
      size += data.length - start;
      if (size > MESSAGE_BYTES_LIMIT) return refuse(`the message is longer than ${MESSAGE_BYTES_LIMIT} bytes`);
      timer ??= setTimeout(() => refuse(`the message was not finished within ${MESSAGE_TIME_LIMIT_MS} ms`), MESSAGE_TIME_LIMIT_MS).unref();
    });
    // A peer that is gone has nobody to answer to; it has denied already.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
  }

  #answer(line: string): Verdict {
    try {
      return this.#service.answer(decodeQuestion(line));
    } catch (error) {
      if (error instanceof ProtocolError) return this.#service.refuse(error.id, 'a message', error.message);
      throw error;
    }
  }
}
