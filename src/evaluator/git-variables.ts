/**
 * Settings of git that come by variables (git-config(1), GIT_CONFIG_COUNT), judged by their keys: agents set the identity,
 * the look of what git prints, and switch hooks, pagers and helpers off. A key that is not in the table may run something.
 */

const SWITCHES_OFF = /^(?:|false|\/dev\/null)$/;
const SCALAR = /^(?:true|false|yes|no|on|off|auto|always|never|-?\d{1,9})$/i;
const NAME = /^[\w .@+-]{1,200}$/;
const LINE = /^[^\n\0]{0,500}$/;

/** Keys as git writes them down, in small letters. The value has to match, too. */
const HARMLESS: readonly (readonly [key: RegExp, value: RegExp])[] = [
  // Where it leads to is the key's to say, and trust that is switched off.
  [/^(?!url\.|http\.(?:.*\.)?(?:sslverify|ssl|proxyssl|schannel))/, SWITCHES_OFF],
  // What it looks like.
  [/^(?:color|column|advice)\.[\w.-]+$/, /^[\w #=,-]{0,200}$/],
  [/^(?:core\.(?:quotepath|abbrev|precomposeunicode)|status\.\w+|log\.(?:date|decorate|abbrevcommit|showsignature)|diff\.(?:renames|renamelimit|algorithm|context|mnemonicprefix|noprefix|colormoved|submodule|wserrorhighlight)|i18n\.(?:commitencoding|logoutputencoding))$/, /^[\w:%, -]{0,100}$/],
  [/^(?:core\.pager|pager\..*)$/, /^cat$/],
  [/^(?:core|sequence)\.editor$/, /^(?:true|:)$/],
  // Who it is.
  [/^(?:user|author|committer)\.(?:name|email)$/, LINE],
  [/^user\.useconfigonly$/, SCALAR],
  [/^init\.defaultbranch$/, NAME],
  // How quickly, and how much of it by itself.
  [/^(?:core\.(?:preloadindex|untrackedcache|checkstat|trustctime|commitgraph|multipackindex|compression|longpaths)|pack\.threads|index\.threads|grep\.threads|checkout\.workers|fetch\.parallel|submodule\.fetchjobs|feature\.manyfiles|gc\.auto(?:detach)?|maintenance\.auto(?:detach)?)$/, /^(?:true|false|default|minimal|\d{1,6})$/],
  [/^http\.(?:lowspeedlimit|lowspeedtime|postbuffer|maxrequests)$/, /^\d{1,10}$/],
  // What makes it stricter.
  [/^safe\.barerepository$/, /^explicit$/],
  [/^protocol\.(?:\w+\.)?allow$/, /^never$/],
  [/^(?:transfer|fetch|receive)\.fsckobjects$|^core\.protect(?:ntfs|hfs)$/, /^true$/],
  [/^credential\.interactive$/, /^never$/],
];

function isHarmless(key: string, value: string): boolean {
  const name = key.toLowerCase();
  return HARMLESS.some(([keys, values]) => keys.test(name) && values.test(value));
}

/** Names of those variables among `environment` (`NAME=value`) that set nothing of consequence. */
export function harmlessGitSettings(environment: readonly string[]): ReadonlySet<string> {
  const values = new Map<string, string>();
  for (const entry of environment) {
    if (!entry.startsWith('GIT_CONFIG')) continue;
    const name = entry.split('=', 1)[0] ?? '';
    // Of two with one name, programs take the one or the other.
    if (values.has(name)) return new Set();
    values.set(name, entry.slice(name.length + 1));
  }
  return new Set([...values].filter(([name, value]) => setsNothing(name, value, values)).map(([name]) => name));
}

function setsNothing(name: string, value: string, values: ReadonlyMap<string, string>): boolean {
  switch (name) {
    // By itself it only says how many pairs count, and each is judged.
    case 'GIT_CONFIG_COUNT':
      return /^\d{0,4}$/.test(value);
    case 'GIT_CONFIG_NOSYSTEM':
      return /^[01]$/.test(value);
    case 'GIT_CONFIG_GLOBAL':
    case 'GIT_CONFIG_SYSTEM':
      return SWITCHES_OFF.test(value);
    default: {
      const number = /^GIT_CONFIG_(?:KEY|VALUE)_(\d{1,4})$/.exec(name)?.[1];
      const key = values.get(`GIT_CONFIG_KEY_${number}`);
      const set = values.get(`GIT_CONFIG_VALUE_${number}`);
      return number !== undefined && key !== undefined && set !== undefined && isHarmless(key, set);
    }
  }
}
