/** Judges one path: what the evaluator settled at the start needs no question, everything else is asked each time. */
import { ask, hello } from './channel.cts';
import { type Refusal, refusal } from './deny.cts';
import { includes, lowerCase, resolve, startsWith, workingFolder } from './originals.cts';
import { pathForQuestion, realPathOf } from './paths.cts';

export type FileAction = 'file_read' | 'file_write' | 'file_delete';

const NO_FOLDER = refusal('the current folder no longer exists, so the path cannot be judged');
const NOT_UTF8 = refusal('the path is not UTF-8 and cannot be judged');

let settled: { folders: readonly string[]; literals: readonly string[] } | undefined;

export function judgePath(action: FileAction, text: string | undefined): Refusal | undefined {
  if (text === undefined) return NOT_UTF8;
  let cwd: string;
  try {
    cwd = workingFolder();
  } catch {
    return NO_FOLDER;
  }
  if (action === 'file_read' && isSettled(resolve(cwd, text))) return undefined;
  return ask({ action, path: pathForQuestion(text), cwd });
}

/** True when no rule can deny this read. Both the name and the file behind it must be free of every dangerous text. */
function isSettled(absolute: string): boolean {
  settled ??= hello() ?? { folders: [], literals: [] };
  if (settled.folders.length === 0) return false;
  const real = realPathOf(absolute);
  if (real === undefined || !isBelowAny(real, settled.folders)) return false;
  const lowerReal = lowerCase(real);
  const lowerAbsolute = lowerCase(absolute);
  for (let i = 0; i < settled.literals.length; i++) {
    const literal = settled.literals[i] as string;
    if (includes(lowerReal, literal) || includes(lowerAbsolute, literal)) return false;
  }
  return true;
}

function isBelowAny(path: string, folders: readonly string[]): boolean {
  for (let i = 0; i < folders.length; i++) {
    const folder = folders[i] as string;
    if (path === folder || startsWith(path, folder === '/' ? '/' : `${folder}/`)) return true;
  }
  return false;
}
