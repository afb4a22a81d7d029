/** One question to the system's name servers: a message of our own by UDP, by TCP where the answer does not fit. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { CODES, type DnsMessage, type Question, readDns, writeQuery } from './dns-message.ts';

/** resolv.conf(5) waits 5 s, twice; the guard's answer must come before its own limit. */
const ATTEMPT_MS = 2500;
const ATTEMPTS = 2;
const DNS_PORT = 53;

/** Undefined when no server gave a usable answer in time. A server that refuses or fails is followed by the next one. */
export async function forwardQuestion(question: Question, servers: readonly string[]): Promise<DnsMessage | undefined> {
  let last: DnsMessage | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (const server of servers) {
      const answer = await exchange(question, server);
      if (answer === undefined) continue;
      if (answer.code === CODES.ok || answer.code === CODES.noSuchName) return answer;
      last = answer;
    }
    if (last !== undefined) return last;
  }
  return last;
}

async function exchange(question: Question, server: string): Promise<DnsMessage | undefined> {
  const id = randomInt(0x10000);
  const query = writeQuery(id, question);
  const isOurs = (message: DnsMessage | undefined): message is DnsMessage =>
    message?.isResponse === true && message.id === id && message.question?.name === question.name && message.question.type === question.type;
  const answer = await byUdp(query, server, isOurs);
  return answer?.isTruncated === true ? ((await byTcp(query, server, isOurs)) ?? answer) : answer;
}

type IsOurs = (message: DnsMessage | undefined) => message is DnsMessage;

/** From a port that the kernel picks at random; a connected socket takes answers from that server alone. */
function byUdp(query: Buffer, server: string, isOurs: IsOurs): Promise<DnsMessage | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server.replace(/%.*$/, '')) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => finish(undefined), ATTEMPT_MS);
    let isDone = false;
    const finish = (message: DnsMessage | undefined): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      socket.close();
      resolve(message);
    };
    socket.on('error', () => finish(undefined));
    socket.on('message', (bytes) => {
      const message = readDns(bytes);
      // Others' answers are passed over, not believed.
      if (isOurs(message)) finish(message);
    });
    socket.connect(DNS_PORT, server, () => {
      if (!isDone) socket.send(query, (error) => error && finish(undefined));
    });
  });
}

function byTcp(query: Buffer, server: string, isOurs: IsOurs): Promise<DnsMessage | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = connect({ host: server, port: DNS_PORT, timeout: ATTEMPT_MS });
    const timer = setTimeout(() => socket.destroy(), 2 * ATTEMPT_MS);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.on('connect', () => socket.write(Buffer.concat([length, query])));
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      pieces.push(piece);
      const whole = Buffer.concat(pieces);
      if (whole.length >= 2 && whole.length >= 2 + whole.readUInt16BE(0)) socket.destroy();
    });
    socket.on('close', () => {
      clearTimeout(timer);
      const whole = Buffer.concat(pieces);
      const message = whole.length < 2 ? undefined : readDns(whole.subarray(2, 2 + whole.readUInt16BE(0)));
      resolve(isOurs(message) ? message : undefined);
    });
  });
}
