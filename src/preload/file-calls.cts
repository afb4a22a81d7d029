/** One call of a file function: its arguments copied once and judged. */
import { type Denial, denialError } from './deny.cts';
import { type FileAction, judgePath } from './file-questions.cts';
import { actionsOfFlags, type FileRow } from './file-rows.cts';
import { copyList, create, statSync } from './originals.cts';
import { copyPath, type PathCopy } from './paths.cts';

interface JudgedCall {
  /** What to call with: the paths and flags that were judged. */
  readonly args: unknown[];
  readonly denial: Denial | undefined;
  readonly asked: readonly Asked[];
}

export interface Asked {
  readonly action: FileAction;
  readonly text: string | undefined;
}

/**
 * What has been judged for the calls that are running right now: older versions of Node implement some functions with
 * others of the public `fs`, and one action shall be one question.
 */
let underway: readonly Asked[] = [];

export function judgeCall(row: FileRow, given: readonly unknown[]): JudgedCall {
  const args = copyList(given);
  const actions = row.flags === undefined ? undefined : fixFlags(row.flags, args);
  const paths: (PathCopy | undefined)[] = [];
  for (let i = 0; i < row.uses.length; i++) {
    const at = row.uses[i]?.at as number;
    const copy = copyPath(args[at]);
    paths[i] = copy;
    if (copy !== undefined) args[at] = copy.value;
  }
  const asked: Asked[] = [];
  for (let i = 0; i < row.uses.length; i++) {
    const copy = paths[i];
    // A descriptor, or arguments that Node refuses before it touches the disk.
    if (copy === undefined) continue;
    const use = (row.uses[i] as FileRow['uses'][number]).action;
    if (use !== 'flags') asked[asked.length] = { action: use, text: copy.text };
    else if (actions !== undefined)
      for (let k = 0; k < actions.length; k++) asked[asked.length] = { action: actions[k] as FileAction, text: copy.text };
  }
  for (let i = 0; i < asked.length; i++) {
    const one = asked[i] as Asked;
    const denial = judgeOne(one, row.syscall, paths);
    if (denial !== undefined) return { args, denial, asked };
  }
  return { args, denial: undefined, asked };
}

function judgeOne({ action, text }: Asked, syscall: string, paths: readonly (PathCopy | undefined)[]): Denial | undefined {
  for (let i = 0; i < underway.length; i++) if (underway[i]?.action === action && underway[i]?.text === text) return undefined;
  // Making a folder that is there changes nothing: it is how programs make sure of one.
  if (syscall === 'mkdir' && text !== undefined && isFolder(text)) return undefined;
  const denied = judgePath(action, text);
  if (denied === undefined) return undefined;
  return denialError(denied, { action, syscall, path: shown(paths[0]) ?? shown(paths[1]), dest: paths[0] && shown(paths[1]) });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { bigint: true }).isDirectory();
  } catch {
    return false;
  }
}

function shown(copy: PathCopy | undefined): string | undefined {
  return copy === undefined ? undefined : (copy.text ?? `${copy.value}`);
}

/** Takes the flags once, and puts the taken value where the call will look. */
function fixFlags(flags: NonNullable<FileRow['flags']>, args: unknown[]): readonly FileAction[] | undefined {
  const given = args[flags.at];
  if (!flags.inOptions)
    return actionsOfFlags(given === undefined || given === null || typeof given === 'function' ? flags.standard : given);
  if (typeof given !== 'object' || given === null || !('flag' in given)) return actionsOfFlags(flags.standard);
  const { flag } = given;
  args[flags.at] = create(given, { flag: { value: flag, writable: true, enumerable: true, configurable: true } });
  return actionsOfFlags(flag || flags.standard);
}

/** Adds to what is underway, inside a call that walks a tree. */
export function countAsUnderway(asked: readonly Asked[]): void {
  underway = asked;
}

/** Runs an original function with this call counted as underway. */
export function whileUnderway<Result>(asked: readonly Asked[], run: () => Result): Result {
  const before = underway;
  underway = asked;
  try {
    return run();
  } finally {
    underway = before;
  }
}
