/** Builtins that set variables by name: what comes after may be another program than it says. */
import type { Assignment, Word } from '../model/command-line.ts';

/** Builtins that set the variables they name, and those whose assignments hold for the commands after them. */
const SETTERS: ReadonlySet<string> = new Set(['read', 'mapfile', 'readarray', 'printf', 'getopts', 'let', 'unset', 'export', 'declare', 'typeset', 'readonly', 'local']);

export function assignedByName(program: string, args: readonly Word[]): Assignment[] {
  if (!SETTERS.has(program)) return [];
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
