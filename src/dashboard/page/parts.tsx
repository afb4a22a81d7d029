/** Small pieces that every view is made of. */
import type { ComponentChildren, JSX } from 'preact';
import type { RiskLevel } from '../../model/risk.ts';
import type { Count, EventRow } from '../views.ts';
import { actionName, number } from './format.ts';
import { Icon, type IconName } from './icons.tsx';
import { Text, visible } from './text.tsx';

export function Risk({ level }: { level: RiskLevel }): JSX.Element {
  return <span class={`risk risk-${level}`}>{level}</span>;
}

/** Said in words and by shape, not by colour alone. */
export function Status({ status }: { status: string }): JSX.Element {
  const name: IconName = status === 'denied' ? 'denied' : status === 'error' ? 'warning' : 'ok';
  return (
    <span class={`status status-${status}`}>
      <Icon name={name} />
      <span>{status}</span>
    </span>
  );
}

export function Flags({ flags }: { flags: readonly string[] }): JSX.Element | null {
  if (flags.length === 0) return null;
  return (
    <span class="flags">
      {flags.map((flag) => (
        <span key={flag}>{flag.replaceAll('_', ' ')}</span>
      ))}
    </span>
  );
}

/** The rule, and the place where a person finds it. */
export function RuleLine({ row }: { row: EventRow }): JSX.Element {
  return (
    <span class="rule-line">
      <code>
        <Text value={row.rule ?? stepName(row.step)} />
      </code>
      <span class="quiet">
        {row.layer} policy
        {row.source !== undefined && (
          <>
            , <Text value={row.source} />
          </>
        )}
      </span>
    </span>
  );
}

const STEPS: Readonly<Record<string, string>> = { deny_rule: 'a deny rule', allow_rule: 'an allow rule', risk: 'max_risk', mode: 'mode', baseline: 'baseline', cover: 'covered by a command' };

export function stepName(step: string): string {
  return STEPS[step] ?? step;
}

export function Card({ title, id, more, children, class: name = '' }: { title: string; id: string; more?: ComponentChildren; children: ComponentChildren; class?: string }): JSX.Element {
  return (
    <section class={`card ${name}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {more}
      </header>
      {children}
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <svg class="quilt" viewBox="0 0 64 34" aria-hidden="true" focusable="false">
        {[0, 1, 2, 3, 4, 5, 6, 7].map((each) => (
          <rect key={each} class={`quilt-${each}`} x={(each % 4) * 16 + 1} y={Math.floor(each / 4) * 16 + 2} width="14" height="14" rx="3" />
        ))}
      </svg>
      <p class="empty-title">{title}</p>
      <div class="empty-text">{children}</div>
    </div>
  );
}

export function Failure({ text, again }: { text: string; again?: () => void }): JSX.Element {
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <p>
        <Text value={text} />
      </p>
      {again !== undefined && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Waiting({ what }: { what: string }): JSX.Element {
  return (
    <p class="waiting" role="status">
      <span class="waiting-dots" aria-hidden="true" />
      {what}
    </p>
  );
}

/** A table whose rows carry a bar: how many, and how much of that was denied. */
export function Bars({ caption, name, rows, hrefOf, empty, isCode = false }: { caption: string; name: string; rows: readonly Count[]; hrefOf: (row: Count) => string; empty: string; isCode?: boolean }): JSX.Element {
  if (rows.length === 0) return <p class="quiet pad">{empty}</p>;
  const largest = Math.max(...rows.map((row) => row.actions));
  return (
    <table class="bars">
      <caption class="sr-only">{caption}</caption>
      <thead class="sr-only">
        <tr>
          <th scope="col">{name}</th>
          <th scope="col">actions</th>
          <th scope="col">denied</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">
              <a href={hrefOf(row)} class={isCode ? 'mono' : ''} title={visible(row.name)}>
                <Text value={isCode ? row.name : actionName(row.name)} limit={200} />
              </a>
              <span class="bar" aria-hidden="true">
                <span class="bar-all" style={{ width: `${(row.actions / largest) * 100}%` }}>
                  <span class="bar-denied" style={{ width: `${row.actions === 0 ? 0 : (row.denied / row.actions) * 100}%` }} />
                </span>
              </span>
            </th>
            <td>{number(row.actions)}</td>
            <td class={row.denied > 0 ? 'denied-number' : 'zero'}>{number(row.denied)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
