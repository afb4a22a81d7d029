/** Interpreters with a script on the command line or on standard input: `python3 -c`, `node -e`, `perl <<EOF`. */
import type { Word } from '../../model/command-line.ts';
import type { LanguageName } from '../scripts/languages.ts';
import { readScript } from '../scripts/read.ts';
import { literal, named, scriptAsProgram, type Unwrapped, type Wrapper, type WrapperTable } from './grammar.ts';
import { pythonModule } from './tools.ts';

interface Interpreter {
  readonly language: LanguageName;
  /** Matches the option before the script. */
  readonly code: RegExp;
  /** The script may be attached: group 1. */
  readonly attached?: RegExp;
  /** Sub-commands before the options (`deno eval CODE`): the first operand is the script. */
  readonly sub?: string;
  /** Options that take the next word. */
  readonly values?: RegExp;
}

function interpreter(row: Interpreter): Wrapper {
  return (args, input) => {
    const scripts: Word[] = [];
    let operand: Word | undefined;
    let at = row.sub !== undefined && args[0]?.text === row.sub ? 1 : 0;
    const isSub = at === 1;
    for (; at < args.length; at++) {
      const word = args[at] as Word;
      const attached = row.attached?.exec(word.text)?.[1];
      if (attached !== undefined) scripts.push(literal(attached, word));
      else if (row.code.test(word.text)) {
        const next = args[++at];
        if (next !== undefined) scripts.push(next);
      } else if (row.values?.test(word.text)) at++;
      else if (word.text === '-' || !word.text.startsWith('-')) {
        operand = word;
        break;
      }
    }
    if (isSub && operand !== undefined) scripts.push(operand);
    const readsInput = scripts.length === 0 && (operand === undefined || operand.text === '-');
    if (readsInput && input !== undefined) scripts.push(input);
    if (scripts.length === 0 && operand !== undefined && operand.text !== '-') return { standing: 'judged', innerStanding: 'reading', inner: scriptAsProgram(args, at) };
    return { ...script(row.language, scripts), readsScript: readsInput && input === undefined && !args.some((arg) => /^(?:--?v(?:ersion)?|--?h(?:elp)?|-V)$/.test(arg.text)) };
  };
}

function script(language: LanguageName, scripts: readonly Word[]): Unwrapped {
  const readings = scripts.map((word) => readScript(language, word));
  return { standing: 'judged', innerStanding: 'reading', isScript: true, inner: readings.flatMap((reading) => reading.inner), touches: readings.flatMap((reading) => reading.touches) };
}

const pythonCode = interpreter({ language: 'python', code: /^-[a-zA-Z]*c$/, attached: /^-[bBdEhiIOqsSuvx]*c(.+)$/s, values: /^-[a-zA-Z]*[WX]$|^--check-hash-based-pycs$/ });
/** `-m` and `-c` exclude each other. */
const python: Wrapper = (args, input) => pythonModule(args) ?? pythonCode(args, input);

export const node = interpreter({ language: 'javascript', code: /^(?:-e|-p|-pe|-ep|--eval|--print)$/, attached: /^--(?:eval|print)=(.*)$/s, values: /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--input-type|--title|--test-name-pattern|--watch-path)$/ });
const perl = interpreter({ language: 'perl', code: /^-[a-zA-Z0-9]*[eE]$/, values: /^-[IM]$/ });
const ruby = interpreter({ language: 'ruby', code: /^-[a-zA-Z0-9]*e$/, values: /^-[rIC]$/ });
const php = interpreter({ language: 'php', code: /^-[a-zA-Z]*[rBRE]$|^--(?:run|process-code|process-begin|process-end)$/, values: /^-[dcSzt]$/ });
const lua = interpreter({ language: 'lua', code: /^-e$/, attached: /^-e(.+)$/s, values: /^-l$/ });
const generic = interpreter({ language: 'generic', code: /^(?:-e|-E|-x|--eval|--execute|--print)$/, attached: /^--(?:eval|execute)=(.*)$/s });

/** Files that their own commands read: `.read` and `.import` of sqlite3, `\i` of psql, `source` of mysql. */
const DATABASE_FILE = /(?:(?:^|\n|;)\s*(?:\.(?:read|import)|\\ir?|\\\.|source)\s+|\breadfile\s*\(\s*|\\copy\s[^\n]*?\bfrom\s+)['"]?([^\s'";)|]+)/gi;

/** Clients of databases run shell text too: `.shell` of sqlite3, `\!` of psql and mysql. */
const database: Wrapper = (args, input) => ({
  standing: 'judged',
  innerStanding: 'reading',
  touches: [...args, ...(input === undefined ? [] : [input])].flatMap((word) => [...word.text.matchAll(DATABASE_FILE)].map((match) => ({ access: 'read' as const, path: literal(match[1] ?? '', word), span: word.span }))),
  inner: [...args, ...(input === undefined ? [] : [input])].flatMap((word) => {
    const match = /(?:^|\n|;)\s*(?:\.(?:shell|system|sh)\s+|\\!\s*|system\s+(?=\w))([^\n]+)/.exec(word.text);
    return match === null ? [] : [{ kind: 'text', word: { ...word, text: (match[1] ?? '').replace(/;?\s*$/, '') } } as const];
  }),
});

export const LANGUAGE_WRAPPERS: WrapperTable = {
  ...named(['python', 'python2', 'python3', 'pypy', 'pypy3', 'ipython', 'ipython3'], python),
  ...named(['node', 'nodejs', 'tsx', 'ts-node'], node),
  bun: node,
  deno: interpreter({ language: 'javascript', code: /^$/, sub: 'eval' }),
  perl,
  ruby,
  jruby: ruby,
  ...named(['php', 'php8', 'php7'], php),
  ...named(['lua', 'luajit', 'lua5.1', 'lua5.2', 'lua5.3', 'lua5.4', 'texlua'], lua),
  ...named(['Rscript', 'R', 'julia', 'octave', 'octave-cli', 'gnuplot', 'elixir', 'scala', 'groovy', 'guile', 'racket', 'ghci', 'maxima'], generic),
  ...named(['sqlite3', 'psql', 'mysql', 'mariadb'], database),
};
