/** Keys that work on every page. Lists have their own. */
import { hasShortcuts, nextTheme } from './prefs.ts';
import { go, goWith, href, route } from './router.ts';

export const SHORTCUTS: readonly (readonly [keys: string, what: string])[] = [
  ['?', 'this help'],
  ['/', 'search all events'],
  ['g o', 'overview'],
  ['g l', 'live'],
  ['g e', 'events'],
  ['g s', 'sessions'],
  ['g p', 'policy'],
  ['g h', 'health'],
  ['d', 'events: denied ones alone, or all'],
  ['j k', 'next, previous line of a list (also ↓ ↑, Page Down, Page Up, Home, End)'],
  ['Enter', 'open the line'],
  ['Esc', 'close what is open'],
  ['t', 'colours: light, dark, the system’s'],
];

const PLACES: Readonly<Record<string, string>> = { o: 'overview', l: 'live', e: 'events', s: 'sessions', p: 'policy', h: 'health' };
/** Milliseconds in which the second key of two is waited for. */
const PAIR_MS = 1200;

export function listenForKeys(onHelp: () => void): () => void {
  let pairUntil = 0;
  const single: Readonly<Record<string, () => void>> = {
    '?': onHelp,
    '/': focusSearch,
    t: nextTheme,
    d: () => {
      if (route.value.page === 'events') goWith({ status: route.value.query.get('status') === 'denied' ? undefined : 'denied' });
      else go(href('events', { status: 'denied' }));
    },
    g: () => {
      pairUntil = Date.now() + PAIR_MS;
    },
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return onEscape(event);
    if (!hasShortcuts.value || isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
    const place = Date.now() < pairUntil ? PLACES[event.key] : undefined;
    pairUntil = 0;
    const run = place === undefined ? (Object.hasOwn(single, event.key) ? single[event.key] : undefined) : () => go(href(place));
    if (run === undefined) return;
    event.preventDefault();
    run();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

function onEscape(event: KeyboardEvent): void {
  if (event.target instanceof HTMLInputElement && event.target.value !== '') return;
  if (document.querySelector('dialog[open]') === null && route.value.query.has('event')) goWith({ event: undefined });
}

function focusSearch(): void {
  const field = (): HTMLInputElement | null => document.querySelector('#search');
  if (field() === null) go(href('events'));
  // After the page has been drawn.
  setTimeout(() => field()?.focus(), field() === null ? 60 : 0);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}
