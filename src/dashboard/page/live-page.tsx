/** What runs now, and every denial as it happens. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { EventPage, RunningSession } from '../views.ts';
import { DenialList } from './denials.tsx';
import { number, plural, shortId, shortPath, span } from './format.ts';
import { denials, running, skippedDenials } from './live.ts';
import { Empty } from './parts.tsx';
import { ProcessTree } from './process-tree.tsx';
import { href } from './router.ts';
import { Text } from './text.tsx';
import { useView } from './view.ts';

/** Denials on the page; more stand in the list of events. */
const SHOWN = 40;

export function LivePage(): JSX.Element {
  const before = useView<EventPage>('events', `status=denied&limit=${SHOWN}`);
  const fresh = denials.value;
  const known = new Set(fresh.map((each) => each.id));
  const rows = [...fresh, ...(before.data?.rows ?? []).filter((each) => !known.has(each.id))].slice(0, SHOWN);
  return (
    <div class="page">
      <header class="page-head">
        <h1>Live</h1>
        <p class="quiet">{running.value.length === 0 ? 'No session is running' : `${plural(running.value.length, 'session')} running`}</p>
      </header>
      <div class="live">
        <section class="live-running" aria-labelledby="running-title">
          <h2 id="running-title">Running sessions</h2>
          {running.value.length === 0 ? (
            <Empty title="No agent is at work">
              <p>
                Start one with <code>patchwork run codex</code>. It appears here by itself, with its processes.
              </p>
            </Empty>
          ) : (
            running.value.map((session) => <Running key={session.id} session={session} />)
          )}
        </section>
        <section class="live-denials" aria-labelledby="denials-title">
          <h2 id="denials-title">
            Denials <span class="quiet">newest first</span>
          </h2>
          {skippedDenials.value > 0 && (
            <p class="notice">
              {plural(skippedDenials.value, 'denial')} came too fast to be shown one by one: <a href={href('events', { status: 'denied' })}>all of them</a>
            </p>
          )}
          {rows.length === 0 && before.data !== undefined ? (
            <Empty title="Nothing was denied yet">
              <p>What the policy stops shows here the moment it happens, with the rule and the command that led to it.</p>
            </Empty>
          ) : (
            <DenialList rows={rows} label="Denials, newest first" />
          )}
        </section>
      </div>
    </div>
  );
}

function Running({ session }: { session: RunningSession }): JSX.Element {
  return (
    <article class="running" aria-label={`Session ${shortId(session.id)}`}>
      <header>
        <h3>
          <span class="pulse" aria-hidden="true" />
          <Text value={session.agent} />
          <a class="quiet small mono" href={href(`sessions/${session.id}`)}>
            {shortId(session.id)}
          </a>
        </h3>
        <p class="running-numbers">
          <span>{number(session.actions)} actions</span>
          <a class={session.denied > 0 ? 'denied-number' : 'quiet'} href={href('events', { session: session.id, status: 'denied' })}>
            {number(session.denied)} denied
          </a>
          <Since time={session.started} />
        </p>
        <p class="quiet small">
          <span title={session.project}>
            <Text value={shortPath(session.project)} />
          </span>
          {' · '}
          <Text value={session.policies} />
        </p>
      </header>
      <ProcessTree processes={session.processes} session={session.id} />
    </article>
  );
}

function Since({ time }: { time: number }): JSX.Element {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span class="quiet">{span(now - time)}</span>;
}
