/** The corpus of command lines: what each table is made of. */
export type Effect = 'allow' | 'deny';

/**
 * What a careful reader of the policy expects, under the guide's three policies and under the development policy with
 * nothing allowed and mode fail-open, where a missed denial cannot hide behind the mode.
 */
export interface Row {
  readonly line: string;
  readonly dev: Effect;
  readonly audit: 'allow';
  readonly lockdown: Effect;
  readonly open: Effect;
  /** The pattern that denies in `open` (and so in `dev`); `risk` where it is only too dangerous. */
  readonly openRule: string | undefined;
}

/** The audit policy denies nothing, whatever the line. */
function row(line: string, dev: Effect, lockdown: Effect, open: Effect, openRule?: string): Row {
  return { line, dev, audit: 'allow', lockdown, open, openRule };
}

/** A deny rule means them; `risk` stands for the highest risk, which no rule need name. */
export function denied(openRule: string, lines: readonly string[]): readonly Row[] {
  return lines.map((line) => row(line, 'deny', 'deny', 'deny', openRule));
}

/** An allow rule of the development policy covers all of it. */
export function allowed(lines: readonly string[]): readonly Row[] {
  return lines.map((line) => row(line, 'allow', 'deny', 'allow'));
}

/** No deny rule means them, whatever they look like; no allow rule covers them either. */
export function unlisted(lines: readonly string[]): readonly Row[] {
  return lines.map((line) => row(line, 'deny', 'deny', 'allow'));
}

/** Nothing in them leaves the shell, or both closed policies allow it. */
export function harmless(lines: readonly string[]): readonly Row[] {
  return lines.map((line) => row(line, 'allow', 'allow', 'allow'));
}
