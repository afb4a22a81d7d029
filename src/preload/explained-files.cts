/** `fs` and `fs/promises` where the kernel judges: every call goes through as it is, and one that was refused gets the reason into its error. */
import { needAll } from './builtins.cts';
import type { FileRow } from './file-rows.cts';
import { FILE_ROWS } from './file-rows.cts';
import { apply, hasOwn, isUint8Array, readlinkSync, onRejection } from './originals.cts';
import { type Callable, type Replacement, replaceLazily, replaceMethod } from './wrap.cts';

const fs = require('node:fs') as typeof import('node:fs');

/** Change a file by its descriptor. */
const BY_DESCRIPTOR = ['fchmod', 'fchown', 'futimes', 'ftruncate'] as const;

export function explainFiles(): void {
  for (const name in FILE_ROWS) {
    const row = FILE_ROWS[name] as FileRow;
    // Opens nothing before it is read; and Node ends when it meets a folder that it may not copy (std::filesystem). They ask beforehand.
    if (name === 'openAsBlob' || row.tree === 'copy') askBefore(name, row);
    else {
      replaceMethod(fs, `${name}Sync`, throwing);
      replaceMethod(fs, name, callingBack);
      replaceMethod(fs.promises, name, rejecting);
    }
  }
  for (const name of BY_DESCRIPTOR) {
    replaceMethod(fs, `${name}Sync`, throwing);
    replaceMethod(fs, name, callingBack);
  }
}

function askBefore(name: string, row: FileRow): void {
  for (const [holder, key] of [[fs, `${name}Sync`], [fs, name], [fs.promises, name]] as const) {
    replaceLazily(holder, key, () => {
      const { judging }: typeof import('./fs.cts') = require('./fs.cjs');
      return (original) => judging(holder, key, row)(original);
    });
  }
}

function throwing(original: Callable): Replacement {
  return function (this: unknown, ...given) {
    seeModule(given[0]);
    try {
      return apply(original, this, given);
    } catch (error) {
      explain(error, given[0]);
      throw error;
    }
  };
}

function callingBack(original: Callable): Replacement {
  return function (this: unknown, ...given) {
    for (let i = given.length - 1; i >= 0; i--) {
      const callback = given[i];
      if (typeof callback !== 'function') continue;
      const target = given[0];
      given[i] = function (this: unknown, ...results: unknown[]): unknown {
        if (results[0]) explain(results[0], target);
        return apply(callback, this, results);
      };
      break;
    }
    return apply(original, this, given);
  };
}

function rejecting(original: Callable): Replacement {
  return function (this: unknown, ...given) {
    seeModule(given[0]);
    const failed = (error: unknown): never => {
      explain(error, given[0]);
      throw error;
    };
    return onRejection(apply(original, this, given) as Promise<unknown>, undefined, failed);
  };
}

/** Node reads its modules by URLs, before they name the built-ins that they want. */
function seeModule(path: unknown): void {
  if (typeof path === 'object' && path !== null && !isUint8Array(path)) needAll();
}

function explain(error: unknown, given: unknown): void {
  if (typeof error !== 'object' || error === null) return;
  const failure = error as NodeJS.ErrnoException;
  if ((failure.code !== 'EACCES' && failure.code !== 'EPERM') || hasOwn(failure, 'patchwork')) return;
  try {
    // Loaded now: the connection to the evaluator needs modules that most programs do not.
    const { addReason }: typeof import('./reasons.cts') = require('./reasons.cjs');
    addReason(failure, typeof given === 'number' ? readlinkSync(`/proc/self/fd/${given}`) : given);
  } catch {
    // The error stays as Node made it.
  }
}
