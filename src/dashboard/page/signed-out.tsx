/** What a browser without a link sees. */
import type { JSX } from 'preact';
import { refusal } from './client.ts';
import { Logo } from './icons.tsx';

export function SignedOut(): JSX.Element {
  return (
    <main class="alone">
      <div class="alone-box">
        <Logo />
        <h1>{refusal.value === '' ? 'Open the link from your terminal' : 'This link does not work any more'}</h1>
        <p>
          <code>patchwork dashboard</code> prints a link that opens this page once, in one browser.
          {refusal.value !== '' && ' This one was used already, or a later one has taken its place.'}
        </p>
        <p>
          Press <kbd>Enter</kbd> in that terminal for another link.
        </p>
      </div>
    </main>
  );
}
