/** One session: when it did what, its processes, what was denied. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { EventPage, Proof, SessionDetail } from '../views.ts';
import { get } from './client.ts';
import { DenialList } from './denials.tsx';
import { fullTime, number, plural, shortId, span } from './format.ts';
import { Icon } from './icons.tsx';
import { Bars, Card, Failure, Waiting } from './parts.tsx';
import { ProcessTree } from './process-tree.tsx';
import { href, route } from './router.ts';
import { Text } from './text.tsx';
import { Timeline } from './timeline.tsx';
import { useView } from './view.ts';

const DENIALS = 12;
/** More of them are not listed by the server. */
const PROCESSES = 150;

export function SessionPageView(): JSX.Element {
  const id = route.value.name;
  const query = new URLSearchParams({ id }).toString();
  const view = useView<SessionDetail>('session', query, true);
  const denied = useView<EventPage>('events', `session=${encodeURIComponent(id)}&status=denied&limit=${DENIALS}`, true);
  const detail = view.data;
  return (
    <div class="page">
      <header class="page-head">
        <a class="back" href={href('sessions')}>
          <Icon name="back" />
          Sessions
        </a>
        <h1>
          {detail === undefined ? 'Session' : <Text value={detail.session.agent} limit={60} />} <span class="quiet mono">{shortId(id)}</span>
        </h1>
        <a class="button" href={href('events', { session: id })}>
          All its events
        </a>
      </header>
      {view.error !== undefined && <Failure text={view.error} again={view.again} />}
      {detail === undefined ? view.error === undefined && <Waiting what="Reading the session…" /> : <Body detail={detail} denied={denied.data} />}
    </div>
  );
}

function Body({ detail, denied }: { detail: SessionDetail; denied: EventPage | undefined }): JSX.Element {
  const { session } = detail;
  const end = session.ended ?? (session.isRunning ? Date.now() : detail.to);
  return (
    <>
      <dl class="session-facts card">
        <div class="wide">
          <dt>Command</dt>
          <dd class="mono">
            <Text value={session.command} limit={600} />
          </dd>
        </div>
        <div>
          <dt>Project</dt>
          <dd class="mono">
            <Text value={session.project} />
          </dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>{fullTime(session.started)}</dd>
        </div>
        <div>
          <dt>Lasted</dt>
          <dd>
            {span(end - session.started)}
            {session.isRunning && ' so far'}
          </dd>
        </div>
        <div>
          <dt>Outcome</dt>
          <dd>{session.isRunning ? 'running' : <Text value={session.outcome} />}</dd>
        </div>
        <div>
          <dt>Judged</dt>
          <dd>
            {plural(session.actions, 'action')}, <span class={session.denied > 0 ? 'denied-number' : ''}>{number(session.denied)} denied</span>
          </dd>
        </div>
        <div class="wide">
          <dt>Policies</dt>
          <dd>
            <Text value={detail.policies} />
          </dd>
        </div>
        <div class="wide">
          <dt>Log</dt>
          <dd>
            <LogProof id={session.id} />
          </dd>
        </div>
      </dl>
      <Card title="Time line" id="timeline">
        <Timeline detail={detail} />
      </Card>
      <div class="columns">
        <Card title="Denials" id="session-denials" more={session.denied > DENIALS ? <a class="more" href={href('events', { session: session.id, status: 'denied' })}>all {number(session.denied)}</a> : undefined}>
          {denied !== undefined && denied.rows.length > 0 ? <DenialList rows={denied.rows} label="Denials of this session" isShort /> : <p class="quiet pad">Nothing was denied.</p>}
        </Card>
        <div class="stack">
        <Card title="Processes" id="session-processes" more={<span class="quiet small">{detail.processes.length === PROCESSES ? `the first ${PROCESSES}` : plural(detail.processes.length, 'process', 'processes')}</span>}>
          <ProcessTree processes={detail.processes} session={session.id} />
        </Card>
        <Card title="Rules" id="session-rules">
          <Bars caption="Actions settled by each rule" name="rule" rows={detail.byRule} hrefOf={(row) => href('events', { session: session.id, rule: row.name })} empty="No rule settled anything." isCode />
        </Card>
        </div>
      </div>
    </>
  );
}

/** Whether the log is what was written: asked for, since all of it is read. */
function LogProof({ id }: { id: string }): JSX.Element {
  const [state, setState] = useState<{ readonly isAsked: boolean; readonly proof?: Proof; readonly error?: string }>({ isAsked: false });
  const ask = (): void => {
    setState({ isAsked: true });
    get<Proof>('proof', new URLSearchParams({ id })).then(
      (proof) => setState({ isAsked: false, proof }),
      (error: Error) => setState({ isAsked: false, error: error.message }),
    );
  };
  const { isAsked, proof, error } = state;
  return (
    <span class="proof">
      <span role="status" class={proof === undefined ? 'quiet' : proof.isGood ? 'proof-good' : 'denied-number'}>
        {proof !== undefined && <Icon name={proof.isGood ? 'ok' : 'warning'} />}
        {isAsked ? 'Every event of it is read…' : proof === undefined ? (error ?? '') : <Text value={`${proof.state.replaceAll('_', ' ')}: ${proof.says}`} limit={600} />}
      </span>
      <button type="button" class="button" disabled={isAsked} onClick={ask}>
        {proof === undefined ? 'Check that it was not changed' : 'Check again'}
      </button>
    </span>
  );
}
