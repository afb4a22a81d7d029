/** The words that start the agent under the kernel guard (native/). */
import { randomBytes } from 'node:crypto';
import { nativeProgram } from '../model/native.ts';

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
