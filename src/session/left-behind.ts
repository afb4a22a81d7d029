/** Processes that outlive the agent: without an evaluator to ask they would be denied everything, so the session ends them. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProcess } from '../evaluator/lineage.ts';

/** Milliseconds between the request to end and the end. */
const GRACE_MS = 400;

/** More generations than a session has. */
const GENERATIONS = 1000;

/** The guard that we run under, in a session inside a session: nobody there sees what the processes around it were started with. */
function guardAbove(): number | undefined {
  if (process.env['PATCHWORK_SESSION'] === undefined) return undefined;
  return ancestor(process.pid, (pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'latin1') === 'guard\n';
    } catch {
      return false;
    }
  });
}

function ancestor(pid: number, isMeant: (pid: number) => boolean): number | undefined {
  let above = readProcess(pid)?.ppid ?? 0;
  for (let generation = 0; above > 0 && generation < GENERATIONS; generation++) {
    if (isMeant(above)) return above;
    above = readProcess(above)?.ppid ?? 0;
  }
  return undefined;
}

/** Processes that still carry the session's id, or one that ends so, in the environment they were started with. Linux only. */
export function findLeftBehind(id: string): number[] {
  const guard = guardAbove();
  const mark = new RegExp(`^PATCHWORK_SESSION=.*${id}$`);
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => guard === undefined || ancestor(Number(name), (above) => above === guard) !== undefined)
    .filter((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`);
        return environment.includes(id) && environment.toString('latin1').split('\0').some((each) => mark.test(each));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** How many there were. */
export async function endLeftBehind(id: string): Promise<number> {
  const found = findLeftBehind(id);
  if (found.length === 0) return 0;
  for (const pid of found) signal(pid, 'SIGTERM');
  for (const pid of found) signal(pid, 'SIGCONT');
  for (let waited = 0; waited < GRACE_MS && findLeftBehind(id).length > 0; waited += 40) await sleep(40);
  for (const pid of findLeftBehind(id)) signal(pid, 'SIGKILL');
  return found.length;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in the meantime.
  }
}
