/** The same filter on one event, without an index. Pure. */
import { atLeast } from '../../model/risk.ts';
import type { AuditEvent } from '../event.ts';
import type { EventFilter } from './filter.ts';
import { hasLeaf, type Leaf } from './leaf.ts';
import { type Conjunction, parseSearch } from './query-text.ts';
import { kindWords, reasonWords, targetWords, wordsOf } from './words.ts';

/** Throws PW_USAGE for a search that cannot be read. */
export function matcherOf(filter: EventFilter): (event: AuditEvent) => boolean {
  const alternatives = filter.text === undefined ? undefined : parseSearch(filter.text);
  const target = filter.target === undefined ? [] : wordsOf(filter.target);
  const targetLeaf: Leaf | undefined = target.length === 0 ? undefined : { words: target, isPrefix: true };
  const since = filter.since?.getTime() ?? Number.NEGATIVE_INFINITY;
  const until = filter.until?.getTime() ?? Number.POSITIVE_INFINITY;
  return (event) => {
    if (filter.session !== undefined && event.session_id !== filter.session) return false;
    if (filter.agent !== undefined && event.agent !== filter.agent) return false;
    if (filter.action !== undefined && event.action !== filter.action) return false;
    if (filter.status !== undefined && event.status !== filter.status) return false;
    if (filter.risk !== undefined && !atLeast(event.risk.level, filter.risk)) return false;
    if (filter.rule !== undefined && (event.decision.rule ?? '') !== filter.rule) return false;
    const time = Date.parse(event.timestamp);
    if (!(time >= since && time < until)) return false;
    if (targetLeaf !== undefined && !hasLeaf(wordsOf(targetWords(event)), targetLeaf)) return false;
    return alternatives === undefined || hasText(event, alternatives);
  };
}

/** A row of words stands within one of the three texts, as in the index. */
function hasText(event: AuditEvent, alternatives: readonly Conjunction[]): boolean {
  const texts = [targetWords(event), kindWords(event), reasonWords(event)].map(wordsOf);
  const has = (leaf: Leaf): boolean => texts.some((words) => hasLeaf(words, leaf));
  return alternatives.some(({ all, none }) => all.every(has) && !none.some(has));
}
