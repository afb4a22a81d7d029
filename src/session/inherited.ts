/**
 * Descriptors above 2 that our caller gave us: the agent gets them under the same numbers. Node closes them on exec and
 * does not tell which they were, so they are told apart from its own by what those are. Linux only.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Descriptor {
  readonly number: number;
  /** What /proc shows: a path, `pipe:[1]`, `socket:[1]`. */
  readonly target: string;
}

interface Open extends Descriptor {
  readonly flags: number;
}

const ACCESS = 0o3;
const NON_BLOCKING = 0o4000;
/** More than this is no hand-over but a leak. */
const NUMBER_LIMIT = 4096;

/** To be asked before anything else opens a file. */
export function inheritedDescriptors(): Descriptor[] {
  const open = openDescriptors();
  const own = ownPipes(open);
  // Node opens its event loop first: every number below was taken when it came.
  const first = open.find(({ target }) => target === 'anon_inode:[eventpoll]')?.number ?? 0;
  return open.filter((each) => each.number < first || !isOwn(each, own)).map(({ number, target }) => ({ number, target }));
}

function isOwn({ target, flags }: Open, ownPipes: ReadonlySet<string>): boolean {
  return target.startsWith('anon_inode:') || ownPipes.has(target) || (target === '/dev/null' && (flags & ACCESS) === 0);
}

/**
 * libuv's pipes have both ends here, none of which blocks; but for one, made just before the first of the others, which
 * does. A pipe of `make` has both ends here as well, and one that blocks.
 */
function ownPipes(open: readonly Open[]): Set<string> {
  const ends = group(open);
  const pairs = [...ends].filter(([target, both]) => target.startsWith('pipe:') && both.length === 2);
  const never = pairs.filter(([, both]) => both.every(({ flags }) => (flags & NON_BLOCKING) !== 0)).map(([target]) => target);
  const always = pairs.filter(([, both]) => both.every(({ flags }) => (flags & NON_BLOCKING) === 0)).map(([target]) => target);
  const start = Math.min(...never.map(inode));
  const [lock] = always.sort((a, b) => Math.abs(inode(a) - start) - Math.abs(inode(b) - start));
  return new Set(lock === undefined ? never : [...never, lock]);
}

function group(open: readonly Open[]): Map<string, Open[]> {
  const result = new Map<string, Open[]>();
  for (const each of open) result.set(each.target, [...(result.get(each.target) ?? []), each]);
  return result;
}

function inode(target: string): number {
  return Number(/\d+/.exec(target)?.[0]);
}

function openDescriptors(): Open[] {
  let names: string[];
  try {
    names = readdirSync('/proc/self/fd');
  } catch {
    return [];
  }
  return names
    .map(Number)
    .filter((number) => number > 2 && number < NUMBER_LIMIT)
    .sort((a, b) => a - b)
    .flatMap((number) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${number}`);
        const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8'))?.[1] ?? '0';
        return [{ number, target, flags: Number.parseInt(flags, 8) }];
      } catch {
        // The one with which the folder itself was read.
        return [];
      }
    });
}
