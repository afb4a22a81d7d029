/** Whether the kernel guard (native/) can work here. Linux only. Begun before all else is loaded, so it loads next to nothing itself. */
import { spawn } from 'node:child_process';
import { BUILD_HINT, findNative } from '../model/native.ts';

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

const NO_GUARD = { isAvailable: false, hasScopes: false, hasSyncWakeUp: false, hasWall: false, canGoOn: false };

export const WITHOUT_GUARD: GuardFacts = { ...NO_GUARD, why: 'switched off with --no-guard' };

/** Found out by doing: a filter, a call that is held, a program that is stopped before it runs. */
export function probeGuard(): Promise<GuardFacts> {
  if (process.platform !== 'linux') return Promise.resolve({ ...NO_GUARD, why: 'it needs Linux' });
  const guard = findNative('guard');
  if (guard === undefined) return Promise.resolve({ ...NO_GUARD, why: `it was not compiled; ${BUILD_HINT}` });
  return new Promise((resolve) => {
    const end = (why: string, text = ''): void => resolve(readAnswer(text) ?? { ...NO_GUARD, why: `it could not be tried: ${why}` });
    const child = spawn(guard, ['--probe'], { timeout: PROBE_LIMIT_MS, stdio: ['ignore', 'pipe', 'ignore'] });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      // One line; its end need not be waited for.
      if (text.endsWith('\n') && readAnswer(answer) !== undefined) end('', answer);
    });
    child.on('error', ({ message }) => end(message));
    child.on('close', (code, signal) => end(`it ended with ${signal ?? code} and no answer`, answer));
  });
}

function readAnswer(text: string): GuardFacts | undefined {
  try {
    const answer = JSON.parse(text) as { works?: unknown; why?: unknown; scopes?: unknown; syncWakeUp?: unknown; wall?: unknown; goesOn?: unknown };
    return { isAvailable: answer.works === true, why: typeof answer.why === 'string' ? answer.why : '', hasScopes: answer.scopes === true, hasSyncWakeUp: answer.syncWakeUp === true, hasWall: answer.wall === true, canGoOn: answer.goesOn === true };
  } catch {
    return undefined;
  }
}
