/** The policy decision point: resolve, classify, evaluate every layer, combine. Knows nothing of sockets or logs. */
import { basename } from 'node:path';
import type { LayerDecision, Decision } from '../model/decision.ts';
import type { AccessRequest, CommandRequest, FileRequest, McpRequest, NetworkRequest, Subject } from '../model/request.ts';
import type { Risk } from '../model/risk.ts';
import { combineLayers } from '../policy/combine.ts';
import type { CompiledPolicy } from '../policy/compile.ts';
import type { PathMatcher } from '../policy/match-path.ts';
import { evaluatePolicy, type Facts, type Resolved } from '../policy/evaluate.ts';
import { normalizeHost } from '../resolve/destination.ts';
import type { ProgramFinder } from '../resolve/executable.ts';
import { isAnyBelow } from '../resolve/contents.ts';
import { isLoaderName } from '../resolve/identity.ts';
import { resolveFile } from '../resolve/paths.ts';
import { isBelow, type Places } from '../resolve/places.ts';
import { classifyFile } from '../risk/files.ts';
import { classifyHost, classifyTool } from '../risk/network.ts';
import { loadsCode } from '../shell/node-options.ts';
import { quoteWords } from '../shell/quote.ts';
import { loadsIntoAny } from '../shell/variables.ts';
import type { Ask, FileAsk } from './ask.ts';
import { resolveLine } from './command-line.ts';
import { builtinDecision } from './self-protection.ts';

export interface EvaluatorOptions {
  /** In the order system, user, project; never empty. */
  readonly policies: readonly CompiledPolicy[];
  readonly places: Places;
  readonly finder: ProgramFinder;
  /** Variables that command lines may use: HOME and the like. */
  readonly variables: Readonly<Record<string, string>>;
  readonly agent?: AgentFacts;
}

/** Sockets that the C library and loggers reach for by themselves: names of users and hosts, the system log. */
const LOOK_UPS = /^unix:(?:\/var)?\/run\/(?:nscd\/socket|nslcd\/socket|sssd\/|systemd\/(?:userdb|resolve|journal)\/)|^unix:\/var\/lib\/sss\/pipes\/|^unix:\/dev\/log$/;

/** What a shell could as well do by itself: `cat` reads what was judged where it came from, login shells ask who they are (/etc/profile), ours whether a typed line is finished. */
const HARMLESS: readonly (readonly [words: RegExp, why: string])[] = [
  [/^cat$/, 'it only hands its input on'],
  [/^id -u$/, 'it says what every shell knows of itself'],
  [/^dircolors -b$/, 'it names colours'],
  [/^(?:\S*\/)?bash --norc --noprofile (?:-O extglob )?-n$/, 'it reads a line and runs nothing of it'],
];

interface AgentFacts {
  readonly name: string;
  readonly install: readonly string[];
  readonly allowsHost: (host: string, port: number | undefined) => boolean;
  /** Ports that its hosts are named with. */
  readonly ports?: readonly number[];
}

/** Variables by which a program gets other code than its own. */
const LOADS_CODE = /^(?:LD_|DYLD_|NODE_OPTIONS$|BUN_OPTIONS$|OPENSSL_|GCONV_PATH$|GLIBC_TUNABLES$|PYTHON|PERL|RUBY)/;

export interface Judgement {
  readonly request: AccessRequest;
  readonly decision: Decision;
  /** The command is a shell whose content was judged: what it starts is asked of the agent, not covered. */
  readonly isTransparentShell: boolean;
  /** Its harm is done by the shell itself, by starting no other program. */
  readonly isForkBomb: boolean;
  /** The command is part of the agent's own program. */
  readonly isAgentItself: boolean;
}

/** Named by what a process has open, or by where it is: the name says nothing of the file (claude writes so). */
const OPEN_FILES = /^\/(?:proc\/(?:self|thread-self|\d+)(?:\/task\/\d+)?\/(?:fd\/\d+|cwd|root)|dev\/fd\/\d+)(?:\/|$)/;

