/** `patchwork run [options] <agent> [args…]` and `patchwork shell`: our options end at the agent's name. */
import { statSync } from 'node:fs';
import { constants, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { EXIT_DENIED, PatchworkError } from '../../model/errors.ts';
import type { AgentExit } from '../../session/agent-process.ts';
import { beginSession, type BeginOptions } from '../../session/begin.ts';
import { inheritedDescriptors } from '../../session/inherited.ts';
import { print, say } from '../output.ts';
import { reportFailure } from '../operational-log.ts';
import { RUN_HELP, SHELL_HELP } from '../help.ts';

interface RunOptions {
  policy?: string;
  project?: string;
  quiet: boolean;
  verbose: boolean;
  pty: boolean;
  allowDegraded: boolean;
  noAgentHosts: boolean;
  noGuard: boolean;
  agentHost: string[];
  help: boolean;
}

/** Option names to how they are read; a text takes a value. */
const OPTIONS: Readonly<Record<string, keyof RunOptions>> = {
  '--policy': 'policy', '--project': 'project', '--agent-host': 'agentHost',
  '--quiet': 'quiet', '-q': 'quiet', '--verbose': 'verbose', '-v': 'verbose', '--pty': 'pty', '--allow-degraded': 'allowDegraded', '--no-agent-hosts': 'noAgentHosts', '--no-guard': 'noGuard', '--help': 'help', '-h': 'help',
};
const WITH_VALUE: ReadonlySet<string> = new Set(['--policy', '--project', '--agent-host']);

/** Long options of the usual shells. Their short ones are known by not being ours. */
const SHELL_OPTION = /^(?:-[^-].*|--(?:login|interactive|noprofile|norc|noediting|posix|restricted|rcfile|init-file|debugger|no-rcs|no-config|private))$/;

/**
 * Everything from the agent's name on is the agent's, also what looks like an option of ours; `--` may stand before it.
 * `patchwork shell` has no name to begin at: there the words of the shell begin with the first option that is not ours.
 */
export function parseRun(argv: readonly string[], isShell = false): { readonly options: RunOptions; readonly command: readonly string[] } {
  const options: RunOptions = { quiet: false, verbose: false, pty: false, allowDegraded: false, noAgentHosts: false, noGuard: false, agentHost: [], help: false };
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = equals < 0 ? word : word.slice(0, equals);
    const key = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (key === undefined && isShell && SHELL_OPTION.test(word)) break;
    if (key === undefined) throw new PatchworkError('PW_USAGE', `unknown option ${name}`, { hint: 'options of patchwork run: patchwork run --help; options of the agent stand after its name' });
    if (!WITH_VALUE.has(name)) {
      if (equals >= 0) throw new PatchworkError('PW_USAGE', `${name} takes no value`);
      (options[key] as boolean) = true;
      continue;
    }
    const value = equals < 0 ? argv[++at] : word.slice(equals + 1);
    if (value === undefined || value === '') throw new PatchworkError('PW_USAGE', `${name} needs a value`, { hint: 'see: patchwork run --help' });
    if (key === 'agentHost') options.agentHost.push(value);
    else (options[key] as string) = value;
  }
  return { options, command: argv.slice(at) };
}

export async function run(argv: readonly string[]): Promise<number> {
  const { options, command } = parseRun(argv);
  if (options.help) {
    print(RUN_HELP);
    return 0;
  }
  const [agent, ...args] = command;
  if (agent === undefined) throw new PatchworkError('PW_USAGE', 'which agent is to be run?', { hint: 'patchwork run codex, patchwork run bash; see: patchwork run --help' });
  return await start(options, agent, args);
}

export async function runShell(argv: readonly string[]): Promise<number> {
  const { options, command } = parseRun(argv, true);
  if (options.help) {
    print(SHELL_HELP);
    return 0;
  }
  return await start(options, process.env['SHELL'] || userInfo().shell || '/bin/sh', command);
}

async function start(options: RunOptions, command: string, args: readonly string[]): Promise<number> {
  const descriptors = inheritedDescriptors();
  const session: BeginOptions = {
    command,
    args,
    cwd: process.cwd(),
    ...(options.policy === undefined ? {} : { policyFile: resolve(options.policy) }),
    ...(options.project === undefined ? {} : { projectFolder: folder(options.project) }),
    allowDegraded: options.allowDegraded,
    withoutGuard: options.noGuard,
    agentHosts: options.noAgentHosts ? undefined : options.agentHost,
    descriptors,
    forceTerminal: options.pty,
    isQuiet: options.quiet,
    say,
    onFailure: (what, error) => reportFailure(what, error, options.verbose),
  };
  try {
    return finish(await beginSession(session));
  } catch (error) {
    if (!(error instanceof (await import('../../session/judge-start.ts')).StartDenied)) throw error;
    say(error.message);
    return EXIT_DENIED;
  }
}

/** A project that is not there would have no policy, and nobody would notice. */
function folder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw new PatchworkError('PW_USAGE', `the project ${resolve(path)} is no folder`, { hint: 'check the path given with --project' });
  return resolve(path);
}

/** The agent's end is ours: its code, or the same signal, so that whoever started us sees what it would have seen. */
function finish({ code, signal }: AgentExit): number {
  if (signal === null) return code ?? 0;
  process.kill(process.pid, signal);
  // Signals that do not end a process (or are blocked) leave the shell's convention.
  return 128 + (constants.signals[signal] ?? 0);
}
