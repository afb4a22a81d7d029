/** Which address gives which view. */
import type { DashboardData, DashboardSystem } from './data.ts';
import { parseFilter } from './filter.ts';
import { type HealthKeeper, keepHealth } from './health.ts';
import { joinHits } from './policy-view.ts';

/** Rows of a page at most. */
const PAGE_LIMIT = 500;
const DAY_MS = 86_400_000;
/** Bars of the chart over time, about. */
const BUCKETS = 96;
/** Widths that people can read, in milliseconds. */
const STEPS = [60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800, 2_592_000].map((seconds) => seconds * 1000);

type Route = (query: URLSearchParams, data: DashboardData, system: DashboardSystem) => Promise<unknown>;

const keepers = new WeakMap<DashboardSystem, HealthKeeper>();

const ROUTES: Readonly<Record<string, Route>> = {
  async events(query, data) {
    const after = query.get('after');
    return await data.events(parseFilter(query), { limit: limitOf(query), ...(after === null ? {} : { after }) });
  },
  async count(query, data) {
    return await data.count(parseFilter(query));
  },
  async event(query, data, system) {
    const detail = await data.event(query.get('id') ?? '');
    if (detail === undefined || detail.trace !== undefined) return detail;
    const trace = await system.explain(detail.raw).catch(() => undefined);
    return trace === undefined ? detail : { ...detail, trace };
  },
  async overview(query, data) {
    const { since, until } = parseFilter(query);
    const to = until ?? Date.now();
    const from = since ?? to - DAY_MS;
    const wanted = (to - from) / BUCKETS;
    const step = STEPS.find((each) => each >= wanted) ?? Math.ceil(wanted);
    return await data.overview(Math.floor(from / step) * step, to, step);
  },
  async sessions(query, data) {
    return await data.sessions(query.get('after') ?? undefined, limitOf(query));
  },
  async session(query, data) {
    return await data.session(query.get('id') ?? '');
  },
  async proof(query, _data, system) {
    const id = query.get('id') ?? '';
    return /^[A-Za-z0-9-]{1,64}$/.test(id) ? await system.verify(id) : undefined;
  },
  async agents(_query, data) {
    return await data.agents();
  },
  async policy(query, data, system) {
    const projects = await data.projects();
    // Only places that the log or the command line names: the page is no way to look round the disk.
    const project = [system.project, ...projects].find((each) => each === query.get('project')) ?? system.project;
    const view = await system.policy(project);
    const others = [...new Set([system.project, ...projects])];
    return { ...joinHits(view, await data.ruleHits()), projects: others };
  },
  async health(query, _data, system) {
    const keeper = keepers.get(system) ?? keepHealth(system);
    keepers.set(system, keeper);
    return await keeper(query.get('again') !== null);
  },
};

/** Undefined when there is no such view, or nothing of that name in it. */
export async function answer(url: URL, data: DashboardData, system: DashboardSystem): Promise<unknown> {
  const name = url.pathname.slice('/api/'.length);
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
  return await route?.(url.searchParams, data, system);
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 200);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, PAGE_LIMIT) : PAGE_LIMIT;
}
