/** Events as syslog messages: RFC 5424, over UDP (RFC 5426: nobody says whether they arrive) or TCP with octet counting (RFC 6587). */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import type { AuditEvent } from '../audit/event.ts';
import type { RiskLevel } from '../model/risk.ts';
import type { Destination } from './config.ts';
import type { Sender } from './lane.ts';

/** RFC 5424, 6.2.1. */
const SEVERITIES: Readonly<Record<RiskLevel, number>> = { none: 6, low: 6, medium: 5, high: 4, critical: 3 };
const CONNECT_MS = 5000;

export function syslogMessage(event: AuditEvent, line: string, facility: number): string {
  const severity = event.status === 'denied' ? Math.min(4, SEVERITIES[event.risk.level]) : SEVERITIES[event.risk.level];
  return `<${facility * 8 + severity}>1 ${event.timestamp} ${hostname() || '-'} patchwork ${process.pid} ${event.action} - ${line}`;
}

export function syslogSender({ protocol, host, port, facility }: Destination & { type: 'syslog' }): Sender {
  const name = `${protocol}://${host}:${port}`;
  return protocol === 'udp' ? udpSender(name, host, port, facility) : tcpSender(name, host, port, facility);
}

function udpSender(name: string, host: string, port: number, facility: number): Sender {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').unref();
  socket.on('error', () => {});
  return {
    name,
    async send(events) {
      for (const { event, line } of events) await new Promise<void>((resolve, reject) => socket.send(syslogMessage(event, line, facility), port, host, (error) => (error === null ? resolve() : reject(error))));
      return 0;
    },
    close: () => new Promise((resolve) => socket.close(() => resolve(undefined))),
  };
}

function tcpSender(name: string, host: string, port: number, facility: number): Sender {
  let socket: Socket | undefined;
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const made = connect({ host, port, timeout: CONNECT_MS });
      made.once('connect', () => {
        made.setTimeout(0);
        resolve(made);
      });
      made.once('timeout', () => made.destroy(new Error('no answer')));
      made.on('error', reject);
      made.once('close', () => (socket = undefined));
    });
  return {
    name,
    async send(events) {
      socket ??= await open();
      const at = socket;
      const text = events.map(({ event, line }) => syslogMessage(event, line, facility)).map((message) => `${Buffer.byteLength(message)} ${message}`).join('');
      await new Promise<void>((resolve, reject) => at.write(text, (error) => (error === null || error === undefined ? resolve() : reject(error))));
      return 0;
    },
    close: () => new Promise((resolve) => (socket === undefined ? resolve(undefined) : socket.end(() => resolve(undefined)))),
  };
}
