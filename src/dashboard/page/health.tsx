/** What `patchwork doctor` finds: each layer tried. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Finding, Health } from '../views.ts';
import { get } from './client.ts';
import { ago, plural } from './format.ts';
import { Icon } from './icons.tsx';
import { Failure, Waiting } from './parts.tsx';
import { Text } from './text.tsx';
import { useView } from './view.ts';

export function HealthPage(): JSX.Element {
  const view = useView<Health>('health');
  const [newer, setNewer] = useState<Health>();
  const [isTrying, setTrying] = useState(false);
  const health = newer ?? view.data;
  const again = (): void => {
    setTrying(true);
    get<Health>('health', new URLSearchParams({ again: '1' }))
      .then(setNewer, () => view.again())
      .finally(() => setTrying(false));
  };
  return (
    <div class="page">
      <header class="page-head">
        <h1>Health</h1>
        {health !== undefined && <p class="quiet">tried {ago(health.time)}</p>}
        <button type="button" class="button order" disabled={isTrying || health === undefined} onClick={again}>
          <Icon name="refresh" />
          {isTrying ? 'Trying…' : 'Try again'}
        </button>
      </header>
      {view.error !== undefined && <Failure text={view.error} again={view.again} />}
      {health === undefined ? view.error === undefined && <Waiting what="Every layer is tried with a session of its own: this takes some seconds…" /> : <Findings findings={health.findings} isStale={isTrying} />}
    </div>
  );
}

function Findings({ findings, isStale }: { findings: readonly Finding[]; isStale: boolean }): JSX.Element {
  const missing = findings.filter((each) => !each.isOk && each.isNeeded).length;
  return (
    <>
      <p class={`health-sum ${missing === 0 ? 'health-sum-ok' : 'health-sum-missing'}`} role="status">
        <Icon name={missing === 0 ? 'ok' : 'warning'} />
        {missing === 0 ? 'Everything that this version has works here.' : `${plural(missing, 'part')} of what is needed ${missing === 1 ? 'is' : 'are'} missing.`}
      </p>
      <ul class={`findings card${isStale ? ' stale' : ''}`}>
        {findings.map((each) => (
          <li key={each.what}>
            <span class={`finding-mark ${each.isOk ? 'finding-ok' : each.isNeeded ? 'finding-missing' : 'finding-absent'}`}>
              <Icon name={each.isOk ? 'ok' : each.isNeeded ? 'warning' : 'close'} />
              {each.isOk ? 'works' : each.isNeeded ? 'missing' : 'not here'}
            </span>
            <div>
              <h2>{each.what}</h2>
              <p>
                <Text value={each.result} />
              </p>
              {!each.isOk && each.advice !== undefined && (
                <p class="quiet">
                  <Text value={each.advice} />
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
