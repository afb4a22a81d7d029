/** Path arguments of Node's functions, copied once: what is judged is what is passed on. */
import {
  bytesOf,
  fileURLToPath,
  includes,
  isUint8Array,
  pid,
  realpath,
  resolve,
  sameBytes,
  slice,
  startsWith,
  textOfBytes,
  workingFolder,
} from './originals.cts';

export interface PathCopy {
  /** For the question; undefined when the bytes are not UTF-8 and no rule could speak of them. */
  readonly text: string | undefined;
  /** For the call. */
  readonly value: string | Buffer;
}

const OWN_PLACES = ['/proc/self', '/proc/thread-self', '/dev/fd', '/dev/stdin', '/dev/stdout', '/dev/stderr'] as const;
const URL_FIELDS = ['href', 'protocol', 'auth', 'path', 'host', 'hostname', 'pathname', 'search', 'hash'] as const;

/** Undefined when this is no path: a descriptor, or a mistake that Node itself shall report. Throws what Node throws for a bad URL. */
export function copyPath(argument: unknown): PathCopy | undefined {
  if (typeof argument === 'string') return copyText(argument);
  if (typeof argument !== 'object' || argument === null) return undefined;
  if (isUint8Array(argument)) return copyBytes(argument);
  return 'href' in argument ? copyUrl(argument) : undefined;
}

function copyText(text: string): PathCopy | undefined {
  return includes(text, '\0') ? undefined : { text, value: text };
}

function copyBytes(argument: Uint8Array): PathCopy | undefined {
  const value = bytesOf(argument);
  const text = textOfBytes(value, 'utf8', 0, value.length);
  if (includes(text, '\0')) return undefined;
  return { text: sameBytes(bytesOf(text), value) ? text : undefined, value };
}

/** Node takes anything that looks like a URL, so its getters may answer differently the second time. */
function copyUrl(argument: object): PathCopy | undefined {
  const copy: Record<string, unknown> = {};
  for (let i = 0; i < URL_FIELDS.length; i++) {
    const field = URL_FIELDS[i] as string;
    copy[field] = (argument as Record<string, unknown>)[field];
  }
  return copyText(fileURLToPath(copy as unknown as URL));
}

/**
 * The path as another process can understand it: `/proc/self` and `/dev/fd` mean something else over there. Regular files
 * are named by their real path, pipes and sockets stay what they are.
 */
export function pathForQuestion(text: string): string {
  const absolute = resolve(workingFolder(), text);
  if (!startsWith(absolute, '/proc/') && !startsWith(absolute, '/dev/')) return text;
  for (let i = 0; i < OWN_PLACES.length; i++) {
    const own = OWN_PLACES[i] as string;
    if (absolute !== own && !startsWith(absolute, `${own}/`)) continue;
    const real = realPathOf(absolute);
    if (real !== undefined) return real;
    return own === '/proc/self' ? `/proc/${pid}${slice(absolute, own.length)}` : absolute;
  }
  return text;
}

export function realPathOf(path: string): string | undefined {
  try {
    return realpath(path);
  } catch {
    return undefined;
  }
}
