/** The answers of the wire: what an enforcement point is told to do, or may do unasked. */

export interface AllowVerdict {
  readonly v: number;
  readonly id: number;
  readonly effect: 'allow';
  /** To the guard: who covers the process from now on; 0 is nobody, the agent itself. */
  readonly standing?: number;
  /** To the guard: the program is a dynamic loader, whose reads are to be asked about one by one. */
  readonly loader?: 1;
  /** To the guard, 1: this file under this name may start with any words; it is enough to be told. */
  readonly plain?: number;
  /** To a `relay` question: so many bytes of the client are one request; what follows is asked about. Without it all may go. */
  readonly length?: number;
  /**
   * To a `relay` question: for a moment, what begins with the first `same` bytes of this and ends with its last `rest` ones, with one word
   * between them, may go on as this does; it is enough to be told (`passed`). Nothing stands between: only the very same.
   */
  readonly same?: number;
  readonly rest?: number;
  /** To a question about a connection, 1: for a moment the process may make more of them; it is enough to be told (`passed`). */
  readonly repeat?: number;
  /** To a `relay` or `dns` question, 1: names are known now that were not; what may be repeated is asked about again. */
  readonly news?: number;
  /** To a `dns` question: the answer for the program, base64; nothing is answered without it. */
  readonly reply?: string;
  /** To a `dns` question whose name is denied: why, for people. */
  readonly message?: string;
}

export interface DenyVerdict {
  readonly v: number;
  readonly id: number;
  readonly effect: 'deny';
  /** The whole text for people, lines separated by LF, control characters already escaped. */
  readonly message: string;
  readonly reason: string;
  readonly rule?: string;
  readonly layer?: string;
  readonly source?: string;
  /** To a `why` question: what was denied. */
  readonly action?: string;
  readonly standing?: number;
  /** To a `relay` question: bytes for the client before its connection is closed, base64. */
  readonly reply?: string;
}

/**
 * What an enforcement point may settle without asking, sound for the process that said hello: a read of a real path below
 * one of `folders` whose lower-case text, and that of the path asked for, contains none of `literals` cannot be denied.
 */
export interface Settled {
  readonly v: number;
  readonly id: number;
  readonly effect: 'settled';
  readonly folders: readonly string[];
  readonly literals: readonly string[];
  /** To the guard: the same for processes that an allowed command covers. */
  readonly coveredFolders?: readonly string[];
  readonly coveredLiterals?: readonly string[];
  /**
   * To the guard: what is made, written or removed below one of these folders cannot be denied either, and need not be recorded
   * before it is done, unless it lies in a `.git` and git does not write it all the time. It is told afterwards.
   */
  readonly writeFolders?: readonly string[];
  readonly writeLiterals?: readonly string[];
  /** To the guard: nothing is written outside of these folders; empty where something may be written anywhere. */
  readonly wallFolders?: readonly string[];
  /** To the guard: below these the literals are looked for in the rest of the path alone. */
  readonly ownFolders?: readonly string[];
}
