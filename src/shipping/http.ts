/** Events over HTTP: JSON lines to any collector, or OpenTelemetry logs (OTLP/HTTP 1.x, JSON encoding). */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { AuditEvent } from '../audit/event.ts';
import { targetText } from '../audit/query.ts';
import type { RiskLevel } from '../model/risk.ts';
import type { Destination } from './config.ts';
import { type Outgoing, RefusedError, type Sender } from './lane.ts';

const ANSWER_MS = 10_000;
const ANSWER_BYTES_LIMIT = 64 * 1024;

export function httpSender({ type, url, headers }: Destination & { type: 'http' | 'otlp' }): Sender {
  const contentType = type === 'otlp' ? 'application/json' : 'application/x-ndjson';
  return {
    name: url,
    async send(events) {
      const body = type === 'otlp' ? JSON.stringify(toOtlp(events)) : `${events.map(({ line }) => line).join('\n')}\n`;
      const { status, text } = await post(url, { ...headers, 'content-type': contentType }, body);
      if (status >= 200 && status < 300) return type === 'otlp' ? rejectedOf(text) : 0;
      // What a later try may change (OTLP: 429, 502, 503, 504); anything else will be refused again.
      if (status === 408 || status === 429 || status >= 500) throw new Error(`HTTP status ${status}`);
      throw new RefusedError(`HTTP status ${status}`);
    },
    close: async () => {},
  };
}

function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, timeout: ANSWER_MS });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (text.length < ANSWER_BYTES_LIMIT) text += piece;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end(body);
  });
}

/** Log records that the collector took the request without. */
function rejectedOf(text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: { rejectedLogRecords?: string | number } };
    return Number(partialSuccess?.rejectedLogRecords ?? 0) || 0;
  } catch {
    return 0;
  }
}

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES: Readonly<Record<RiskLevel, readonly [number, string]>> = { none: [9, 'INFO'], low: [10, 'INFO2'], medium: [13, 'WARN'], high: [17, 'ERROR'], critical: [21, 'FATAL'] };

type Attribute = { readonly key: string; readonly value: { readonly stringValue: string } | { readonly intValue: string } };

function toOtlp(events: readonly Outgoing[]): unknown {
  return {
    resourceLogs: [
      {
        resource: { attributes: [attribute('service.name', 'patchwork')] },
        scopeLogs: [{ scope: { name: 'patchwork.audit' }, logRecords: events.map(({ event }) => toRecord(event)) }],
      },
    ],
  };
}

function toRecord(event: AuditEvent): unknown {
  const [severityNumber, severityText] = SEVERITIES[event.risk.level];
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['event.name', `patchwork.${event.action}`], ['patchwork.event.id', event.id], ['session.id', event.session_id], ['patchwork.agent', event.agent], ['patchwork.status', event.status], ['patchwork.risk.level', event.risk.level], ['patchwork.risk.flags', event.risk.flags.join(' ')],
    ['patchwork.effect', event.decision.effect], ['patchwork.step', event.decision.step], ['patchwork.layer', event.decision.layer], ['patchwork.rule', event.decision.rule], ['patchwork.rule.source', event.decision.source], ['patchwork.reason', event.decision.reason],
    ['patchwork.enforcement_point', event.decision.pep], ['process.pid', event.process.pid], ['process.parent_pid', event.process.ppid], ['process.executable.path', event.process.exe], ['process.command_line', event.target.command], ['file.path', event.target.abs_path], ['server.address', event.target.host], ['server.port', event.target.port],
    ['patchwork.project', event.project.path], ['patchwork.repeat.count', event.repeat?.count], ['patchwork.hash', event.hash],
  ];
  const nanoseconds = `${Date.parse(event.timestamp)}000000`;
  return { timeUnixNano: nanoseconds, observedTimeUnixNano: nanoseconds, severityNumber, severityText, body: { stringValue: `${event.status} ${event.action} ${targetText(event)}` }, attributes: facts.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [attribute(key, value)])) };
}

function attribute(key: string, value: string | number): Attribute {
  return { key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } };
}
