/** The dashboard's server: loopback only, one page, its data for whoever came by the link. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PatchworkError } from '../model/errors.ts';
import { Access, cookieName, objection } from './access.ts';
import { loadAssets } from './assets.ts';
import type { DashboardData, DashboardSystem } from './data.ts';
import { LiveStream } from './live.ts';
import { answer } from './routes.ts';

export interface Dashboard {
  readonly port: number;
  /** A link that works once; the one before it no longer does. */
  newLink(): string;
  close(): Promise<void>;
}

/** Nothing inline, nothing from elsewhere, nowhere to be framed, no text turned into markup. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

/** Connections at a time, so that a flood of them leaves the rest of the machine alone. */
const CONNECTIONS_LIMIT = 128;
/** A token and nothing else. */
const BODY_LIMIT = 512;

/** Throws PW_USAGE when the port is taken. */
export async function startDashboard(data: DashboardData, system: DashboardSystem, port: number): Promise<Dashboard> {
  const access = new Access();
  const assets = loadAssets();
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => fail(response, error));
  });
  server.maxConnections = CONNECTIONS_LIMIT;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  const bound = await listen(server, port);
  const live = new LiveStream(data, system);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const isForData = url.pathname.startsWith('/api/');
    const problem = objection(request.headers, bound, isForData);
    if (problem !== undefined) return send(response, 403, { error: problem });
    if (url.pathname === '/api/login' && request.method === 'POST') return await login(request, response);
    if (request.method !== 'GET') return send(response, 405, { error: 'nothing can be changed here' });
    const asset = assets.get(url.pathname);
    if (asset !== undefined) {
      response.writeHead(200, { 'content-type': asset.type }).end(asset.bytes);
      return;
    }
    if (!isForData) return send(response, 404, { error: 'there is no such page' });
    if (!access.isKnown(request.headers, bound)) return send(response, 401, { error: 'open the link that `patchwork dashboard` printed' });
    if (url.pathname === '/api/live') return live.add(response);
    const result = await answer(url, data, system);
    if (result === undefined) send(response, 404, { error: 'there is no such thing' });
    else send(response, 200, result);
  }

  async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.origin === undefined) return send(response, 403, { error: 'only the page itself may sign in' });
    const visitor = access.exchange(await readBody(request));
    if (visitor === undefined) return send(response, 401, { error: 'this link was used already, or is not the latest' });
    response.setHeader('set-cookie', `${cookieName(bound)}=${visitor.cookie}; HttpOnly; SameSite=Strict; Path=/api`);
    send(response, 200, { key: visitor.key });
  }

  return {
    port: bound,
    newLink: () => `http://127.0.0.1:${bound}/#token=${access.newLink()}`,
    async close() {
      live.close();
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      data.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      reject(new PatchworkError('PW_USAGE', `port ${port} of 127.0.0.1 cannot be used: ${why}`, { hint: 'leave out --port for any that is free', cause: error }));
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > BODY_LIMIT) return '';
  }
  return text;
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

/** What a person can do something about is said; everything else is a bug of ours, and stays on the machine all the same. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof PatchworkError && error.hint !== undefined ? ` (${error.hint})` : '';
  send(response, 500, { error: `${text}${hint}` });
}
