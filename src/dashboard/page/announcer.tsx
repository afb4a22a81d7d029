/** Tells a screen reader of denials: a sum every few seconds, never one by one. */
import { effect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { actionName, plural } from './format.ts';
import { denials } from './live.ts';
import { isAnnouncing } from './prefs.ts';
import { visible } from './text.tsx';

/** Milliseconds in which denials are summed up. */
const QUIET_MS = 5000;
const TARGET_LIMIT = 80;

export function Announcer(): JSX.Element {
  const [text, setText] = useState('');
  useEffect(() => {
    let told = denials.peek()[0]?.id;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = (): void => {
      timer = undefined;
      const at = denials.peek().findIndex((each) => each.id === told);
      const count = at < 0 ? denials.peek().length : at;
      const latest = denials.peek()[0];
      told = latest?.id;
      if (latest !== undefined && count > 0 && isAnnouncing.peek()) setText(`${plural(count, 'denial')}. Latest: ${actionName(latest.action)} ${visible(latest.target.slice(0, TARGET_LIMIT))}`);
    };
    const end = effect(() => {
      if (denials.value[0]?.id !== told) timer ??= setTimeout(tell, text === '' ? 500 : QUIET_MS);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class="sr-only" role="log" aria-live="polite" aria-label="Denials">
      {text}
    </div>
  );
}
