/** `fs`, `fs/promises` and the streams on top of them (those open through `fs.open`). */
import type { Denial } from './deny.cts';
import { type Asked, judgeCall, whileUnderway } from './file-calls.cts';
import { FILE_ROWS, type FileRow } from './file-rows.cts';
import { fixOptions, judgeInFilter, judgeTree, removesNatively } from './file-trees.cts';
import { apply, copyList, endsWith, nextTick, reject } from './originals.cts';
import { type Callable, type Replacement, replaceMethod } from './wrap.cts';

const fs = require('node:fs') as typeof import('node:fs');

interface Prepared {
  readonly args: unknown[];
  readonly denial: Denial | undefined;
  readonly asked: readonly Asked[];
}

type Mode = 'sync' | 'async';

export function guardFiles(): void {
  for (const name in FILE_ROWS) {
    const row = FILE_ROWS[name] as FileRow;
    for (const [holder, key] of [[fs, `${name}Sync`], [fs, name], [fs.promises, name]] as const) replaceMethod(holder, key, judging(holder, key, row));
  }
}

/** How the function of that name is asked about before it acts. */
export function judging(holder: object, name: string, row: FileRow): (original: Callable) => Replacement {
  const judge = endsWith(name, 'Sync') ? throwing : holder === fs && name !== 'openAsBlob' ? callingBack : rejecting;
  return (original) => judge(original, row);
}

function throwing(original: Callable, row: FileRow): Replacement {
  const isNativeTree = row.tree === 'remove' && removesNatively(original);
  return function (this: unknown, ...given) {
    const { args, denial, asked } = prepare(row, given, 'sync', isNativeTree);
    if (denial !== undefined) throw denial;
    return whileUnderway(asked, () => apply(original, this, args));
  };
}

function callingBack(original: Callable, row: FileRow): Replacement {
  return function (this: unknown, ...given) {
    const { args, denial } = prepare(row, given, 'async');
    const callback = lastFunction(args);
    // Without a callback Node throws before it does anything.
    if (denial === undefined || callback === undefined) return apply(original, this, args);
    nextTick(callback, denial);
    return undefined;
  };
}

function rejecting(original: Callable, row: FileRow): Replacement {
  return function (this: unknown, ...given) {
    let prepared: Prepared;
    try {
      prepared = prepare(row, given, 'async');
    } catch (error) {
      return reject(error as Error);
    }
    return prepared.denial === undefined ? apply(original, this, prepared.args) : reject(prepared.denial);
  };
}

function prepare(row: FileRow, given: readonly unknown[], mode: Mode, isNativeTree = false): Prepared {
  if (row.tree === 'copy') {
    const args = copyList(given);
    judgeInFilter(args, mode);
    return { args, denial: undefined, asked: [] };
  }
  const call = judgeCall(row, given);
  if (row.tree !== 'remove' || call.denial !== undefined) return call;
  const isRecursive = Boolean(fixOptions(call.args, 1)?.recursive);
  const root = call.asked[0]?.text;
  if (!isNativeTree || !isRecursive || root === undefined) return call;
  return { ...call, denial: judgeTree(root) };
}

function lastFunction(args: readonly unknown[]): Callable | undefined {
  for (let i = args.length - 1; i >= 0; i--) if (typeof args[i] === 'function') return args[i] as Callable;
  return undefined;
}
