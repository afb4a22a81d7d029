// Keeps what V8 made of the packed command line, so that a start reads it instead of compiling: after a session was run with
// it, so that the functions which a session needs are in it. Runs at install, with the very Node that will read it.
// Without it everything works, a little later; so no failure here is one of the installation.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

const self = fileURLToPath(import.meta.url);
const FOLDER = join(dirname(self), '..', 'dist', 'bundle', 'cli');
const TIME_LIMIT_MS = 30_000;

const POLICY = 'version: 1\nmode: fail-open\nrules:\n  commands:\n    deny:\n      - "sudo *"\n    allow:\n      - "true"\n  files:\n    deny:\n      - "**/.env"\n  network:\n    deny:\n      - "*.invalid"\n';

/** What every agent's first minute holds: commands, and files made, changed, read, moved and removed, some of them denied. */
const WORK = 'ls | cat; mkdir d; echo a > d/a; echo b >> d/a; cat d/a ../none .env; mv d/a d/b; rm d/b; rmdir d; git --version; cd /';

const WARM = {
  'run.cjs': [
    ['run', '--quiet', 'sh', '-c', WORK],
    ['run', '--quiet', '--policy', 'POLICY', 'true'],
  ],
  'main.cjs': [['log', '-n', '1'], ['policy', 'validate', 'POLICY']],
};

/** In a process of its own, with a home of its own, so that neither the user's policy nor the log is touched. */
export function writeCodeCache() {
  for (const name of Object.keys(WARM)) if (existsSync(join(FOLDER, name))) writeCacheOf(name);
}

function writeCacheOf(name) {
  let home;
  try {
    home = mkdtempSync(join(tmpdir(), 'patchwork-install-'));
    const { PATCHWORK_SESSION: _, XDG_RUNTIME_DIR: __, NODE_OPTIONS: ___, ...environment } = process.env;
    spawnSync(process.execPath, [self, 'warm', name, home], { cwd: home, env: { ...environment, HOME: home, TMPDIR: home }, stdio: 'ignore', timeout: TIME_LIMIT_MS });
  } catch {
    // No place to work in.
  }
  try {
    if (home !== undefined) rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // The shim folder is cleared by a program that outlives the session; what it leaves is a temporary folder.
  }
}

async function warm(name, home) {
  const file = join(FOLDER, name);
  const script = new Script(readFileSync(file, 'latin1'), { filename: file });
  const packed = { exports: {} };
  script.runInThisContext()(createRequire(file), packed, pathToFileURL(file).href);
  const policy = join(home, 'policy.yml');
  writeFileSync(policy, POLICY);
  // Denied or not, with a guard or without one: what it compiled is there.
  for (const words of WARM[name]) await packed.exports.main(words.map((word) => (word === 'POLICY' ? policy : word))).catch(() => {});
  const cache = `${file}.${process.version}-${process.arch}.cache`;
  const temporary = `${cache}.${process.pid}`;
  writeFileSync(temporary, script.createCachedData());
  renameSync(temporary, cache);
  process.exit(0);
}

if (process.argv[1] === self) {
  if (process.argv[2] === 'warm') await warm(process.argv[3], process.argv[4]);
  else writeCodeCache();
}