function isByDescriptor({ absolute, real }: FileRequest): boolean {
  // A process of the session, as the guard names it.
  if (/^\/proc\/\d+\//.test(absolute)) return real.startsWith('/proc/self/') || (OPEN_FILES.test(absolute) && !real.startsWith('/proc/'));
  return OPEN_FILES.test(absolute) && !real.startsWith('/proc/');
}

export class Evaluator {
  readonly #options: EvaluatorOptions;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
  }

  get places(): Places {
    return this.#options.places;
  }

  get policies(): readonly CompiledPolicy[] {
    return this.#options.policies;
  }

  /** A model host, for the agent itself: whatever port. */
  isAgentHost(host: string, subject: Subject): boolean {
    const agent = this.#options.agent;
    return subject.role === 'agent' && subject.isStarted !== true && agent !== undefined && [undefined, ...(agent.ports ?? [])].some((port) => agent.allowsHost(host, port));
  }

  get agentPorts(): readonly number[] {
    return this.#options.agent?.ports ?? [];
  }

  /** The dynamic loader's own name when the file is one, also under another name. */
  loaderName(file: string, cwd: string): string | undefined {
    return this.#options.finder.facts(file, cwd, file).aliases.find(isLoaderName);
  }

  /** Every name that a rule could know the program by. */
  programNames(written: string, file: string, cwd: string): readonly string[] {
    return this.#options.finder.facts(written, cwd, file).aliases;
  }

  get finder(): ProgramFinder {
    return this.#options.finder;
  }

  judge(ask: Ask, subject: Subject): Judgement {
    switch (ask.action) {
      case 'command_execute':
        return this.#judgeCommand(ask, subject);
      case 'network_request':
        return this.#judgeNetwork(ask, subject);
      case 'mcp_tool_call': {
        const request: McpRequest = { action: 'mcp_tool_call', server: ask.server, tool: ask.tool };
        return this.#conclude(request, { kind: 'mcp', request, facts: this.#facts(classifyTool(request), subject) });
      }
      default:
        return this.#judgeFile(ask, subject);
    }
  }

  #judgeFile(ask: FileAsk, subject: Subject): Judgement {
    const request = resolveFile(ask.action, ask.path, ask.cwd, { known: ask.real, from: ask.from, isDone: ask.isDone });
    const facts = this.fileFacts(request, subject);
    const baseline = facts.baseline ?? (request.action === 'file_read' && this.places.isShellStart(request) && ask.isByShell?.() === true ? 'a start-up file, which a login shell reads' : undefined);
    return this.#conclude(request, { kind: 'file', request, facts: { ...facts, baseline } });
  }

  /** Also used for the files that a command line names. */
  fileFacts(request: FileRequest, subject: Subject): Facts {
    const { places } = this.#options;
    const isRead = request.action === 'file_read';
    const listing = isRead && request.isFolder && places.isProjectFolder(request.real) ? 'a listing of a folder of the project' : undefined;
    // In a session programs look for files that may not be there, and go on when they hear so; what a covered command starts names folders of all systems.
    const nothing = isRead && request.isMissing && this.#options.agent !== undefined && (subject.role === 'covered' || places.isProjectFolder(request.real)) ? 'there is no such file' : undefined;
    const onTheWay = request.action === 'file_create' && request.isMissing && places.leadsToState(request.real) ? "a folder on the way to the agent's own state" : undefined;
    return {
      ...this.#facts(classifyFile(request.action, request.absolute === request.real || isByDescriptor(request) ? [request.real] : [request.absolute, request.real], (path) => places.isOwnWork(path)), subject),
      baseline: (isRead ? places.readBaseline(request.real) : places.writeBaseline(request.real)) ?? listing ?? nothing ?? onTheWay,
      scope: places.scopeOf(request.real, request.action === 'file_create' && request.isMissing === true),
      isSystemFile: places.isSystemFile(request.real),
      ...(request.from !== undefined || (request.action === 'file_delete' && request.isFolder === true) ? { holds: holdsOf(request) } : {}),
    };
  }

  #judgeCommand(ask: Extract<Ask, { action: 'command_execute' }>, subject: Subject): Judgement {
    const argv = ask.argv;
    const command = ask.command ?? quoteWords(argv ?? []);
    const request: CommandRequest = {
      action: 'command_execute',
      command,
      cwd: ask.cwd,
      ...(argv === undefined ? {} : { argv }),
      ...(ask.executable === undefined ? {} : { executable: ask.executable }),
      ...(ask.handle === undefined ? {} : { handle: ask.handle }),
      ...(ask.changedVariables === undefined ? {} : { changedVariables: ask.changedVariables }),
    };
    const isAgentItself = subject.role === 'agent' && this.#isAgentProgram(request);
    const { resolved, risk } = resolveLine(request, subject, {
      joined: ask.joined,
      finder: this.#options.finder,
      variables: this.#options.variables,
      shell: ask.shell,
      fileFacts: (file) => this.fileFacts(file, subject),
      isSystemFile: (real) => this.places.isSystemFile(real),
      isOwnScript: (path) => this.#options.agent !== undefined && this.places.isAgentState(path),
      isPrecious: (path) => isBelow(path, this.places.home) || isBelow(path, this.places.project),
      isOwnWork: (path) => this.places.isOwnWork(path),
      baseline: isAgentItself ? "part of the agent's own program" : this.#harmless(request),
    });
    const judgement = this.#conclude(request, { kind: 'command', line: resolved }, risk);
    return { ...judgement, isTransparentShell: resolved.line.isTransparentShell, isForkBomb: resolved.line.isForkBomb, isAgentItself };
  }

  /** Asked by its own process, which is the program that its words say. */
  #harmless({ argv = [], executable = '', cwd, handle, changedVariables = [] }: CommandRequest): string | undefined {
    const [program = ''] = argv;
    const why = this.#options.agent === undefined ? undefined : HARMLESS.find(([words]) => words.test(argv.join(' ')))?.[1];
    if (why === undefined || basename(executable) !== basename(program) || changedVariables.some(loadsIntoAny)) return undefined;
    const { isTheOneOnPath, real } = this.#options.finder.facts(program, cwd, executable, handle);
    return isTheOneOnPath && real !== undefined && this.places.isSystemFile(real) ? why : undefined;
  }

  /** The agent starts itself again (gemini, qwen), or a program that was installed with it (codex, its ripgrep). */
  #isAgentProgram(request: CommandRequest): boolean {
    const install = this.#options.agent?.install ?? [];
    // With other code loaded into it, it is no longer the agent.
    if (install.length === 0 || request.executable === undefined || request.changedVariables?.some((name) => LOADS_CODE.test(name)) === true) return false;
    const { finder } = this.#options;
    const isOwn = (file: string): boolean => install.some((folder) => isBelow(folder, finder.facts(file, request.cwd, file).real ?? ''));
    if (isOwn(request.executable)) return true;
    const isNode = /^(?:node|nodejs)$/.test(finder.facts(request.executable, request.cwd, request.executable).aliases.at(-1) ?? '');
    const words = isNode ? (request.argv?.slice(1) ?? []) : [];
    const at = words.findIndex((word) => !word.startsWith('-'));
    const script = words[at];
    return script?.startsWith('/') === true && !words.slice(0, at).some(loadsCode) && isOwn(script);
  }

  #judgeNetwork(ask: Extract<Ask, { action: 'network_request' }>, subject: Subject): Judgement {
    const host = normalizeHost(ask.host);
    const request: NetworkRequest = { action: 'network_request', host, port: ask.port === 0 ? undefined : ask.port, url: ask.url };
    const socket = /^unix:(\/.*)/s.exec(host)?.[1];
    const file = socket === undefined ? undefined : this.#judgeFile({ action: 'file_read', path: socket, cwd: '/' }, subject);
    // A file rule that names a socket means what is behind it, too.
    if (file?.decision.effect === 'deny' && file.decision.step === 'deny_rule') return { ...file, request };
    // Who talks to the evaluator of another session can fill its log: that is a change of what is the session's.
    const own = socket === undefined ? undefined : this.#judgeFile({ action: 'file_edit', path: socket, cwd: '/' }, subject);
    if (own?.decision.layer === 'builtin') return { ...own, request };
    // Never for what the agent starts: a shell that can open connections itself is no part of it.
    const isAgentHost = subject.role === 'agent' && subject.isStarted !== true && this.#options.agent?.allowsHost(host, request.port) === true;
    const facts: Facts = { ...this.#facts(classifyHost(request), subject), baseline: isAgentHost ? `a model host of ${this.#options.agent?.name}` : LOOK_UPS.test(host) ? 'a service of the system that answers look-ups' : undefined };
    return this.#conclude(request, { kind: 'network', request, facts });
  }

  #facts(risk: Risk, subject: Subject): Facts {
    return { risk, baseline: undefined, coveredBy: subject.role === 'covered' ? subject.by : undefined, scope: 'outside', isSystemFile: false };
  }

  #conclude(request: AccessRequest, resolved: Resolved, risk: Risk = resolved.kind === 'command' ? { level: 'medium', flags: [] } : resolved.facts.risk): Judgement {
    const builtin = builtinDecision(resolved, this.#options.places);
    const layers: LayerDecision[] = this.#options.policies.map((policy) => evaluatePolicy(policy, resolved));
    const decision = combineLayers(request.action, risk, builtin === undefined ? layers : [builtin, ...layers]);
    return { request, decision, isTransparentShell: false, isForkBomb: false, isAgentItself: false };
  }
}

/** What a folder holds is looked for where it lies now; what it will be called is what is held against the pattern. */
function holdsOf({ real, from }: FileRequest): (matcher: PathMatcher) => boolean {
  return (matcher) => matcher.mayHold(real) && isAnyBelow(from ?? real, (relative) => matcher.matches(`${real}/${relative}`));
}
