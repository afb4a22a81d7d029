/** The policy that holds, and how often each of its rules settled something. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { PolicyRule, PolicyView } from '../views.ts';
import { ago, number, plural } from './format.ts';
import { Bars, Card, Failure, stepName, Waiting } from './parts.tsx';
import { goWith, href, route } from './router.ts';
import { Text, visible } from './text.tsx';
import { useView } from './view.ts';

const SECTIONS = ['files', 'commands', 'network', 'mcp_tools'] as const;
const TITLES: Readonly<Record<string, string>> = { files: 'Files', commands: 'Commands', network: 'Network', mcp_tools: 'MCP tools' };

export function PolicyPage(): JSX.Element {
  const project = route.value.query.get('project') ?? '';
  const view = useView<PolicyView>('policy', project === '' ? '' : new URLSearchParams({ project }).toString(), true);
  return (
    <div class="page">
      <header class="page-head">
        <h1>Policy</h1>
        {view.data !== undefined && view.data.projects.length > 1 && (
          <label class="choice">
            <span class="sr-only">Project</span>
            <select value={view.data.project} onChange={(event) => goWith({ project: event.currentTarget.value })}>
              {view.data.projects.map((each) => (
                <option key={each} value={each}>
                  {visible(each)}
                </option>
              ))}
            </select>
          </label>
        )}
      </header>
      {view.error !== undefined && <Failure text={view.error} again={view.again} />}
      {view.data === undefined ? view.error === undefined && <Waiting what="Reading the policy…" /> : <Body view={view.data} />}
    </div>
  );
}

function Body({ view }: { view: PolicyView }): JSX.Element {
  const [isUnusedOnly, setUnused] = useState(false);
  const unused = view.rules.filter((rule) => rule.hits === 0).length;
  const rules = isUnusedOnly ? view.rules.filter((rule) => rule.hits === 0) : view.rules;
  return (
    <>
      {view.problem !== undefined && <Failure text={view.problem} />}
      {view.warnings.map((warning) => (
        <p class="notice" key={warning}>
          <Text value={warning} />
        </p>
      ))}
      <dl class="session-facts card">
        <div>
          <dt>Mode</dt>
          <dd>
            <strong>{view.mode}</strong>
            <span class="quiet small block">{view.mode === 'fail-closed' ? 'what no rule allows is denied' : 'what no rule denies happens, and is recorded'}</span>
          </dd>
        </div>
        <div>
          <dt>Highest risk</dt>
          <dd>{view.maxRisk}</dd>
        </div>
        <div>
          <dt>Nested commands</dt>
          <dd>{view.nested}</dd>
        </div>
        <div class="wide">
          <dt>Layers, each is asked</dt>
          <dd>
            {view.layers.map((layer) => (
              <span class="block" key={layer.layer}>
                {layer.layer} <code><Text value={layer.file} /></code> <span class="quiet">{layer.mode}, max_risk {layer.maxRisk}</span>
              </span>
            ))}
          </dd>
        </div>
      </dl>
      {view.rules.length > 0 && (
        <p class="unused-line">
          <span>
            {plural(view.rules.length, 'rule')}, <strong>{number(unused)}</strong> never hit.
          </span>
          <label class="switch">
            <input type="checkbox" checked={isUnusedOnly} onChange={(event) => setUnused(event.currentTarget.checked)} />
            <span>Show those alone</span>
          </label>
        </p>
      )}
      {SECTIONS.map((section) => (
        <Section key={section} section={section} rules={rules.filter((rule) => rule.section === section)} isUnusedOnly={isUnusedOnly} mode={view.mode} />
      ))}
      {view.others.length > 0 && (
        <Card title="Settled without a rule of a list" id="policy-others">
          <Bars caption="Actions settled otherwise" name="by" rows={view.others.map((each) => ({ ...each, name: stepName(each.name) }))} hrefOf={() => href('events')} empty="" />
        </Card>
      )}
    </>
  );
}

function Section({ section, rules, isUnusedOnly, mode }: { section: string; rules: readonly PolicyRule[]; isUnusedOnly: boolean; mode: string }): JSX.Element | null {
  if (rules.length === 0 && isUnusedOnly) return null;
  const largest = Math.max(1, ...rules.map((rule) => rule.hits));
  return (
    <Card title={TITLES[section] ?? section} id={`policy-${section}`}>
      {rules.length === 0 ? (
        <p class="quiet pad">No rules: {mode === 'fail-closed' ? 'all is denied' : 'all is allowed and recorded'}.</p>
      ) : (
        <div class="scroll-x">
          <table class="table rules">
            <caption class="sr-only">Rules for {TITLES[section]}</caption>
            <thead>
              <tr>
                <th scope="col">List</th>
                <th scope="col">Pattern</th>
                <th scope="col">Stands in</th>
                <th scope="col" class="right">
                  Hits
                </th>
                <th scope="col">Last</th>
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <Rule key={`${rule.source}${rule.list}${rule.pattern}`} rule={rule} largest={largest} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Rule({ rule, largest }: { rule: PolicyRule; largest: number }): JSX.Element {
  const isUnused = rule.hits === 0;
  const name = `${rule.section}.${rule.list === 'allow' ? 'allow' : 'deny'}: ${rule.pattern}`;
  return (
    <tr class={isUnused ? 'unused' : ''}>
      <td>
        <span class={`list list-${rule.list === 'allow' ? 'allow' : 'deny'}`}>{rule.list}</span>
      </td>
      <th scope="row" class="mono">
        <a href={href('events', { rule: name })}>
          <Text value={rule.pattern} limit={300} />
        </a>
      </th>
      <td class="quiet small mono" title={visible(rule.source)}>
        {rule.layer} <Text value={rule.source.slice(rule.source.lastIndexOf('/') + 1)} />
      </td>
      <td class="right hits" data-unit={rule.hits === 1 ? ' hit' : ' hits'}>
        {isUnused ? (
          <span class="never">never</span>
        ) : (
          <>
            {number(rule.hits)}
            <span class="bar" aria-hidden="true">
              <span class="bar-all" style={{ width: `${(rule.hits / largest) * 100}%` }}>
                <span class="bar-denied" style={{ width: `${(rule.denied / rule.hits) * 100}%` }} />
              </span>
            </span>
          </>
        )}
      </td>
      <td class="quiet small nowrap">{rule.last === undefined ? '' : ago(rule.last)}</td>
    </tr>
  );
}
