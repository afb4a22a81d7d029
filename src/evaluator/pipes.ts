/** Who holds the ends of a pipe: programs that were joined by one of their own making are a pipeline, as if a shell had read it. */
import { readlinkSync, statSync } from 'node:fs';

type Words = readonly string[];

interface End {
  readonly words: Words;
  /** The pipe on its standard input, undefined when it is none. */
  readonly input: string | undefined;
  readonly output: string | undefined;
}

/** What stands before and behind a program, nearest last and nearest first. A stage may hold several programs. */
export interface Joined {
  readonly before: readonly (readonly Words[])[];
  readonly after: readonly (readonly Words[])[];
}

/** Pipes that are remembered; the oldest are dropped. */
const PIPES_LIMIT = 1000;
/** Programs remembered for one end of a pipe. */
const HOLDERS_LIMIT = 16;
/** Stages followed in each direction. */
const STAGES_LIMIT = 8;

export class PipeLedger {
  /** By the pipe's name, `pipe:[INODE]` (proc_pid_fd(5)). */
  readonly #writers = new Map<string, End[]>();
  readonly #readers = new Map<string, End[]>();

  /** What a process that is about to become `words` is joined to. */
  look(pid: number, words: Words): { readonly end: End; readonly joined: Joined } {
    const end: End = { words, input: pipeAt(pid, 0), output: pipeAt(pid, 1) };
    return { end, joined: { before: this.#follow(end, this.#writers, 'input').reverse(), after: this.#follow(end, this.#readers, 'output') } };
  }

  /** It becomes that program. */
  note(end: End): void {
    if (end.output !== undefined) remember(this.#writers, end.output, end);
    if (end.input !== undefined) remember(this.#readers, end.input, end);
  }

  #follow(from: End, holders: ReadonlyMap<string, readonly End[]>, side: 'input' | 'output'): Words[][] {
    const stages: Words[][] = [];
    const seen = new Set<string>();
    let pipes = [from[side]];
    while (stages.length < STAGES_LIMIT) {
      const ends = pipes.flatMap((pipe) => {
        if (pipe === undefined || seen.has(pipe)) return [];
        seen.add(pipe);
        return holders.get(pipe) ?? [];
      });
      if (ends.length === 0) break;
      stages.push(ends.map((end) => end.words));
      pipes = [...new Set(ends.map((end) => end[side]))];
    }
    return stages;
  }
}

function remember(map: Map<string, End[]>, pipe: string, end: End): void {
  const holders = map.get(pipe) ?? [];
  map.delete(pipe);
  map.set(pipe, holders);
  if (holders.length < HOLDERS_LIMIT) holders.push(end);
  const oldest = map.keys().next().value;
  if (map.size > PIPES_LIMIT && oldest !== undefined) map.delete(oldest);
}

/** Also a named one, by its path. */
function pipeAt(pid: number, descriptor: number): string | undefined {
  const link = `/proc/${pid}/fd/${descriptor}`;
  try {
    const target = readlinkSync(link);
    if (target.startsWith('pipe:')) return target;
    const isNamed = target.startsWith('/') && !target.startsWith('/dev/') && statSync(link, { throwIfNoEntry: false })?.isFIFO() === true;
    return isNamed ? target : undefined;
  } catch {
    return undefined;
  }
}
