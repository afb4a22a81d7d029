/** Sessions that run now: their processes from the system, what each did from the log. */
import type { AuditEvent } from '../audit/event.ts';
import type { DashboardData, DashboardSystem, RunningRecord } from './data.ts';
import { listProcesses, treeOf } from './processes.ts';
import type { ProcessNode, RunningSession } from './views.ts';

/** Processes shown of one session. */
const PROCESSES_LIMIT = 200;

interface Tally {
  actions: number;
  denied: number;
}

/** What one session did, by process; begun with what the log had when it was first seen. */
interface Session {
  readonly all: Tally;
  readonly byPid: Map<number, Tally>;
}

export class RunningSessions {
  readonly #data: DashboardData;
  readonly #system: DashboardSystem;
  readonly #sessions = new Map<string, Session>();
  #looking: Promise<RunningSession[]> | undefined;

  constructor(data: DashboardData, system: DashboardSystem) {
    this.#data = data;
    this.#system = system;
  }

  note(event: AuditEvent): void {
    const session = this.#sessions.get(event.session_id);
    if (session === undefined) return;
    for (const tally of [session.all, tallyOf(session, event.process.pid)]) {
      tally.actions++;
      if (event.status === 'denied') tally.denied++;
    }
  }

  /** One look at a time. */
  look(): Promise<RunningSession[]> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<RunningSession[]> {
    const records = [...this.#system.running()].sort((a, b) => b.started - a.started);
    for (const id of this.#sessions.keys()) if (!records.some((each) => each.id === id)) this.#sessions.delete(id);
    if (records.length === 0) return [];
    for (const { id, pid } of records) if (!this.#sessions.has(id)) this.#sessions.set(id, await this.#begin(id, pid));
    const all = listProcesses();
    return records.map((record) => this.#describe(record, treeOf(all, record.pid, this.#system.strays(record.id))));
  }

  async #begin(id: string, own: number): Promise<Session> {
    const session: Session = { all: { actions: 0, denied: 0 }, byPid: new Map() };
    for (const { pid, actions, denied } of await this.#data.processes(id).catch(() => [])) {
      // Of patchwork itself there are the start and the end alone, which are no actions.
      if (pid === own) continue;
      session.all.actions += actions;
      session.all.denied += denied;
      session.byPid.set(pid, { actions, denied });
    }
    return session;
  }

  #describe(record: RunningRecord, tree: readonly { pid: number; command: string; depth: number }[]): RunningSession {
    const session = this.#sessions.get(record.id) ?? { all: { actions: 0, denied: 0 }, byPid: new Map<number, Tally>() };
    // The first is patchwork itself, the guard's supervisor stands below it.
    const processes = tree.slice(0, PROCESSES_LIMIT).map(({ pid, depth, command }): ProcessNode => ({ pid, depth, command, ...(session.byPid.get(pid) ?? { actions: 0, denied: 0 }) }));
    const { id, agent, command, project, started, policies } = record;
    return { id, agent, command, project, started, policies, ...session.all, processes };
  }
}

function tallyOf(session: Session, pid: number): Tally {
  const tally = session.byPid.get(pid) ?? { actions: 0, denied: 0 };
  session.byPid.set(pid, tally);
  return tally;
}
