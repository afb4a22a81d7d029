/** The frame of every page: navigation, what is said to screen readers, the event that is looked at, help. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Announcer } from './announcer.tsx';
import { access } from './client.ts';
import { Detail } from './detail.tsx';
import { EventsPage } from './events.tsx';
import { HealthPage } from './health.tsx';
import { Help } from './help.tsx';
import { Icon, type IconName, Logo } from './icons.tsx';
import { connection, reading, running } from './live.ts';
import { LivePage } from './live-page.tsx';
import { OverviewPage } from './overview.tsx';
import { PolicyPage } from './policy.tsx';
import { nextTheme, theme } from './prefs.ts';
import { goWith, href, route } from './router.ts';
import { SessionPageView } from './session.tsx';
import { SessionsPage } from './sessions.tsx';
import { listenForKeys } from './shortcuts.ts';
import { Text } from './text.tsx';
import { SignedOut } from './signed-out.tsx';

interface Page {
  readonly title: string;
  readonly icon: IconName;
  readonly view: () => JSX.Element;
}

const PAGES: Readonly<Record<string, Page>> = {
  overview: { title: 'Overview', icon: 'overview', view: OverviewPage },
  live: { title: 'Live', icon: 'live', view: LivePage },
  events: { title: 'Events', icon: 'events', view: EventsPage },
  sessions: { title: 'Sessions', icon: 'sessions', view: SessionsPage },
  policy: { title: 'Policy', icon: 'policy', view: PolicyPage },
  health: { title: 'Health', icon: 'health', view: HealthPage },
};

export function App(): JSX.Element {
  if (access.value === 'asking') return <main class="alone" aria-busy="true" />;
  return access.value === 'in' ? <Frame /> : <SignedOut />;
}

function Frame(): JSX.Element {
  const [isHelpOpen, setHelp] = useState(false);
  const { page, name, query } = route.value;
  const shown = PAGES[page] === undefined ? 'overview' : page;
  const found = PAGES[shown] as Page;
  const heading = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => listenForKeys(() => setHelp(true)), []);
  useEffect(() => {
    document.title = `${name === '' ? found.title : 'Session'} · Patchwork`;
    // A new page begins at its top, for the eyes and for a screen reader.
    if (!isFirst.current) heading.current?.focus();
    isFirst.current = false;
  }, [page, name]);
  const View = shown === 'sessions' && name !== '' ? SessionPageView : found.view;
  const event = query.get('event');
  return (
    <div class={`frame${event === null ? '' : ' with-detail'}`}>
      <button type="button" class="skip" onClick={() => heading.current?.focus()}>
        Skip to the content
      </button>
      <Bar onHelp={() => setHelp(true)} shown={shown} />
      <main id="main" ref={heading} tabIndex={-1}>
        <Reading />
        <View key={`${shown}/${name}`} />
      </main>
      {event !== null && <Detail id={event} onClose={() => goWith({ event: undefined })} />}
      <Announcer />
      {isHelpOpen && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}

/** Shown while the views do not have everything yet. */
function Reading(): JSX.Element | null {
  if (reading.value === undefined) return null;
  const { bytes, indexed, problem } = reading.value;
  if (problem !== undefined) {
    return (
      <p class="reading" role="status">
        The index cannot be written (<Text value={problem} limit={200} />): what is shown is what was indexed before. Denials still show as they happen.
      </p>
    );
  }
  return (
    <p class="reading">
      <label>
        Indexing the logs, {Math.floor((100 * indexed) / Math.max(1, bytes))} %: what is shown is not everything yet <progress max={bytes} value={indexed} />
      </label>
    </p>
  );
}

const CONNECTIONS = { connecting: 'connecting', open: 'live', lost: 'connection lost' } as const;
const THEMES = { system: "the system's", light: 'light', dark: 'dark' } as const;

function Bar({ onHelp, shown }: { onHelp: () => void; shown: string }): JSX.Element {
  const count = running.value.length;
  return (
    <header class="bar-side">
      <a class="brand" href={href('overview')}>
        <Logo />
        <span>Patchwork</span>
      </a>
      <nav aria-label="Pages">
        <ul>
          {Object.entries(PAGES).map(([name, { title, icon }]) => (
            <li key={name}>
              <a href={href(name)} aria-current={shown === name ? 'page' : undefined}>
                <Icon name={icon} />
                <span>{title}</span>
                {name === 'live' && count > 0 && (
                  <span class="badge">
                    {count}
                    <span class="sr-only"> running</span>
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="bar-foot">
        <span class={`connection connection-${connection.value}`} role="status">
          <span class="dot" aria-hidden="true" />
          {CONNECTIONS[connection.value]}
        </span>
        <button type="button" class="icon-button" onClick={nextTheme} aria-label={`Colours: ${THEMES[theme.value]}. Change`} title={`Colours: ${THEMES[theme.value]}`}>
          <Icon name="theme" />
        </button>
        <button type="button" class="icon-button" onClick={onHelp} aria-label="Help and keyboard shortcuts" title="Help (?)">
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}
