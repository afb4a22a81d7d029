/** Data of a view: fetched, kept while the next is on its way, fetched again when something was recorded. */
import { effect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from './client.ts';
import { ticks } from './live.ts';

export interface View<T> {
  readonly data: T | undefined;
  readonly error: string | undefined;
  readonly isLoading: boolean;
  again(): void;
}

/** Milliseconds between two fetches of the same view while events stream in; and as many times what the last one took. */
const PACE_MS = 1500;
const PACE_TIMES = 10;

/** `isLive`: fetched again when events were recorded. The path undefined: nothing is wanted yet. */
export function useView<T>(path: string | undefined, query = '', isLive = false): View<T> {
  const [state, setState] = useState<{ address: string; data?: T; error?: string }>({ address: '' });
  const [round, setRound] = useState(0);
  const fetching = useRef({ isBusy: false, at: 0, pace: PACE_MS });
  const address = `${path ?? ''}?${query}`;
  const again = (): void => setRound((before) => before + 1);

  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    fetching.current = { isBusy: true, at: Date.now(), pace: PACE_MS };
    get<T>(path, new URLSearchParams(query), abort.signal)
      .then((data) => setState({ address, data }))
      .catch((error: Error) => {
        if (!abort.signal.aborted) setState((before) => ({ ...(before.address === address ? before : {}), address, error: error.message }));
      })
      .finally(() => {
        if (abort.signal.aborted) return;
        const { at } = fetching.current;
        fetching.current = { isBusy: false, at, pace: Math.max(PACE_MS, PACE_TIMES * (Date.now() - at)) };
      });
    return () => abort.abort();
  }, [address, round]);

  useEffect(() => (isLive ? onTicks(() => !fetching.current.isBusy && Date.now() - fetching.current.at >= fetching.current.pace, again) : undefined), [isLive]);

  return { data: state.data, error: state.address === address ? state.error : undefined, isLoading: state.address !== address, again };
}

/** Calls back after events were recorded, as soon as `mayRun` allows it. The result ends it. */
export function onTicks(mayRun: () => boolean, run: () => void): () => void {
  let isDue = false;
  const attempt = (): void => {
    if (!isDue || !mayRun()) return;
    isDue = false;
    run();
  };
  let isFirst = true;
  const end = effect(() => {
    void ticks.value;
    if (!isFirst) isDue = true;
    isFirst = false;
    setTimeout(attempt);
  });
  const timer = setInterval(attempt, 250);
  return () => {
    end();
    clearInterval(timer);
  };
}
