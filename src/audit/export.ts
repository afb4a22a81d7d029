/** Events in the forms of other programs: JSON lines, CSV (RFC 4180), SARIF 2.1.0 (denials), OCSF 1.3. */
import { hostname } from 'node:os';
import type { RiskLevel } from '../model/risk.ts';
import type { AuditEvent } from './event.ts';
import type { AuditIndex, EventFilter } from './index/filter.ts';
import { toOcsf } from './ocsf.ts';
import { targetText } from './query.ts';

export const EXPORT_FORMATS = ['json', 'csv', 'sarif', 'ocsf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

interface ExportOptions {
  readonly filter: EventFilter;
  readonly format: ExportFormat;
  /** The newest so many; all when undefined. */
  readonly limit: number | undefined;
}

const PAGE = 1000;

/** Pieces of text without a line end. Bounded memory but for SARIF, which is one document. */
export function* exportEvents(index: AuditIndex, { filter, format, limit }: ExportOptions): Generator<string> {
  // A program reads the values, a terminal nothing that would move it.
  const events = oldestFirst(index, format === 'sarif' ? { ...filter, status: 'denied' } : filter, limit);
  switch (format) {
    case 'json':
      for (const event of events) yield escapeJson(JSON.stringify(event));
      return;
    case 'ocsf':
      for (const event of events) yield escapeJson(JSON.stringify(toOcsf(event, hostname())));
      return;
    case 'csv':
      yield CSV_COLUMNS.map(([name]) => name).join(',');
      for (const event of events) yield CSV_COLUMNS.map(([, value]) => csvCell(String(value(event) ?? ''))).join(',');
      return;
    case 'sarif':
      yield escapeJson(JSON.stringify(toSarif([...events]), null, 2));
  }
}

/** Pages are read newest first; their places are kept, and gone through from the last one on. */
function* oldestFirst(index: AuditIndex, filter: EventFilter, limit = Number.POSITIVE_INFINITY): Generator<AuditEvent> {
  const cursors: (string | undefined)[] = [undefined];
  let left = limit;
  const sizes: number[] = [];
  for (;;) {
    const size = Math.min(PAGE, left);
    const page = index.events(filter, cursors.at(-1), size);
    sizes.push(size);
    left -= page.events.length;
    if (page.cursor === undefined || left <= 0) break;
    cursors.push(page.cursor);
  }
  for (let at = cursors.length - 1; at >= 0; at--) yield* [...index.events(filter, cursors[at], sizes[at]).events].reverse();
}

/** The same values; characters that a terminal would act on are written as escapes. */
function escapeJson(text: string): string {
  return text.replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const CSV_COLUMNS: readonly (readonly [string, (event: AuditEvent) => string | number | undefined])[] = [
  ['id', ({ id }) => id], ['timestamp', ({ timestamp }) => timestamp], ['session', ({ session_id: id }) => id], ['agent', ({ agent }) => agent], ['action', ({ action }) => action], ['status', ({ status }) => status],
  ['risk', ({ risk }) => risk.level], ['flags', ({ risk }) => risk.flags.join(' ')], ['target', targetText], ['effect', ({ decision }) => decision.effect], ['step', ({ decision }) => decision.step], ['layer', ({ decision }) => decision.layer],
  ['rule', ({ decision }) => decision.rule], ['source', ({ decision }) => decision.source], ['reason', ({ decision }) => decision.reason], ['enforcement_point', ({ decision }) => decision.pep], ['pid', ({ process }) => process.pid], ['ppid', ({ process }) => process.ppid],
  ['program', ({ process }) => process.exe], ['project', ({ project }) => project.path], ['times', ({ repeat }) => repeat?.count ?? 1], ['hash', ({ hash }) => hash],
];

/** A cell that a spreadsheet would take for a formula begins with an apostrophe (OWASP, CSV injection). */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const LEVELS: Readonly<Record<RiskLevel, 'note' | 'warning' | 'error'>> = { none: 'note', low: 'note', medium: 'warning', high: 'error', critical: 'error' };

/** https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html: the rule that denied is the rule, and its place in the policy a related location. */
function toSarif(events: readonly AuditEvent[]): unknown {
  const ruleOf = ({ decision }: AuditEvent): string => decision.rule ?? decision.step;
  const rules = [...new Set(events.map(ruleOf))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Patchwork', informationUri: 'https://www.npmjs.com/package/patchwork', rules: rules.map((id) => ({ id, shortDescription: { text: `denied by ${id}` } })) } },
        results: events.map((event) => ({
          ruleId: ruleOf(event),
          ruleIndex: rules.indexOf(ruleOf(event)),
          level: LEVELS[event.risk.level],
          message: { text: `${event.action} ${targetText(event)}: ${event.decision.reason}` },
          ...(event.target.abs_path === undefined ? {} : { locations: [{ physicalLocation: { artifactLocation: { uri: `file://${encodeURI(event.target.abs_path)}` } } }] }),
          ...relatedLocation(event),
          fingerprints: { 'patchwork/event': event.id },
          properties: { timestamp: event.timestamp, session: event.session_id, agent: event.agent, layer: event.decision.layer, flags: event.risk.flags, hash: event.hash },
        })),
      },
    ],
  };
}

function relatedLocation({ decision: { source = '' } }: AuditEvent): Record<string, unknown> {
  const place = /^(\/.*):(\d+)$/.exec(source);
  if (place === null) return {};
  return { relatedLocations: [{ physicalLocation: { artifactLocation: { uri: `file://${encodeURI(place[1] ?? '')}` }, region: { startLine: Number(place[2]) } }, message: { text: 'the rule' } }] };
}
