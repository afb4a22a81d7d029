/** Path patterns. The only import of picomatch. */
import picomatch from 'picomatch';
import { foldName } from './fold-name.ts';
import { overlapWith } from './overlap.ts';

export interface PathPlace {
  /** Absolute real path of the project root. */
  readonly project: string;
  /** Absolute real path of the user's home. */
  readonly home: string;
  /** Follows links: a deny rule that names a file by way of one means the file. */
  readonly real?: (path: string) => string;
}

/** A pattern compiled for one project: which absolute paths it names. */
export interface PathMatcher {
  readonly pattern: string;
  /** `**` + `/x`: matches at any depth anywhere, not only below the project. */
  readonly isFloating: boolean;
  /** The same with the links followed that its fixed part leads through, when the rule was compiled; undefined without one. */
  readonly alias: string | undefined;
  matches(absolute: string): boolean;
  /** The folder holds, or would hold, what the pattern names: moving it away would expose that. */
  isBelow(folder: string): boolean;
  /** What lies in the folder may be named by the pattern because it lies there: with another name above it, it is not. */
  mayHold(folder: string): boolean;
  /** An absolute name with a shell's wildcards in it could become a path that the pattern names. */
  overlaps(name: string): boolean;
}

/** Dotfiles match like others; `!` is no negation (a deny list with a negation in it is a hole). */
const OPTIONS = { dot: true, nonegate: true, posixSlashes: false } as const;

export function compilePathPattern(pattern: string, place: PathPlace, list: 'deny' | 'allow'): PathMatcher {
  const text = stripDotSlash(pattern);
  // `./**` is everything in the project; `**` is everything anywhere.
  const isFloating = pattern.startsWith('**');
  // `flags` stands in for `nocase` in picomatch; `s` lets a name with a newline in it match.
  const options = { ...OPTIONS, flags: list === 'deny' ? 'si' : 's' };
  // A pattern that ends in `/` names a folder, and with it all that is below.
  const glob = text.endsWith('/') && text.length > 1 ? `${text}**` : text;
  const globs = list === 'deny' && glob !== '**' ? spellings([glob, `${glob}/**`]) : [glob];
  let isMatch: ((path: string) => boolean) | undefined;
  let isPrefix: ((path: string) => boolean) | undefined;
  let prefixes: string[] | undefined;
  let overlap: ((name: string) => boolean) | undefined;
  const subject = subjectOf(text, isFloating, place);
  const fixed = fixedPart(text, isFloating, place);
  const alias = list === 'deny' ? aliasOf(text, fixed, place) : undefined;
  const other = alias === undefined ? undefined : compilePathPattern(alias, { project: place.project, home: place.home }, list);
  let literal: string | undefined;
  return {
    pattern,
    isFloating,
    alias,
    matches: (absolute) => {
      // Most patterns name something that is not in the path: no expression needs to be built, or tried, to see that.
      literal ??= (PLAIN.test(pattern) ? requiredLiteral(pattern) : undefined) ?? '';
      if (!lowerCase(absolute).includes(literal) && !(list === 'deny' && lowered.folded.includes(literal))) return other?.matches(absolute) === true;
      isMatch ??= picomatch(globs, options);
      for (const form of subject(absolute)) if (isMatch(form) || (list === 'deny' && isOtherwise(form, isMatch))) return true;
      return other?.matches(absolute) === true;
    },
    isBelow: (folder) => (fixed !== undefined && fixed !== folder && relativeTo(folder, fixed) !== undefined) || other?.isBelow(folder) === true,
    mayHold: (folder) => {
      if (other?.mayHold(folder) === true) return true;
      if (prefixes === undefined) prefixes = foldersOf(text);
      if (prefixes.length === 0) return false;
      if (!isFloating && !text.startsWith('/') && relativeTo(folder, text.startsWith('~') ? place.home : place.project) !== undefined) return true;
      isPrefix ??= picomatch(spellings(prefixes), options);
      for (const form of subject(folder)) if (isPrefix(form) || isOtherwise(form, isPrefix)) return true;
      return false;
    },
    overlaps: (name) => {
      overlap ??= overlapWith(text, isFloating, place);
      return overlap(name);
    },
  };
}

