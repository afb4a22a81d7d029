/** Words of events and of questions, cut in the same way as FTS5's unicode61 cuts them (without its removal of accents). Pure. */
import { basename } from 'node:path';
import type { AuditEvent } from '../event.ts';
import { hasLeaf } from './leaf.ts';

/** As `tokenize=` of the full-text tables. */
export const TOKENIZER = 'unicode61 remove_diacritics 0';

const WORD = /[\p{L}\p{N}\p{Co}]+/gu;

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

export function fileWords(path = '', real = ''): string {
  return real.endsWith(path) ? real : `${path}\n${real}`;
}

/** What the event was about: path, command, address, tool. */
export function targetWords({ target }: Pick<AuditEvent, 'target'>): string {
  switch (target.type) {
    case 'file':
      return fileWords(target.path, target.abs_path);
    case 'network':
      return [target.url, target.port === undefined ? target.host : `${target.host}:${target.port}`].filter((each) => each !== undefined).join('\n');
    case 'mcp_tool':
      return `${target.server_name}:${target.tool_name}`;
    case 'system_call':
      return target.call ?? '';
    default:
      return target.command ?? '';
  }
}

/** What a filter asks for most, and many events share. */
export interface EventClass {
  readonly action: string;
  readonly status: string;
  /** As a number: see RISK_LEVELS. */
  readonly risk: number;
}

/** No text that a person types begins like it (private use). */
const MARK = '\u{e001}';

/**
 * A word among those of every event that tells its class: words of denied or of network events alone are then one
 * question to the full text, not a walk past all that have the words.
 */
export function markOf({ action, status, risk }: EventClass): string {
  return `${MARK}${action.replaceAll('_', '')}${status}${risk}`;
}

/** What events of one session, kind, outcome and rule have in common. */
export function kindWords(event: AuditEvent): string {
  const { action, status, risk, decision, session_id: session, agent, project } = event;
  return [action, status, risk.level, ...risk.flags, decision.rule, decision.source, session, agent, project.name, project.path].filter((each) => each !== undefined).join('\n');
}

/** The reason of a denial without what it repeats of the target, whose words are the event's own: so that events share it. */
export function sharedReason(event: Pick<AuditEvent, 'decision' | 'target' | 'status'>): string {
  // Others seldom do; and the same reason stands for events with other targets there.
  if (event.status !== 'denied') return event.decision.reason;
  let own: string[] | undefined;
  return event.decision.reason.replace(/`[^`]*`/g, (quoted) => {
    own ??= wordsOf(targetWords(event));
    return hasLeaf(own, { words: wordsOf(quoted), isPrefix: false }) ? '``' : quoted;
  });
}

/** What events of one program with one reason have in common. */
export function reasonWords(event: AuditEvent): string {
  const { decision, process } = event;
  return [sharedReason(event), process.exe === undefined ? undefined : basename(process.exe), decision.pep].filter((each) => each !== undefined).join('\n');
}
