/** `npm run bench`: what Patchwork costs, as ratios to the bare command in the same run. Prints a table; judges nothing. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { lineCost } from './lines.ts';
import { networkRows } from './network.ts';
import { createSandbox, PROGRAM, ROOT, type Sandbox, sandboxEnvironment } from '../support/patchwork.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9);
const POLICIES = { default: [], dev: ['--policy', `${ROOT}/test/fixtures/spec/dev.yml`, '--allow-degraded'] } as const;

interface Row {
  readonly what: string;
  readonly bare: readonly string[];
  readonly with: readonly string[];
}

const MIX = 'for i in 1 2 3 4 5; do git status >/dev/null; done; npm ls --all >/dev/null 2>&1 || true';

function run(...command: string[]): string[] {
  return [process.execPath, PROGRAM, 'run', '--quiet', ...command];
}

function rows(): Row[] {
  return [
    { what: 'start-up: run true / node -e 0', bare: [process.execPath, '-e', '0'], with: run('true') },
    { what: 'start-up with a policy file / node -e 0', bare: [process.execPath, '-e', '0'], with: run(...POLICIES.dev, 'true') },
    { what: '200 commands by name, in a shell', bare: ['bash', '-c', loop('true')], with: run('bash', '-c', loop('true')) },
    { what: 'git status ×5 and npm ls', bare: ['bash', '-c', MIX], with: run('bash', '-c', MIX) },
  ];
}

/** A program by name 200 times; `true` itself is a shell builtin, so it is switched off. */
function loop(program: string): string {
  return `enable -n ${program}; for i in {1..200}; do ${program}; done`;
}

function time(command: readonly string[], sandbox: Sandbox): number {
  const [file = '', ...args] = command;
  const begun = process.hrtime.bigint();
  const result = spawnSync(file, args, { cwd: ROOT, env: sandboxEnvironment(sandbox.home), stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) throw new Error(`${command.join(' ')} ended with ${result.status ?? result.signal}`);
  return Number(process.hrtime.bigint() - begun) / 1e6;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** In turn, A B A B, so that a machine that slows down slows both; the ratio is taken pair by pair. */
function compare(row: Row, sandbox: Sandbox): string {
  const pairs: [number, number][] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const pair: [number, number] = [time(row.bare, sandbox), time(row.with, sandbox)];
    if (round >= 0) pairs.push(pair);
  }
  const ratio = median(pairs.map(([bare, ours]) => ours / bare));
  return `${row.what.padEnd(44)} ${median(pairs.map(([bare]) => bare)).toFixed(1).padStart(9)} ${median(pairs.map(([, ours]) => ours)).toFixed(1).padStart(9)} ${ratio.toFixed(2).padStart(7)}`;
}

/** The latency of one launcher start beyond the program's own: the difference of the loops, for each command. */
function perCommand(sandbox: Sandbox): string {
  const bare = ['bash', '-c', loop('true')];
  const ours = run('bash', '-c', loop('true'));
  const empty = run('bash', '-c', 'true');
  const costs = Array.from({ length: ROUNDS }, () => (time(ours, sandbox) - time(empty, sandbox) - time(bare, sandbox)) / 200);
  return `one command through the launcher, added: ${median(costs).toFixed(2)} ms`;
}

/** Questions over the real socket of a real session. */
async function decisions(sandbox: Sandbox): Promise<string> {
  const session = spawn(process.execPath, [PROGRAM, 'run', '--quiet', 'sleep', '60'], { cwd: ROOT, env: sandboxEnvironment(sandbox.home), stdio: ['pipe', 'ignore', 'inherit'] });
  try {
    const record = await waitForRecord(sandbox);
    const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${record.pid}/status`, 'utf8'))?.[1];
    const rate = await questionRate(record.socket, record.pid);
    const after = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${record.pid}/status`, 'utf8'))?.[1];
    return `decisions over the socket: ${Math.round(rate)} a second, each recorded\nmemory of the session: ${Math.round(Number(memory) / 1024)} MiB at its start, ${Math.round(Number(after) / 1024)} MiB after them`;
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

/** What a session does, timed inside it, so that its start does not count. */
const INSIDE: readonly (readonly [string, string])[] = [
  ['200 × /bin/true by path', 'for i in {1..200}; do /bin/true; done'],
  ['find /usr/include -type f | xargs cat', 'find /usr/include -type f | xargs cat > /dev/null'],
  ['grep -r in /usr/include', 'grep -rq no-such-text-anywhere /usr/include || true'],
  ['git status ×10', 'for i in {1..10}; do git status > /dev/null; done'],
];

function inside(sandbox: Sandbox): string[] {
  const script = (work: string): string => `${work}; s=$(date +%s%N); ${work}; echo $(( ($(date +%s%N) - s) / 1000 ))`;
  const measure = (command: readonly string[]): number => {
    const [file = '', ...args] = command;
    const { stdout } = spawnSync(file, args, { cwd: ROOT, env: sandboxEnvironment(sandbox.home), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    return Number(stdout.trim()) / 1000;
  };
  return INSIDE.map(([what, work]) => {
    const pairs = Array.from({ length: ROUNDS }, () => [measure(['bash', '-c', script(work)]), measure(run('bash', '-c', script(work)))] as const);
    const ratio = median(pairs.map(([bare, ours]) => ours / bare));
    return `${`${what} (inside, warm)`.padEnd(44)} ${median(pairs.map(([bare]) => bare)).toFixed(1).padStart(9)} ${median(pairs.map(([, ours]) => ours)).toFixed(1).padStart(9)} ${ratio.toFixed(2).padStart(7)}`;
  });
}

const sandbox = createSandbox('bench');
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}, node ${process.version}, ${execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim()}; medians of ${ROUNDS} pairs, milliseconds`);
  console.log(`${''.padEnd(44)} ${'bare'.padStart(9)} ${'patchwork'.padStart(9)} ${'ratio'.padStart(7)}`);
  for (const row of rows()) console.log(compare(row, sandbox));
  console.log(lineCost());
  for (const line of inside(sandbox)) console.log(line);
  for (const line of await networkRows(Math.min(ROUNDS, 5))) console.log(line);
  console.log(perCommand(sandbox));
  console.log(await decisions(sandbox));
} finally {
  sandbox.remove();
}

