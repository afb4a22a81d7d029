/** All events: searched, filtered, in order of time. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatFilter, parseFilter } from '../filter.ts';
import type { EventCount } from '../views.ts';
import { EventList } from './event-list.tsx';
import { ACTION_NAMES, actionName, number, shortId, when } from './format.ts';
import { Icon } from './icons.tsx';
import { RANGES, sinceOf } from './overview.tsx';
import { goWith, route } from './router.ts';
import { Text } from './text.tsx';
import { useView } from './view.ts';

/** Milliseconds after the last letter until a search begins. */
const TYPING_MS = 180;

export function EventsPage(): JSX.Element {
  const { query } = route.value;
  const range = query.get('range');
  const filter = parseFilter(query);
  const full = range === null || filter.since !== undefined ? filter : { ...filter, since: sinceOf(range) };
  const text = formatFilter(full).toString();
  const count = useView<EventCount>('count', text, true);
  const agents = useView<readonly string[]>('agents');
  return (
    <div class="page page-events">
      <header class="page-head">
        <h1>Events</h1>
        <p class="quiet" role="status">
          {count.data === undefined || (count.data.count === 0 && !count.data.isExact) ? '' : `${number(count.data.count)}${count.data.isExact ? '' : ' or more'} ${count.data.count === 1 ? 'event' : 'events'}`}
        </p>
      </header>
      <search class="filters" aria-label="Filters">
        <Search />
        <Choice name="status" label="Result" all="any result" values={['denied', 'completed', 'error']} />
        <Choice name="risk" label="Risk" all="any risk" values={['low', 'medium', 'high', 'critical']} show={(each) => (each === 'critical' ? each : `${each} and above`)} />
        <Choice name="action" label="Action" all="any action" values={ACTION_NAMES} show={actionName} />
        <Choice name="agent" label="Agent" all="any agent" values={agents.data ?? []} />
        <Choice name="range" label="Time" all="all time" values={RANGES.map(([name]) => name)} show={(each) => `last ${RANGES.find(([name]) => name === each)?.[1]}`} />
      </search>
      <Chips />
      <EventList query={text} isLive={filter.until === undefined} total={count.data?.isExact === true ? count.data.count : undefined} />
    </div>
  );
}

function Search(): JSX.Element {
  const wanted = route.value.query.get('text') ?? '';
  const [text, setText] = useState(wanted);
  useEffect(() => setText(wanted), [wanted]);
  useEffect(() => {
    if (text === wanted) return undefined;
    const timer = setTimeout(() => goWith({ text, event: undefined }, false), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, wanted]);
  return (
    <label class="search">
      <span class="sr-only">Search in everything that was recorded</span>
      <Icon name="search" />
      <input id="search" type="search" placeholder="Search commands, paths, hosts, rules…" autocomplete="off" spellcheck={false} maxLength={500} value={text} onInput={(event) => setText(event.currentTarget.value)} />
    </label>
  );
}

function Choice({ name, label, all, values, show = (value) => value }: { name: string; label: string; all: string; values: readonly string[]; show?: (value: string) => string }): JSX.Element {
  const chosen = route.value.query.get(name) ?? '';
  // What an address asks for is shown also where it is no longer among the choices.
  const choices = chosen === '' || values.includes(chosen) ? values : [chosen, ...values];
  return (
    <label class={`choice${chosen === '' ? '' : ' choice-on'}`}>
      <span class="sr-only">{label}</span>
      <select value={chosen} onChange={(event) => goWith({ [name]: event.currentTarget.value, event: undefined })}>
        <option value="">{all}</option>
        {choices.map((value) => (
          <option key={value} value={value}>
            {show(value)}
          </option>
        ))}
      </select>
    </label>
  );
}

const CHIPS: readonly (readonly [name: string, label: string, show: (value: string) => string])[] = [
  ['session', 'session', shortId],
  ['rule', 'rule', (value) => value],
  ['since', 'from', (value) => when(Number(value))],
  ['until', 'to', (value) => when(Number(value))],
];

/** Filters that other pages set. */
function Chips(): JSX.Element | null {
  const { query } = route.value;
  const chips = CHIPS.filter(([name]) => query.has(name));
  const isFiltered = [...query.keys()].some((each) => each !== 'event');
  if (!isFiltered) return null;
  return (
    <p class="chips">
      {chips.map(([name, label, show]) => (
        <button type="button" class="chip" key={name} onClick={() => goWith({ [name]: undefined })}>
          <span class="quiet">{label}</span> <Text value={show(query.get(name) ?? '')} limit={80} />
          <Icon name="close" />
          <span class="sr-only">, take this filter away</span>
        </button>
      ))}
      <button type="button" class="link" onClick={() => goWith(Object.fromEntries([...query.keys()].map((each) => [each, undefined])))}>
        Clear all filters
      </button>
    </p>
  );
}
