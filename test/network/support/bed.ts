/**
 * Two network namespaces with a cable between them: programs run in one, servers and a capture of every packet that
 * arrives in the other. Needs the superuser; nothing of the machine's own network is touched.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSandbox, PROGRAM, type Sandbox, sandboxEnvironment } from '../../support/patchwork.ts';
import { ALL, ALL6, POLICY, SERVER } from './world.ts';

const ORDINARY = ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups', '--'];
const SSHD = '/usr/sbin/sshd';

export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly policy?: string;
  readonly options?: readonly string[];
  readonly timeoutMs?: number;
  /** Not as the superuser. */
  readonly isOrdinary?: boolean;
}

export interface Bed {
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** Names of the namespaces: where programs run, where servers do. */
  readonly inside: string;
  readonly outside: string;
  bare(script: string, options?: Options): Outcome;
  governed(script: string, options?: Options): Outcome;
  /** KEY and REPO of the ssh server. */
  readonly variables: NodeJS.ProcessEnv;
  /** What the servers have seen since the last call. */
  seen(): string[];
  /** Packets that arrived from inside since the last call, as tcpdump prints them. */
  packets(): Promise<string[]>;
  close(): void;
}

/** Undefined when the tests can run. */
export function whyNoBed(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need the superuser';
  for (const [program, args] of [['ip', ['-V']], ['tcpdump', ['--version']], ['openssl', ['version']]] as const) {
    if (spawnSync(program, args).status !== 0) return `${program} is not installed`;
  }
  const name = `pwt${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'no network namespace can be made here';
  spawnSync('ip', ['netns', 'del', name]);
  return undefined;
}

const ip = (...words: string[]): void => void execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });

export async function createBed(name: string): Promise<Bed> {
  const sandbox = createSandbox(`net-${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'pw-world-'));
  const [inside, outside] = [`pwi${process.pid}`, `pwo${process.pid}`];
  const clean: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true }), () => sandbox.remove()];
  try {
    for (const each of [inside, outside]) {
      ip('netns', 'add', each);
      clean.unshift(() => spawnSync('ip', ['netns', 'del', each]));
      ip('-n', each, 'link', 'set', 'lo', 'up');
    }
    ip('link', 'add', 'pw0', 'netns', inside, 'type', 'veth', 'peer', 'name', 'pw0', 'netns', outside);
    for (const each of [inside, outside]) {
      execFileSync('ip', ['netns', 'exec', each, 'sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.pw0.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0'], { stdio: 'ignore' });
      ip('-n', each, 'link', 'set', 'pw0', 'up');
    }
    ip('-n', inside, 'address', 'add', '203.0.113.1/24', 'dev', 'pw0');
    ip('-n', inside, 'address', 'add', '2001:db8:66::1/64', 'dev', 'pw0', 'nodad');
    ip('-n', inside, 'route', 'add', 'default', 'via', SERVER);
    // Somebody's tunnel, as virtual machines and private networks have them: what is written into it is routed on.
    if (existsSync('/dev/net/tun')) {
      ip('-n', inside, 'tuntap', 'add', 'pwt', 'mode', 'tun');
      ip('-n', inside, 'address', 'add', '10.99.0.1/24', 'dev', 'pwt');
      ip('-n', inside, 'link', 'set', 'pwt', 'up');
      execFileSync('ip', ['netns', 'exec', inside, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'], { stdio: 'ignore' });
    }
    for (const address of ALL) ip('-n', outside, 'address', 'add', `${address}/24`, 'dev', 'pw0');
    for (const address of ALL6) ip('-n', outside, 'address', 'add', `${address}/64`, 'dev', 'pw0', 'nodad');
    const settings = join('/etc/netns', inside);
    mkdirSync(settings, { recursive: true });
    clean.unshift(() => rmSync(settings, { recursive: true, force: true }));
    writeFileSync(join(settings, 'resolv.conf'), `nameserver ${SERVER}\nsearch corp.invalid\noptions timeout:2 attempts:1\n`);
    writeFileSync(join(settings, 'hosts'), '127.0.0.1 localhost\n::1 localhost\n203.0.113.15 listed.test\n');
    certificates(folder);
    const archives = packages(folder);
    const variables = repository(folder);
    writeFileSync(join(folder, 'seen.txt'), '');
    const servers = spawn('ip', ['netns', 'exec', outside, process.execPath, join(dirname(fileURLToPath(import.meta.url)), 'servers.js'), folder, archives.tarball, archives.wheel], { stdio: ['ignore', 'pipe', 'inherit'] });
    clean.unshift(() => servers.kill('SIGKILL'));
    // Into a file: nobody reads a pipe while a batch runs, and what does not fit into it is lost.
    const captured = join(folder, 'packets.txt');
    const capture = spawn('ip', ['netns', 'exec', outside, 'tcpdump', '-i', 'pw0', '-Q', 'in', '-nn', '-l', '-q', '-tt', '-s', '128', '-B', '16384', 'ip or ip6'], { stdio: ['ignore', openSync(captured, 'w'), 'pipe'] });
    clean.unshift(() => capture.kill('SIGKILL'));
    let read = 0;
    await Promise.all([line(servers, 'stdout', 'ready'), line(capture, 'stderr', 'listening')]);
    if (existsSync(SSHD)) {
      mkdirSync('/run/sshd', { recursive: true });
      const options = ['HostKey', 'AuthorizedKeysFile', 'PidFile', 'PermitRootLogin', 'StrictModes', 'UsePAM'].flatMap((name, index) => ['-o', `${name}=${[join(folder, 'host'), join(folder, 'user.pub'), 'none', 'yes', 'no', 'no'][index]}`]);
      const ssh = spawn('ip', ['netns', 'exec', outside, SSHD, '-D', '-f', '/dev/null', ...options], { stdio: 'ignore' });
      clean.unshift(() => ssh.kill('SIGKILL'));
    }
    sandbox.write('policy.yml', POLICY);
    return { ...bedOf(sandbox, folder, inside, outside), variables, packets: async () => {
      // tcpdump hands packets on in blocks, each of which waits a second at most.
      await sleep(1500);
      const bytes = readFileSync(captured);
      const lines = bytes.toString('latin1', read).split('\n').filter((each) => each !== '' && !/ICMP6|MLD|fe80::|ff02::/.test(each));
      read = bytes.length;
      return lines;
    }, close: () => clean.forEach((each) => void each()) };
  } catch (error) {
    for (const each of clean) each();
    throw error;
  }
}

function bedOf(sandbox: Sandbox, folder: string, inside: string, outside: string): Omit<Bed, 'packets' | 'close' | 'variables'> {
  let read = 0;
  const run = (words: readonly string[], script: string, { env = {}, timeoutMs = 30_000, isOrdinary = false }: Options): Outcome => {
    writeFileSync(join(sandbox.project, 'script.sh'), script);
    if (isOrdinary) execFileSync('chown', ['-R', '1000:1000', dirname(sandbox.project), sandbox.home]);
    const environment = sandboxEnvironment(sandbox.home, { CA: join(folder, 'ca.pem'), CURL_CA_BUNDLE: join(folder, 'ca.pem'), NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), SSL_CERT_FILE: join(folder, 'ca.pem'), REQUESTS_CA_BUNDLE: join(folder, 'ca.pem'), GIT_SSL_CAINFO: join(folder, 'ca.pem'), ...env });
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', inside, ...(isOrdinary ? ORDINARY : []), ...words, 'bash', './script.sh'], { cwd: sandbox.project, env: environment, encoding: 'utf8', input: '', timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 });
    return { status, out: stdout, err: stderr };
  };
  return {
    sandbox, folder, inside, outside,
    bare: (script, options = {}) => run([], script, options),
    governed: (script, options = {}) => {
      if (options.policy !== undefined) sandbox.write('other.yml', options.policy);
      return run([process.execPath, PROGRAM, 'run', '--quiet', ...(options.options ?? []), '--policy', options.policy === undefined ? 'policy.yml' : 'other.yml'], script, options);
    },
    seen: () => {
      const all = readFileSync(join(folder, 'seen.txt'), 'utf8').split('\n').filter((each) => each !== '');
      const fresh = all.slice(read);
      read = all.length;
      return fresh;
    },
  };
}

