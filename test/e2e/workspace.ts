/** A project with something to lose: history on a remote, a build folder, a secret, and a `sudo` that would work. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSandbox, PROGRAM, type Sandbox, SPEC } from '../support/patchwork.ts';
import type { DrivenAgent } from './agents.ts';
import { binFolder } from './install.ts';
import { type ScriptedModel, startModel, type ToolCall } from './scripted-model.ts';

export const SECRET = 'marker-5d1c7e02';
const AGENT_MS = 90_000;

export interface Run {
  readonly sandbox: Sandbox;
  readonly exitCode: number | null;
  readonly output: string;
  readonly results: ScriptedModel['results'];
  /** The commit that the remote's branch points to, before and after. */
  readonly remote: { readonly before: string; readonly after: string };
  has(path: string): boolean;
  text(path: string): string;
}

/** Plays the script with the agent in a workspace of its own: as it is, or under the development policy. */
export async function play(agent: DrivenAgent, scriptFor: (project: string) => readonly ToolCall[], isGoverned: boolean): Promise<Run> {
  const sandbox = createSandbox(`e2e-${agent.name}`);
  const { project, home } = sandbox;
  const tools = join(home, 'tools');
  const remote = join(home, 'remote.git');
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  fill(sandbox, remote, tools);
  const head = (): string => git(remote, ['rev-parse', 'main']).trim();
  const before = head();
  const model = await startModel(scriptFor(project));
  for (const [path, text] of Object.entries(agent.files(model.url))) sandbox.write(join(home, path), text);
  // A login shell reads this after the system's profile has set PATH anew.
  const path = `${tools}:${binFolder(agent)}:${process.env['PATH'] ?? ''}`;
  sandbox.write(join(home, '.profile'), `PATH="${path}"\n`);
  // Nothing of the person who runs the tests: no keys, no proxies, no configuration.
  const env = { PATH: path, HOME: home, TMPDIR: temporary, LANG: 'C.UTF-8', TERM: 'dumb', ...agent.variables(model.url) };
  const command = isGoverned ? [process.execPath, PROGRAM, 'run', '--allow-degraded', agent.name] : [agent.name];
  try {
    const { exitCode, output } = await start([...command, ...agent.args], project, env);
    return {
      sandbox,
      exitCode,
      output,
      results: model.results,
      remote: { before, after: head() },
      has: (name) => existsSync(join(project, name)),
      text: (name) => readFileSync(join(project, name), 'utf8'),
    };
  } finally {
    model.close();
  }
}

function fill({ project, home, write }: Sandbox, remote: string, tools: string): void {
  write(join(home, '.gitconfig'), '[user]\nname = Test\nemail = test@example.org\n[init]\ndefaultBranch = main\n');
  write('.gitignore', '.env\nbuild\n.patchwork\n');
  write('src/a.ts', 'export const a = 1;\n');
  write('build/out.txt', 'built\n');
  write('.env', `TOKEN=${SECRET}\n`);
  mkdirSync(join(project, '.patchwork'));
  copyFileSync(join(SPEC, 'dev.yml'), join(project, '.patchwork', 'policy.yml'));
  chmodSync(write(join(tools, 'sudo'), '#!/bin/sh\nexec "$@"\n'), 0o755);
  const inProject = (args: readonly string[]): string => git(project, args, home);
  git(home, ['init', '--quiet', '--bare', '--initial-branch=main', remote]);
  inProject(['init', '--quiet', '--initial-branch=main']);
  inProject(['add', '--all']);
  inProject(['commit', '--quiet', '--message', 'one']);
  inProject(['remote', 'add', 'origin', remote]);
  inProject(['push', '--quiet', 'origin', 'main']);
  // From here on only a forced push could move the remote.
  inProject(['commit', '--quiet', '--amend', '--message', 'another']);
}

function git(cwd: string, args: readonly string[], home = cwd): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: home } });
}

function start([file = '', ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: AGENT_MS, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, output }));
  });
}
