/** One event in full: what, why, and how it came to that. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { EventDetail, Trace } from '../views.ts';
import { actionName, fullTime, shortId } from './format.ts';
import { Icon } from './icons.tsx';
import { Failure, Flags, Risk, RuleLine, Status, Waiting } from './parts.tsx';
import { href } from './router.ts';
import { Text } from './text.tsx';
import { useView } from './view.ts';

export function Detail({ id, onClose }: { id: string; onClose: () => void }): JSX.Element {
  const view = useView<EventDetail>('event', new URLSearchParams({ id }).toString());
  const title = useRef<HTMLHeadingElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    before.current = document.activeElement;
    title.current?.focus();
    return () => {
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
    };
  }, []);
  const detail = view.isLoading && view.data?.row.id !== id ? undefined : view.data;
  return (
    <aside class="detail" aria-labelledby="detail-title">
      <header class="detail-head">
        <h2 id="detail-title" ref={title} tabIndex={-1}>
          {detail === undefined ? 'Event' : detail.row.status === 'denied' ? 'Denied' : actionName(detail.row.action)}
        </h2>
        <button type="button" class="icon-button" onClick={onClose} aria-label="Close (Escape)" title="Close (Esc)">
          <Icon name="close" />
        </button>
      </header>
      {view.error !== undefined && <Failure text={view.error} again={view.again} />}
      {detail === undefined ? view.error === undefined && <Waiting what="Looking it up…" /> : <Body detail={detail} />}
    </aside>
  );
}

function Body({ detail }: { detail: EventDetail }): JSX.Element {
  const { row } = detail;
  return (
    <div class="detail-body">
      <div class={`verdict verdict-${row.status}`}>
        <p class="verdict-line">
          <Status status={row.status} />
          <span>{actionName(row.action)}</span>
          <Risk level={row.risk} />
        </p>
        <code class="verdict-target">
          <Text value={row.target} />
        </code>
        <p class="verdict-reason">
          <Text value={row.reason} />
        </p>
        <RuleLine row={row} />
        <Flags flags={row.flags} />
      </div>
      {detail.lineage.length > 0 && (
        <section aria-labelledby="detail-lineage">
          <h3 id="detail-lineage">How it came to this</h3>
          <ol class="lineage">
            {detail.lineage.map((each) => (
              <li key={each.pid ?? 'agent'}>
                <code>
                  <Text value={each.command} limit={1000} />
                </code>
                <span class="quiet small">
                  {each.pid === undefined ? 'the agent' : `process ${each.pid}`}
                  {each.exe !== undefined && (
                    <>
                      , <Text value={each.exe} />
                    </>
                  )}
                </span>
              </li>
            ))}
            <li class="lineage-last">
              <code>
                {actionName(row.action)} <Text value={row.target} limit={300} />
              </code>
              <span class="quiet small">process {row.pid}</span>
            </li>
          </ol>
        </section>
      )}
      {detail.trace !== undefined && <TraceView trace={detail.trace} />}
      <section aria-labelledby="detail-facts">
        <h3 id="detail-facts">Facts</h3>
        <dl class="facts">
          <div>
            <dt>time</dt>
            <dd>{fullTime(row.time)}</dd>
          </div>
          <div>
            <dt>session</dt>
            <dd>
              <a href={href(`sessions/${row.session}`)}>{shortId(row.session)}</a> of <Text value={row.agent} />
            </dd>
          </div>
          {detail.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="mono">
                <Text value={value} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <details class="raw">
        <summary>As it stands in the log</summary>
        <pre>
          {detail.raw.split('\n').map((line, at) => (
            <div key={at}>
              <Text value={line} limit={20_000} />
            </div>
          ))}
        </pre>
      </details>
    </div>
  );
}

function TraceView({ trace }: { trace: Trace }): JSX.Element {
  return (
    <section aria-labelledby="detail-trace">
      <h3 id="detail-trace">The decision, step by step</h3>
      {trace.kind === 'recorded' && <p class="quiet small">As it was recorded with the event.</p>}
      {trace.kind === 'now' && <p class="quiet small">{trace.isSame ? 'Asked again of the policy as it stands now: the same result.' : 'Asked again of the policy as it stands now, it comes out differently: the policy or the files changed since, or it was judged as part of a longer line.'}</p>}
      {trace.layers.map((layer) => (
        <div class="trace" key={layer.title}>
          <h4>
            <Text value={layer.title} limit={300} />
          </h4>
          <ol>
            {layer.lines.map((line, at) => (
              <li key={at} class={`trace-${line.outcome}`}>
                <Text value={line.text} limit={600} />
              </li>
            ))}
          </ol>
        </div>
      ))}
    </section>
  );
}
