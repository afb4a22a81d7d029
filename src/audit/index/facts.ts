/**
 * What the index needs of a line, cut out of its text: our lines have their keys in one order, and a quote inside a text
 * is escaped, so that a key with its quotes stands nowhere else. A third of the time of parsing all of it. Whatever
 * looks otherwise is parsed in full.
 */
import type { AuditEvent } from '../event.ts';
import { parseEvent } from '../reader.ts';
import { fileWords, targetWords } from './words.ts';

/** A line that has been read; `whole` parses the rest when it is needed. */
export interface LineFacts {
  /** Action, agent and decision but for its time, risk, status and program: equal for events of one kind and reason. */
  readonly key: string;
  readonly timestamp: string;
  /** What it was about, as the full text has it. */
  readonly words: string;
  readonly pid: number;
  readonly ppid: number | undefined;
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
  const project = text.indexOf('},"project":{', process);
  const risk = text.indexOf(',"risk":{', project);
  const session = text.indexOf(',"session_id":"', risk);
  const status = text.indexOf(',"status":"', session);
  const target = text.indexOf(',"target":{', status);
  const time = text.indexOf('},"timestamp":"', target);
  const tail = text.length - TAIL_LENGTH;
  if (micros < 0 || pep < 0 || id < 0 || process < 0 || project < 0 || risk < 0 || session < 0 || status < 0 || target < 0 || time + 39 !== tail || !text.startsWith('{"action":"') || !text.startsWith('","hash":"', tail) || !text.endsWith('"}') || text.includes(',"repeat":{')) return undefined;
  const pid = text.indexOf('"pid":', process);
  const ppid = text.indexOf(',"ppid":', pid);
  const pidEnd = ppid < 0 || ppid > project ? project : ppid;
  if (pid < 0 || pid > project) return undefined;
  const own = Number(text.slice(pid + 6, pidEnd));
  const parent = pidEnd === project ? undefined : Number(text.slice(pidEnd + 8, project));
  const words = wordsOfTarget(text.slice(target + 10, time + 1));
  if (!Number.isSafeInteger(own) || (parent !== undefined && !Number.isSafeInteger(parent)) || words === undefined) return undefined;
  return {
    key: `${text.slice(0, micros)}${text.slice(pep, id)}${text.slice(risk, session)}${text.slice(status, target)}${text.slice(process, pid)}`,
    timestamp: text.slice(time + 15, time + 39),
    words,
    pid: own,
    ppid: parent,
    hash: text.slice(tail + 10, tail + 10 + HASH_LENGTH),
    times: 1,
    whole: () => wholeEvent(text),
  };
}

const FILE_BEGIN = '{"abs_path":"';
const FILE_MIDDLE = '","path":"';
const FILE_END = '","type":"file"}';

/** Undefined for what is no target. Files, which are most, are cut as well. */
function wordsOfTarget(json: string): string | undefined {
  try {
    const path = json.indexOf(FILE_MIDDLE);
    // Parsed and not only cut: a piece of a text keeps all of it in memory.
    if (path > 0 && json.startsWith(FILE_BEGIN) && json.endsWith(FILE_END)) return fileWords(JSON.parse(json.slice(path + FILE_MIDDLE.length - 1, 1 - FILE_END.length)) as string, JSON.parse(json.slice(FILE_BEGIN.length - 1, path + 1)) as string);
    const target = JSON.parse(json) as AuditEvent['target'];
    return typeof target.type === 'string' ? targetWords({ target }) : undefined;
  } catch {
    return undefined;
  }
}

function parseFacts(text: string): LineFacts | undefined {
  const event = wholeEvent(text);
  if (event === undefined) return undefined;
  const { action, agent, decision, risk, status, timestamp, process, hash, repeat } = event;
  return { key: JSON.stringify([action, agent, { ...decision, micros: 0 }, risk, status, process.exe]), timestamp, words: targetWords(event), pid: process.pid, ppid: process.ppid, hash, times: repeat?.count ?? 1, whole: () => event };
}

function wholeEvent(text: string): AuditEvent | undefined {
  const event = parseEvent(text);
  return event !== undefined && isWhole(event) ? event : undefined;
}

/** A log may have been written by somebody else: what is no event in full counts as unreadable. */
function isWhole({ timestamp, risk, target, decision, process, project, agent, status }: AuditEvent): boolean {
  return !Number.isNaN(Date.parse(timestamp)) && Array.isArray(risk?.flags) && typeof target?.type === 'string' && typeof decision?.reason === 'string' && Number.isSafeInteger(process?.pid) && typeof project?.path === 'string' && typeof agent === 'string' && typeof status === 'string';
}
