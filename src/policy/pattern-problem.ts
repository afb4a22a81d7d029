/** What is wrong with a pattern, by the section it stands in. */
import { domainToASCII } from 'node:url';
import { parseHostPattern } from './match-host.ts';

export interface PatternProblem {
  readonly message: string;
  readonly hint?: string;
}

type Check = (pattern: string) => PatternProblem | undefined;

/** Rows: section, what no pattern of it may be. */
const CHECKS: Record<string, readonly Check[]> = {
  files: [
    (pattern) => (pattern.startsWith('!') ? { message: `"${pattern}" is a negation, which the policy language does not have`, hint: 'put the exception into `allow`, or name what is denied more exactly' } : undefined),
    (pattern) => (/^~[^/]/.test(pattern) ? { message: `"${pattern}" names another user's home`, hint: 'write the absolute path' } : undefined),
    (pattern) => (/(^|\/)\.\.(\/|$)/.test(pattern) ? { message: `"${pattern}" contains \`..\`, which no resolved path does`, hint: 'write an absolute path, or one from the home with ~/' } : undefined),
  ],
  network: [
    (pattern) => (/^[a-z]+:\/\//i.test(pattern) ? { message: `"${pattern}" is a URL; network rules name hosts`, hint: `write "${hostOf(pattern)}"` } : undefined),
    (pattern) => (/^[\d.]+(?::\d+)?$/.test(pattern) && pattern.split(':')[0]?.split('.').some((part) => Number(part) > 255) ? { message: `"${pattern}" is no address: a part of it is above 255`, hint: 'check the numbers' } : undefined),
    (pattern) => (inAscii(pattern) !== '' ? { message: `"${pattern}" is a name with letters that the network does not use`, hint: `write "${inAscii(pattern)}", which is how it is looked up` } : undefined),
    (pattern) => (parseHostPattern(pattern) === undefined ? { message: `"${pattern}" is no host pattern`, hint: 'a name, *.name, host:port, an address or a CIDR range' } : undefined),
  ],
};

/** As it goes over the wire (RFC 5890); empty for what is so already, or cannot be. */
function inAscii(pattern: string): string {
  const [, star = '', name = '', port = ''] = /^(\*\.)?([^:]*)(:\d+)?$/s.exec(pattern) ?? [];
  if (!/[^ -~]/.test(name)) return '';
  const ascii = domainToASCII(name);
  return ascii === '' ? '' : star + ascii + port;
}

/** `path` is the dotted path of the list, `rules.files.deny` for example. */
export function patternProblem(path: string, pattern: string): PatternProblem | undefined {
  if (pattern.trim() === '') return { message: `an empty pattern in \`${path}\` matches nothing`, hint: 'remove it' };
  for (const check of CHECKS[path.split('.')[1] ?? ''] ?? []) {
    const problem = check(pattern);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function hostOf(url: string): string {
  return url.replace(/^[a-z]+:\/\//i, '').replace(/[/?#].*$/, '');
}
