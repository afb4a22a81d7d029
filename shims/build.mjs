// Puts the native programs into shims/out at install: those that came with the package where they fit, compiled ones otherwise.
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { canGuard, compile, here, REQUIRED } from './toolchain.mjs';

const out = join(here, 'out');

/** For tests of the guard itself: PATCHWORK_SANITIZE=address,undefined npm test -- guard scenarios. Reports go to the guard's standard error. */
const SANITIZE = process.env.PATCHWORK_SANITIZE ? [`-fsanitize=${process.env.PATCHWORK_SANITIZE}`, '-fno-omit-frame-pointer', '-g'] : [];

/** Only in the npm package: shims/prebuilt.mjs. They are static, so what runs at all runs everywhere. */
function takePrebuilt() {
  // In a checkout they are what the last `npm pack` left, and older than the sources.
  if (existsSync(join(here, '..', 'tsconfig.json'))) return false;
  const folder = join(here, 'prebuilt', `${process.platform}-${process.arch}`);
  const names = [...REQUIRED, 'guard'];
  if (!names.every((name) => existsSync(join(folder, name)))) return false;
  for (const name of names) {
    rmSync(join(out, name), { force: true });
    copyFileSync(join(folder, name), join(out, name));
  }
  const { status } = spawnSync(join(out, 'farm'), ['fill'], { stdio: 'ignore' });
  return status !== null;
}

/** Static if the C library allows it. */
function compileGuard(compiler) {
  if (!canGuard(process.platform, process.arch)) return;
  rmSync(join(out, 'guard'), { force: true });
  let problem = '';
  for (const flags of SANITIZE.length > 0 ? [SANITIZE] : [['-static'], []]) {
    problem = compile(compiler, 'guard', { into: out, flags });
    if (problem === 'built') return;
  }
  console.error(`patchwork: the kernel guard could not be compiled; sessions run without it (patchwork doctor):\n${problem}`);
}

mkdirSync(out, { recursive: true });
if (takePrebuilt()) process.exit(0);
let problem = 'missing';
for (const compiler of [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean)) {
  for (const name of REQUIRED) {
    problem = compile(compiler, name, { into: out });
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
