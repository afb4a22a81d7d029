/** The live stream as state: what runs, what was denied a moment ago, and when views are out of date. */
import { signal } from '@preact/signals';
import type { EventRow, LiveMessages, RunningSession } from '../views.ts';
import { access, request } from './client.ts';

/** Denials kept for the live page. */
const DENIALS_KEPT = 200;
const RETRY_MS = [300, 600, 1200, 2500, 5000];

export const connection = signal<'connecting' | 'open' | 'lost'>('connecting');
export const running = signal<readonly RunningSession[]>([]);
/** Newest first. */
export const denials = signal<readonly EventRow[]>([]);
/** Denials that came faster than they could be told one by one. */
export const skippedDenials = signal(0);
/** Rises with every event that was recorded. */
export const ticks = signal(0);
/** While old logs are being read: how far, in bytes. */
export const reading = signal<LiveMessages['reading'] | undefined>(undefined);
export const serverVersion = signal('');

const HANDLERS: { readonly [Name in keyof LiveMessages]: (message: LiveMessages[Name]) => void } = {
  hello(message) {
    serverVersion.value = message.version;
    connection.value = 'open';
    // Whatever happened while we were not listening.
    ticks.value++;
  },
  denials({ rows, skipped }) {
    const known = new Set(denials.value.map((each) => each.id));
    denials.value = [...rows.filter((each) => !known.has(each.id)).reverse(), ...denials.value].slice(0, DENIALS_KEPT);
    skippedDenials.value += skipped;
  },
  tick() {
    ticks.value++;
  },
  reading(message) {
    reading.value = message.indexed < message.bytes || message.problem !== undefined ? message : undefined;
    if (reading.value === undefined) ticks.value++;
  },
  running({ sessions }) {
    running.value = sessions;
  },
};

export async function listen(): Promise<void> {
  for (let failures = 0; access.value === 'in'; ) {
    try {
      const response = await request('/api/live');
      if (!response.ok || response.body === null) throw new Error('no stream');
      failures = 0;
      await read(response.body);
    } catch {
      // The server went away, or the machine slept: tried again below.
    }
    connection.value = 'lost';
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]));
  }
}

/** Server-sent events by hand: EventSource cannot send the key. */
async function read(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  for (let text = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) dispatch(message);
  }
}

function dispatch(message: string): void {
  const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(message) ?? [];
  if (name === undefined || data === undefined || !Object.hasOwn(HANDLERS, name)) return;
  (HANDLERS[name as keyof LiveMessages] as (value: unknown) => void)(JSON.parse(data));
}
