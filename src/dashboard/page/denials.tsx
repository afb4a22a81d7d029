/** Denials as a list to read: what, by which rule, and how it came to that. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { EventDetail, EventRow } from '../views.ts';
import { get } from './client.ts';
import { actionName, ago, fullTime } from './format.ts';
import { Flags, Risk, RuleLine } from './parts.tsx';
import { roveOn } from './rove.ts';
import { goWith } from './router.ts';
import { Text } from './text.tsx';

export function DenialList({ rows, label, isShort = false }: { rows: readonly EventRow[]; label: string; isShort?: boolean }): JSX.Element {
  return (
    <ol class={`denials${isShort ? ' denials-short' : ''}`} aria-label={label} onKeyDown={roveOn('button.denial-open')}>
      {rows.map((row, at) => (
        <li key={row.id} class={`denial denial-${row.risk}`}>
          <button type="button" class="denial-open" tabIndex={at === 0 ? 0 : -1} onClick={() => goWith({ event: row.id })}>
            <span class="denial-top">
              <span class="kind">{actionName(row.action)}</span>
              <code class="denial-target">
                <Text value={row.target} limit={isShort ? 160 : 500} />
              </code>
            </span>
            <RuleLine row={row} />
            <span class="denial-foot">
              <Risk level={row.risk} />
              {!isShort && <Flags flags={row.flags} />}
              <span class="quiet">
                <Text value={row.agent} /> · <time dateTime={new Date(row.time).toISOString()} title={fullTime(row.time)}>{ago(row.time)}</time>
              </span>
            </span>
            {!isShort && <Lineage id={row.id} />}
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Where it came from: asked for when it is shown. */
function Lineage({ id }: { id: string }): JSX.Element | null {
  const [detail, setDetail] = useState<EventDetail>();
  useEffect(() => {
    const abort = new AbortController();
    get<EventDetail>('event', new URLSearchParams({ id }), abort.signal).then(setDetail, () => undefined);
    return () => abort.abort();
  }, [id]);
  if (detail === undefined || detail.lineage.length === 0) return null;
  return (
    <span class="lineage-line">
      <span class="quiet lineage-from">from</span>
      {detail.lineage.map((each) => (
        <span key={each.pid ?? 'agent'} class="lineage-part">
          <Text value={each.command} limit={70} />
        </span>
      ))}
    </span>
  );
}
