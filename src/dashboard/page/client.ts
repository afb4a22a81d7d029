/** Talks to our own server, and to nobody else. */
import { signal } from '@preact/signals';

/** Header that carries the visitor's key; the cookie alone opens nothing. */
const KEY_HEADER = 'x-patchwork-key';
/** Of this origin alone, port included. */
const KEY_STORE = 'patchwork-key';

type Access = 'asking' | 'in' | 'out';
export const access = signal<Access>('asking');
/** Why the page is not let in. */
export const refusal = signal('');

/** The token stands behind `#`, so that it is in no request's address; it leaves the address bar at once. */
export async function signIn(): Promise<void> {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) {
    access.value = localStorage.getItem(KEY_STORE) === null ? 'out' : 'in';
    return;
  }
  history.replaceState(null, '', '/#/');
  const response = await fetch('/api/login', { method: 'POST', body: token });
  const answer = (await response.json()) as { key?: string; error?: string };
  if (answer.key !== undefined) localStorage.setItem(KEY_STORE, answer.key);
  else refusal.value = answer.error ?? '';
  access.value = answer.key === undefined ? 'out' : 'in';
}

/** Throws what the server says when it does not answer with data. */
export async function get<T>(path: string, query?: URLSearchParams, abort?: AbortSignal): Promise<T> {
  const response = await request(`/api/${path}${query === undefined ? '' : `?${query}`}`, abort);
  const answer = (await response.json()) as T & { error?: string };
  if (response.ok) return answer;
  throw new Error(answer.error ?? `the server answered ${response.status}`);
}

export async function request(path: string, abort?: AbortSignal): Promise<Response> {
  const response = await fetch(path, { headers: { [KEY_HEADER]: localStorage.getItem(KEY_STORE) ?? '' }, ...(abort === undefined ? {} : { signal: abort }) });
  if (response.status === 401) {
    localStorage.removeItem(KEY_STORE);
    access.value = 'out';
  }
  return response;
}
