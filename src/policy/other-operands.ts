/**
 * Operands that say the same in other words: a deny rule that names one of them means all. From the tools' own manuals; another tool is
 * a row here and one in test/policy/verdicts-operands.test.ts.
 */

type OtherOperands = (operands: readonly string[]) => readonly (readonly string[])[];

/** Each is done by itself, in whatever company: targets, goals, tasks. */
const oneByOne: OtherOperands = (operands) => (operands.length > 1 ? operands.map((operand) => [operand]) : []);

const ONE_BY_ONE = ['make', 'gmake', 'ninja', 'mvn', 'mvnw', 'gradle', 'gradlew', 'ant', 'rake', 'just', 'task', 'invoke', 'nox', 'grunt', 'gulp'];

/** `src:dst`, `+ref` and `refs/heads/x` by the name of what is changed over there (git-push(1)). */
function pushed([sub, ...operands]: readonly string[]): readonly (readonly string[])[] {
  if (sub !== 'push' || operands.length < 2) return [];
  const [remote = '', ...refs] = operands;
  const names = refs.map((ref) => ref.replace(/^\+/, '').replace(/^.*:(?=.)/, '').replace(/^(?:refs\/)?heads\//, ''));
  return [[sub, remote, ...names], ...(names.length > 1 ? names.map((name) => [sub, remote, name]) : [])];
}

const WHO: Readonly<Record<string, number>> = { u: 0o700, g: 0o070, o: 0o007, a: 0o777 };
const WHAT: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, X: 0o111 };

/** Rights in digits: `0777`, `a+rwx`, `u=rwx,go=rwx` are 777. What is added counts as if nothing was there (chmod(1)). */
function inDigits([mode = '', ...files]: readonly string[]): readonly (readonly string[])[] {
  const digits = /^0*([0-7]{3,4})$/.exec(mode)?.[1] ?? bitsOf(mode)?.toString(8).padStart(3, '0');
  return digits === undefined || digits === mode ? [] : [[digits, ...files]];
}

function bitsOf(mode: string): number | undefined {
  let bits = 0;
  for (const clause of mode.split(',')) {
    const [, who = '', what] = /^([ugoa]*)[+=]([rwxX]+)$/.exec(clause) ?? [];
    if (what === undefined) return undefined;
    const mask = [...(who === '' ? 'a' : who)].reduce((all, letter) => all | (WHO[letter] ?? 0), 0);
    bits |= mask & [...what].reduce((all, letter) => all | (WHAT[letter] ?? 0), 0);
  }
  return bits;
}

const TABLE: ReadonlyMap<string, OtherOperands> = new Map([...ONE_BY_ONE.map((name) => [name, oneByOne] as const), ['git', pushed], ['chmod', inDigits]]);

export function otherOperands(program: string, operands: readonly string[]): readonly (readonly string[])[] {
  return TABLE.get(program)?.(operands) ?? [];
}
