/** Text that an agent controls, made safe to show: it can neither move the cursor nor reorder what stands beside it. */

/** C0, DEL, C1, bidi controls (Unicode TR9), zero-width and line separators, lone surrogates. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/** Escapes control, bidi and invisible characters; `limit` in characters, the middle is cut out beyond it. */
export function printable(text: string, limit = 400): string {
  return shorten(text, limit).replace(UNSAFE, (character) => {
    return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** At most `limit` characters, at least 80; the middle is cut out beyond it. */
export function shorten(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 60)} … ${text.slice(-50)}` : text;
}
