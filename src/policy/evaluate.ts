/** One policy and one request to a decision. Pure: everything about the machine is in the request already. */
import type { LayerDecision } from '../model/decision.ts';
import type { FileRequest, McpRequest, NetworkRequest } from '../model/request.ts';
import type { Risk } from '../model/risk.ts';
import type { CompiledPolicy } from './compile.ts';
import { evaluateLine, type ResolvedLine } from './evaluate-line.ts';
import type { PathMatcher } from './match-path.ts';
import { evaluateSteps } from './steps.ts';

/** How far a covering command reaches for this request; `outside` means it does not. */
type Scope = 'read_write' | 'read_only' | 'outside';

/** What the evaluator found out about a request before any policy is asked. */
export interface Facts {
  readonly risk: Risk;
  readonly baseline: string | undefined;
  /** The line of the allowed command that started the process, when one did. */
  readonly coveredBy: string | undefined;
  readonly scope: Scope;
  /** The file lies in a read-only folder of the operating system or of a language runtime. */
  readonly isSystemFile: boolean;
  /** A folder that is moved or removed: something in it is named by the pattern, because of where the folder lies or will lie. */
  readonly holds?: (matcher: PathMatcher) => boolean;
}

export interface ResolvedFile {
  readonly kind: 'file';
  readonly request: FileRequest;
  readonly facts: Facts;
}

export type Resolved =
  | ResolvedFile
  | { readonly kind: 'command'; readonly line: ResolvedLine }
  | { readonly kind: 'network'; readonly request: NetworkRequest; readonly facts: Facts }
  | { readonly kind: 'mcp'; readonly request: McpRequest; readonly facts: Facts };

export function evaluatePolicy(compiled: CompiledPolicy, resolved: Resolved): LayerDecision {
  switch (resolved.kind) {
    case 'file':
      return evaluateFile(compiled, resolved);
    case 'command':
      return evaluateLine(compiled, resolved.line);
    case 'network':
      return evaluateNetwork(compiled, resolved.request, resolved.facts);
    case 'mcp':
      return evaluateSteps<(server: string, tool: string) => boolean>(compiled, {
        section: 'mcp_tools',
        risk: resolved.facts.risk,
        denies: (matches) => matches(resolved.request.server, resolved.request.tool),
        allows: (matches) => matches(resolved.request.server, resolved.request.tool),
        baseline: undefined,
        cover: undefined,
      });
  }
}

/** Denied if the path asked for or the real one is; allowed only if the real one is. */
export function evaluateFile(compiled: CompiledPolicy, { request, facts }: Omit<ResolvedFile, 'kind'>): LayerDecision {
  const isRead = request.action === 'file_read';
  const isInScope = facts.scope === 'read_write' || (isRead && facts.scope === 'read_only');
  return evaluateSteps<PathMatcher>(compiled, {
    section: 'files',
    risk: facts.risk,
    // Python's secrets.py and the system's CA bundles must stay readable under `**/*secret*`.
    denies: (matcher) => !(isRead && facts.isSystemFile && matcher.isFloating) && (matcher.matches(request.absolute) || (request.real !== request.absolute && matcher.matches(request.real)) || (request.action === 'file_delete' && matcher.isBelow(request.real)) || facts.holds?.(matcher) === true || (request.isGlob === true && matcher.overlaps(request.absolute))),
    allows: (matcher) => matcher.matches(request.real),
    baseline: facts.baseline,
    cover: facts.coveredBy !== undefined && isInScope ? `the allowed command \`${facts.coveredBy}\` covers it` : undefined,
  });
}

/** Hosts are asked of every process: a covering command does not reach the network. */
function evaluateNetwork(compiled: CompiledPolicy, request: NetworkRequest, facts: Facts): LayerDecision {
  return evaluateSteps<(host: string, port: number | undefined) => boolean>(compiled, {
    section: 'network',
    risk: facts.risk,
    denies: (matches) => matches(request.host, request.port),
    allows: (matches) => matches(request.host, request.port),
    baseline: facts.baseline,
    cover: undefined,
  });
}
