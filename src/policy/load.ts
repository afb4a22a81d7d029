/** Finds, checks and reads the policy files. A policy that is there but cannot be used stops everything. */
import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Layer } from '../model/decision.ts';
import { PatchworkError } from '../model/errors.ts';
import { homeFolder } from '../model/home.ts';
import { layerOrder } from './compile.ts';
import type { Problem } from './parse.ts';
import { presetPolicy } from './presets.ts';
import type { Policy } from './schema.ts';

export interface LoadOptions {
  readonly project: string;
  /** Stands in for the user layer (`--policy`). */
  readonly userFile?: string;
}

export interface LoadedPolicies {
  /** In the order system, user, project; the built-in default alone when there is no file. */
  readonly policies: readonly Policy[];
  readonly isBuiltIn: boolean;
  /** A system file that does not count, and why. */
  readonly warnings: readonly string[];
}

export function policyFile(layer: 'system' | 'user' | 'project', project: string): string {
  switch (layer) {
    case 'system':
      return process.platform === 'darwin' ? '/Library/Patchwork/policy.yml' : '/etc/patchwork/policy.yml';
    case 'user':
      return join(homeFolder(), '.patchwork', 'policy.yml');
    case 'project':
      return join(project, '.patchwork', 'policy.yml');
  }
}

export async function loadPolicies(options: LoadOptions): Promise<LoadedPolicies> {
  const warnings: string[] = [];
  const policies: Policy[] = [];
  const userFile = options.userFile ?? policyFile('user', options.project);
  const projectFile = policyFile('project', options.project);
  const files: [Layer, string][] = [['system', policyFile('system', options.project)], ['user', userFile]];
  // In the home itself the project's file is the user's file.
  if (!isSameFile(projectFile, userFile)) files.push(['project', projectFile]);
  for (const [layer, file] of files) {
    if (!isThere(file)) {
      if (layer === 'user' && options.userFile !== undefined) throw new PatchworkError('PW_POLICY_UNREADABLE', `the policy ${file} does not exist`, { hint: 'check the path given with --policy' });
      continue;
    }
    // What `--policy` names may be a pipe that somebody writes to; the others would be waited for.
    const isFile = statOf(file).isFile() || (file === options.userFile && !statOf(file).isDirectory());
    if (!isFile) throw new PatchworkError('PW_POLICY_UNREADABLE', `${file} is no file`, { hint: 'a policy is a text file: replace it, or remove it' });
    const objection = ownershipProblem(layer, file);
    if (objection !== undefined && layer === 'system') warnings.push(`${file} does not count: ${objection}`);
    else if (objection !== undefined) throw new PatchworkError('PW_POLICY_UNREADABLE', `${file} is refused: ${objection}`, { hint: `chmod go-w ${dirname(file)} ${file}` });
    else policies.push(await readPolicy(file, layer));
  }
  if (policies.length > 0) return { policies: layerOrder(policies), isBuiltIn: false, warnings };
  return { policies: [presetPolicy('default')], isBuiltIn: true, warnings };
}

/** Throws PW_POLICY_INVALID with every problem in its message. */
export async function readPolicy(file: string, layer: Layer): Promise<Policy> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new PatchworkError('PW_POLICY_UNREADABLE', `${file} cannot be read: ${(error as Error).message}`, { cause: error, hint: 'make it readable, or remove it' });
  }
  const { parsePolicy } = await import('./parse.ts');
  const { policy, problems } = parsePolicy(text, file, layer);
  if (policy !== undefined) return policy;
  throw new PatchworkError('PW_POLICY_INVALID', problems.map(formatProblem).join('\n'), { hint: `check with: patchwork policy validate ${file}` });
}

/** `FILE:3:5: error: …` with the source line and a hint below it. */
export function formatProblem(problem: Problem): string {
  const { origin } = problem;
  const lines = [`${origin.file}:${origin.line}:${origin.column}: ${problem.severity}: ${problem.message}`];
  if (problem.sourceLine.trim() !== '') {
    lines.push(`    ${problem.sourceLine}`, `    ${' '.repeat(Math.max(0, origin.column - 1))}^`);
  }
  if (problem.hint !== undefined) lines.push(`  hint: ${problem.hint}`);
  return lines.join('\n');
}

function isThere(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new PatchworkError('PW_POLICY_UNREADABLE', `${file} cannot be looked at: ${(error as Error).message}`, { cause: error });
  }
}

function isSameFile(a: string, b: string): boolean {
  try {
    const [first, second] = [statSync(a), statSync(b)];
    return first.dev === second.dev && first.ino === second.ino;
  } catch {
    return a === b;
  }
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const isLost = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new PatchworkError('PW_POLICY_UNREADABLE', isLost ? `${path} is a link to a file that is not there` : `${path} cannot be looked at: ${(error as Error).message}`, { cause: error, hint: 'mend it, or remove it' });
  }
}

/** Why somebody else could have written it; undefined when nobody could. Checked before a byte is read. */
function ownershipProblem(layer: Layer, file: string): string | undefined {
  const self = process.getuid?.() ?? 0;
  for (const path of [file, dirname(file)]) {
    const stats = statOf(path);
    const isSticky = (stats.mode & 0o1000) !== 0 && path !== file;
    if ((stats.mode & 0o002) !== 0 && !isSticky) return `everybody can write ${path}`;
    if ((stats.mode & 0o020) !== 0 && !isSticky && (layer === 'system' || !isPrivateGroup(stats.gid, self))) return `the group ${stats.gid} can write ${path}`;
    if (layer === 'system' && stats.uid !== 0) return `${path} belongs to user ${stats.uid}, not to root`;
    if (stats.uid !== 0 && stats.uid !== self && !isSticky) return `${path} belongs to user ${stats.uid}`;
  }
  return undefined;
}

/** Distributions with umask 002 give each user a group of the same number that nobody else is in. */
function isPrivateGroup(gid: number, uid: number): boolean {
  return gid === uid || (uid === 0 && gid === 0);
}