function line(child: ChildProcess, stream: 'stdout' | 'stderr', word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (data: Buffer): void => {
      text += data.toString();
      if (text.includes(word)) resolve();
    };
    child[stream]?.on('data', onData);
    child.once('exit', () => reject(new Error(`ended: ${text}`)));
  });
}

/** An authority of the tests' own, and a certificate for every name and address. */
function certificates(folder: string): void {
  const names = ['allowed.test', 'also.test', 'six.test', 'shared.test', 'denied.test', '*.wild.test', 'rebind.test', 'mixed.test', 'corp.test', 'port.test', 'listed.test'].map((name) => `DNS:${name}`);
  const addresses = [...ALL, ...ALL6].map((address) => `IP:${address}`);
  writeFileSync(join(folder, 'names.cnf'), `subjectAltName=${[...names, ...addresses].join(',')}\n`);
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Patchwork tests', '-addext', 'keyUsage=critical,keyCertSign');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=world');
  openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-out', 'cert.pem', '-days', '2', '-extfile', 'names.cnf');
}

/** A package of npm's kind and one of pip's. */
function packages(folder: string): { readonly tarball: string; readonly wheel: string } {
  const script = `
import io, tarfile, zipfile
def tar(name, text):
    info = tarfile.TarInfo(name); info.size = len(text); return info, io.BytesIO(text)
with tarfile.open('tiny-package-1.0.0.tgz', 'w:gz') as out:
    out.addfile(*tar('package/package.json', b'{"name":"tiny-package","version":"1.0.0","main":"index.js"}'))
    out.addfile(*tar('package/index.js', b'module.exports = "TINY"'))
with zipfile.ZipFile('tiny_wheel-1.0-py3-none-any.whl', 'w') as out:
    out.writestr('tiny_wheel.py', 'word = "TINY"')
    out.writestr('tiny_wheel-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny-wheel\\nVersion: 1.0\\n')
    out.writestr('tiny_wheel-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    out.writestr('tiny_wheel-1.0.dist-info/RECORD', 'tiny_wheel.py,,\\ntiny_wheel-1.0.dist-info/METADATA,,\\ntiny_wheel-1.0.dist-info/WHEEL,,\\ntiny_wheel-1.0.dist-info/RECORD,,\\n')
`;
  execFileSync('python3', ['-c', script], { cwd: folder });
  return { tarball: join(folder, 'tiny-package-1.0.0.tgz'), wheel: join(folder, 'tiny_wheel-1.0-py3-none-any.whl') };
}

/** A repository for git, over https as files (git-update-server-info(1)) and over ssh; keys of the server and of its user. */
function repository(folder: string): NodeJS.ProcessEnv {
  const script = 'git init -q -b main work && cd work && echo CLONED > file && git add file && git -c user.name=x -c user.email=x@x commit -qm one && git clone -q --bare . ../repo.git && cd ../repo.git && git update-server-info';
  execFileSync('bash', ['-c', script], { cwd: folder, stdio: 'ignore', env: { ...process.env, HOME: folder, GIT_CONFIG_GLOBAL: '/dev/null' } });
  if (existsSync(SSHD)) for (const name of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  return { KEY: join(folder, 'user'), REPO: join(folder, 'repo.git') };
}
