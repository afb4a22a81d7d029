/** What is asked: one action on one resource, by one subject (NIST SP 800-162 words). */

export const ACTIONS = [
  'file_read',
  'file_create',
  'file_edit',
  'file_delete',
  'command_execute',
  'network_request',
  'mcp_tool_call',
] as const;

export type Action = (typeof ACTIONS)[number];
export type FileAction = Extract<Action, `file_${string}`>;

/** A path as it was asked for, and what it is on disk. Both are judged; people are shown `requested`. */
export interface FileRequest {
  readonly action: FileAction;
  readonly requested: string;
  /** Absolute, `.` and `..` folded, symbolic links not followed. */
  readonly absolute: string;
  /** Absolute with every symbolic link followed, as far as the path exists. */
  readonly real: string;
  /** True when the resource is a folder that exists (a listing, not a content read). */
  readonly isFolder?: boolean;
  /** True when there is nothing at that path. */
  readonly isMissing?: boolean;
  /** The folder that is about to get this name, with all that lies in it. */
  readonly from?: string;
  /** The path has wildcards in it that a shell is about to expand. */
  readonly isGlob?: boolean;
}

/** A program named by a command, and the files that the name stands for. */
export interface ProgramFacts {
  /** The file that would be executed, links followed; undefined when nothing was found. */
  readonly real: string | undefined;
  /** False when the name or path leads to another file than the session's own PATH gives for its base name. */
  readonly isTheOneOnPath: boolean;
  /** Base names of the real file and of what the name was, so that a renamed link is seen through. */
  readonly aliases: readonly string[];
}

export interface CommandRequest {
  readonly action: 'command_execute';
  /** Shell text, or the quoted form of `argv`: for people, the log and text rules. */
  readonly command: string;
  /** The words when no shell text is involved: nothing in them is expanded any more. */
  readonly argv?: readonly string[];
  readonly cwd: string;
  /** The file found by the enforcement point, where there is one. */
  readonly executable?: string;
  /** A path that leads to that very file, where its own may lead elsewhere by now. */
  readonly handle?: string;
  /** Variables of the process that change what runs and differ from the session's own. */
  readonly changedVariables?: readonly string[];
}

export interface NetworkRequest {
  readonly action: 'network_request';
  /** Normal form: lower case, no trailing dot, no brackets, IP literals in canonical text. */
  readonly host: string;
  readonly port: number | undefined;
  readonly url: string | undefined;
  /** The address that the connection goes to, where `host` is a name and an enforcement point saw both. */
  readonly address?: string;
  /** TCP where it is not said. */
  readonly transport?: 'udp';
}

export interface McpRequest {
  readonly action: 'mcp_tool_call';
  readonly server: string;
  readonly tool: string;
}

export type AccessRequest = FileRequest | CommandRequest | NetworkRequest | McpRequest;

/**
 * Whose request it is. `agent`: the agent's own process, or what it or a transparent shell starts (such a shell itself: `isStarted`);
 * `covered`: a process that an allowed command started; its line is `by`.
 */
export type Subject =
  | { readonly role: 'agent'; readonly isStarted?: boolean }
  | { readonly role: 'covered'; readonly by: string };

export const AGENT: Subject = { role: 'agent' };
export const STARTED_BY_AGENT: Subject = { role: 'agent', isStarted: true };

/** The target in a few words, unescaped: callers that print it pass it through `printable`. */
export function describeTarget(request: AccessRequest): string {
  switch (request.action) {
    case 'command_execute':
      return request.command;
    case 'network_request':
      return `${request.host}${request.port === undefined ? '' : `:${request.port}`}${request.address === undefined ? '' : ` (${request.address})`}`;
    case 'mcp_tool_call':
      return `${request.server}:${request.tool}`;
    default:
      return request.requested;
  }
}
