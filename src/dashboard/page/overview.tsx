/** What was done and denied in a span of time. */
import type { JSX } from 'preact';
import type { Count, EventPage, Overview } from '../views.ts';
import { Chart } from './chart.tsx';
import { compact, number, plural } from './format.ts';
import { Icon } from './icons.tsx';
import { running } from './live.ts';
import { DenialList } from './denials.tsx';
import { Bars, Card, Empty, Failure, Waiting } from './parts.tsx';
import { go, goWith, href, route } from './router.ts';
import { useView } from './view.ts';

const HOUR = 3_600_000;
export const RANGES: readonly (readonly [name: string, label: string, milliseconds: number])[] = [
  ['1h', 'hour', HOUR],
  ['24h', 'day', 24 * HOUR],
  ['7d', 'week', 168 * HOUR],
  ['30d', 'month', 720 * HOUR],
];

/** Starts of the span are rounded, so that a view is not another one at every moment. */
export function sinceOf(name: string | null, fallback = '24h'): number {
  const [, , length] = RANGES.find(([each]) => each === (name ?? fallback)) ?? RANGES[1] ?? ['', '', HOUR];
  return Math.floor((Date.now() - length) / 60_000) * 60_000;
}

export function OverviewPage(): JSX.Element {
  const range = route.value.query.get('range') ?? '24h';
  const since = sinceOf(range);
  const view = useView<Overview>('overview', `since=${since}`, true);
  const recent = useView<EventPage>('events', `status=denied&since=${since}&limit=6`, true);
  const overview = view.data;
  const eventsOf = (more: Record<string, string>): string => href('events', { range, ...more });
  return (
    <div class="page">
      <header class="page-head">
        <h1>Overview</h1>
        <div class="segments" role="group" aria-label="Span of time">
          {RANGES.map(([name, label]) => (
            <button type="button" key={name} aria-pressed={range === name} onClick={() => goWith({ range: name })}>
              {label}
            </button>
          ))}
        </div>
      </header>
      {view.error !== undefined && <Failure text={view.error} again={view.again} />}
      {overview === undefined ? (
        view.error === undefined && <Waiting what="Reading the record…" />
      ) : (
        <>
          <Tiles overview={overview} range={range} />
          {overview.actions === 0 && overview.sessions === 0 ? (
            <Empty title="Nothing was recorded in this time">
              <p>
                Start an agent with <code>patchwork run codex</code>, and what it does appears here by itself.
              </p>
            </Empty>
          ) : (
            <>
              <Card title="Over time" id="over-time">
                <Chart overview={overview} onPick={(from, to) => go(href('events', { since: String(Math.round(from)), until: String(Math.round(to)) }))} />
              </Card>
              <div class="columns">
                <div class="stack">
                <Card title="Latest denials" id="latest-denials" more={<MoreLink to={eventsOf({ status: 'denied' })} text="all denials" />}>
                  {recent.data !== undefined && recent.data.rows.length > 0 ? <DenialList rows={recent.data.rows} label="Latest denials" isShort /> : <p class="quiet pad">Nothing was denied in this time.</p>}
                </Card>
                <Card title="Agents" id="by-agent" more={<MoreLink to={href('sessions')} text="sessions" />}>
                  <Bars caption="Actions by agent" name="agent" rows={overview.byAgent} hrefOf={(row) => eventsOf({ agent: row.name })} empty="Nothing yet." />
                </Card>
                </div>
                <div class="stack">
                <Card title="Rules" id="by-rule" more={<MoreLink to={href('policy')} text="policy" />}>
                  <Bars caption="Actions settled by each rule" name="rule" rows={overview.byRule} hrefOf={(row) => eventsOf({ rule: row.name })} empty="No rule settled anything: modes and baselines did." isCode />
                </Card>
                <Card title="Risk" id="by-risk">
                  <Bars caption="Actions by risk" name="risk" rows={overview.byRisk} hrefOf={(row) => eventsOf({ risk: row.name })} empty="Nothing yet." />
                </Card>
                <Card title="Actions" id="by-action">
                  <Bars caption="Actions by kind" name="action" rows={overview.byAction} hrefOf={(row: Count) => eventsOf({ action: row.name })} empty="Nothing yet." />
                </Card>
                </div>
              </div>
            </>
          )}
        </>
      )}
    </div>
  );
}

function MoreLink({ to, text }: { to: string; text: string }): JSX.Element {
  return (
    <a class="more" href={to}>
      {text}
      <Icon name="arrow" />
    </a>
  );
}

function Tiles({ overview, range }: { overview: Overview; range: string }): JSX.Element {
  const share = overview.actions === 0 ? 0 : (overview.denied / overview.actions) * 100;
  const count = running.value.length;
  return (
    <ul class="tiles" aria-label="In sum">
      <li>
        <a href={href('events', { range, status: 'denied' })} class={`tile${overview.denied > 0 ? ' tile-denied' : ''}`}>
          <span class="tile-name">Denied</span>
          <span class="tile-number" title={number(overview.denied)}>{compact(overview.denied)}</span>
          <span class="tile-more">{overview.denied === 0 ? 'nothing was stopped' : `${share < 0.1 ? 'under 0.1' : share.toFixed(1)} % of all actions`}</span>
        </a>
      </li>
      <li>
        <a href={href('events', { range })} class="tile">
          <span class="tile-name">Actions</span>
          <span class="tile-number" title={number(overview.actions)}>{compact(overview.actions)}</span>
          <span class="tile-more">judged before they happened</span>
        </a>
      </li>
      <li>
        <a href={href('sessions')} class="tile">
          <span class="tile-name">Sessions</span>
          <span class="tile-number">{compact(overview.sessions)}</span>
          <span class="tile-more">{plural(overview.byAgent.length, 'agent')}</span>
        </a>
      </li>
      <li>
        <a href={href('live')} class={`tile${count > 0 ? ' tile-live' : ''}`}>
          <span class="tile-name">Running now</span>
          <span class="tile-number">{count}</span>
          <span class="tile-more">{count === 0 ? 'no agent at work' : 'watch them'}</span>
        </a>
      </li>
    </ul>
  );
}
