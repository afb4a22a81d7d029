/** Puts agents from the package registry into a folder that outlives the tests, each once. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { DrivenAgent } from './agents.ts';

const INSTALL_MS = 120_000;
const LOOKUP_MS = 20_000;

/** Folder with the agent's command in it. */
export function binFolder(agent: DrivenAgent): string {
  return join(packageFolder(agent), 'node_modules', '.bin');
}

/** Why an agent can neither be found nor be fetched; undefined when it can. */
export function whyUnavailable(agent: DrivenAgent): string | undefined {
  if (isInstalled(agent)) return undefined;
  const { status, stderr, error } = npm(['view', agent.spec, 'version'], LOOKUP_MS);
  if (status === 0) return undefined;
  return `the package registry cannot be reached: ${error?.message ?? stderr.trim().split('\n')[0]}`;
}

/** Throws when the registry is there and the package cannot be installed all the same. */
export function install(agent: DrivenAgent): void {
  if (isInstalled(agent)) return;
  const fresh = mkdtempSync(join(cacheFolder(), 'new-'));
  writeFileSync(join(fresh, 'package.json'), '{"private":true}');
  const { status, stderr, error } = npm(['install', '--prefix', fresh, '--no-fund', '--no-audit', '--ignore-scripts', agent.spec], INSTALL_MS);
  if (status !== 0) throw new Error(`${agent.spec} could not be installed: ${error?.message ?? stderr}`);
  try {
    // A rename, so that a test run beside this one never sees half of it.
    renameSync(fresh, packageFolder(agent));
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!isInstalled(agent)) throw error;
  }
}

function isInstalled(agent: DrivenAgent): boolean {
  return existsSync(join(binFolder(agent), agent.name));
}

function packageFolder(agent: DrivenAgent): string {
  return join(cacheFolder(), agent.spec.replace(/[^\w.-]+/g, '_'));
}

/** What lies here is executed, so it must not be somebody else's. */
function cacheFolder(): string {
  const { uid } = userInfo();
  const folder = process.env['PATCHWORK_AGENTS_CACHE'] ?? join(tmpdir(), `patchwork-agents-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stats = lstatSync(folder);
  if (!stats.isDirectory() || stats.uid !== uid) throw new Error(`${folder} belongs to somebody else; set PATCHWORK_AGENTS_CACHE`);
  return folder;
}

function npm(args: readonly string[], timeout: number): { status: number | null; stderr: string; error?: Error } {
  return spawnSync('npm', args, { encoding: 'utf8', timeout, stdio: ['ignore', 'ignore', 'pipe'] });
}
