/** Risk of a command line from its parts, so that wrappers, paths and quoting do not hide it. Pure. */
import type { CommandLine, CommandPart } from '../model/command-line.ts';
import { joinRisks, type Risk, type RiskFlag, type RiskLevel } from '../model/risk.ts';
import { parseCommand } from '../shell/options.ts';
import { changesWhatRuns } from '../shell/variables.ts';
import { SHELLS } from '../shell/wrappers.ts';
import { COMMAND_ROWS, type CommandRow, canonicalProgram, type Surroundings } from './commands.ts';

const UNKNOWN: Risk = { level: 'medium', flags: [] };
const OPAQUE: Risk = { level: 'high', flags: ['opaque_command'] };
const PIPE_TO_SHELL: Risk = { level: 'critical', flags: ['pipe_to_shell'] };
const FORK_BOMB: Risk = { level: 'critical', flags: ['destructive_command'] };
const CODE_LOADING: Risk = { level: 'high', flags: ['code_loading_environment'] };

/** Programs that run what comes in, when it comes through a pipe. */
const INTERPRETERS: ReadonlySet<string> = new Set([...SHELLS, 'python', 'python3', 'node', 'perl', 'ruby', 'php', 'source', '.', 'eval']);
/** Programs whose output comes from outside, or is not what it looks like. */
const FETCHERS: ReadonlySet<string> = new Set(['curl', 'wget', 'http', 'https', 'aria2c', 'fetch', 'nc', 'ncat', 'netcat', 'base64', 'xxd', 'openssl', 'gunzip', 'zcat', 'ssh']);

export interface LineRisk {
  readonly parts: readonly Risk[];
  readonly whole: Risk;
}

const NOWHERE: Surroundings = { isPrecious: () => false, isOwnWork: () => false };

export function classifyLine(line: CommandLine, around: Surroundings = NOWHERE): LineRisk {
  const parts = line.parts.map((part, index) => joinRisks([classifyPart(part, around), ...(isFedFromOutside(line, index) ? [PIPE_TO_SHELL] : [])]));
  const extra: Risk[] = [];
  if (line.opaque.some((each) => !each.isReading)) extra.push(OPAQUE);
  if (line.isForkBomb) extra.push(FORK_BOMB);
  if (line.assignments.some((each) => changesWhatRuns(each.name, each.value?.text))) extra.push(CODE_LOADING);
  if (line.isForkBomb) return { parts: parts.map((risk) => joinRisks([risk, FORK_BOMB])), whole: joinRisks([...parts, ...extra]) };
  return { parts, whole: joinRisks([...parts, ...extra]) };
}

function classifyPart(part: CommandPart, around: Surroundings): Risk {
  const written = part.words[0]?.text ?? '';
  const names = [...new Set([written, ...(part.program?.aliases ?? [])].map((name) => canonicalProgram(name.slice(name.lastIndexOf('/') + 1))))];
  const args = part.words.slice(1).map((word) => word.text);
  const known = names.map((name) => classifyProgram(name, args, part, around)).filter((risk) => risk !== undefined);
  const own = known.length > 0 ? joinRisks(known) : UNKNOWN;
  const changed = part.assignments.some((each) => changesWhatRuns(each.name, each.value?.text));
  const raised = part.isOpenEnded && own.flags.includes('destructive_command') ? [{ level: 'high' as const, flags: [] }] : [];
  return joinRisks([own, ...raised, ...(changed ? [CODE_LOADING] : [])]);
}

/**
 * The last matching row that speaks of a sub-command or a condition outweighs the plain row of the program;
 * among those, the highest counts.
 */
function classifyProgram(name: string, args: readonly string[], part: CommandPart, around: Surroundings): Risk | undefined {
  const command = parseCommand(name, args);
  const rows = COMMAND_ROWS.filter((row) => row.programs.includes(name) && hits(row, command, args, around));
  if (part.standing === 'builtin' || part.standing === 'transparent') return toRisk(rows.filter((row) => row.when !== undefined)) ?? { level: 'none', flags: [] };
  const special = rows.filter((row) => row.sub !== undefined || row.when !== undefined);
  const plain = rows.filter((row) => row.sub === undefined && row.when === undefined);
  return toRisk(special.length > 0 ? [...special, ...plain.filter((row) => row.flags !== undefined)] : plain);
}

function hits(row: CommandRow, command: ReturnType<typeof parseCommand>, args: readonly string[], around: Surroundings): boolean {
  if (row.sub !== undefined && !row.sub.includes(command.operands[0] ?? '')) return false;
  return row.when === undefined || row.when(command, args, around);
}

function toRisk(rows: readonly CommandRow[]): Risk | undefined {
  if (rows.length === 0) return undefined;
  return joinRisks(rows.map((row): { level: RiskLevel; flags: readonly RiskFlag[] } => ({ level: row.level, flags: row.flags ?? [] })));
}

/** A shell or interpreter that reads, from a pipe, what another program puts out. */
function isFedFromOutside(line: CommandLine, index: number): boolean {
  const part = line.parts[index];
  if (part === undefined || !namesOf(part).some((name) => INTERPRETERS.has(name))) return false;
  for (const stages of line.pipelines) {
    const at = stages.findIndex((stage) => stage.includes(index));
    if (at <= 0) continue;
    const isShell = namesOf(part).some((name) => SHELLS.has(name) || name === 'source' || name === '.' || name === 'eval');
    const before = stages.slice(0, at).flat();
    const fromOutside = before.some((each) => namesOf(line.parts[each]).some((name) => FETCHERS.has(name)));
    if (fromOutside && (isShell ? true : !hasScriptOperand(part))) return true;
    if (isShell && part.readsPipe) return true;
  }
  return false;
}

function hasScriptOperand(part: CommandPart): boolean {
  return part.words.slice(1).some((word) => word.text !== '-');
}

function namesOf(part: CommandPart | undefined): string[] {
  const written = part?.words[0]?.text ?? '';
  return [written, ...(part?.program?.aliases ?? [])].map((name) => canonicalProgram(name.slice(name.lastIndexOf('/') + 1)));
}
