// The native programs and how each is compiled. Plain JavaScript: it runs at install, before anything else is built.
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

export const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, '..', 'native');
const warnings = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function', '-Wno-builtin-declaration-mismatch'];
const bare = ['-ffreestanding', '-nostdlib', '-static', '-fno-pie', '-no-pie', '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fno-tree-loop-distribute-patterns', '-Wl,--build-id=none', '-Wl,-z,norelro', '-Wl,-z,noseparate-code', '-s'];
const guardFlags = ['-pthread', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-Wno-unknown-warning-option', '-Wno-format-truncation'];
/** The same bytes from the same sources and compiler, wherever they lie. */
const reproducible = ['-Wl,--build-id=none', `-ffile-prefix-map=${join(here, '..')}=.`, '-s'];

/** `guard` last: it may be missing. Every session without it says so. */
export const REQUIRED = ['launch', 'farm', 'pty'];

export function canGuard(platform, arch) {
  return platform === 'linux' && ['x64', 'arm64'].includes(arch);
}

function sourcesAndFlags(name, platform, arch, isPortable) {
  const kind = isPortable ? ['-static', ...reproducible] : [];
  if (name === 'guard') return [readdirSync(native).filter((file) => file.endsWith('.c')).sort().map((file) => join(native, file)), [...guardFlags, ...kind]];
  if (name !== 'launch') return [[join(here, `${name}.c`)], kind];
  // Without a C library where that is possible: a third of the start-up time.
  return [[join(here, 'shim.c')], canGuard(platform, arch) ? [...bare, ...(arch === 'x64' ? ['-fcf-protection=none'] : [])] : kind];
}

/** 'built', 'missing' when there is no such compiler, or what the compiler said. */
export function compile(compiler, name, { into, platform = process.platform, arch = process.arch, isPortable = false, flags = [] }) {
  const [sources, own] = sourcesAndFlags(name, platform, arch, isPortable);
  const temporary = join(into, `${name}.${process.pid}`);
  const result = spawnSync(compiler, [...warnings, ...own, ...flags, '-o', temporary, ...sources], { encoding: 'utf8' });
  if (result.error?.code === 'ENOENT') return 'missing';
  if (result.status !== 0) {
    rmSync(temporary, { force: true });
    return result.stderr || String(result.error);
  }
  renameSync(temporary, join(into, name));
  return 'built';
}
