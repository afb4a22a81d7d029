/** What is asked of the evaluator, before anything is known about it. */
import type { FileAction } from '../model/request.ts';
import type { JoinedWords } from '../shell/analyze.ts';
import type { ShellFacts } from './command-line.ts';

export interface FileAsk {
  readonly action: FileAction | 'file_write';
  readonly path: string;
  readonly cwd: string;
  readonly real?: string | undefined;
  readonly from?: string | undefined;
  /** It was done by now, to a file or an empty folder: nothing is looked up. */
  readonly isDone?: boolean;
  /** The process that reads it is a shell. */
  readonly isByShell?: () => boolean;
}

export type Ask =
  | FileAsk
  | { readonly action: 'command_execute'; readonly command?: string; readonly argv?: readonly string[]; readonly cwd: string; readonly executable?: string; readonly handle?: string; readonly changedVariables?: readonly string[]; readonly shell?: ShellFacts; readonly joined?: JoinedWords }
  | { readonly action: 'network_request'; readonly host: string; readonly port?: number | undefined; readonly url?: string | undefined }
  | { readonly action: 'mcp_tool_call'; readonly server: string; readonly tool: string };
