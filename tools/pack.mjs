// Packs what is loaded at every start: the command line's modules into a few files (Node's module loader takes half a
// millisecond for each), the preload into the one file that a session copies and every Node process reads, and the
// dashboard's page with all that it uses, so that it asks nobody else for anything.
import { copyFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bundle = join(root, 'dist', 'bundle');
const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

rmSync(bundle, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: [join(root, 'dist/src/cli/main.js')],
  format: 'esm',
  splitting: true,
  packages: 'external',
  // As deep below the root as dist/src/*/: paths relative to a module hold in both.
  outdir: join(bundle, 'cli'),
});
await build({ ...common, entryPoints: [join(root, 'dist/src/preload/register.cjs')], format: 'cjs', outfile: join(bundle, 'preload', 'register.cjs') });
const page = join(root, 'src', 'dashboard', 'page');
await build({
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
  entryPoints: { app: join(page, 'main.tsx') },
  outdir: join(bundle, 'page'),
  tsconfig: join(page, 'tsconfig.json'),
});
for (const name of ['index.html', 'icon.svg']) copyFileSync(join(page, name), join(bundle, 'page', name));
