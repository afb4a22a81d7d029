/** Variables that change what a command runs (the table is model/variables.cts). */
import { VARIABLES } from '../model/variables.cts';

/** Values that start nothing of consequence: how tools are told not to page or edit. */
const HARMLESS = /^(?:|cat|less|more|true|false|:|0|1|never|none|vi|vim|nvim|nano|emacs|ed|code --wait|less -[A-Za-z]+)$/;
/** A shell where shells live. */
const PLAIN_SHELL = /^(?:\/usr)?(?:\/local)?\/bin\/(?:ba|da|z|k|fi)?sh$/;

/** Values of variables for builds that set how much is done, not what. */
const BENIGN: Readonly<Record<string, RegExp>> = { MAKEFLAGS: /^[\s-]*(?:j\s*\d*|[kswB]|--no-print-directory)*$/, GOFLAGS: /^(?:\s*-(?:mod|count|race|v|tags|trimpath)(?:=[\w,.]*)?)*\s*$/, SHELL: PLAIN_SHELL };

function find(kind: 'command' | 'code'): (name: string) => boolean {
  const rows = VARIABLES.filter((row) => row.kind === kind);
  const names = new Set(rows.map((row) => row.name));
  const beginnings = rows.filter((row) => row.name.endsWith('*')).map((row) => row.name.slice(0, -1));
  return (name) => names.has(name) || beginnings.some((each) => name.startsWith(each));
}

const isCommand = find('command');
const isCode = find('code');

/** Settings of git by variables: an alias that runs a command. */
const GIT_ALIAS = /^GIT_CONFIG_(?:VALUE_\d+|PARAMETERS)$/;

export function carriesCommand(name: string, value: string | undefined): boolean {
  if (GIT_ALIAS.test(name)) return value !== undefined && /^!|=!/.test(value);
  if (!isCommand(name)) return false;
  // The options of less run something only by `+!CMD`.
  if (name === 'LESS') return value === undefined || /\+\+?!/.test(value);
  return !HARMLESS.test(value ?? '?');
}

export function changesWhatRuns(name: string, value: string | undefined): boolean {
  if (value !== undefined && Object.hasOwn(BENIGN, name) && BENIGN[name]?.test(value)) return false;
  return isCode(name) || carriesCommand(name, value);
}

/** What the loader, the C library or a shell takes into any program. */
const INTO_ANY = /^(?:LD_|DYLD_|GCONV_PATH$|GLIBC_TUNABLES$|BASH|SHELLOPTS$|ENV$)/;

/** A program with other code in it is not what its name and its file say. */
export function loadsIntoAny(name: string): boolean {
  return INTO_ANY.test(name);
}

/** The shell text in a value that carries a command. */
export function commandIn(name: string, value: string): string {
  switch (name) {
    case 'LESS':
      return value.replace(/^.*?\+\+?!/s, '');
    case 'LESSOPEN':
      return value.replace(/^\|{1,2}-?/, '');
    case 'TAR_OPTIONS':
      return `tar ${value}`;
    default:
      return GIT_ALIAS.test(name) ? value.replace(/^'?[^!]*!/, '').replace(/'$/, '') : value;
  }
}
