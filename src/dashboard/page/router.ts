/** Which page is shown, as it stands behind the `#` of the address. */
import { computed, signal } from '@preact/signals';

export interface Route {
  readonly page: string;
  /** What comes after the page's name: the id of a session. */
  readonly name: string;
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const route = computed<Route>(() => parse(hash.value));

function parse(text: string): Route {
  const [path = '', query = ''] = text.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [page = '', name = ''] = path.split('/');
  return { page: page === '' ? 'overview' : page, name: decode(name), query: new URLSearchParams(query) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function href(page: string, query?: URLSearchParams | Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return `#/${page}${text === '' ? '' : `?${text}`}`;
}

/** `isStep` false replaces the entry of the history: filters that are being typed are no places to go back to. */
export function go(target: string, isStep = true): void {
  if (target === location.hash) return;
  if (isStep) location.hash = target;
  else {
    history.replaceState(null, '', target);
    hash.value = target;
  }
}

/** The same page with parts of its query changed; undefined takes a part out. */
export function goWith(changes: Readonly<Record<string, string | undefined>>, isStep = true): void {
  const { page, name, query } = route.value;
  const changed = new URLSearchParams(query);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === '') changed.delete(key);
    else changed.set(key, value);
  }
  go(href(name === '' ? page : `${page}/${encodeURIComponent(name)}`, changed), isStep);
}
