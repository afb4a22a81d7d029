/**
 * Descriptors above 2 that our caller gave us: the agent gets them under the same numbers. Node closes them on exec and
 * does not tell which they were, so they are told apart from its own by what those are. Linux only.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Descriptor {
  readonly number: number;
  /** What /proc shows: a path, `pipe:[1]`, `socket:[1]`. */
  readonly target: string;
  /** Those of open(2). */
  readonly flags: number;
}

const ACCESS = 0o3;
const NON_BLOCKING = 0o4000;
const CLOSED_ON_EXEC = 0o2000000;
/** More than this is no hand-over but a leak. */
const NUMBER_LIMIT = 4096;

/** To be asked before anything else opens a file. */
export function inheritedDescriptors(): Descriptor[] {
  const open = openDescriptors();
  // Node opens its event loop first: every number below was taken when it came.
  const first = open.find(({ target }) => target === 'anon_inode:[eventpoll]')?.number ?? 0;
  const own = ownPipes(open, first);
  return open.filter((each) => each.number < first || !isOwn(each, own));
}

function isOwn({ target, flags }: Descriptor, ownPipes: ReadonlySet<string>): boolean {
  return target.startsWith('anon_inode:') || ownPipes.has(target) || (target === '/dev/null' && (flags & ACCESS) === 0);
}

/**
 * libuv's pipes have both ends here, none of which blocks; but for one, which does and was opened just before the first
 * of the others, so that its numbers lie before theirs. A pipe of `make` may have both ends here as well.
 */
function ownPipes(open: readonly Descriptor[], first: number): Set<string> {
  const pairs = [...group(open).values()].filter((ends) => ends[0]?.target.startsWith('pipe:') && ends.length === 2 && ends.every(({ flags }, at) => (flags & ACCESS) === at));
  const never = pairs.filter((ends) => ends.every(({ flags }) => (flags & NON_BLOCKING) !== 0 && (flags & CLOSED_ON_EXEC) !== 0));
  const always = pairs.filter((ends) => ends.every(({ number, flags }) => (flags & NON_BLOCKING) === 0 && (flags & CLOSED_ON_EXEC) !== 0 && number > first && number < (never[0]?.[0]?.number ?? 0)));
  // Where two lie there, the numbers of the pipes themselves tell: they are given out one after the other.
  const start = inode(never[0]);
  const [lock] = always.sort((a, b) => Math.abs(inode(a) - start) - Math.abs(inode(b) - start));
  return new Set([...never, ...(lock === undefined ? [] : [lock])].map(([end]) => end?.target ?? ''));
}

function group(open: readonly Descriptor[]): Map<string, Descriptor[]> {
  const result = new Map<string, Descriptor[]>();
  for (const each of open) result.set(each.target, [...(result.get(each.target) ?? []), each]);
  return result;
}

function inode(ends: readonly Descriptor[] | undefined): number {
  return Number(/\d+/.exec(ends?.[0]?.target ?? '')?.[0]);
}

function openDescriptors(): Descriptor[] {
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
