/** One line of the batch contract (product: §10) to a request. Pure. */
import { isAbsolute, join } from 'node:path';
import type { Ask } from '../../evaluator/ask.ts';
import { ACTIONS, type Action } from '../../model/request.ts';
import { parseDestination } from '../../resolve/destination.ts';
import { expandHome } from '../../resolve/paths.ts';

/** Throws an Error that says what is wrong with the line. */
export function parseBatchLine(line: string, project: string): Ask {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error('the line is no JSON object');
  const fields = value as Record<string, unknown>;
  const action = fields['action'];
  if (typeof action !== 'string' || !(ACTIONS as readonly string[]).includes(action)) throw new Error(`action is none of ${ACTIONS.join(', ')}`);
  const cwd = text(fields, 'cwd') ?? project;
  return READERS[action as Action](fields, isAbsolute(cwd) ? cwd : join(project, cwd), action as Action);
}

type Reader = (fields: Record<string, unknown>, cwd: string, action: Action) => Ask;

const readFile: Reader = (fields, cwd, action) => ({ action: action as 'file_read', path: expandHome(needed(fields, 'path')), cwd });

const READERS: Readonly<Record<Action, Reader>> = {
  file_read: readFile,
  file_create: readFile,
  file_edit: readFile,
  file_delete: readFile,
  command_execute: (fields, cwd) => {
    const argv = fields['argv'];
    if (Array.isArray(argv) && argv.every((word) => typeof word === 'string')) return { action: 'command_execute', argv, cwd };
    return { action: 'command_execute', command: needed(fields, 'command'), cwd };
  },
  network_request: (fields) => {
    const url = text(fields, 'url');
    const named = text(fields, 'host') ?? url;
    const destination = named === undefined ? undefined : parseDestination(named);
    if (destination === undefined) throw new Error('host or url is missing');
    const port = typeof fields['port'] === 'number' ? fields['port'] : (destination.port ?? (url === undefined ? undefined : parseDestination(url)?.port));
    return { action: 'network_request', host: destination.host, port, url };
  },
  mcp_tool_call: (fields) => ({ action: 'mcp_tool_call', server: needed(fields, 'server'), tool: needed(fields, 'tool') }),
};

function text(fields: Record<string, unknown>, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function needed(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`${name} is missing`);
  return value;
}
