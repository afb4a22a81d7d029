/** One run from start to clean-up, in order. The only module that builds the object graph. */
import { randomBytes } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { agentHosts, installationOf } from '../agents/installation.ts';
import { type AgentProfile, profileFor } from '../agents/profiles.ts';
import { aheadFile, removeAhead } from '../audit/ahead.ts';
import { redactWords } from '../audit/redact.ts';
import { Sealer } from '../audit/sealer.ts';
import { AuditWriter, type EventFacts } from '../audit/writer.ts';
import { missingLayers } from '../enforce/capabilities.ts';
import { createGuardToken, underGuard } from '../enforce/guard.ts';
import { installPreload } from '../enforce/preload.ts';
import type { GuardFacts } from '../enforce/probe.ts';
import { deniedNames } from '../enforce/denied-names.ts';
import { isWrittenDown } from '../enforce/own-path.ts';
import { installShims } from '../enforce/shims.ts';
import { Evaluator } from '../evaluator/evaluator.ts';
import { readProcess } from '../evaluator/lineage.ts';
import { doNamesMatter } from '../evaluator/names-matter.ts';
import { plainPrograms } from '../evaluator/plain.ts';
import { EvaluatorServer } from '../evaluator/server.ts';
import { DecisionService } from '../evaluator/service.ts';
import { PatchworkError } from '../model/errors.ts';
import { homeFolder } from '../model/home.ts';
import { AGENT } from '../model/request.ts';
import { compilePolicy } from '../policy/compile.ts';
import { deniedPrograms } from '../policy/match-command.ts';
import { type LoadedPolicies, loadPolicies } from '../policy/load.ts';
import { matchesHost, parseHostPattern } from '../policy/match-host.ts';
import { NAME_FILES } from '../network/hosts-file.ts';
import { upstreamProxies } from '../network/proxies.ts';
import { isExecutable, ProgramFinder } from '../resolve/executable.ts';
import { findProjectRoot, realPath } from '../resolve/paths.ts';
import { Places } from '../resolve/places.ts';
import { loadParser } from '../shell/parse.ts';
import { startShipping } from '../shipping/start.ts';
import { type AgentExit, type AgentStart, agentNotFound, keepAwake } from './agent-process.ts';
import { bannerText, summaryText } from './banner.ts';
import { DenialsFile } from './denials-file.ts';
import { agentEnvironment, proxyVariables } from './environment.ts';
import type { Descriptor } from './inherited.ts';
import { endLeftBehind } from './left-behind.ts';
import { judgeStart } from './judge-start.ts';
import { createRuntimeFolder, type RuntimeFolder, removeStale } from './runtime-folder.ts';
import { startRelay } from './relay.ts';
import { endedBy, endEvent, startEvent } from './session-events.ts';
import { shellStart, writeShellFiles } from './shell-start.ts';
import { forwardSignals } from './signals.ts';
import { handedOn } from './withheld.ts';

export interface SessionOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly policyFile?: string;
  readonly projectFolder?: string;
  readonly allowDegraded: boolean;
  /** What trying the kernel guard shows; where the user wants none of it, it is a missing layer like any other. */
  readonly guard: GuardFacts | Promise<GuardFacts>;
  readonly agentHosts: readonly string[] | undefined;
  readonly descriptors: readonly Descriptor[];
  /** A terminal for the agent even when ours is none. */
  readonly forceTerminal: boolean;
  readonly isQuiet: boolean;
  /** Where the session speaks: stderr. */
  readonly say: (text: string) => void;
  readonly onFailure: (what: string, error: unknown) => void;
}

