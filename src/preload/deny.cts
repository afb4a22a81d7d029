/** A denial as a Node program knows it: an ordinary EACCES error that also names the rule. */
import type { DenyVerdict } from '../evaluator/protocol.cts';
import { defineProperty, getOwnPropertyDescriptor, includes, indexOf, joinTexts, slice, split } from './originals.cts';

export type Refusal = Pick<DenyVerdict, 'message' | 'reason' | 'rule' | 'layer' | 'source'>;

/** What was attempted, in the words of Node's own errors. */
interface Attempt {
  readonly action: string;
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly hostname?: string | undefined;
  readonly spawnargs?: readonly unknown[] | undefined;
}

export interface Denial extends Error {
  readonly errno: -13;
  readonly code: 'EACCES';
  readonly syscall: string;
  readonly patchwork: { [Fact in 'action' | 'rule' | 'layer' | 'source' | 'reason']: string | undefined };
}

/** A refusal of the preload itself, where the evaluator was not or could not be asked. */
export function refusal(reason: string): Refusal {
  return { message: reason, reason };
}

export function denialError(denied: Refusal, attempt: Attempt): Denial {
  const error = new Error(`EACCES: ${wording(denied)}, ${attempt.syscall}${target(attempt)}`);
  put(error, 'errno', -13);
  put(error, 'code', 'EACCES');
  const { action, ...shape } = attempt;
  for (const name of ['syscall', 'path', 'dest', 'address', 'port', 'hostname', 'spawnargs'] as const) {
    if (shape[name] !== undefined) put(error, name, shape[name]);
  }
  const { rule, layer, source, reason } = denied;
  put(error, 'patchwork', { action, rule, layer, source, reason });
  return error as Denial;
}

/** An error of Node's own, with the words of a denial: whoever catches it finds all that stood there before. */
export function explainError(error: Error, denied: Refusal & { readonly action?: string }): void {
  const { action, rule, layer, source, reason } = denied;
  const { message, stack } = error;
  const from = 'permission denied';
  const at = indexOf(message, from);
  const text = at < 0 ? `${message} (${wording(denied)})` : slice(message, 0, at) + wording(denied) + slice(message, at + from.length);
  // The stack begins with the message.
  const start = stack === undefined ? -1 : indexOf(stack, message);
  rewrite(error, 'message', text);
  if (stack !== undefined && start >= 0) rewrite(error, 'stack', slice(stack, 0, start) + text + slice(stack, start + message.length));
  put(error, 'patchwork', { action, rule, layer, source, reason });
}

function rewrite(error: Error, name: 'message' | 'stack', value: string): void {
  defineProperty(error, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true } as PropertyDescriptor);
}

/** One line, in which rule, layer and reason stand whatever the evaluator's text says. */
function wording(denied: Refusal): string {
  let text = joinTexts(split(denied.message, '\n'), ' ');
  const missing = [];
  if (!includes(text, denied.reason)) missing[missing.length] = denied.reason;
  if (denied.rule !== undefined && !includes(text, denied.rule)) missing[missing.length] = `rule ${denied.rule}`;
  if (denied.layer !== undefined && !includes(text, denied.layer)) missing[missing.length] = `layer ${denied.layer}`;
  if (denied.source !== undefined && !includes(text, denied.source)) missing[missing.length] = denied.source;
  if (missing.length > 0) text += ` (${joinTexts(missing, ', ')})`;
  return text;
}

function target(attempt: Attempt): string {
  if (attempt.address !== undefined) return ` ${attempt.address}${attempt.port === undefined ? '' : `:${attempt.port}`}`;
  if (attempt.hostname !== undefined) return ` ${attempt.hostname}`;
  // `spawn git` carries its program in the system call's name already.
  if (attempt.path === undefined || attempt.spawnargs !== undefined) return '';
  return ` '${attempt.path}'${attempt.dest === undefined ? '' : ` -> '${attempt.dest}'`}`;
}

/** A plain own property, also where a program put a setter on Error.prototype or Object.prototype. */
function put(error: Error, name: string, value: unknown): void {
  if (getOwnPropertyDescriptor(error, name) !== undefined) return;
  defineProperty(error, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  } as PropertyDescriptor);
}
