// Packs what is loaded at every start: the command line's modules and the libraries they use into one file (Node's module
// loader takes half a millisecond for each), and the preload into the one file that a session copies and every Node process
// reads. And the dashboard's page with all that it uses, so that it asks nobody else for anything.
import { copyFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeCodeCache } from './code-cache.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bundle = join(root, 'dist', 'bundle');
const common = { bundle: true, format: 'cjs', platform: 'node', target: 'node20', logLevel: 'warning' };

/** Modules that a packed file never comes to. */
function leaveOut(filter) {
  return {
    name: 'leave-out',
    setup(packing) {
      packing.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
      packing.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export {};' }));
    },
  };
}

rmSync(bundle, { recursive: true, force: true });
// One for everything, and one for sessions, which holds the commands that run an agent and no others: what is not in a file
// need not be read, and V8 keeps something of each function in it.
for (const [name, plugins] of [['main', []], ['run', [leaveOut(/\/program\.js$/)]]]) {
  await build({
    ...common,
    plugins,
    entryPoints: [join(root, 'dist/src/cli/main.js')],
    // Compiled by its own compiler at install, or loaded when something failed.
    external: ['libsql', 'node-pty', 'winston'],
    // One expression, a function that bin/patchwork.js calls: a compiled form can be kept of that (tools/code-cache.mjs).
    banner: { js: '(function (require, module, packedUrl) {' },
    footer: { js: '})' },
    define: { 'import.meta.url': 'packedUrl' },
    // A function that is compiled apart has no import(); nothing here needs one.
    supported: { 'dynamic-import': false },
    // A byte a character: read without decoding.
    charset: 'ascii',
    // As deep below the root as dist/src/*/: paths relative to a module hold in both.
    outfile: join(bundle, 'cli', `${name}.cjs`),
  });
}
await build({ ...common, entryPoints: ['register', 'guarded'].map((name) => join(root, `dist/src/preload/${name}.cjs`)), outdir: join(bundle, 'preload'), outExtension: { '.js': '.cjs' } });
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
writeCodeCache();
