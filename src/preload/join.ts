/**
 * The preload as one file: every Node process of a session loads it, and two dozen small files cost it about 6 ms more than
 * one. Each module keeps its own scope; built-ins are still required by Node.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Text of a `register.cjs` made of the compiled modules in `folder` (dist/src). Deploy it as RUNTIME/src/preload/register.cjs. */
export function joinPreload(folder: string): string {
  const preload = join(folder, 'preload');
  const files = readdirSync(preload).filter((name) => name.endsWith('.cjs')).map((name) => join(preload, name));
  const modules = [...files, join(folder, 'evaluator/protocol.cjs')].map(wrapModule);
  return [HEAD, ...modules, "load('./register.cjs');\n"].join('\n');
}

const HEAD = `'use strict';
const modules = { __proto__: null };
const loaded = { __proto__: null };
function load(name) {
  if (!name.startsWith('.')) return require(name);
  const key = name.slice(name.lastIndexOf('/') + 1);
  if (loaded[key] === undefined) modules[key](load, (loaded[key] = {}));
  return loaded[key];
}
load.cache = require.cache;`;

/** Names in the modules are relative, and every base name occurs once. */
function wrapModule(path: string): string {
  return `modules[${JSON.stringify(basename(path))}] = (require, exports) => {\n${readFileSync(path, 'utf8')}\n};`;
}
