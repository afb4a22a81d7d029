/** Ways to put one command line inside another. */

export interface Line {
  readonly text: string;
  /** One command with its words, so that a program may stand in front of it. */
  readonly isSimple: boolean;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Programs that run the words behind them, as they are (`ssh` and `watch` join them to text). */
const PREFIXES = ['env', 'env -i A=b', 'timeout 5', 'timeout -k 1 5', 'nice', 'nice -n 5', 'nohup', 'setsid', 'stdbuf -oL', 'time -p', 'command', 'exec', 'xargs', 'xargs -n1', 'ionice -c3', 'flock l', 'strace -f', 'docker run img', 'busybox', 'npx', 'npm exec --', 'poetry run', 'find . -exec', 'A=b', '>/dev/null', '!', 'coproc', 'chroot x', 'unshare -r', 'direnv exec .', 'kubectl exec p --', 'git submodule foreach'];
/** Programs that run the text in their words. */
const TEXTS = ['bash -c', 'sh -c', 'bash -lc', 'zsh -c', 'dash -ec', 'eval', 'env -S', 'su -c', 'ssh h', 'script -qc', 'watch', 'bash -o pipefail -c', 'bash <<<', 'sh <<<', 'npm exec -c', 'git rebase -x', 'tmux new -d', 'flock l -c', 'parallel', 'nix-shell --run', 'git submodule foreach'];
const AROUND: readonly ((text: string) => string)[] = [
  (text) => `( ${text})`, (text) => `{ ${text}; }`, (text) => `if :; then ${text}; fi`, (text) => `if ${text}; then :; fi`, (text) => `while ${text}; do :; done`, (text) => `for i in 1; do ${text}; done`, (text) => `case x in x) ${text};; esac`, (text) => `echo "$( ${text})"`, (text) => `x=$( ${text})`, (text) => `cat <(${text})`, (text) => `tee >(${text})`, (text) => `f() { ${text}; }; f`, (text) => `[[ -n $( ${text}) ]]`, (text) => `echo $(( $( ${text}) ))`, (text) => `: "\${x:-$( ${text})}"`, (text) => `cat <<E\n$( ${text})\nE\n`, (text) => `bash <<'E'\n${text}\nE\n`, (text) => `sh -s <<'E'\n${text}\nE\n`, (text) => `trap ${quoted(text)} EXIT`, (text) => `# c\n${text}`, (text) => `${text} # c`, (text) => `true && ${text}`, (text) => `false || ${text}`, (text) => `${text} &`, (text) => `a=( $( ${text}))`, (text) => `echo ${quoted(text)} | sh`, (text) => `alias a=${quoted(text)}`, (text) => `export X="$( ${text})"`, (text) => `select q in a; do ${text}; done`,
];

/** A heredoc's last line must stand alone. */
function alone(text: string): string {
  return text.endsWith('\n') ? `{ ${text}}` : text;
}

const asSimple = ({ text, isSimple }: Line): string => (isSimple ? text : `bash -c ${quoted(text)}`);

export const WRAPPINGS: readonly ((line: Line) => Line)[] = [
  ...PREFIXES.map((prefix) => (line: Line): Line => ({ text: `${prefix} ${asSimple(line)}${prefix.endsWith('-exec') ? ' \\;' : ''}`, isSimple: /^[a-z]/.test(prefix) && !/^(?:time|coproc|command|exec)/.test(prefix) })),
  ...TEXTS.map((program) => (line: Line): Line => ({ text: `${program} ${quoted(line.text)}`, isSimple: !/^(?:eval)/.test(program) && !program.includes('<') })),
  ...AROUND.map((around) => (line: Line): Line => ({ text: around(alone(line.text)), isSimple: false })),
];

/** Other ways to write a word that stand for the same. */
export const QUOTINGS: readonly ((word: string) => string)[] = [
  (word) => word, (word) => `'${word}'`, (word) => `"${word}"`, (word) => `${word.slice(0, 1)}''${word.slice(1)}`, (word) => `${word.slice(0, -1)}"${word.slice(-1)}"`, (word) => `\\${word}`, (word) => `$'${word}'`, (word) => `$'${[...word].map((letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')}'`, (word) => `${word.slice(0, 1)}\\\n${word.slice(1)}`, (word) => [...word].map((letter) => `\\${letter}`).join(''), (word) => `'${word.slice(0, 1)}'"${word.slice(1)}"`, (word) => `"$(echo ${word})"`,
];
