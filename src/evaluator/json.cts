/** One line as a JSON object, by a reader that no hostile message makes recurse. */

// Captured at load: the preload runs this in programs that may replace what they like afterwards.
const { parse } = JSON;
const { isArray } = Array;
const { apply } = Reflect;
const { indexOf, lastIndexOf } = String.prototype;

/** Nesting of one message: an object with arrays of strings in it. */
const MESSAGE_DEPTH_LIMIT = 3;

export type Json = Record<string, unknown>;

/** What a line was when it is no question: the reason goes into the denial. */
export class ProtocolError extends Error {
  /** The id to answer with, 0 when the line had none. */
  readonly id: number;
  constructor(message: string, id = 0) {
    super(message);
    this.id = id;
  }
}

/** Throws ProtocolError. */
export function parseObject(line: string): Json {
  if (!isShallow(line)) throw new ProtocolError('the message is nested too deeply');
  let value: unknown;
  try {
    value = parse(line);
  } catch {
    throw new ProtocolError('the message is not JSON');
  }
  if (typeof value !== 'object' || value === null || isArray(value)) throw new ProtocolError('the message is no object');
  return value as Json;
}

/** Counts brackets outside strings, so that a hostile message cannot make the JSON parser recurse. */
function isShallow(line: string): boolean {
  // Most are one flat object, which is seen without looking at each character.
  if (apply(lastIndexOf, line, ['{']) as number <= 0 && (apply(indexOf, line, ['[']) as number) < 0) return true;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) {
      if (++depth > MESSAGE_DEPTH_LIMIT) return false;
    } else if (code === 125 || code === 93) depth--;
  }
  return true;
}
