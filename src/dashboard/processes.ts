/** The processes of running sessions, as the system lists them. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { redactWords } from '../audit/redact.ts';

export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly command: string;
}

/** Longest command line shown of a process. */
const COMMAND_LIMIT = 2000;

export function listProcesses(): ProcessInfo[] {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

function fromProc(): ProcessInfo[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The name in parentheses may hold anything, also `)`: the fields begin after the last one.
      const end = stat.lastIndexOf(')');
      const ppid = Number(stat.slice(end + 2).split(' ', 2)[1]);
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').filter((each, at, all) => at < all.length - 1 || each !== '');
      const command = words.length > 0 ? redactWords(words).join(' ') : `[${stat.slice(stat.indexOf('(') + 1, end)}]`;
      return [{ pid: Number(name), ppid, command: command.slice(0, COMMAND_LIMIT) }];
    } catch {
      // It ended meanwhile, or is somebody else's.
      return [];
    }
  });
}

function fromPs(): ProcessInfo[] {
  const text = execFileSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  return text.split('\n').flatMap((line) => {
    const [, pid, ppid, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || command === undefined ? [] : [{ pid: Number(pid), ppid: Number(ppid), command: redactWords([command.slice(0, COMMAND_LIMIT)]).join(' ') }];
  });
}

export interface TreeLine extends ProcessInfo {
  readonly depth: number;
}

/** Parents before their children, the root first; `strays` lost their parents and stand below the root. Pure. */
export function treeOf(all: readonly ProcessInfo[], root: number, strays: readonly number[]): TreeLine[] {
  const children = new Map<number, ProcessInfo[]>();
  for (const each of all) children.set(each.ppid, [...(children.get(each.ppid) ?? []), each]);
  const lines: TreeLine[] = [];
  const seen = new Set<number>();
  const visit = (node: ProcessInfo, depth: number): void => {
    if (seen.has(node.pid)) return;
    seen.add(node.pid);
    lines.push({ ...node, depth });
    for (const child of (children.get(node.pid) ?? []).sort((a, b) => a.pid - b.pid)) visit(child, depth + 1);
  };
  const first = all.find((each) => each.pid === root);
  if (first !== undefined) visit(first, 0);
  const lost = new Set(strays);
  const parents = new Map(all.map((each) => [each.pid, each.ppid]));
  for (const each of all) if (lost.has(each.pid) && !lost.has(parents.get(each.pid) ?? 0)) visit(each, 1);
  return lines;
}