export async function runSession(options: SessionOptions): Promise<AgentExit> {
  const project = realPath(options.projectFolder ?? findProjectRoot(options.cwd));
  const loaded = await loadPolicies({ project, ...(options.policyFile === undefined ? {} : { userFile: options.policyFile }) });
  // Loaded while the guard is tried; whoever needs the grammar hears it when that failed.
  const grammar = loadParser();
  grammar.catch(() => {});
  const guard = await options.guard;
  const isDegraded = refuseOrDegrade(loaded, guard, options.allowDegraded);
  const agent = findAgent(options);
  const id = sessionId();
  const folder = createRuntimeFolder(id);
  const cleanUps: (() => unknown)[] = [() => folder.remove()];
  try {
    const evaluator = buildEvaluator({ project, loaded, folder, agent, options });
    const isPlain = guard.isAvailable ? plainPrograms(evaluator.policies) : undefined;
    const shims = installShims(folder.path, folder.bin, (process.env['PATH'] ?? '').split(':').filter((each) => each !== ''), deniedNames(loaded.policies), isPlain && ((name) => !isPlain([name])), guard.isAvailable ? isWrittenDown : undefined);
    cleanUps.push(() => shims.close());
    const shipper = await startShipping(options.onFailure);
    const denials = new DenialsFile(folder.path, options.onFailure);
    cleanUps.unshift(() => denials.close());
    const audit = new AuditWriter({ sessionId: id, agent: agent.profile.name, project: { name: basename(project), path: project }, onEvent: (event) => { denials.add(event); shipper?.add(event); } });
    cleanUps.unshift(() => shipper?.close());
    let sealed: Promise<void> | undefined;
    cleanUps.push(async () => {
      await sealed;
      audit.close();
    });
    // Inside another session the key is out of reach, and the outer log has it all.
    if (process.env['PATCHWORK_SESSION'] === undefined) {
      const sealer = new Sealer(audit, id, options);
      cleanUps.unshift(() => {
        sealed = sealer.close();
      });
    }
    const preload = installPreload(folder.path, guard.isAvailable);
    const environment = agentEnvironment({ id, runtime: folder.path, bin: folder.bin, temporary: folder.temporary, preloadOption: preload.option, inherited: process.env });
    const proxies = upstreamProxies(process.env);
    const guardToken = guard.isAvailable ? createGuardToken() : undefined;
    const mustRecord = loaded.policies.some((policy) => policy.mode === 'fail-closed');
    const ahead = guardToken !== undefined && mustRecord ? aheadFile(audit.file) : undefined;
    const service = new DecisionService({ evaluator, hasGuard: guardToken !== undefined, audit, environment, bin: folder.bin, ownPreload: preload.option, mustRecord, isWrittenAhead: ahead !== undefined, proxies: proxies.all, onFailure: options.onFailure });
    const relay = await startRelay(service.network, proxies);
    cleanUps.unshift(() => relay.close());
    // With the guard, connections come to the relay by themselves.
    if (!guard.isAvailable) Object.assign(environment, proxyVariables(relay.proxy));
    const server = new EvaluatorServer(service, grammar, guardToken);
    await server.listen(folder.socket);
    cleanUps.unshift(() => server.close());
    writeShellFiles({ runtime: folder.path, bin: folder.bin, inherited: process.env });
    audit.append(startEvent({ command: options.command, args: options.args, cwd: options.cwd, loaded, isDegraded }));
    let unended: string | undefined = 'not started: denied, or not to be judged';
    cleanUps.unshift(() => unended === undefined || recordEnd(audit, endedBy(unended), options));
    await judgeStart(evaluator, audit, agent, options);
    unended = 'a failure of Patchwork';
    const shimCount = await shims.count;
    folder.writeRecord({ id, pid: process.pid, started: readProcess(process.pid)?.started, agent: agent.profile.name, command: redactWords([options.command, ...options.args]), project, since: new Date().toISOString(), temporary: folder.temporary, log: audit.file, policies: loaded.policies.map(({ layer, file, mode }) => ({ layer, file, mode })) });
    if (!options.isQuiet) options.say(bannerText({ id, agent: agent.profile.name, loaded, hosts: options.agentHosts === undefined ? [] : agent.hosts, shims: shimCount, guard, isDegraded, hint: agent.profile.hint }));
    const exit = await runAgent({ agent, options: { ...options, descriptors: handedOn(evaluator, audit, options) }, environment, folder, service, server, guardToken, ahead });
    const leftBehind = service.hasGuardEnded ? service.leftBehind : await endLeftBehind(id);
    service.recorder.finish();
    if (ahead !== undefined) removeAhead(ahead, service.recorder.ahead);
    unended = undefined;
    const hasGaps = !recordEnd(audit, endEvent(exit, service.counts), options) || service.recorder.unrecorded > 0;
    for (const line of (await shipper?.close()) ?? []) options.say(`patchwork: ${line}; the audit log has them`);
    if (!options.isQuiet) options.say(summaryText(service.counts, audit.file, { leftBehind, hasGaps }));
    return exit;
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

/** The agent is done: a log that cannot be ended any more does not change how it ended. */
function recordEnd(audit: AuditWriter, event: EventFacts, options: SessionOptions): boolean {
  try {
    audit.append(event);
    return true;
  } catch (error) {
    options.onFailure('the end of the session could not be recorded', error);
    return false;
  }
}

/** True when the session starts with less than the policy needs, because the user said so. */
function refuseOrDegrade(loaded: LoadedPolicies, guard: GuardFacts, allowDegraded: boolean): boolean {
  const missing = missingLayers(loaded.policies, guard);
  if (missing.length === 0) return false;
  if (allowDegraded) return true;
  const closed = loaded.policies.find((policy) => policy.mode === 'fail-closed');
  throw new PatchworkError('PW_LAYER_MISSING', `${closed?.file} is fail-closed, which needs the ${missing.map((each) => each.layer).join(', ')}: ${missing.map((each) => each.note).join('; ')}`, {
    hint: 'start with --allow-degraded to run with what there is; `patchwork doctor` shows each layer',
  });
}

export interface FoundAgent {
  readonly profile: AgentProfile;
  readonly file: string;
  readonly install: readonly string[];
  readonly hosts: readonly string[];
}

function findAgent(options: SessionOptions): FoundAgent {
  const { command } = options;
  const finder = new ProgramFinder(process.env['PATH'] ?? '');
  const file = command.includes('/') ? (isExecutable(command) ? command : undefined) : finder.find(command);
  if (file === undefined) throw agentNotFound(command);
  const profile = profileFor(command);
  return { profile, file, install: installationOf(file, profile), hosts: agentHosts(profile, { environment: process.env, args: options.args, home: homeFolder() }, options.agentHosts ?? []) };
}

interface EvaluatorParts {
  readonly project: string;
  readonly loaded: LoadedPolicies;
  readonly folder: RuntimeFolder;
  readonly agent: FoundAgent;
  readonly options: SessionOptions;
}

function buildEvaluator({ project, loaded, folder, agent, options }: EvaluatorParts): Evaluator {
  const home = homeFolder();
  const state = agent.profile.state.map((path) => (path.startsWith('./') ? `${project}/${path.slice(2)}` : `${home}/${path}`));
  const places = new Places({ project, runtime: folder.path, temporary: folder.temporary, policies: loaded.policies.filter(() => !loaded.isBuiltIn).map((policy) => resolve(policy.file)), nameFiles: doNamesMatter(loaded.policies.map((policy) => ({ policy }))) ? NAME_FILES : [], agentInstall: agent.install, agentState: [...state, ...(agent.profile.temporary ?? []).map((prefix) => `${prefix}*`)] });
  const patterns = options.agentHosts === undefined ? [] : agent.hosts.map(parseHostPattern).filter((pattern) => pattern !== undefined);
  return new Evaluator({
    policies: loaded.policies.map((policy) => compilePolicy(policy, { project: places.project, home: places.home, real: realPath })),
    places,
    finder: new ProgramFinder(process.env['PATH'] ?? '', { shimFolder: folder.bin, denied: deniedPrograms(loaded.policies), places }),
    variables: { HOME: process.env['HOME'] ?? '' },
    agent: { name: agent.profile.name, install: agent.install, allowsHost: (host, port) => patterns.some((pattern) => matchesHost(pattern, host, port, 'allow')), ports: patterns.flatMap(({ port }) => (port === undefined ? [] : [port])) },
  });
}

interface RunParts {
  readonly agent: FoundAgent;
  readonly options: SessionOptions;
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: RuntimeFolder;
  readonly service: DecisionService;
  readonly server: EvaluatorServer;
  readonly guardToken: string | undefined;
  readonly ahead: string | undefined;
}

async function runAgent({ agent, options, environment, folder, service, server, guardToken, ahead }: RunParts): Promise<AgentExit> {
  // Not by process.stdin: to look at it is to open it.
  const [stdin, stdout, stderr] = [isatty(0), isatty(1), isatty(2)];
  const isTerminal = options.forceTerminal || (stdin && stdout);
  const shell = shellStart(agent.profile, options.args, isTerminal || (stdin && stderr), { runtime: folder.path, bin: folder.bin, shell: agent.file, inherited: process.env });
  const plain: AgentStart = { file: agent.file, name: options.command, args: shell.args, cwd: options.cwd, environment: { ...environment, ...shell.variables }, isGuarded: guardToken !== undefined, descriptors: options.descriptors };
  const start = guardToken === undefined ? plain : guarded(plain, folder.socket, guardToken, ahead);
  const agentProcess = isTerminal ? await (await import('./terminal.ts')).startInTerminal(start) : (await import('./direct.ts')).startDirect(start);
  const ends = [forwardSignals(agentProcess), keepAwake(guardToken === undefined ? undefined : agentProcess.pid), () => agentProcess.close()];
  try {
    // The guard stands between us and the agent, one generation above it.
    if (agentProcess.pid !== undefined) service.lineage.register(agentProcess.pid, AGENT, guardToken === undefined ? 0 : -1);
    if (guardToken !== undefined) service.settleForGuard();
    // What killed sessions left is cleared while the agent works, not before it starts.
    void (guardToken === undefined ? Promise.resolve() : server.guarded).then(() => setImmediate(removeStale));
    return await agentProcess.exit;
  } finally {
    for (const end of ends) end();
  }
}

function guarded(start: AgentStart, socket: string, token: string, ahead: string | undefined): AgentStart {
  const { file, args, variables } = underGuard(start, socket, token, ahead);
  return { ...start, file, name: file, args, environment: { ...start.environment, ...variables } };
}

/** Sorts by time; unguessable enough to keep two sessions of one second apart. */
function sessionId(): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15);
  return `${time}-${randomBytes(3).toString('hex')}`;
}
