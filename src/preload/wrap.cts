/** Puts a judging function in the place of a built-in one so that nothing but a denial tells them apart. */
import { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } from './originals.cts';

// biome-ignore lint/complexity/noBannedTypes: any callable; it is only ever passed to Reflect.apply
export type Callable = Function & ((this: unknown, ...args: never[]) => unknown);
export type Replacement = (this: unknown, ...args: unknown[]) => unknown;

/** Replaces `holder[name]` when it is a function; what this Node version lacks is skipped. */
export function replaceMethod(holder: object, name: string, judge: (original: Callable) => Replacement): void {
  const descriptor = getOwnPropertyDescriptor(holder, name);
  // Some are accessors that load their module at first use (`fs.opendir`).
  const original = descriptor?.get === undefined ? descriptor?.value : (holder as Record<string, unknown>)[name];
  if (descriptor === undefined || typeof original !== 'function') return;
  const replacement = judge(original as Callable);
  imitate(replacement, original as Callable);
  const { enumerable = true, writable = true } = descriptor;
  defineProperty(holder, name, { value: replacement, enumerable, writable, configurable: true });
}

/** The same with a judge that is loaded when the function is called for the first time. */
export function replaceLazily(holder: object, name: string, load: () => (original: Callable) => Replacement): void {
  replaceMethod(holder, name, (original) => {
    let judged: Replacement | undefined;
    return function (this: unknown, ...given) {
      judged ??= load()(original);
      return apply(judged, this, given);
    };
  });
}

/** Name, length, `exists[util.promisify.custom]`: callers and promisify look at them. */
function imitate(replacement: Replacement, original: Callable): void {
  const keys = ownKeys(original);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string | symbol;
    // Node makes these objects only when somebody looks; nobody constructs these functions.
    if (key === 'prototype') continue;
    defineProperty(replacement, key, getOwnPropertyDescriptor(original, key) as PropertyDescriptor);
  }
  const prototype = getPrototypeOf(original);
  if (prototype !== Function.prototype) setPrototypeOf(replacement, prototype);
}
