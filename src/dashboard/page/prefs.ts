/** What a person chose for this browser. */
import { effect, signal } from '@preact/signals';

type Theme = 'system' | 'light' | 'dark';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export const theme = signal<Theme>(THEMES.find((each) => each === localStorage.getItem('patchwork-theme')) ?? 'system');
/** Keys without a modifier can be in the way of speech input (WCAG 2.1.4). */
export const hasShortcuts = signal(localStorage.getItem('patchwork-shortcuts') !== 'off');
/** Whether a screen reader is told of denials as they happen. */
export const isAnnouncing = signal(localStorage.getItem('patchwork-announce') !== 'off');
/** Rises when colours change; canvases are drawn again. */
export const paint = signal(0);

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
}

effect(() => {
  localStorage.setItem('patchwork-theme', theme.value);
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
  paint.value = paint.peek() + 1;
});
effect(() => localStorage.setItem('patchwork-shortcuts', hasShortcuts.value ? 'on' : 'off'));
effect(() => localStorage.setItem('patchwork-announce', isAnnouncing.value ? 'on' : 'off'));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  paint.value++;
});
