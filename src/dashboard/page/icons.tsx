/** Line drawings of 20 × 20, in the colour of the text. */
import type { JSX } from 'preact';

const PATHS = {
  overview: 'M3 17V9m5 8V3m5 14v-6m5 6V6',
  live: 'M2 10h3l2.5-6 4 12 2.5-6h4',
  events: 'M3 5h14M3 10h14M3 15h9',
  sessions: 'M3 4h14v12H3zM6 8l2.5 2L6 12m5 0h3',
  policy: 'M10 2.5 16.5 5v5c0 4-3 6.5-6.5 7.5C6.5 16.5 3.5 14 3.5 10V5z',
  health: 'M10 17s-7-4.3-7-9a3.7 3.7 0 0 1 7-1.6A3.7 3.7 0 0 1 17 8c0 4.7-7 9-7 9z',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zm4.3-1.7L17 17',
  close: 'M5 5l10 10M15 5 5 15',
  help: 'M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7m0 3v.1M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16z',
  theme: 'M10 2a8 8 0 1 0 0 16zm0 0a8 8 0 0 1 0 16',
  ok: 'M4 10.5 8 14.5 16 6',
  denied: 'M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM4.5 4.5l11 11',
  warning: 'M10 3 18 17H2zM10 8v4m0 2.5v.1',
  arrow: 'M7 4l6 6-6 6',
  back: 'M13 4l-6 6 6 6',
  refresh: 'M16.5 10A6.5 6.5 0 1 1 14 4.9M14.5 2v3.3h-3.3',
  copy: 'M7 7h9v9H7zM4 13V4h9',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 22 22" aria-hidden="true" focusable="false">
      <rect x="1" y="1" width="9" height="9" rx="2" class="patch-1" />
      <rect x="12" y="1" width="9" height="9" rx="2" class="patch-2" />
      <rect x="1" y="12" width="9" height="9" rx="2" class="patch-2" />
      <rect x="12" y="12" width="9" height="9" rx="2" class="patch-3" />
    </svg>
  );
}
