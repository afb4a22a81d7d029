/** Secrets in command lines and URLs, taken out before they reach the disk. */

const MASK = '[redacted]';

/** Rows: what a secret looks like; `$1` and `$2` are kept. */
const ROWS: readonly (readonly [RegExp, string])[] = [
  // user:password@ in a URL.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${MASK}@`],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[A-Za-z0-9_-]{20,}@/gi, `$1${MASK}@`],
  // token=…, api_key=… as parameters, variables and options.
  [/((?:^|[\s?&;"'{,(])[\w.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credential|authorization|session[_-]?id|signature)s?["']?\s*(?:=|:\s?))(?!\s|["']?\s*$)("[^"]*"|'[^']*'|[^\s&;"']+)/gi, `$1${MASK}`],
  [/(\s--?(?:password|passwd|token|secret|api-?key|access-?key|auth|auth-token|otp)[= ])("[^"]*"|'[^']*'|\S+)/gi, `$1${MASK}`],
  [/\b(authorization:\s*(?:bearer|basic|token)?\s*)[^\s"']+/gi, `$1${MASK}`],
  [/\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, `$1${MASK}`],
  // curl -u user:password
  [/(\s(?:-u|--user|--proxy-user)[= ]?["']?[^\s:"']+):[^\s"']+/g, `$1:${MASK}`],
  // Well-known shapes of tokens.
  [/\b(?:sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|ya29\.[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,})/g, MASK],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
];

/** What no secret is part of needs no row tried. */
const HINT = /pass|secret|token|key|auth|credential|session|signature|bearer|:\/\/|-u|user|sk[-_]|gh[pousr]_|github_pat|glpat|npm_|xox|AKIA|ASIA|AIza|eyJ|ya29|hf_|pypi-|PRIVATE/i;

/** Longest text kept of one field; what a log line is for fits in it. */
const LENGTH_LIMIT = 8192;

export function redact(text: string): string {
  const kept = text.length > LENGTH_LIMIT ? `${text.slice(0, LENGTH_LIMIT)}… (${text.length} characters)` : text;
  if (!HINT.test(kept)) return kept;
  return ROWS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), kept);
}

/** Words together, so that `--token VALUE` is seen; the result has as many words. */
export function redactWords(words: readonly string[]): string[] {
  const kept = words.slice(0, 256);
  return kept.map((word, index) => {
    const before = kept[index - 1] ?? '';
    if (/^--?(?:password|passwd|token|secret|api-?key|access-?key|auth|auth-token|otp)$/i.test(before) && !word.startsWith('-')) return MASK;
    if (/^(?:-u|--user|--proxy-user)$/.test(before)) return word.replace(/^([^:]+):.+$/s, `$1:${MASK}`);
    return redact(word);
  });
}
