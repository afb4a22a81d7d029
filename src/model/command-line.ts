/** A command line taken apart: what `shell/` finds in it and what `policy/` and `risk/` judge. */
import type { ProgramFacts } from './request.ts';

/** Offsets [start, end) into the text of the line. */
export type Span = readonly [number, number];

export interface Word {
  /** The value where it is known; otherwise the source text of what is not. */
  readonly text: string;
  /** Contains an expansion whose value is not known before it runs. */
  readonly isDynamic: boolean;
  /** May become several words, or none: an unquoted expansion. */
  readonly canSplit: boolean;
  readonly span: Span | undefined;
  /** Has unquoted wildcards: a shell expands them to the names that match. */
  readonly isGlob?: boolean;
  /** What it is when the variables in it are not set: `${x:-DEFAULT}`. */
  readonly otherwise?: readonly string[];
}

/**
 * How a part counts:
 * - `judged`: a command; it needs an allow of its own.
 * - `transparent`: judged by its content (`sh -c`, `env`, `timeout`); deny rules still see it.
 * - `builtin`: no effect outside the shell (`cd`, `echo`); deny rules still see it.
 * - `reading`: one more reading for deny rules and risk; its outer command answers for it (`sudo X`, `ssh h X`).
 */
export type Standing = 'judged' | 'transparent' | 'builtin' | 'reading';

export interface Assignment {
  readonly name: string;
  readonly value: Word | undefined;
}

export interface CommandPart {
  readonly words: readonly Word[];
  readonly assignments: readonly Assignment[];
  /** A builtin only until the evaluator finds that a program of another name is started under its name. */
  standing: Standing;
  readonly span: Span | undefined;
  /** Why the part is there, when it is not plain text of the line: `inside sudo`, for example. */
  readonly via: string | undefined;
  /** Its standard input is the output of another command, or unknown text. */
  readonly readsPipe: boolean;
  /** More words follow that are not known (`xargs rm`). */
  readonly isOpenEnded: boolean;
  /** Filled in by the evaluator: which file the program is. */
  program?: ProgramFacts;
}

export type TouchAccess = 'read' | 'write' | 'delete';

/** A file named by a redirection, or by a command whose operands are known to be files. */
export interface FileTouch {
  readonly access: TouchAccess;
  readonly path: Word;
  readonly span: Span | undefined;
  /** The shell opens it itself, or the program named does. */
  readonly by: 'redirection' | 'operand';
  /** Folder that the line had changed to with `cd`, as it was written; undefined when it is the line's own. */
  readonly folder: string | undefined;
  /** Index of the command part whose operand it is. */
  readonly part: number | undefined;
}

/** Text that could not be resolved: never silently dropped. */
export interface OpaquePart {
  readonly text: string;
  readonly span: Span | undefined;
  readonly why: string;
  /** One more reading for deny rules: the command around it (a script's interpreter) answers for it. */
  readonly isReading: boolean;
}

/** Stages in order; each holds the indices of the command parts found in it. */
export type PipelineStages = readonly (readonly number[])[];

export interface CommandLine {
  readonly text: string;
  readonly parts: readonly CommandPart[];
  readonly touches: readonly FileTouch[];
  readonly opaque: readonly OpaquePart[];
  readonly pipelines: readonly PipelineStages[];
  /** Variables set for the rest of the line (`x=1; …`, `export x=1`). */
  readonly assignments: readonly Assignment[];
  /** Functions that the line defines. */
  readonly functions: ReadonlySet<string>;
  /** Aliases that the line defines: their names stand for something else from there on. */
  readonly aliases: ReadonlySet<string>;
  /** A function that starts itself twice, in the background or a pipe: a fork bomb. */
  readonly isForkBomb: boolean;
  /** The outermost command is a shell that is judged by its content: what it starts is asked of the agent. */
  readonly isTransparentShell: boolean;
}
