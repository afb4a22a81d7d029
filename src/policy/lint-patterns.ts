/** Patterns that look like rules and are none, because of how they are written. Pure. */
import type { Policy, Rule } from './schema.ts';

interface Slip {
  readonly isIt: (pattern: string) => boolean;
  readonly message: (pattern: string) => string;
  readonly hint: string;
}

export interface SlipWarning {
  readonly origin: Rule['origin'];
  readonly message: string;
  readonly hint: string;
}

const unquoted = (pattern: string): string => pattern.replace(/'[^']*'|"(?:[^"\\]|\\.)*"|\\./g, 'x');

const EMPTY_STAGE: Slip = {
  isIt: (pattern) => /^\s*\||\|\s*\||\|\s*$/.test(pattern),
  message: (pattern) => `the rule "${pattern}" is no pipeline: each side of a \`|\` needs a command`,
  hint: 'write `*` for any command, as in `* | bash`',
};

const NEVER_CLOSED: Slip = {
  isIt: (pattern) => {
    const text = pattern.replace(/\\./g, '').replace(/\[[^\]]+\]/g, '');
    return text.includes('[') || text.split('{').length > text.split('}').length;
  },
  message: (pattern) => `a bracket in "${pattern}" is never closed, so it stands for itself`,
  hint: 'close it, or write a backslash before it if a name has it',
};

/** Rows: where the pattern stands, the slips that are looked for. */
const SLIPS = [
  ['files', 'deny', [NEVER_CLOSED]],
  ['files', 'allow', [NEVER_CLOSED]],
  ['commands', 'deny', [EMPTY_STAGE]],
  [
    'commands',
    'allow',
    [
      EMPTY_STAGE,
      {
        isIt: (pattern) => /&&|;|&\s*$/.test(unquoted(pattern)),
        message: (pattern) => `the rule "${pattern}" can never hit: each command of a line is allowed on its own`,
        hint: 'write one rule for each command',
      },
      {
        isIt: (pattern) => /^\s*[A-Za-z_]\w*=/.test(pattern),
        message: (pattern) => `the rule "${pattern}" can never hit: variables before a command are no part of it`,
        hint: 'write the command alone; variables that do not change what runs are allowed with it',
      },
      {
        isIt: (pattern) => /[<>]/.test(unquoted(pattern)),
        message: (pattern) => `the rule "${pattern}" can never hit: redirections are judged as files`,
        hint: 'write the command alone, and the file under `files.allow`',
      },
    ],
  ],
] as const satisfies readonly (readonly ['files' | 'commands', 'deny' | 'allow', readonly Slip[]])[];

export function slips(policy: Policy): SlipWarning[] {
  return SLIPS.flatMap(([section, list, kinds]) =>
    policy.sections[section][list].flatMap(({ pattern, origin }) => {
      const slip = (kinds as readonly Slip[]).find(({ isIt }) => isIt(pattern));
      return slip === undefined ? [] : [{ origin, message: slip.message(pattern), hint: slip.hint }];
    }),
  );
}
