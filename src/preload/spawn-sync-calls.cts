/** The arguments of `spawnSync`, `execFileSync` and `execSync`, read once: getters may answer differently the next time. */
import { isArray, joinTexts, toText } from './originals.cts';

export interface SyncCall {
  /** As given: a program, or the line of `execSync`. */
  readonly file: string;
  /** Undefined for `execSync`, which takes none. */
  readonly args: readonly string[] | undefined;
  readonly options: Record<string, unknown>;
}

/** What the kernel will be asked to run. */
export interface Target {
  readonly program: string;
  readonly argv: readonly string[];
}

/** Undefined where Node throws before it starts anything. */
export type Reader = (given: readonly unknown[]) => SyncCall | undefined;

/** `spawnSync(file[, args][, options])` */
export function readSpawnSync(given: readonly unknown[]): SyncCall | undefined {
  const hasList = isArray(given[1]) || given[1] == null;
  const options = hasList ? given[2] : given[1];
  if (options !== undefined && !isPlainObject(options)) return undefined;
  return callOf(given[0], hasList ? given[1] : undefined, options);
}

/** `execFileSync(file[, args][, options])`, which also takes null, and a function where it expects a list. */
export function readExecFileSync(given: readonly unknown[]): SyncCall | undefined {
  if (typeof given[1] === 'function') return callOf(given[0], undefined, undefined);
  const hasList = isArray(given[1]) || given[1] == null;
  const options = hasList ? given[2] : given[1];
  if (options != null && !isPlainObject(options)) return undefined;
  return callOf(given[0], hasList ? given[1] : undefined, options);
}

/** `execSync(command[, options])`: whatever stands for the options is spread, be it null or a string. */
export function readExecSync(given: readonly unknown[]): SyncCall | undefined {
  const [command, second] = given;
  if (typeof command !== 'string') return undefined;
  const options: Record<string, unknown> = {
    __proto__: null,
    ...(typeof second === 'function' ? undefined : (second as object)),
  };
  options['shell'] = typeof options['shell'] === 'string' ? options['shell'] : true;
  return { file: command, args: undefined, options };
}

function callOf(file: unknown, list: unknown, options: unknown): SyncCall | undefined {
  if (typeof file !== 'string' || file === '') return undefined;
  return { file, args: isArray(list) ? textsOf(list) : [], options: { __proto__: null, ...(options as object | undefined) } };
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isArray(value);
}

export function targetOf({ file, args = [], options }: SyncCall): Target {
  const { shell, argv0 } = options;
  const program = shell ? (typeof shell === 'string' ? shell : '/bin/sh') : file;
  const first = typeof argv0 === 'string' ? argv0 : program;
  if (!shell) return { program, argv: withFirst(first, args) };
  return { program, argv: [first, '-c', joinTexts(withFirst(file, args), ' ')] };
}

function withFirst(first: string, rest: readonly string[]): string[] {
  const list = [first];
  for (let i = 0; i < rest.length; i++) list[i + 1] = rest[i] as string;
  return list;
}

export function textsOf(list: readonly unknown[]): string[] {
  const texts: string[] = [];
  for (let i = 0; i < list.length; i++) texts[i] = toText(list[i]);
  return texts;
}
