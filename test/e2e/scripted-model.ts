/** A model that plays a script: a loopback server with the two routes that the tested agents speak, and the results they send back. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One turn of the model: a call of one of the agent's own tools. Text as input is for tools without a schema (a patch). */
export interface ToolCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>> | string;
}

export interface ScriptedModel {
  readonly url: string;
  /** What the agent told the model of each call, by its place in the script. */
  readonly results: ReadonlyMap<number, string>;
  close(): void;
}

/** What both routes have in common, once read. */
interface Conversation {
  /** Side requests (a title, a summary) offer no tools and must not move the script on. */
  readonly hasTools: boolean;
  readonly calls: number;
  readonly results: readonly { readonly id: string; readonly text: string }[];
}

type Json = Readonly<Record<string, unknown>>;
type Turn = { readonly call: ToolCall; readonly id: string } | { readonly text: string };

const LAST_WORD = 'The scripted task is over.';

export async function startModel(script: readonly ToolCall[], at = { host: '127.0.0.1', port: 0 }): Promise<ScriptedModel> {
  const results = new Map<number, string>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = ROUTES.find(({ path }) => request.method === 'POST' && request.url?.endsWith(path));
    if (route === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"no such route"}}');
      return;
    }
    const conversation = route.read(JSON.parse(await bodyOf(request)) as Json);
    for (const { id, text } of conversation.results) results.set(Number(id.replace('call_', '')), text);
    // The place in the script follows from the conversation itself, so that a repeated request changes nothing.
    const call = conversation.hasTools ? script[conversation.calls] : undefined;
    const turn: Turn = call === undefined ? { text: LAST_WORD } : { call, id: `call_${conversation.calls}` };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(route.write(turn).map(eventText).join(''));
  }

  await new Promise<void>((resolve) => server.listen(at, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${at.host}:${port}/v1`,
    results,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Server-sent events; an event that carries its type is named after it. */
function eventText(data: Json | string): string {
  if (typeof data === 'string') return `data: ${data}\n\n`;
  const name = typeof data['type'] === 'string' ? `event: ${data['type']}\n` : '';
  return `${name}data: ${JSON.stringify(data)}\n\n`;
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

/** A message's content is text, or parts that hold some. */
function textOf(content: unknown): string {
  return typeof content === 'string' ? content : listOf(content).map((part) => String(part['text'] ?? '')).join('');
}

interface Route {
  readonly path: string;
  read(body: Json): Conversation;
  write(turn: Turn): readonly (Json | string)[];
}

const chatCompletions: Route = {
  path: '/chat/completions',
  read(body) {
    const messages = listOf(body['messages']);
    return {
      hasTools: listOf(body['tools']).length > 0,
      calls: messages.flatMap((message) => listOf(message['tool_calls'])).length,
      results: messages.filter((message) => message['role'] === 'tool').map((message) => ({ id: String(message['tool_call_id']), text: textOf(message['content']) })),
    };
  },
  write(turn) {
    const chunk = (delta: Json, finish: string | null): Json => ({ id: 'scripted', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices: [{ index: 0, delta, finish_reason: finish }] });
    if ('text' in turn) return [chunk({ role: 'assistant', content: turn.text }, null), chunk({}, 'stop'), '[DONE]'];
    const { tool, input } = turn.call;
    const call = { index: 0, id: turn.id, type: 'function', function: { name: tool, arguments: JSON.stringify(input) } };
    return [chunk({ role: 'assistant', content: null, tool_calls: [call] }, null), chunk({}, 'tool_calls'), '[DONE]'];
  },
};

const responses: Route = {
  path: '/responses',
  read(body) {
    const items = listOf(body['input']);
    const kind = (item: Json): string => String(item['type']);
    return {
      hasTools: listOf(body['tools']).length > 0,
      calls: items.filter((item) => kind(item) === 'function_call' || kind(item) === 'custom_tool_call').length,
      results: items.filter((item) => kind(item).endsWith('_call_output')).map((item) => ({ id: String(item['call_id']), text: textOf(item['output']) })),
    };
  },
  write(turn) {
    const item = responseItem(turn);
    const usage = { input_tokens: 1, input_tokens_details: null, output_tokens: 1, output_tokens_details: null, total_tokens: 2 };
    return [
      { type: 'response.created', response: { id: 'scripted' } },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: { id: 'scripted', output: [item], usage } },
    ];
  },
};

function responseItem(turn: Turn): Json {
  if ('text' in turn) return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: turn.text }] };
  const { tool, input } = turn.call;
  if (typeof input === 'string') return { type: 'custom_tool_call', call_id: turn.id, name: tool, input };
  return { type: 'function_call', call_id: turn.id, name: tool, arguments: JSON.stringify(input) };
}

const ROUTES: readonly Route[] = [chatCompletions, responses];
