/** The evaluator of a real session, asked over its real socket; and what the session keeps in memory. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

/** Questions over the real socket of a real session. */
export async function* decisions(sandbox: Sandbox): AsyncGenerator<string> {
  const session = spawn(process.execPath, [PROGRAM, 'run', '--quiet', 'sleep', '60'], { cwd: ROOT, env: sandboxEnvironment(sandbox.home), stdio: ['pipe', 'ignore', 'inherit'] });
  try {
    const record = await waitForRecord(sandbox);
    const before = residentMiB(record.pid);
    const rate = await questionRate(record.socket, record.pid);
    yield `decisions over the socket: ${Math.round(rate)} a second, each recorded\nmemory of the session: ${before} MiB at its start, ${residentMiB(record.pid)} MiB after them; of the guard: ${guardMiB(record.pid)} MiB`;
  } finally {
    session.kill('SIGTERM');
  }
}

async function waitForRecord(sandbox: Sandbox): Promise<{ pid: number; socket: string }> {
  for (let tries = 0; tries < 100; tries++) {
    const { sessions } = JSON.parse(sandbox.run(['status', '--json']).stdout) as { sessions: { id: string; pid: number; temporary: string }[] };
    const [first] = sessions.filter((each) => readFileSync(`/proc/${each.pid}/environ`, 'latin1').includes(`HOME=${sandbox.home}`));
    if (first !== undefined) return { pid: first.pid, socket: `${first.temporary.replace(/-tmp$/, '')}/sock` };
  }
  throw new Error('the session did not start');
}

const QUESTIONS = 20_000;
const IN_FLIGHT = 64;

function questionRate(socket: string, pid: number): Promise<number> {
  const commands = ['git status', 'npm test', 'ls -la src', 'node build.js --watch', 'grep -rn TODO src'];
  const question = (id: number): string => `${JSON.stringify({ v: 1, id, op: 'ask', pep: 'shell', pid, action: 'command_line', line: commands[id % commands.length], cwd: ROOT })}\n`;
  return new Promise((resolve, reject) => {
    const peer = connect(socket);
    let sent = 0;
    let answered = 0;
    const begun = process.hrtime.bigint();
    peer.on('error', reject);
    peer.on('connect', () => {
      while (sent < IN_FLIGHT) peer.write(question(sent++));
    });
    peer.on('data', (data: Buffer) => {
      for (const byte of data) {
        if (byte !== 10) continue;
        answered++;
        if (sent < QUESTIONS) peer.write(question(sent++));
      }
      if (answered < QUESTIONS) return;
      peer.destroy();
      resolve((QUESTIONS * 1e9) / Number(process.hrtime.bigint() - begun));
    });
  });
}


function residentMiB(pid: number): string {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) / 1024).toFixed(1);
}

/** The session's child that is our guard; only root may look at what it runs. */
function guardMiB(session: number): string {
  const guard = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/stat`, 'latin1').includes(` ${session} `) && readlinkSync(`/proc/${pid}/exe`).endsWith('/guard');
    } catch {
      return false;
    }
  });
  return guard === undefined ? '?' : residentMiB(Number(guard));
}
