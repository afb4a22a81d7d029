// Compiles the native parts at install: plain JavaScript, because nothing else is built yet.
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'out');
const isFreestanding = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
const warnings = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function', '-Wno-builtin-declaration-mismatch'];
const bare = ['-ffreestanding', '-nostdlib', '-static', '-fno-pie', '-no-pie', '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fcf-protection=none', '-fno-tree-loop-distribute-patterns', '-Wl,--build-id=none', '-Wl,-z,norelro', '-Wl,-z,noseparate-code', '-s'];
const x64Only = new Set(['-fcf-protection=none']);

function compilers() {
  return [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean);
}

/** What is built: the launcher without a C library where that is possible, the others as ordinary programs. */
const programs = [
  { name: 'launch', source: 'shim.c', flags: isFreestanding ? bare.filter((flag) => process.arch === 'x64' || !x64Only.has(flag)) : [] },
  { name: 'farm', source: 'farm.c', flags: [] },
  { name: 'pty', source: 'pty.c', flags: [] },
];

function compile(compiler) {
  for (const { name, source, flags } of programs) {
    const temporary = join(out, `${name}.${process.pid}`);
    const result = spawnSync(compiler, [...warnings, ...flags, '-o', temporary, join(here, source)], { encoding: 'utf8' });
    if (result.error?.code === 'ENOENT') return 'missing';
    if (result.status !== 0) return result.stderr || String(result.error);
    renameSync(temporary, join(out, name));
  }
  return 'built';
}

mkdirSync(out, { recursive: true });
let problem = 'missing';
for (const compiler of compilers()) {
  problem = compile(compiler);
  if (problem === 'built') process.exit(0);
  if (problem !== 'missing') break;
}
if (problem === 'missing') {
  console.error('patchwork: no C compiler was found (tried cc, gcc and clang); install one, for example with `apt-get install build-essential` or `xcode-select --install`, and run the command again.');
} else {
  console.error(`patchwork: the native parts could not be compiled:\n${problem}`);
}
process.exit(1);
