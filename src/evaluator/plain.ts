/**
 * Plain programs: nothing in any policy can deny their start, whatever words they are given, and their words start nothing
 * else. What they open and where they connect is the kernel guard's to judge, so with the guard they start unasked; the
 * evaluator is told. Errs towards asking.
 */
import type { CompiledPolicy } from '../policy/compile.ts';
import { canonicalProgram, COMMAND_ROWS } from '../risk/commands.ts';
import { SHELLS, WRAPPER_NAMES, wrapperFor } from '../shell/wrappers.ts';
import type { Recording } from './settled.ts';

/** Names remembered. */
const NAMES_LIMIT = 4096;

/** Programs whose risk depends on their words, or is more than that of an unknown one. */
const NOTABLE = new Set(COMMAND_ROWS.filter(({ level, flags, sub, when }) => level === 'high' || level === 'critical' || flags !== undefined || sub !== undefined || when !== undefined).flatMap(({ programs }) => programs));

const SPECIAL = [...WRAPPER_NAMES, ...SHELLS, ...NOTABLE];
/** Names that a pattern may know: versions, loaders, families, odd characters. */
const SUSPECT = /^(?:git-|mkfs|ld|-)|[^A-Za-z_.+[-]|^[^A-Za-z_[]|^$|(?:box|coreutils|uutils|^bb)$/;

/** Many programs in one file, chosen by a word: what they do is in their words. */
const COLLECTIONS = /^(?:.*box|coreutils|uutils|bb)$/;

/** Undefined where every program is asked about. Written down ahead, it holds for what a command covers: the agent's own commands need a rule under fail-closed. */
export function plainPrograms(policies: readonly CompiledPolicy[], recording: Recording = 'later'): ((names: readonly string[]) => boolean) | undefined {
  // A default of deny looks at every word; an unknown program is of medium risk; without cover each needs a rule.
  const isOpen = ({ policy, commands }: CompiledPolicy): boolean => (policy.mode === 'fail-open' || (recording === 'ahead' && policy.nested === 'covered')) && policy.maxRisk !== 'none' && policy.maxRisk !== 'low' && commands.fallback === undefined;
  if (recording === 'first' || !policies.every(isOpen)) return undefined;
  const denied = [...new Set(policies.flatMap(({ commands }) => commands.deny.flatMap(({ matcher }) => matcher.stages.map(({ program }) => program))))];
  const special = new Set([...denied, ...SPECIAL]);
  const beginnings = denied.filter((program) => program.includes('*')).map((program) => (program.split('*', 1)[0] ?? '').toLowerCase());
  const beginsLike = (name: string): boolean => beginnings.some((beginning) => name.startsWith(beginning));
  const known = new Map<string, boolean>();
  const isPlain = (name: string): boolean => {
    // Most of the thousand names on PATH end here.
    if (special.has(name)) return false;
    // A pattern of one word with a star may hold the program's words, too.
    if (beginnings.length > 0 && beginsLike(name.toLowerCase())) return false;
    if (!SUSPECT.test(name)) return true;
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    const plain =
      /^[A-Za-z0-9_[][\w.+-]*$/.test(name) &&
      !COLLECTIONS.test(name) &&
      wrapperFor(name) === undefined &&
      !NOTABLE.has(canonicalProgram(name));
    if (known.size < NAMES_LIMIT) known.set(name, plain);
    return plain;
  };
  return (names) => names.every(isPlain);
}
