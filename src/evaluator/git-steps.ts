/** Git starts itself for steps of a command (`git stash` ends with `git reset --hard -q`): a step is judged as the command it is part of. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { executableOf } from './lineage.ts';
import type { CommandQuestion } from './protocol.cts';

/** Command → how its own steps begin; what follows must be options, so that nothing else is meant. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  stash: ['reset --hard', 'clean', 'reset'],
  worktree: ['reset --hard'],
  gc: ['reflog expire', 'prune', 'repack', 'worktree prune', 'rerere gc'],
  maintenance: ['gc', 'reflog expire', 'prune', 'repack'],
};

const WITH_VALUE = new Set(['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--exec-path']);

/**
 * The words of the command that `question` is a step of; undefined when it is none. The process that asks is still the one that
 * forked: its program must be the system's git, and its words those of a command of the table.
 */
export function gitCommandOfStep(question: CommandQuestion, isSystemFile: (path: string) => boolean): readonly string[] | undefined {
  const { argv, exe, pid, pep } = question;
  if (pep !== 'guard' || basename(exe) !== 'git' || !isSystemFile(exe)) return undefined;
  const asking = executableOf(pid);
  if (asking === undefined || basename(asking) !== 'git' || !isSystemFile(asking)) return undefined;
  const words = wordsOf(pid);
  const steps = STEPS[subcommand(words)[0] ?? ''];
  const [first = '', ...step] = subcommand(argv);
  const isStep = steps?.some((each) => {
    const parts = each.split(' ');
    return parts.every((part, index) => part === [first, ...step][index]) && step.slice(parts.length - 1).every((word) => word.startsWith('-'));
  });
  return isStep === true ? words : undefined;
}

/** Without git and its own options. */
function subcommand(words: readonly string[]): readonly string[] {
  let at = 1;
  while (words[at]?.startsWith('-') === true) at += WITH_VALUE.has(words[at] ?? '') ? 2 : 1;
  return words.slice(at);
}

function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
