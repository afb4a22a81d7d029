/**
 * What the index needs of a line, cut out of its text: our lines have their keys in one order, and a quote inside a text
 * is escaped, so that a key with its quotes stands nowhere else. A third of the time of parsing all of it. Whatever
 * looks otherwise is parsed in full.
 */
import type { AuditEvent } from '../event.ts';
import { parseEvent } from '../reader.ts';

/** A line that has been read; `whole` parses the rest when it is needed. */
export interface LineFacts {
  /** Action, agent and decision but for its time, and risk and status: equal for events of one kind and reason, with their program. */
  readonly key: string;
  readonly timestamp: string;
  readonly target: AuditEvent['target'];
  readonly process: AuditEvent['process'];
  readonly hash: string;
  readonly times: number;
  readonly whole: () => AuditEvent | undefined;
}

const HASH_LENGTH = 64;
/** `","hash":"` + hash + `"}` */
const TAIL_LENGTH = HASH_LENGTH + 12;

export function readFacts(text: string): LineFacts | undefined {
  return cutFacts(text) ?? parseFacts(text);
}

function cutFacts(text: string): LineFacts | undefined {
  const micros = text.indexOf(',"micros":');
  const pep = text.indexOf(',"pep":', micros + 10);
  const id = text.indexOf('},"id":"', pep);
  const process = text.indexOf(',"process":{', id);
  const project = text.indexOf(',"project":{', process);
  const risk = text.indexOf(',"risk":{', project);
  const session = text.indexOf(',"session_id":"', risk);
  const status = text.indexOf(',"status":"', session);
  const target = text.indexOf(',"target":{', status);
  const time = text.indexOf('},"timestamp":"', target);
  const tail = text.length - TAIL_LENGTH;
  if (micros < 0 || pep < 0 || id < 0 || process < 0 || project < 0 || risk < 0 || session < 0 || status < 0 || target < 0 || time + 39 !== tail || !text.startsWith('{"action":"') || !text.startsWith('","hash":"', tail) || !text.endsWith('"}') || text.includes(',"repeat":{')) return undefined;
  try {
    const processFacts = JSON.parse(text.slice(process + 11, project)) as AuditEvent['process'];
    const targetFacts = JSON.parse(text.slice(target + 10, time + 1)) as AuditEvent['target'];
    if (!Number.isSafeInteger(processFacts.pid) || typeof targetFacts.type !== 'string') return undefined;
    return {
      key: `${text.slice(0, micros)}${text.slice(pep, id)}${text.slice(risk, session)}${text.slice(status, target)}${processFacts.exe ?? ''}`,
      timestamp: text.slice(time + 15, time + 39),
      target: targetFacts,
      process: processFacts,
      hash: text.slice(tail + 10, tail + 10 + HASH_LENGTH),
      times: 1,
      whole: () => wholeEvent(text),
    };
  } catch {
    return undefined;
  }
}

function parseFacts(text: string): LineFacts | undefined {
  const event = wholeEvent(text);
  if (event === undefined) return undefined;
  const { action, agent, decision, risk, status, timestamp, target, process, hash, repeat } = event;
  return { key: JSON.stringify([action, agent, { ...decision, micros: 0 }, risk, status, process.exe]), timestamp, target, process, hash, times: repeat?.count ?? 1, whole: () => event };
}

function wholeEvent(text: string): AuditEvent | undefined {
  const event = parseEvent(text);
  return event !== undefined && isWhole(event) ? event : undefined;
}

/** A log may have been written by somebody else: what is no event in full counts as unreadable. */
function isWhole({ timestamp, risk, target, decision, process, project, agent, status }: AuditEvent): boolean {
  return !Number.isNaN(Date.parse(timestamp)) && Array.isArray(risk?.flags) && typeof target?.type === 'string' && typeof decision?.reason === 'string' && Number.isSafeInteger(process?.pid) && typeof project?.path === 'string' && typeof agent === 'string' && typeof status === 'string';
}
