// `npm pack`: the native programs for Linux, static and the same bytes each time, so that the package needs no compiler there.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compile, here, REQUIRED } from './toolchain.mjs';

const folder = process.argv[2] ?? join(here, 'prebuilt');
const targets = [
  { arch: 'x64', compilers: [...(process.platform === 'linux' && process.arch === 'x64' ? ['gcc', 'cc'] : []), 'x86_64-linux-gnu-gcc'] },
  { arch: 'arm64', compilers: [...(process.platform === 'linux' && process.arch === 'arm64' ? ['gcc', 'cc'] : []), 'aarch64-linux-gnu-gcc'] },
];

for (const { arch, compilers } of targets) {
  const into = join(folder, `linux-${arch}`);
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const build = (compiler) => {
    for (const name of [...REQUIRED, 'guard']) {
      const problem = compile(compiler, name, { into, platform: 'linux', arch, isPortable: true });
      if (problem !== 'built') return problem;
    }
    return 'built';
  };
  let problem = 'missing';
  for (const compiler of compilers) {
    problem = build(compiler);
    if (problem !== 'missing') break;
  }
  if (problem === 'built') continue;
  rmSync(into, { recursive: true, force: true });
  console.error(`patchwork: nothing is prebuilt for linux-${arch}, it will be compiled at install: ${problem === 'missing' ? `none of ${compilers.join(', ')} is installed` : problem}`);
}
