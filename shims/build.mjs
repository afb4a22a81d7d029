// Compiles the native parts at install: plain JavaScript, because nothing else is built yet.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, '..', 'native');
const out = join(here, 'out');
const isFreestanding = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
const warnings = ['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function', '-Wno-builtin-declaration-mismatch'];
const bare = ['-ffreestanding', '-nostdlib', '-static', '-fno-pie', '-no-pie', '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fcf-protection=none', '-fno-tree-loop-distribute-patterns', '-Wl,--build-id=none', '-Wl,-z,norelro', '-Wl,-z,noseparate-code', '-s'];
const x64Only = new Set(['-fcf-protection=none']);
const guard = ['-pthread', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2', '-Wno-unknown-warning-option', '-Wno-format-truncation'];

/** For tests of the guard itself: PATCHWORK_SANITIZE=address,undefined npm test -- guard scenarios. Reports go to the guard's standard error. */
const sanitize = process.env.PATCHWORK_SANITIZE ? [`-fsanitize=${process.env.PATCHWORK_SANITIZE}`, '-fno-omit-frame-pointer', '-g'] : [];

function compilers() {
  return [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean);
}

/** What must be there: the launcher without a C library where that is possible, the farm as an ordinary program. */
const programs = [
  { name: 'launch', sources: [join(here, 'shim.c')], flags: isFreestanding ? bare.filter((flag) => process.arch === 'x64' || !x64Only.has(flag)) : [] },
  { name: 'farm', sources: [join(here, 'farm.c')], flags: [] },
  { name: 'pty', sources: [join(here, 'pty.c')], flags: [] },
];

function compile(compiler, { name, sources, flags }) {
  const temporary = join(out, `${name}.${process.pid}`);
  const result = spawnSync(compiler, [...warnings, ...flags, '-o', temporary, ...sources], { encoding: 'utf8' });
  if (result.error?.code === 'ENOENT') return 'missing';
  if (result.status !== 0) {
    rmSync(temporary, { force: true });
    return result.stderr || String(result.error);
  }
  renameSync(temporary, join(out, name));
  return 'built';
}

/** The kernel guard, where there can be one: static if the C library allows it. Without it sessions say so and go on. */
function compileGuard(compiler) {
  if (!isFreestanding) return;
  rmSync(join(out, 'guard'), { force: true });
  const sources = readdirSync(native).filter((file) => file.endsWith('.c')).map((file) => join(native, file));
  let problem = '';
  for (const kind of sanitize.length > 0 ? [sanitize] : [['-static'], []]) {
    problem = compile(compiler, { name: 'guard', sources, flags: [...guard, ...kind] });
    if (problem === 'built') return;
  }
  console.error(`patchwork: the kernel guard could not be compiled; sessions run without it (patchwork doctor):\n${problem}`);
}

mkdirSync(out, { recursive: true });
let problem = 'missing';
for (const compiler of compilers()) {
  for (const program of programs) {
    problem = compile(compiler, program);
    if (problem !== 'built') break;
  }
  if (problem === 'built') {
    compileGuard(compiler);
    process.exit(0);
  }
  if (problem !== 'missing') break;
}
if (problem === 'missing') {
  console.error('patchwork: no C compiler was found (tried cc, gcc and clang); install one, for example with `apt-get install build-essential` or `xcode-select --install`, and run the command again.');
} else {
  console.error(`patchwork: the native parts could not be compiled:\n${problem}`);
}
process.exit(1);
