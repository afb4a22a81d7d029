/** How a denial reads in HTTP: 403 with the reason, the rule and the host, as text or JSON. */
import type { NetworkVerdict } from './judge.ts';

export function denialResponse(verdict: NetworkVerdict, accept: string | undefined): Buffer {
  const wantsJson = /\bapplication\/(?:[\w.+-]+\+)?json\b/i.test(accept ?? '');
  const facts = { error: 'denied by patchwork', host: verdict.host, reason: verdict.reason, ...(verdict.rule === undefined ? {} : { rule: verdict.rule }), ...(verdict.source === undefined ? {} : { source: verdict.source }), message: verdict.message };
  const body = Buffer.from(wantsJson ? `${JSON.stringify(facts)}\n` : `${verdict.message}\n`, 'utf8');
  return plainResponse('403 Forbidden', wantsJson ? 'application/json' : 'text/plain; charset=utf-8', body);
}

export function failureResponse(status: string, text: string, more: readonly string[] = []): Buffer {
  return plainResponse(status, 'text/plain; charset=utf-8', Buffer.from(`patchwork: ${text}\n`, 'utf8'), more);
}

function plainResponse(status: string, type: string, body: Buffer, more: readonly string[] = []): Buffer {
  const head = [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, `Content-Length: ${body.length}`, 'Cache-Control: no-store', 'Via: 1.1 patchwork', ...more, 'Connection: close', '', ''];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), body]);
}
