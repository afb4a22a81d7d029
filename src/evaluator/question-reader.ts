/** What a question from the wire asks of the policy decision point: as people would write it, not as the wire carries it. */
import { basename } from 'node:path';
import { SHELLS } from '../shell/wrappers.ts';
import { changedVariables } from './changed-variables.ts';
import type { ShellFacts } from './command-line.ts';
import type { Ask } from './ask.ts';
import type { Evaluator } from './evaluator.ts';
import { executableOf } from './lineage.ts';
import type { Joined } from './pipes.ts';
import type { Asking, CommandQuestion, LineQuestion } from './protocol.cts';

interface ReaderOptions {
  readonly evaluator: Evaluator;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly bin: string;
  readonly ownPreload: string;
}

export class QuestionReader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  read(question: Asking, joined: Joined | undefined): Ask {
    switch (question.action) {
      case 'command_execute':
        return {
          action: 'command_execute',
          argv: question.pep === 'guard' ? this.#unmasked(question) : this.shown(question.argv),
          cwd: question.cwd,
          ...(question.exe === '' ? {} : { executable: question.exe }),
          ...(question.running === true && question.interpreter === undefined ? { handle: runningFile(question.pid) } : {}),
          ...(joined === undefined ? {} : { joined }),
          changedVariables: changedVariables(question.env, this.#options.environment, this.#options.ownPreload),
        };
      case 'command_line':
        return { action: 'command_execute', command: question.line, cwd: question.cwd, shell: shellFacts(question) };
      case 'network_request':
        return { action: 'network_request', host: question.host, port: question.port };
      default:
        return { action: question.action, path: question.path, cwd: question.cwd, real: question.real, from: question.from, ...(question.pep === 'guard' ? { isByShell: () => isShell(question.pid) } : {}) };
    }
  }

  /** Words without the path of the shim that they were typed as. */
  shown([program = '', ...args]: readonly string[]): string[] {
    const prefix = `${this.#options.bin}/`;
    return [program.startsWith(prefix) ? program.slice(prefix.length) : program, ...args];
  }

  /** A loader that calls itself something else would hide that its words are a command; a dash in front says only that it is a login (`exec -l`). */
  #unmasked({ argv, exe, cwd }: CommandQuestion): string[] {
    const loader = this.#options.evaluator.loaderName(exe, cwd);
    const [name = '', ...words] = this.shown(argv);
    return [loader ?? name.replace(/^-(?=.)/, ''), ...words];
  }
}

/** What runs, whatever its names lead to by now. */
function runningFile(pid: number): string {
  return `/proc/${pid}/exe`;
}

function isShell(pid: number): boolean {
  return SHELLS.has(basename(executableOf(pid) ?? ''));
}

function shellFacts({ variables = [], names = [] }: LineQuestion): ShellFacts {
  const pairs = variables.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return { variables: Object.fromEntries(pairs), names: new Set(names) };
}
