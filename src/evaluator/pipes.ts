/** Who holds the ends of a pipe: programs that were joined by one of their own making are a pipeline, as if a shell had read it. */
import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { realPath } from '../resolve/paths.ts';

type Words = readonly string[];

interface End {
  readonly words: Words;
  /** Pipes that it reads from and writes to: its standard streams, and those that its words name. */
  readonly input: readonly string[];
  readonly output: readonly string[];
}

/** What stands before and behind a program, nearest last and nearest first. A stage may hold several programs. */
export interface Joined {
  readonly before: readonly (readonly Words[])[];
  readonly after: readonly (readonly Words[])[];
  /** Its own words; a pipe that they name is its standard input. */
  readonly own: Words;
}

export interface Starting {
  readonly pid: number;
  readonly argv: Words;
  readonly exe: string;
  readonly cwd: string;
  /** What its standard output is joined to, where that is known already; its input is no pipe then. */
  readonly stdout?: string;
}

/** Pipes that are remembered; the oldest are dropped. */
const PIPES_LIMIT = 1000;
/** Programs remembered for one end of a pipe. */
const HOLDERS_LIMIT = 16;
/** Words that are looked at, and how long the name of a pipe may be among them. */
const WORDS_LIMIT = 512;
const NAME_LIMIT = 1024;
/** Stages followed in each direction. */
const STAGES_LIMIT = 8;

export class PipeLedger {
  /** By the pipe's name, `pipe:[INODE]` (proc_pid_fd(5)). */
  readonly #writers = new Map<string, End[]>();
  readonly #readers = new Map<string, End[]>();

  /** What a process that is about to become `words` is joined to. */
  look({ pid, argv, exe, cwd, stdout }: Starting): { readonly ends: readonly End[]; readonly joined: Joined } {
    const named = argv.map((word, index) => (index === 0 || index > WORDS_LIMIT ? undefined : namedPipe(pid, word, cwd)));
    const of = (access: 'reads' | 'writes', descriptor: number): string[] => [stdout === undefined ? pipeAt(pid, descriptor) : access === 'writes' && stdout !== '' ? stdout : undefined, ...named.map((each) => (each?.[access] === true ? each.pipe : undefined))].filter((pipe) => pipe !== undefined);
    const own = argv.map((word, index) => (named[index]?.reads === true ? '/dev/stdin' : word));
    const end: End = { words: own, input: of('reads', 0), output: of('writes', 1) };
    // A program may call itself anything: what its file is called counts as well.
    const ends = exe === '' || basename(exe) === basename(argv[0] ?? '') ? [end] : [end, { ...end, words: [exe, ...own.slice(1)] }];
    return { ends, joined: { own, before: this.#follow(end, this.#writers, 'input').reverse(), after: this.#follow(end, this.#readers, 'output') } };
  }

  /** It becomes that program. */
  note(ends: readonly End[]): void {
    for (const end of ends) {
      for (const pipe of end.output) remember(this.#writers, pipe, end);
      for (const pipe of end.input) remember(this.#readers, pipe, end);
    }
  }

  #follow(from: End, holders: ReadonlyMap<string, readonly End[]>, side: 'input' | 'output'): Words[][] {
    const stages: Words[][] = [];
    const seen = new Set<string>();
    let pipes = from[side];
    while (stages.length < STAGES_LIMIT) {
      const found = pipes.flatMap((pipe) => {
        if (seen.has(pipe)) return [];
        seen.add(pipe);
        return ends(holders, pipe);
      });
      if (found.length === 0) break;
      stages.push(found.map((end) => end.words));
      pipes = [...new Set(found.flatMap((end) => end[side]))];
    }
    return stages;
  }
}

/** The two ends of a pair of sockets (socketpair(2)) are two files, made one after the other; what one writes, the other reads. */
function ends(holders: ReadonlyMap<string, readonly End[]>, pipe: string): readonly End[] {
  const socket = /^socket:\[(?<inode>\d+)\]$/.exec(pipe)?.groups?.['inode'];
  if (socket === undefined) return holders.get(pipe) ?? [];
  return [1, -1].flatMap((step) => holders.get(`socket:[${Number(socket) + step}]`) ?? []);
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
    if (target.startsWith('pipe:') || target.startsWith('socket:')) return target;
    const isNamed = target.startsWith('/') && !target.startsWith('/dev/') && statSync(link, { throwIfNoEntry: false })?.isFIFO() === true;
    return isNamed ? target : undefined;
  } catch {
    return undefined;
  }
}

interface NamedPipe {
  readonly pipe: string;
  readonly reads: boolean;
  readonly writes: boolean;
}

/** Octal, in the line `flags:` of proc_pid_fdinfo(5). */
const ACCESS = /^flags:\s*\d*(?<access>\d)$/m;
const DESCRIPTORS = /^\/proc\/(?<pid>\d+)(?:\/task\/\d+)?\/fd$/;
const LINKS_LIMIT = 8;

/** The pipe that a word names, also behind `--output=`. A named pipe is opened later, for reading or for writing. */
function namedPipe(pid: number, word: string, cwd: string): NamedPipe | undefined {
  const path = word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word;
  if (path === '' || path.startsWith('-') || path.length > NAME_LIMIT) return undefined;
  let file = resolve(cwd, path);
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isFIFO() === true) return { pipe: realPath(file), reads: true, writes: true };
    if (stats?.isSymbolicLink() !== true && !/^\d+$/.test(basename(file))) return undefined;
    for (let links = 0; links < LINKS_LIMIT; links++) {
      const folder = realPath(dirname(file));
      const owner = DESCRIPTORS.exec(folder)?.groups?.['pid'];
      // /proc/self, seen from here, is our own.
      if (owner !== undefined) return descriptorPipe(owner === String(process.pid) ? pid : Number(owner), Number(basename(file)));
      file = resolve(folder, readlinkSync(file));
    }
  } catch {
    // It ends at something that is no link.
  }
  return isNamedPipe(file) ? { pipe: realPath(file), reads: true, writes: true } : undefined;
}

/** What cannot be looked at (a name that is too long, a folder that is shut) is opened by nobody either. */
function isNamedPipe(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFIFO() === true;
  } catch {
    return false;
  }
}

/** `/dev/fd/63`: a process substitution. */
function descriptorPipe(pid: number, fd: number): NamedPipe | undefined {
  const pipe = pipeAt(pid, fd);
  const access = Number(ACCESS.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.groups?.['access'] ?? 2) & 3;
  return pipe === undefined ? undefined : { pipe, reads: access !== 1, writes: access !== 0 };
}
