/** Shortcuts and settings of this browser. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { serverVersion } from './live.ts';
import { hasShortcuts, isAnnouncing } from './prefs.ts';
import { SHORTCUTS } from './shortcuts.ts';

export function Help({ onClose }: { onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="help" ref={dialog} aria-labelledby="help-title" onClose={onClose}>
      <div class="help-box">
        <header class="card-head">
          <h2 id="help-title">Keyboard</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        <dl class="keys">
          {SHORTCUTS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label class="switch">
          <input type="checkbox" checked={hasShortcuts.value} onChange={(event) => (hasShortcuts.value = event.currentTarget.checked)} />
          <span>Shortcuts of single keys</span>
        </label>
        <label class="switch">
          <input type="checkbox" checked={isAnnouncing.value} onChange={(event) => (isAnnouncing.value = event.currentTarget.checked)} />
          <span>Tell screen readers of denials as they happen</span>
        </label>
        <p class="quiet small">
          Patchwork {serverVersion.value}. Everything on this page comes from this machine. Search: words must all occur; <code>"two words"</code> together, <code>begin*</code>, <code>a OR b</code>.
        </p>
      </div>
    </dialog>
  );
}
