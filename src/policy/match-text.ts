/** The wildcard of command, host and tool patterns: `*` stands for any text, everything else for itself. */

/**
 * Linear in `text` for each `*` (greedy with one point to return to), so that no pattern can be made to blow up.
 * `*` also matches `/`, blanks, newlines and nothing.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
