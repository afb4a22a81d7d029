/** A table of events of any length: only the lines in sight are in the document. */
import { Component, type JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { EventRow } from '../views.ts';
import { actionName, number, when } from './format.ts';
import { PagedList } from './pages.ts';
import { Empty, Failure, Risk, Status } from './parts.tsx';
import { goWith, route } from './router.ts';
import { Text, visible } from './text.tsx';
import { onTicks } from './view.ts';

const NARROW = matchMedia('(max-width: 760px)');
/** Lines drawn beyond those in sight. */
const MARGIN = 12;
/** Browsers stop at some ten million pixels of height; nobody scrolls so far, and the time filter leads anywhere. */
const ROWS_LIMIT = 200_000;
/** Milliseconds between two looks for newer events. */
const PACE_MS = 1000;

interface Props {
  readonly query: string;
  readonly isLive: boolean;
  readonly total: number | undefined;
}

export function EventList({ query, isLive, total }: Props): JSX.Element {
  const [, redraw] = useState(0);
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const [active, setActive] = useState(0);
  const [hasNewer, setNewer] = useState(false);
  const isNarrow = useNarrow();
  // Fixed, so that the place of every line is known: as the style sheet has them.
  const height = isNarrow ? 68 : 34;
  /** Height of the line of headings, which stays in sight. */
  const head = isNarrow ? 0 : 34;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<PagedList | undefined>(undefined);
  const focusWanted = useRef(false);
  /** The same function at every drawing, so that lines that stay the same are not drawn again. */
  const stable = useRef({ run: (_at: number, _row: EventRow): void => undefined, pick: (at: number, row: EventRow): void => stable.current.run(at, row) });

  useLayoutEffect(() => {
    list.current?.close();
    list.current = new PagedList(query, () => redraw((before) => before + 1));
    if (box.current !== null) box.current.scrollTop = 0;
    setActive(0);
    setNewer(false);
    redraw((before) => before + 1);
    return () => list.current?.close();
  }, [query]);

  useEffect(() => {
    if (!isLive) return undefined;
    let last = 0;
    return onTicks(
      () => Date.now() - last >= PACE_MS,
      () => {
        last = Date.now();
        const now = list.current;
        const isAtTop = (box.current?.scrollTop ?? 0) < 4 && !(box.current?.contains(document.activeElement) ?? false);
        if (isAtTop) void now?.restart();
        else now?.hasNewer().then((has) => has && setNewer(true), () => undefined);
      },
    );
  }, [query, isLive]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => setScroll({ top: element.scrollTop, height: element.clientHeight - head });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [head]);

  const known = list.current;
  const length = Math.min(known?.length ?? 0, ROWS_LIMIT);
  const first = Math.max(0, Math.floor(scroll.top / height) - MARGIN);
  const end = Math.min(length, Math.ceil((scroll.top + scroll.height) / height) + MARGIN);
  useEffect(() => known?.need(first, end), [known, first, end, length]);
  useLayoutEffect(() => {
    if (!focusWanted.current) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-at="${active}"]`);
    if (row === null || row === undefined) return;
    focusWanted.current = false;
    row.focus({ preventScroll: true });
  });

  const moveTo = (at: number): void => {
    const to = Math.max(0, Math.min(at, length - 1));
    const element = box.current;
    focusWanted.current = true;
    setActive(to);
    if (element === null) return;
    if (to * height < element.scrollTop) element.scrollTop = to * height;
    else if ((to + 1) * height > element.scrollTop + element.clientHeight - head) element.scrollTop = (to + 1) * height - element.clientHeight + head;
  };
  const screen = Math.max(1, Math.floor(scroll.height / height) - 1);
  const moves: Readonly<Record<string, number>> = { ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1, PageDown: active + screen, PageUp: active - screen, Home: 0, End: length - 1 };
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
    const row = known?.row(active);
    if (to !== undefined) moveTo(to);
    else if ((event.key === 'Enter' || event.key === ' ') && row !== undefined) open(row);
    else return;
    event.preventDefault();
  };
  const open = (row: EventRow): void => goWith({ event: row.id });
  const pick = (at: number, row: EventRow): void => {
    setActive(at);
    open(row);
  };
  const toTop = (): void => {
    setNewer(false);
    void known?.restart().then(() => moveTo(0));
  };

  stable.current.run = pick;
  const selected = route.value.query.get('event');
  const lines: JSX.Element[] = [];
  for (let at = first; at < end; at++) {
    const row = known?.row(at);
    // When the active line is out of sight, the first one in sight can be tabbed to.
    const isStop = at === active || (at === first && (active < first || active >= end));
    lines.push(<Line key={at} at={at} top={at * height} row={row} isStop={isStop} isSelected={row !== undefined && row.id === selected} onOpen={stable.current.pick} />);
  }
  return (
    <div class="event-list">
      {hasNewer && (
        <button type="button" class="newer" onClick={toTop}>
          Newer events: show them
        </button>
      )}
      {known?.error !== undefined && <Failure text={known.error} again={() => known.need(first, end)} />}
      <div class="grid" role="grid" aria-label="Events" aria-rowcount={total === undefined ? -1 : total + 1} aria-busy={length === 0 && known?.isWhole !== true} ref={box} onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight - head })} onKeyDown={onKey}>
        <div class="grid-head" role="row">
          {['Time', 'Result', 'Risk', 'Action', 'Target', 'Rule or reason'].map((name) => (
            <span role="columnheader" key={name}>
              {name}
            </span>
          ))}
        </div>
        {known?.isEmpty === true ? (
          <NoEvents />
        ) : (
          <div class="grid-space" role="presentation" style={{ height: `${length * height}px` }}>
            {lines}
          </div>
        )}
        {length === ROWS_LIMIT && <p class="quiet pad">The first {number(ROWS_LIMIT)} are shown. Choose an earlier time to go on.</p>}
      </div>
    </div>
  );
}

function NoEvents(): JSX.Element {
  const isFiltered = [...route.value.query.keys()].some((each) => each !== 'event');
  return <Empty title={isFiltered ? 'No event matches' : 'Nothing was recorded yet'}>{isFiltered ? <p>Take a filter away, or choose a longer time.</p> : <p>Start an agent with <code>patchwork run codex</code>.</p>}</Empty>;
}

interface LineProps {
  readonly at: number;
  readonly top: number;
  readonly row: EventRow | undefined;
  readonly isStop: boolean;
  readonly isSelected: boolean;
  readonly onOpen: (at: number, row: EventRow) => void;
}

/** Drawn again only when something of it is another: scrolling draws the new lines alone. */
class Line extends Component<LineProps> {
  override shouldComponentUpdate(next: LineProps): boolean {
    return (Object.keys(next) as (keyof LineProps)[]).some((name) => next[name] !== this.props[name]);
  }

  override render({ at, top, row, isStop, isSelected, onOpen }: LineProps): JSX.Element {
    const place = { transform: `translateY(${top}px)` };
    if (row === undefined) return <div class="grid-row grid-row-waiting" role="row" style={place} aria-rowindex={at + 2} data-at={at} tabIndex={isStop ? 0 : -1} />;
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the grid itself takes the keys
      <div class={`grid-row grid-row-${row.status}`} role="row" style={place} aria-rowindex={at + 2} aria-selected={isSelected} data-at={at} tabIndex={isStop ? 0 : -1} onClick={() => onOpen(at, row)}>
        <span role="gridcell" class="cell-time">
          {when(row.time)}
        </span>
        <span role="gridcell" class="cell-status">
          <Status status={row.status} />
        </span>
        <span role="gridcell" class="cell-risk">
          <Risk level={row.risk} />
        </span>
        <span role="gridcell" class="cell-action">{actionName(row.action)}</span>
        <span role="gridcell" class="cell-target mono" title={visible(row.target)}>
          <Text value={row.target} limit={300} />
          {row.count > 1 && <span class="times"> × {number(row.count)}</span>}
        </span>
        <span role="gridcell" class="cell-rule">
          <Text value={row.rule ?? row.reason} limit={200} />
        </span>
      </div>
    );
  }
}

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const onChange = (): void => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', onChange);
    return () => NARROW.removeEventListener('change', onChange);
  }, []);
  return isNarrow;
}
