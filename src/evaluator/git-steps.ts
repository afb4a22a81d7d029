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

/** Steps that are about to run, of which one is asked about again once it does (native/verify.c). */
const LIMIT = 256;

export class GitSteps {
  readonly #isSystemFile: (path: string) => boolean;
  readonly #known = new Map<number, { readonly argv: string; readonly words: readonly string[] }>();

  constructor(isSystemFile: (path: string) => boolean) {
    this.#isSystemFile = isSystemFile;
  }

  /** The words of the command that `question` is a step of; undefined when it is none. */
  commandOf(question: CommandQuestion): readonly string[] | undefined {
    const { pid, running } = question;
    const argv = question.argv.join('\0');
    // Who asked is gone by then, and what runs is the system's git, or it is no step.
    if (running === true) return isGit(executableOf(pid), this.#isSystemFile) && this.#known.get(pid)?.argv === argv ? this.#known.get(pid)?.words : undefined;
    this.#known.delete(pid);
    const words = gitCommandOfStep(question, this.#isSystemFile);
    if (words === undefined) return undefined;
    if (this.#known.size >= LIMIT) this.#known.clear();
    this.#known.set(pid, { argv, words });
    return words;
  }
}

function isGit(file: string | undefined, isSystemFile: (path: string) => boolean): boolean {
  return file !== undefined && basename(file) === 'git' && isSystemFile(file);
}

/**
 * The words of the command that `question` is a step of; undefined when it is none. The process that asks is still the one that
 * forked: its program must be the system's git, and its words those of a command of the table.
 */
function gitCommandOfStep(question: CommandQuestion, isSystemFile: (path: string) => boolean): readonly string[] | undefined {
  const { argv, exe, pid, pep } = question;
  if (pep !== 'guard' || !isGit(exe, isSystemFile) || !isGit(executableOf(pid), isSystemFile)) return undefined;
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