const LITERAL = /^[^*?[{(!+@]*/;
/** A pattern of nothing but names, slashes and stars: what is no star in it stands for itself (a dot before a slash may not). */
const PLAIN = /^(?:\.?\/|~\/)?(?:[\w.*-]*[\w*-]\/)*[\w.*-]*[\w*-]\/?$/;

/** One path is held against all patterns in turn. */
let lowered = { path: '', text: '', folded: '' };

function lowerCase(path: string): string {
  if (lowered.path !== path) lowered = { path, text: path.toLowerCase(), folded: foldName(path).toLowerCase() };
  return lowered.text;
}

/** Each glob, and the same folded where that is another. */
const spellings = (globs: readonly string[]): string[] => [...new Set([...globs, ...globs.map(foldName)])];

function isOtherwise(form: string, isMatch: (path: string) => boolean): boolean {
  const folded = foldName(form);
  return folded !== form && isMatch(folded);
}

/** The absolute path of the pattern's part before its first wildcard; undefined for a floating one. */
function fixedPart(pattern: string, isFloating: boolean, place: PathPlace): string | undefined {
  if (isFloating) return undefined;
  const literal = (LITERAL.exec(pattern)?.[0] ?? '').replace(/\/$/, '');
  if (literal === '') return undefined;
  if (literal.startsWith('/')) return literal;
  return literal.startsWith('~/') ? `${place.home}/${literal.slice(2)}` : `${place.project}/${literal}`;
}

function aliasOf(pattern: string, fixed: string | undefined, place: PathPlace): string | undefined {
  const real = fixed === undefined ? undefined : place.real?.(fixed);
  if (real === undefined || real === fixed || /[*?[\]{}()!+@\\]/.test(real)) return undefined;
  const rest = pattern.slice((LITERAL.exec(pattern)?.[0] ?? '').replace(/\/$/, '').length);
  return `${real}${rest}`;
}

/** The pattern's folders: what stands before each of its slashes. One that stands for any folder (`**`) tells nothing. */
function foldersOf(pattern: string): string[] {
  // A slash inside of a group belongs to no folder that could be named: any may be the one.
  if (/[{([][^})\]]*\//.test(pattern) || pattern.includes('\\')) return ['**', '/**', '~/**'];
  const names = pattern.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1)).filter((folder) => folder.some((name) => name !== '**' && name !== '')).map((folder) => folder.join('/'));
}

/** What of an absolute path the pattern is held against. */
function subjectOf(pattern: string, isFloating: boolean, place: PathPlace): (absolute: string) => string[] {
  if (pattern.startsWith('/')) return (absolute) => [absolute];
  if (pattern === '~' || pattern.startsWith('~/')) {
    return (absolute) => {
      const below = relativeTo(place.home, absolute);
      return below === undefined ? [] : [below === '' ? '~' : `~/${below}`];
    };
  }
  if (isFloating) {
    // The names of the project's own parent folders and of the home are the user's circumstances, not the
    // resource's name: a project that lies in ~/secret-santa is not secret as a whole.
    return (absolute) => {
      const below = relativeTo(place.project, absolute) ?? relativeTo(place.home, absolute);
      return [below ?? absolute.slice(1)];
    };
  }
  return (absolute) => {
    const below = relativeTo(place.project, absolute);
    return below === undefined || below === '' ? [] : [below];
  };
}

const SLASH = 47;

/** The part of `path` below `folder` by whole components; '' for the folder itself; undefined when it is elsewhere. */
export function relativeTo(folder: string, path: string): string | undefined {
  if (!path.startsWith(folder)) return undefined;
  if (path.length === folder.length) return '';
  if (folder === '/') return path.slice(1);
  // No text is made for what is elsewhere, which most paths are: this is asked of every folder that means something.
  return path.charCodeAt(folder.length) === SLASH ? path.slice(folder.length + 1) : undefined;
}

/** Nor does a resolved path have `//` and `/./` in it: a rule that is written so means the same place. */
function stripDotSlash(pattern: string): string {
  const plain = pattern.replace(/\/(?:\.?\/)+/g, '/').replace(/\/\.$/, '/');
  return plain.startsWith('./') ? plain.slice(2) : plain;
}

/**
 * A text that every path matched by the pattern must contain, in lower case, or undefined when none can be promised.
 * Enforcement points use it to settle reads without a question, so it errs towards undefined.
 */
export function requiredLiteral(pattern: string): string | undefined {
  // Alternatives and single wildcards promise nothing, but what stands around them does.
  const open = pattern.replace(/\{[^{}]*\}|\?/g, '*');
  // So do quotes, which picomatch drops, three stars, which it reads in several ways, and letters whose other case depends on the language.
  if (/[[\]{}()!+@\\"]|\*{3}|[^ -~]/.test(open)) return undefined;
  let best = '';
  for (const piece of stripDotSlash(open).split(/\*+/)) {
    // A slash at an end may belong to a `**/` that matches nothing.
    const literal = piece.replace(/^\/+|\/+$/g, '');
    if (literal.length > best.length) best = literal;
  }
  if (best === '' || best === '~' || best.startsWith('~/')) return best.startsWith('~/') ? best.slice(2).toLowerCase() : undefined;
  return best.toLowerCase();
}
