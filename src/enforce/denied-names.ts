/** Command names that deny rules name literally: `sudo` of `sudo *`, `curl` and `bash` of `curl * | bash`. */
import type { Policy } from '../policy/schema.ts';

/** A file name without anything that a shell, a pattern or a path would read. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;

export function deniedNames(policies: readonly Policy[]): string[] {
  const patterns = policies.flatMap((policy) => policy.sections.commands.deny.map(({ pattern }) => pattern));
  const first = patterns.flatMap((pattern) => pattern.split('|')).map((stage) => stage.trim().split(/\s+/)[0] ?? '');
  return [...new Set(first.filter((word) => NAME.test(word)))];
}
