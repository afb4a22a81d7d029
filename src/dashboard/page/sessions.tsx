/** All sessions, the latest first. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SessionPage, SessionRow } from '../views.ts';
import { get } from './client.ts';
import { fullTime, number, shortId, shortPath, span, when } from './format.ts';
import { Empty, Failure, Waiting } from './parts.tsx';
import { href } from './router.ts';
import { roveOn } from './rove.ts';
import { Text, visible } from './text.tsx';
import { useView } from './view.ts';

const ROWS = 50;

export function SessionsPage(): JSX.Element {
  const view = useView<SessionPage>('sessions', `limit=${ROWS}`, true);
  const [more, setMore] = useState<{ rows: readonly SessionRow[]; next?: string }>();
  useEffect(() => setMore(undefined), [view.data?.next]);
  const next = more === undefined ? view.data?.next : more.next;
  const rows = [...(view.data?.rows ?? []), ...(more?.rows ?? [])];
  const load = async (): Promise<void> => {
    const page = await get<SessionPage>('sessions', new URLSearchParams({ limit: String(ROWS), after: next ?? '' }));
    setMore({ rows: [...(more?.rows ?? []), ...page.rows], ...(page.next === undefined ? {} : { next: page.next }) });
  };
  return (
    <div class="page">
      <header class="page-head">
        <h1>Sessions</h1>
      </header>
      {view.error !== undefined && <Failure text={view.error} again={view.again} />}
      {view.data === undefined && view.error === undefined && <Waiting what="Reading the record…" />}
      {view.data !== undefined && rows.length === 0 && (
        <Empty title="No session yet">
          <p>
            Start an agent with <code>patchwork run codex</code>.
          </p>
        </Empty>
      )}
      {rows.length > 0 && (
        <div class="card scroll-x">
          <table class="table sessions" onKeyDown={roveOn('a.row-link')}>
            <caption class="sr-only">Sessions, the latest first</caption>
            <thead>
              <tr>
                <th scope="col">Agent</th>
                <th scope="col">Started</th>
                <th scope="col">Project</th>
                <th scope="col" class="right">
                  Actions
                </th>
                <th scope="col" class="right">
                  Denied
                </th>
                <th scope="col">Outcome</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <Line key={row.id} row={row} isStop={at === 0} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {next !== undefined && (
        <button type="button" class="button center" onClick={() => void load()}>
          Earlier sessions
        </button>
      )}
    </div>
  );
}

function Line({ row, isStop }: { row: SessionRow; isStop: boolean }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <a class="row-link" tabIndex={isStop ? 0 : -1} href={href(`sessions/${row.id}`)}>
          <Text value={row.agent} limit={40} />
          <span class="quiet small mono"> {shortId(row.id)}</span>
        </a>
        <span class="quiet small mono block" title={visible(row.command)}>
          <Text value={row.command} limit={90} />
        </span>
      </th>
      <td class="nowrap" title={fullTime(row.started)}>
        {when(row.started)}
        <span class="quiet small block">{row.isRunning ? 'running' : row.ended === undefined ? '' : span(row.ended - row.started)}</span>
      </td>
      <td title={visible(row.project)}>
        <Text value={shortPath(row.project)} />
      </td>
      <td class="right">{number(row.actions)}</td>
      <td class={`right ${row.denied > 0 ? 'denied-number' : 'zero'}`}>{number(row.denied)}</td>
      <td>
        {row.isRunning ? (
          <span class="running-mark">
            <span class="pulse" aria-hidden="true" /> running
          </span>
        ) : (
          <span class="quiet">
            <Text value={row.outcome} limit={80} />
          </span>
        )}
      </td>
    </tr>
  );
}
