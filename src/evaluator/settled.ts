/** What an enforcement point may settle itself: reads that no rule of any layer can deny. Errs towards asking. */
import type { Subject } from '../model/request.ts';
import { RISK_LEVELS } from '../model/risk.ts';
import { requiredLiteral } from '../policy/match-path.ts';
import { isBelow } from '../resolve/places.ts';
import type { Evaluator } from './evaluator.ts';

export interface SettledReads {
  /** Real folders; a read of a real path below one of them needs no question, unless a literal occurs in it. */
  readonly folders: readonly string[];
  readonly literals: readonly string[];
}

/** Below these, writing is of critical risk (risk/files.ts): its table takes too long to be asked at every start; a test holds this to it. */
const GRAVE_PLACES = /^\/(?:bin|boot|dev|etc|lib\w*|nix|opt|proc|run|sbin|snap|sys|usr|var|System|Library)(?:\/|$)|\/(?:\.ssh|\.gnupg|\.aws|\.azure|\.kube|\.docker|\.config|\.password-store|\.git|\.patchwork|Keychains)(?:\/|$)/i;

/** What names that are of critical risk to write wherever they lie begin with (risk/files.ts); git's own are native/settled.c's. */
const CRITICAL_NAMES = ['authorized_keys', 'keychains', '/.ssh', '/.gnupg', '/.aws', '/.azure', '/.kube', '/.docker', '/.config', '/.password-store', '/.bash', '/.zsh', '/.zprofile', '/.profile', '/.gitconfig', '/.vimrc', '/.tmux', '/.inputrc'];

export interface SettledWrites {
  readonly writeFolders: readonly string[];
  readonly writeLiterals: readonly string[];
}

/** When what is allowed comes into the log: after it was done; first; or first in what the guard writes down ahead (native/ahead.c), and in the log afterwards. */
export type Recording = 'later' | 'first' | 'ahead';

const NO_WRITES: SettledWrites = { writeFolders: [], writeLiterals: [] };

/**
 * What is made, written and removed in the project and in the caches of tools without a question: where everything that is not
 * denied is allowed, and its record need not come first. Where it is written down ahead, it holds for what a command covers only: the agent itself needs
 * a rule under fail-closed. Asked about is what holds a literal of a rule, a name of critical risk, or the path of something that a session may not
 * change, and in `.git` all but what git writes all the time (native/settled.c).
 */
export function settledWrites({ policies, places }: Pick<Evaluator, 'policies' | 'places'>, recording: Recording): SettledWrites {
  const isOpen = policies.every(({ policy, files }) => (policy.mode === 'fail-open' || recording === 'ahead') && files.fallback === undefined && RISK_LEVELS.indexOf(policy.maxRisk) >= RISK_LEVELS.indexOf('high'));
  if (recording === 'first' || !isOpen) return NO_WRITES;
  const denied = deniedLiterals(policies);
  if (denied === undefined) return NO_WRITES;
  const owned = places.ownedPaths();
  const isPlain = (text: string): boolean => /^[ -~]+$/.test(text);
  if (!owned.every(isPlain)) return NO_WRITES;
  return { writeFolders: places.writableFolders().filter((folder) => isPlain(folder) && !GRAVE_PLACES.test(folder)), writeLiterals: [...denied, ...OWN_LITERALS, ...CRITICAL_NAMES, ...owned.map((path) => path.toLowerCase())] };
}

/** Lower-case text that whatever a deny rule hits must hold; undefined when a rule promises none. */
function deniedLiterals(policies: Evaluator['policies']): readonly string[] | undefined {
  const literals = new Set<string>();
  for (const { files } of policies) {
    for (const { rule, matcher } of files.deny) {
      for (const pattern of matcher.alias === undefined ? [rule.pattern] : [rule.pattern, matcher.alias]) {
        const literal = requiredLiteral(pattern);
        if (literal === undefined) return undefined;
        literals.add(literal);
      }
    }
  }
  return [...literals];
}

/** Of our own folders: these always ask. The last is where a session inside this one has its own. */
const OWN_LITERALS = ['.patchwork', 'patchwork-', '/pw/'];

/**
 * The session's temporary folder, whose own path holds such a literal: of what lies in it only the rest of the path is looked at. None where
 * a rule could hit by the folder's own path, or by what begins there.
 */
export function settledOwn({ policies, places }: Pick<Evaluator, 'policies' | 'places'>): readonly string[] {
  const folder = places.temporary;
  const denied = deniedLiterals(policies);
  if (folder === undefined || denied === undefined || !/^[ -~]+$/.test(folder) || places.ownedPaths().some((path) => isBelow(folder, path))) return [];
  const text = `${folder.toLowerCase()}/`;
  const reaches = (literal: string): boolean => text.includes(literal) || [...literal].some((_, at) => at > 1 && text.endsWith(literal.slice(0, at)));
  return denied.some(reaches) ? [] : [folder];
}

export function settledReads(evaluator: Evaluator, subject: Subject): SettledReads {
  const isCovered = subject.role === 'covered';
  // A baseline read passes step 3 first: a low bound on risk could deny it.
  const isBounded = !isCovered && evaluator.policies.some(({ policy }) => policy.maxRisk === 'none' || policy.maxRisk === 'low');
  const denied = isBounded ? undefined : deniedLiterals(evaluator.policies);
  if (denied === undefined) return { folders: [], literals: [] };
  // Outside the home and the project nobody else's state is settled; the session's own folders always ask.
  return { folders: evaluator.places.settledFolders(isCovered), literals: [...denied, ...OWN_LITERALS] };
}
