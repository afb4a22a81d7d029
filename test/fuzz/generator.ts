/** Random command lines from a grammar of the shell, the same for the same seed. */

/** Programs that recorders stand in for. */
export const NAMES = ['git', 'npm', 'ls', 'cat', 'rm', 'sudo', 'curl', 'grep', 'sed', 'make'] as const;
const PLAIN = ['a', '-f', '--force', 'x.txt', 'push', '-rf', 'a=b', '-', '--', '#x', 'a#b', '%s', '+x', '{}', '=', '1', '.', '!', '@'];
const VARIABLES = ['x', 'y', 'z'];

type Make = (depth: number) => string;

/** mulberry32: small, and good enough to wander through a grammar. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function generator(seed: number): () => string {
  const next = random(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const chance = (share: number): boolean => next() < share;
  const oneOf = (makes: readonly Make[], depth: number): string => pick(makes)(depth);
  const several = (make: () => string, least: number, most: number): string[] => Array.from({ length: least + Math.floor(next() * (most - least + 1)) }, make);

  const name = (): string => pick(NAMES);
  /** One word, as it may be written. */
  const disguise = (text: string): string => pick([text, text, text, text, `'${text}'`, `"${text}"`, `${text[0]}''${text.slice(1)}`, `\\${text}`, `$'${text}'`, `${text.slice(0, 1)}"${text.slice(1)}"`, `{${text},a}`, `${text.slice(0, 1)}\\\n${text.slice(1)}`, `$'\\x${text.charCodeAt(0).toString(16)}${text.slice(1)}'`, `$(echo ${text})`, `"$(echo ${text})"`]);
  const variable = (): string => pick(VARIABLES);
  const expansion: Make = (depth) => pick([() => `$${variable()}`, () => `\${${variable()}}`, () => `"$${variable()}"`, () => `\${${variable()}:-${word(depth - 1)}}`, () => `\${${variable()}:+${name()}}`, () => `\${${variable()}=${name()}}`, () => '$@', () => '"$@"', () => '$#', () => `\${#${variable()}}`, () => `\${${variable()}#a}`, () => `\${${variable()}/a/${name()}}`, () => `\${!${variable()}}`, () => `\${${variable()}^^}`, () => '$IFS', () => `\${${variable()}:0:1}`])();
  const substitution: Make = (depth) => pick([() => `$(${list(depth - 1)})`, () => `"$(${list(depth - 1)})"`, () => `\`${simple(0).replaceAll('`', '').replaceAll('\\', '')}\``, () => `$(( 1 + ${pick(['2', variable(), `$(${simple(0)})`])} ))`, () => `<(${list(depth - 1)})`, () => `>(${list(depth - 1)})`])();
  const word: Make = (depth) => {
    if (depth <= 0 || chance(0.5)) return pick([...PLAIN, ...NAMES]);
    return oneOf([() => disguise(name()), () => `'${pick(['a b', '$x', 'a;b', '$(rm a)', '"', '`ls`', '#', ''])}'`, () => `"${pick(['a b', 'a;b', '#', "'", '\\"', '\\$(rm)', '\\`ls\\`', '$x', ''])}"`, expansion, substitution, () => pick(['*', '*.txt', '[a-z]*', '?', '~', '~/x', '{a,b}', '{1..3}', 'a{b,c}d', '{a,{b,c}}', '\\;', '\\&', '\\|', '\\#', 'a\\ b', "$'a\\nb'", "$'\\''", '$"a"', '"a"\'b\'c', '"a"{b,c}', '\\\n', 'é', '@(a|b)', '^', '[', ']', '{', '}', 'if', 'do', 'then', '\\{a,b}'])], depth);
  };
  const redirection: Make = (depth) => oneOf([() => '> f', () => '>> f', () => '2>&1', () => '&> f', () => '>| f', () => '< /dev/null', () => `> ${disguise('f')}`, () => `<<< ${word(depth)}`, () => '3<> f', () => '>&2', () => '{fd}> f', () => `< <(${simple(0)})`, () => `> >(${simple(0)})`, () => '2>f'], depth);
  const assignment: Make = (depth) => `${variable()}${pick(['=', '=', '+='])}${chance(0.3) ? name() : chance(0.2) ? `(${word(0)} ${name()})` : word(depth - 1).replace(/^[<>]\(.*/s, 'q')}`;
  const simple: Make = (depth) => {
    const program = chance(0.85) ? disguise(name()) : chance(0.5) ? expansion(0) : pick(['echo', ':', 'true', 'printf %s', 'cd .', 'test', 'command', 'builtin echo', 'exec', 'f', 'g', 'local', 'export', 'set --', 'shift', 'read', 'type', 'return', 'break']);
    const before = chance(0.15) ? `${assignment(depth)} ` : chance(0.05) ? `${redirection(depth)} ` : '';
    const words = several(() => (chance(0.1) ? redirection(depth) : word(depth)), 0, 3);
    return `${before}${[program, ...words].join(chance(0.05) ? ' \\\n ' : ' ')}`;
  };
  const quoted = (text: string): string => (chance(0.5) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text.replace(/["\\$`]/g, '\\$&')}"`);
  const wrapped: Make = (depth) => {
    const text = (): string => quoted(list(depth - 1));
    const wrappers: readonly (() => string)[] = [() => `eval ${text()}`, () => `bash -c ${text()}`, () => `sh -c ${quoted(simple(0))}`, () => `bash -ec ${text()} a b`, () => `env ${pick(['', '-i ', 'a=b ', '-u x '])}${simple(depth - 1)}`, () => `env -S ${quoted(`${name()} a`)}`, () => `timeout ${pick(['5', '-k 1 5', '-s KILL 5'])} ${simple(depth - 1)}`, () => `nice ${pick(['', '-n 5 ', '-5 '])}${simple(depth - 1)}`, () => `xargs ${pick(['', '-n1 ', '-I{} ', '-0 '])}${name()} ${word(0)}`, () => `find . ${pick(['-name f', '-type d', ''])} -exec ${name()} {} ${pick(['\\;', '+'])}`, () => `trap ${text()} EXIT`, () => `nohup ${simple(depth - 1)}`, () => `command ${simple(depth - 1)}`, () => `exec ${name()} ${word(depth)}`, () => `stdbuf -o0 ${name()} ${word(depth)}`, () => `setsid -w ${name()} ${word(depth)}`, () => `bash <<< ${text()}`, () => `echo ${text()} | sh`, () => `bash -s <<'E'\n${simple(0)}\nE\n`, () => `builtin eval ${text()}`, () => `. <(echo ${quoted(simple(0))})`, () => `source /dev/stdin <<< ${quoted(simple(0))}`, () => `bash <(echo ${quoted(simple(0))})`, () => `alias g=${name()}`, () => `export ${variable()}=${name()}`, () => `printf -v ${variable()} ${name()}`, () => `read ${variable()} <<< ${name()}`, () => `declare ${variable()}=${word(0)}`, () => `unset ${variable()}`, () => `let 'a[$(${name()} q)]=1'`, () => `mapfile -t ${variable()} <<< ${name()}`];
    return pick(wrappers)();
  };
  const heredoc: Make = (depth) => {
    const mark = pick(['E', "'E'", '"E"', '\\E']);
    const body = several(() => pick([() => 'text', () => `$(${simple(0)})`, () => '$x', () => `\`${name()} q\``, () => "it's", () => '"', () => `\${x:-$(${name()} r)}`, () => 'E x', () => '\\$(ls)'])(), 0, 2).join('\n');
    const dash = chance(0.2) ? '-' : '';
    return `${pick([simple(depth), 'cat', `${name()} a`])} <<${dash}${mark}${chance(0.3) ? ` ${pick(['|', '&&', ';'])} ${simple(0)}` : ''}\n${body === '' ? '' : `${body}\n`}${dash === '' ? '' : '\t'}E\n`;
  };
  const compound: Make = (depth) => oneOf([() => `(${list(depth - 1)})`, () => `{ ${terminated(depth)} }`, () => `if ${terminated(depth)} then ${terminated(depth)}${chance(0.4) ? ` else ${terminated(depth)}` : ''} fi`, () => `if no; then ${terminated(depth)} elif ${terminated(depth)} then ${terminated(depth)} fi`, () => `for ${variable()} in ${several(() => word(0), 0, 3).join(' ')}; do ${terminated(depth)} done`, () => `for ((i=0;i<2;i++)); do ${terminated(depth)} done`, () => `while ${pick(['no; do', 'no\ndo'])} ${terminated(depth)} done`, () => `until ${simple(0)}; do break; done`, () => `while :; do ${terminated(depth)} break; done`, () => `case ${word(0)} in ${pick(['a', '*', '(a|b)', '[a-z]*', '"x y"', '$x'])}) ${list(depth - 1).trimEnd()}\n${pick([';;', ';&', ';;&'])} *) ${simple(0)};; esac`, () => `${pick(['f', 'g', 'ls', 'rm', 'function f', 'function g'])}() ${pick(['{', '('])} ${terminated(depth)} `.replace(/^(.*?\(\)) ([{(])(.*)$/s, (_, head: string, open: string, body: string) => `${head} ${open}${body}${open === '{' ? '}' : ')'}`), () => `[[ ${pick([`-n ${word(0)}`, `$x == ${word(0)}`, `-n $(${simple(0)})`, `a =~ a(b|c)`, `x -eq 1`, `! -f a && b < c`])} ]]`, () => `(( ${pick(['1', 'x++', 'x = 1', `$(${simple(0)})`, '1 > 0 && x'])} ))`, () => `coproc ${simple(depth - 1)}`, () => `time ${pick(['', '-p '])}${simple(depth - 1)}`, () => `! ${simple(depth - 1)}`, () => `select q in a; do ${terminated(depth)} break; done`], depth);
  const item: Make = (depth) => {
    if (depth <= 0) return simple(0);
    const share = next();
    if (share < 0.45) return simple(depth);
    if (share < 0.6) return wrapped(depth);
    if (share < 0.68) return heredoc(depth);
    if (share < 0.75) return assignment(depth);
    if (share < 0.85) return several(() => simple(depth - 1), 2, 3).join(pick([' | ', '|', ' |& ', ' |\n']));
    return compound(depth);
  };
  const joined = (items: readonly string[]): string => items.reduce((line, each) => `${line}${line === '' || line.endsWith('\n') ? '' : pick(['; ', ' && ', ' || ', '\n', ' & ', ';', '&&', ' # c\n'])}${each}`, '');
  const list: Make = (depth) => joined(several(() => item(depth), 1, depth > 1 ? 3 : 2));
  const terminated: Make = (depth) => {
    const text = list(depth - 1);
    return text.endsWith('\n') ? text : `${text}${pick(['; ', '\n'])}`;
  };
  return () => list(3);
}
