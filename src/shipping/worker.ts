/** The thread that ships: nothing of it runs in the thread that decides. */
import { parentPort, workerData } from 'node:worker_threads';
import type { AuditEvent } from '../audit/event.ts';
import { atLeast } from '../model/risk.ts';
import type { Shipment, ShippingConfig } from './config.ts';
import { Lane, type LaneReport, type Sender } from './lane.ts';

export type ToWorker = { readonly kind: 'lines'; readonly lines: readonly string[] } | { readonly kind: 'close'; readonly limitMs: number };
export type FromWorker = { readonly kind: 'taken'; readonly count: number } | { readonly kind: 'closed'; readonly reports: readonly LaneReport[] };

async function senderOf(shipment: Shipment): Promise<Sender> {
  switch (shipment.type) {
    case 'file':
      return (await import('./file.ts')).fileSender(shipment);
    case 'syslog':
      return (await import('./syslog.ts')).syslogSender(shipment);
    default:
      return (await import('./http.ts')).httpSender(shipment as Shipment & { type: 'http' | 'otlp' });
  }
}

const { queue, shipments } = workerData as ShippingConfig;
const lanes = Promise.all(shipments.map(async (shipment) => new Lane(await senderOf(shipment), queue, ({ risk, status }) => atLeast(risk.level, shipment.risk) && (shipment.status === 'all' || status === 'denied'))));

parentPort?.on('message', async (message: ToWorker) => {
  const all = await lanes;
  if (message.kind === 'lines') {
    for (const line of message.lines) {
      const event = JSON.parse(line) as AuditEvent;
      for (const lane of all) lane.add({ event, line });
    }
    parentPort?.postMessage({ kind: 'taken', count: message.lines.length } satisfies FromWorker);
    return;
  }
  const reports = await Promise.all(all.map((lane) => lane.close(message.limitMs)));
  parentPort?.postMessage({ kind: 'closed', reports } satisfies FromWorker);
});
