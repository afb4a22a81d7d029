/** The kernel guard (native/): whether it can work here, and the words that start the agent under it. Linux only. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { BUILD_HINT, findNative, nativeProgram } from '../model/native.ts';

const PROBE_LIMIT_MS = 5000;

export interface GuardFacts {
  readonly isAvailable: boolean;
  /** Why not. */
  readonly why: string;
  /** Landlock keeps signals inside the session. */
  readonly hasScopes: boolean;
  readonly hasSyncWakeUp: boolean;
  /** Landlock keeps writes inside the folders of work, under fail-closed. */
  readonly hasWall: boolean;
  /** Where a call provably stands still is found out by kcmp(2) and /proc/PID/pagemap. */
  readonly canGoOn: boolean;
}

export const NO_GUARD = { isAvailable: false, hasScopes: false, hasSyncWakeUp: false, hasWall: false, canGoOn: false };

/** Found out by doing: a filter, a call that is held, a program that is stopped before it runs. */
export function probeGuard(): Promise<GuardFacts> {
  if (process.platform !== 'linux') return Promise.resolve({ ...NO_GUARD, why: 'it needs Linux' });
  const guard = findNative('guard');
  if (guard === undefined) return Promise.resolve({ ...NO_GUARD, why: `it was not compiled; ${BUILD_HINT}` });
  return new Promise((resolve) => {
    execFile(guard, ['--probe'], { timeout: PROBE_LIMIT_MS, encoding: 'utf8' }, (error, stdout) => {
      try {
        const answer = JSON.parse(stdout) as { works?: unknown; why?: unknown; scopes?: unknown; syncWakeUp?: unknown; wall?: unknown; goesOn?: unknown };
        resolve({ isAvailable: answer.works === true, why: typeof answer.why === 'string' ? answer.why : '', hasScopes: answer.scopes === true, hasSyncWakeUp: answer.syncWakeUp === true, hasWall: answer.wall === true, canGoOn: answer.goesOn === true });
      } catch {
        resolve({ ...NO_GUARD, why: `it could not be tried: ${error?.message ?? 'no answer'}` });
      }
    });
  });
}

export interface GuardStart {
  readonly file: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Good for one start; the guard takes it out of its environment before the agent is born. */
export function createGuardToken(): string {
  return randomBytes(24).toString('hex');
}

/** The agent's program and words, as the guard is told them. `ahead`: the file for what passes unasked under fail-closed. */
export function underGuard(start: { readonly file: string; readonly name: string; readonly args: readonly string[] }, socket: string, token: string, ahead: string | undefined): GuardStart {
  return { file: nativeProgram('guard'), args: [socket, start.name, start.file, ...start.args], variables: { PATCHWORK_GUARD: token, ...(ahead === undefined ? {} : { PATCHWORK_AHEAD: ahead }) } };
}
