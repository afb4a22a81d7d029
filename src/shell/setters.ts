/** Builtins that give names a meaning: variables and aliases. */
import type { Assignment, Word } from '../model/command-line.ts';

/** They set the variables they name. */
const SETS_BY_NAME = new Set(['read', 'mapfile', 'readarray', 'printf', 'getopts', 'let', 'unset']);
/** Their assignments hold for the commands after them. */
const SETS_VARIABLES = new Set(['export', 'declare', 'typeset', 'readonly', 'local']);

export function aliasesSetBy(program: string, args: readonly Word[]): string[] {
  if (program !== 'alias') return [];
  return args.filter((arg) => arg.text.includes('=')).map((arg) => arg.text.slice(0, arg.text.indexOf('=')));
}

export function assignmentsBy(program: string, args: readonly Word[]): Assignment[] {
  if (!SETS_BY_NAME.has(program) && !SETS_VARIABLES.has(program)) return [];
  return args.flatMap((arg, index): Assignment[] => {
    if (program === 'printf' && args[index - 1]?.text !== '-v') return [];
    const name = /^[A-Za-z_]\w*/.exec(arg.text)?.[0];
    // A name that is not known, or a reference to another, may be PATH.
    const isUnknown = arg.isDynamic && (name === undefined || !arg.text.includes('='));
    const isReference = /^-[a-zA-Z]*n/.test(arg.text) && program !== 'read' && program !== 'mapfile';
    if (isUnknown || isReference) return [{ name: 'PATH', value: undefined }];
    return name === undefined ? [] : [{ name, value: { ...arg, text: arg.text.slice(name.length + 1) } }];
  });
}
