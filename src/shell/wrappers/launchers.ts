/** Terminals, recorders, queues, debuggers, and tools for many machines or containers: each runs what it is given. */
import type { Word } from '../../model/command-line.ts';
import { bySub, either, type Inner, joined, literal, named, prefix, runs, texts, type Wrapper, type WrapperTable } from './grammar.ts';

function reading(inner: readonly Inner[]): ReturnType<Wrapper> {
  return inner.length === 0 ? undefined : { standing: 'judged', innerStanding: 'reading', inner };
}

/** What stands behind the first word that `marks`: one word is shell text, several are a command. */
function behind(marks: RegExp): Wrapper {
  return (args) => {
    const at = args.findIndex((arg) => marks.test(arg.text));
    const words = at < 0 ? [] : args.slice(at + 1);
    return reading(words.length === 1 ? texts(words) : words.length === 0 ? [] : [{ kind: 'words', words }]);
  };
}

/** Values that `pattern` takes apart, one word after the other: group 1 is shell text. */
function inWords(pattern: RegExp): Wrapper {
  return (args) => reading(texts(args.flatMap((arg) => [...arg.text.matchAll(pattern)].map((match): Word => literal(match[1] ?? '', arg)))));
}

const one = prefix({ skip: 1 }, 'judged');
const plain = prefix({}, 'judged');
const text = (names: readonly string[], values = ''): Wrapper => runs({ text: names, values, permutes: true });
const onHosts = (values: string): Wrapper => runs({ values, rest: 'text' });
const inContainer = bySub({}, { exec: either(behind(/^--$/), one), run: either(behind(/^--$/), one) });

/** `gh alias set NAME '!CMD'`. */
const aliasSetter: Wrapper = (args) => (args[0]?.text === 'alias' ? inWords(/^!(.+)$/gs)(args) : undefined);

export const LAUNCHER_WRAPPERS: WrapperTable = {
  ...named(['heaptrack', 'nq', 'tsp', 'task-spooler', 'with-readline', 'rlfe', 'ptyget', 'foot', 'kitty'], plain),
  ...named(['gdbserver', 'kcov'], one),
  ...named(['rr', 'uftrace', 'trace-cmd'], bySub({}, { record: plain })),
  sshpass: prefix({ values: 'pfdP' }, 'judged'),
  // It edits by the rights of another.
  sudoedit: (args) => reading([{ kind: 'words', words: [literal('sudo'), literal('-e'), ...args] }]),
  ...named(['xterm', 'uxterm', 'urxvt', 'rxvt', 'konsole', 'alacritty', 'x-terminal-emulator', 'gnome-terminal', 'xfce4-terminal', 'terminator', 'wezterm', 'st'], behind(/^(?:-e|-x|--command|--execute|--)$/)),
  ...named(['nu', 'xonsh', 'elvish', 'rc', 'es'], text(['c', 'commands'])),
  asciinema: bySub({}, { rec: text(['c', 'command'], 'tiw') }),
  ttyrec: text(['e']),
  termtosvg: text(['c', 'command']),
  fzf: either(inWords(/(?:execute(?:-silent)?|become|reload|transform|preview)\(([^)]*)\)/g), text(['preview'])),
  ...named(['gh', 'glab'], aliasSetter),
  svn: text(['diff-cmd', 'diff3-cmd', 'merge-cmd', 'editor-cmd']),
  hg: inWords(/^(?:alias\.[^=]+=!|hooks\.[^=]+=|(?:merge-tools|extdiff)\.[^=]+=)(.+)$/gs),
  ansible: runs({ text: ['a', 'args'], values: 'mifuBPTelt', permutes: true }),
  salt: behind(/^cmd\.(?:run|shell|run_all)$/),
  ...named(['pdsh', 'clush'], onHosts('wxlutfgXR')),
  ...named(['pssh', 'parallel-ssh', 'dsh'], onHosts('HhlpoetOxXmgf')),
  fab: behind(/^--$/),
  ...named(['multipass', 'runc', 'crun', 'crictl', 'buildah', 'apptainer', 'singularity'], inContainer),
  machinectl: bySub({}, { shell: one }),
  pueue: bySub({}, { add: runs({ values: 'wdlgpat', rest: 'text' }) }),
  xdotool: bySub({}, { exec: plain }),
  ...named(['i3-msg', 'swaymsg'], (args) => (args[0]?.text === 'exec' ? reading([{ kind: 'text', word: joined(args.slice(1)) }]) : undefined)),
  // Its blocks stand between braces.
  execlineb: (args) => reading(texts(args.filter((_, index) => /^-[A-Za-z]*c$/.test(args[index - 1]?.text ?? '')).map((word) => literal(word.text.replaceAll(/\s[{}]\s/g, ' ; '), word)))),
};
