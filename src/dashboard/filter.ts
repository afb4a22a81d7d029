/** Which events a view shows, as it stands in addresses. Pure; both sides import it. */
import { RISK_LEVELS, type RiskLevel } from '../model/risk.ts';

export interface Filter {
  readonly text?: string;
  readonly status?: 'completed' | 'denied' | 'error';
  /** This level or above. */
  readonly risk?: RiskLevel;
  readonly action?: string;
  readonly agent?: string;
  readonly session?: string;
  readonly rule?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
}

const STATUSES = ['completed', 'denied', 'error'] as const;
/** Longest value taken from an address. */
const VALUE_LIMIT = 2000;

/** What is not understood is left out. */
export function parseFilter(query: URLSearchParams): Filter {
  const value = (name: string): string | undefined => query.get(name)?.slice(0, VALUE_LIMIT) || undefined;
  const time = (name: string): number | undefined => {
    const number = Number(value(name) ?? Number.NaN);
    return Number.isSafeInteger(number) ? number : undefined;
  };
  const all = {
    text: value('text'),
    status: STATUSES.find((each) => each === query.get('status')),
    risk: RISK_LEVELS.find((each) => each === query.get('risk')),
    action: value('action'),
    agent: value('agent'),
    session: value('session'),
    rule: value('rule'),
    since: time('since'),
    until: time('until'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined)) as Filter;
}

export function formatFilter(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined && value !== '') query.set(name, String(value));
  return query;
}
