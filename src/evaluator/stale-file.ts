/** Whether the file that was judged is still the one that will run. */
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { Judgement } from './evaluator.ts';
import type { Asking, CommandQuestion } from './protocol.cts';

/** Bytes that are no UTF-8 come as lone surrogates; Node cannot name such a file. */
const NO_UTF8 = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Names a file without a right to it (open(2)); Node has no name for it. */
const O_PATH = 0o10_000_000;
const CHANGED = 'the program changed while it was judged';

/** What `use` makes of that very file, whatever its name leads to meanwhile; undefined when it is another one already. `file`: its `device:inode`. */
export function withFile<T>(path: string, file: string, use: (handle: string) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(path, O_PATH);
  } catch {
    return undefined;
  }
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}` === file ? use(`/proc/self/fd/${fd}`) : undefined;
  } finally {
    closeSync(fd);
  }
}

/** The enforcement point and the evaluator must speak of the same file; a link may have been swapped in between. */
function staleFile(question: CommandQuestion): string | undefined {
  // Nothing of that name is installed, and nothing will run: only whether a rule denies it is asked.
  if (question.exe === '' && question.advise === true) return undefined;
  // The program itself, stopped, is nobody else; a script's file is its interpreter's to open.
  if (question.running === true) return undefined;
  if (NO_UTF8.test(question.exe)) return "the program's path is not valid UTF-8, so that it cannot be looked up";
  try {
    const stats = statSync(question.exe, { bigint: true });
    return `${stats.dev}:${stats.ino}` === question.file ? undefined : CHANGED;
  } catch {
    return 'the program is gone';
  }
}

export function deniedAsStale(judgement: Judgement, reason = CHANGED): Judgement {
  return { ...judgement, decision: { ...judgement.decision, effect: 'deny', step: 'mode', layer: 'builtin', rule: undefined, reason: `${reason}; what cannot be judged is denied` } };
}

/** What cannot be found, or is another file by now, is not what was judged. */
export function refuseStale(judgement: Judgement, question: Asking): Judgement {
  const stale = question.action === 'command_execute' ? staleFile(question) : undefined;
  if (stale === undefined || judgement.decision.effect === 'deny') return judgement;
  return deniedAsStale(judgement, stale);
}
