/** Words of events and of questions, cut in the same way as FTS5's unicode61 cuts them (without its removal of accents). Pure. */
import { basename } from 'node:path';
import type { RiskLevel } from '../../model/risk.ts';
import type { AuditEvent, EventStatus } from '../event.ts';

/** As `tokenize=` of the full-text tables. */
export const TOKENIZER = 'unicode61 remove_diacritics 0';

const WORD = /[\p{L}\p{N}\p{Co}]+/gu;

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** What the event was about: path, command, address, tool. */
export function targetWords({ target }: Pick<AuditEvent, 'target'>): string {
  switch (target.type) {
    case 'file': {
      const { path = '', abs_path: real = '' } = target;
      return real.endsWith(path) ? real : `${path}\n${real}`;
    }
    case 'network':
      return [target.url, target.port === undefined ? target.host : `${target.host}:${target.port}`].filter((each) => each !== undefined).join('\n');
    case 'mcp_tool':
      return `${target.server_name}:${target.tool_name}`;
    default:
      return target.command ?? '';
  }
}

/**
 * Marks among the words of rare events, of letters that no text has (private use): a search that asks for denials alone
 * is then one question to the full text, not a walk past everything that was allowed.
 */
const MARKS = { denied: '\u{e001}denied', error: '\u{e001}error', high: '\u{e001}high', critical: '\u{e001}critical' } as const;

export function marksOf(status: EventStatus, level: RiskLevel): string {
  const marks = [status === 'completed' ? '' : MARKS[status], level === 'high' || level === 'critical' ? MARKS[level] : ''].filter((mark) => mark !== '');
  return marks.length === 0 ? '' : `\n${marks.join(' ')}`;
}

/** As FTS5 writes them. */
export function marksOfFilter({ status, risk }: { readonly status?: EventStatus; readonly risk?: RiskLevel }): string[] {
  return [
    ...(status === 'denied' || status === 'error' ? [`"${MARKS[status]}"`] : []),
    ...(risk === 'critical' ? [`"${MARKS.critical}"`] : risk === 'high' ? [`("${MARKS.high}" OR "${MARKS.critical}")`] : []),
  ];
}

/** What events of one session, kind, outcome and rule have in common. */
export function kindWords(event: AuditEvent): string {
  const { action, status, risk, decision, session_id: session, agent, project } = event;
  return [action, status, risk.level, ...risk.flags, decision.rule, decision.source, session, agent, project.name, project.path].filter((each) => each !== undefined).join('\n');
}

/** What events of one program with one reason have in common. */
export function reasonWords({ decision, process }: AuditEvent): string {
  return [decision.reason, process.exe === undefined ? undefined : basename(process.exe), decision.pep].filter((each) => each !== undefined).join('\n');
}
