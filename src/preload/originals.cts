/**
 * Built-in functions as they were before any user code ran. Everything that judges goes through these, because a program
 * that replaces `String.prototype.includes` or `fs.readSync` must not thereby change a verdict.
 */
const fs = require('node:fs') as typeof import('node:fs');
const path = require('node:path') as typeof import('node:path');
const url = require('node:url') as typeof import('node:url');
const util = require('node:util') as typeof import('node:util');

export const { apply, construct, ownKeys } = Reflect;
export const { assign, create, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf, hasOwn } = Object;
export const ownSymbols = Object.getOwnPropertySymbols;
export const { isArray } = Array;
export const { wait } = Atomics;
export const { nextTick, pid } = process;
export const workingFolder = process.cwd;
export const toText = String;
export const toNumber = Number;
export const NodeURL = URL;
export const now = performance.now.bind(performance);
export const reject: (error: Error) => Promise<never> = Promise.reject.bind(Promise);

export const { accessSync, fstatSync, readdirSync, readlinkSync, readSync, statSync, writeSync, constants } = fs;
export const realpath = fs.realpathSync.native;
export const { resolve, join } = path;
export const { fileURLToPath } = url;
export const { isProxy, isUint8Array } = util.types;

/** `method.call` frozen to one method: `Function.prototype.call` is not looked up again. */
const { bind, call } = Function.prototype;
function uncurry<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (self: This, ...args: Args) => Result {
  return bind.call(call, method) as (self: This, ...args: Args) => Result;
}

export const includes = uncurry(String.prototype.includes as (this: string, part: string) => boolean);
export const startsWith = uncurry(String.prototype.startsWith as (this: string, part: string) => boolean);
export const endsWith = uncurry(String.prototype.endsWith as (this: string, part: string) => boolean);
export const indexOf = uncurry(String.prototype.indexOf as (this: string, part: string, from?: number) => number);
export const slice = uncurry(String.prototype.slice);
export const lowerCase = uncurry(String.prototype.toLowerCase);
export const split = uncurry(String.prototype.split as (this: string, separator: string) => string[]);
export const joinTexts = uncurry(Array.prototype.join as (this: readonly string[], separator: string) => string);
export const copyList = uncurry(Array.prototype.slice as (this: readonly unknown[], from?: number) => unknown[]);
export const mapHas = uncurry(Map.prototype.has as (this: ReadonlyMap<string, true>, key: string) => boolean);
export const mapSet = uncurry(Map.prototype.set as (this: Map<string, true>, key: string, value: true) => unknown);
export const mapDelete = uncurry(Map.prototype.delete as (this: Map<string, true>, key: string) => boolean);
export const mapKeys = uncurry(Map.prototype.keys as (this: ReadonlyMap<string, true>) => IterableIterator<string>);
export const onRejection = uncurry(
  Promise.prototype.then as (this: Promise<unknown>, done: undefined, failed: (error: unknown) => never) => Promise<unknown>,
);
export const bytesOf = Buffer.from as (value: string | Uint8Array) => Buffer;
export const newBytes = Buffer.allocUnsafeSlow;
export const textOfBytes = uncurry(
  Buffer.prototype.toString as (this: Buffer, encoding: 'utf8', from: number, to: number) => string,
);
export const sameBytes = uncurry(Buffer.prototype.equals as (this: Buffer, other: Uint8Array) => boolean);
export const copyInto = uncurry(Buffer.prototype.copy as (this: Buffer, target: Uint8Array) => number);
