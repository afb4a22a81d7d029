/** Failures, as opposed to denials: a denial is a Decision, never an exception. */

export type ErrorCode =
  | 'PW_USAGE'
  | 'PW_POLICY_INVALID'
  | 'PW_POLICY_UNREADABLE'
  | 'PW_LAYER_MISSING'
  | 'PW_RUNTIME_FOLDER'
  | 'PW_NATIVE_MISSING'
  | 'PW_AGENT_NOT_FOUND'
  | 'PW_AUDIT_WRITE'
  | 'PW_AUDIT_READ'
  | 'PW_CONFIG_INVALID'
  | 'PW_EXISTS'
  | 'PW_SYSTEM';

/** Exit codes of the program itself (sysexits.h where there is one); the agent's own pass through. */
export const EXIT_CODES = {
  PW_USAGE: 64,
  PW_POLICY_INVALID: 78,
  PW_POLICY_UNREADABLE: 78,
  PW_LAYER_MISSING: 69,
  PW_RUNTIME_FOLDER: 73,
  PW_NATIVE_MISSING: 69,
  PW_AGENT_NOT_FOUND: 127,
  PW_AUDIT_WRITE: 74,
  PW_AUDIT_READ: 66,
  PW_CONFIG_INVALID: 78,
  PW_EXISTS: 73,
  PW_SYSTEM: 73,
} as const satisfies Record<ErrorCode, number>;

export const EXIT_DENIED = 126;
export const EXIT_BUG = 70;

/** An error that a user can do something about: what happened, where, what next. */
export class PatchworkError extends Error {
  readonly code: ErrorCode;
  /** What to do next, one sentence. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PatchworkError';
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}
