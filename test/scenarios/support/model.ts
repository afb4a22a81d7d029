/** A scenario: what is tried, what stops it, how its success would show. */

/** The layer that has to stop it. Rows of a layer that is not there are only run bare. */
export type Stopper = 'shim' | 'preload' | 'guard';

/** What a row left behind, seen from outside the session. */
export interface Seen {
  readonly id: string;
  /** Text that only a denied file holds. */
  readonly canary: string;
  readonly out: string;
  readonly err: string;
  /** Exit code, -1 after a signal. */
  readonly code: number;
  readonly signal: number;
  readonly isTimeout: boolean;
  /** Content of a file, relative to the row's folder (`@out/x` in its outside folder); undefined where there is none. */
  file(path: string): string | undefined;
  exists(path: string): boolean;
  /** Permission bits, `folder`, … of a path itself. */
  mode(path: string): string | undefined;
  /** Milliseconds of last change. */
  changed(path: string): number | undefined;
  owner(path: string): string | undefined;
  /** The session, or what plays it in the bare run, came to its own end. */
  readonly isSessionWhole: boolean;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly layer?: Stopper;
  /** Programs without which it cannot be tried. */
  readonly needs?: readonly string[];
  /** Why it may be impossible here even without a policy: a kernel without it, a user without the right. */
  readonly optional?: string;
  readonly policy?: string;
  /** Files of the row's folder before the run. `{CANARY}` stands for the row's canary; a value that starts with `-> ` makes a symbolic link, `/` at the end of a name a folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** One of these is what is tried. */
  readonly sh?: string;
  readonly line?: string;
  readonly python?: string;
  readonly perl?: string;
  readonly node?: string;
  /** Name of a source in test/scenarios/c, and the words for it. */
  readonly c?: string;
  readonly args?: readonly string[];
  readonly isStatic?: boolean;
  readonly succeeded: (seen: Seen) => boolean;
  /** A denial of this row must be in the log. */
  readonly isLogged?: boolean;
  /** It attacks the session as a whole: it gets one of its own. */
  readonly isAlone?: boolean;
  /** It gets a session of its own, whose caller has these open from 3 on: paths in the row's folder, `>` in front of what is written; a connection to a socket. */
  readonly opened?: readonly string[];
  /** Milliseconds that it may take. */
  readonly limit?: number;
  /** Milliseconds to wait after the session's end before looking. */
  readonly settle?: number;
  /** Variables of the session. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A use that must come out the same with and without a policy. */
export interface Use extends Omit<Row, 'succeeded' | 'layer' | 'isLogged' | 'optional'> {
  /** Exit code without a policy; 0 unless said. */
  readonly code?: number;
  /** Parts of the output that differ from run to run. */
  readonly ignore?: RegExp;
  /** Names of files that are not compared. */
  readonly ignoreFiles?: RegExp;
  readonly optional?: string;
}

export const leaks = (seen: Seen): boolean => seen.out.includes(seen.canary) || seen.err.includes(seen.canary);
export const leaksTo = (path: string) => (seen: Seen): boolean => leaks(seen) || (seen.file(path) ?? '').includes(seen.canary);
export const runs = (seen: Seen): boolean => /RAN-TOOL|uid=\d+\(/.test(seen.out + seen.err) || (seen.file('record') ?? '').includes('RAN-TOOL');
export const escapes = (seen: Seen): boolean => seen.out.includes('ESCAPED');
export const gone = (path: string) => (seen: Seen): boolean => !seen.exists(path);
export const appears = (path: string) => (seen: Seen): boolean => seen.exists(path);
export const holds = (path: string, text: string) => (seen: Seen): boolean => (seen.file(path) ?? '').includes(text);
export const lost = (path: string) => (seen: Seen): boolean => !(seen.file(path) ?? '').includes(seen.canary);
export const breaksSession = (seen: Seen): boolean => escapes(seen) || !seen.isSessionWhole;
