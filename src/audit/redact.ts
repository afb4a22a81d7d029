/** Secrets in command lines and URLs, taken out before they reach the disk. */

const MASK = '[redacted]';

/** Rows: what a secret looks like; `$1` is kept. In order: a header is a header before it is a parameter. */
const ROWS: readonly (readonly [RegExp, string])[] = [
  // user:password@ and token@ in a URL.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${MASK}@`],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[A-Za-z0-9_-]{20,}@/gi, `$1${MASK}@`],
  // Authorization: Bearer …, with the scheme kept.
  [/\b(authorization:\s*(?:(?:bearer|basic|token|digest|negotiate)\s+)?)[^\s"']+/gi, `$1${MASK}`],
  [/\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, `$1${MASK}`],
  // "password": "…" in JSON.
  [/("[^"]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?"\s*:\s*)"(?:[^"\\]|\\.)*"/gi, `$1"${MASK}"`],
  // token=…, api_key: … as parameters, variables and headers.
  [/((?:^|[\s?&;"'{,(/:_-])[\w.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|session[_-]?id|signature)s?["']?\s*(?:=|:\s?))(?!\s|["']?\s*$|\[redacted)("[^"]*"|'[^']*'|[^\s&;"']+)/gi, `$1${MASK}`],
  [/(\s--?(?:[a-z]+-)*(?:password|passwd|token|secret|api-?key|access-?key|auth|otp)[= ])(?!-)("[^"]*"|'[^']*'|\S+)/gi, `$1${MASK}`],
  // curl -u user:password; docker's -u is a pair of numbers.
  [/(\s(?:-u|--user|--proxy-user)[= ]?["']?(?!\d+:\d+\b)[^\s:"']+):[^\s"']+/g, `$1:${MASK}`],
  // Programs whose -p is a password.
  [/(\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^|;&]*\s-p)[^\s"']+/g, `$1${MASK}`],
  [/(\b(?:sshpass|docker\s+login|podman\s+login|az\s+login|twine\s+upload|htpasswd)\b[^|;&]*\s-p[= ]?)("[^"]*"|'[^']*'|\S+)/g, `$1${MASK}`],
  // Well-known shapes of tokens.
  [/\b(?:sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|ya29\.[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,})/g, MASK],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
];

/** What no secret is part of needs no row tried. */
const HINT = /pass|secret|token|key|auth|credential|session|signature|bearer|:\/\/[^\s/]*@|-u|-p|otp|user|sk[-_]|gh[pousr]_|github_pat|glpat|npm_|xox|AKIA|ASIA|AIza|eyJ|ya29|hf_|pypi-|PRIVATE/i;

/** Longest text kept of one field; what a log line is for fits in it. */
const LENGTH_LIMIT = 8192;

/** Text read before it is cut, so that a secret at the cut is still seen as a whole. */
const READ_LIMIT = 4 * LENGTH_LIMIT;

export function redact(text: string): string {
  const read = text.length > READ_LIMIT ? text.slice(0, READ_LIMIT) : text;
  const clean = HINT.test(read) ? ROWS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), read) : read;
  return text.length > LENGTH_LIMIT ? `${clean.slice(0, LENGTH_LIMIT)}… (${text.length} characters)` : clean;
}

/** Words together, so that `--token VALUE` is seen; the result has as many words. */
export function redactWords(words: readonly string[]): string[] {
  const kept = words.slice(0, 256);
  return kept.map((word, index) => {
    const before = kept[index - 1] ?? '';
    if (/^--?(?:[a-z]+-)*(?:password|passwd|token|secret|api-?key|access-?key|auth|otp)$/i.test(before) && !word.startsWith('-')) return MASK;
    if (/^(?:-u|--user|--proxy-user)$/.test(before) && !/^\d+:\d+$/.test(word)) return word.replace(/^([^:]+):.+$/s, `$1:${MASK}`);
    return redact(word);
  });
}
