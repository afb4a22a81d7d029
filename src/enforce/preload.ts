/** Puts the Node preload into the runtime folder, from where it finds the evaluator without any variable. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '..');

export interface Preload {
  readonly register: string;
  /** The words for NODE_OPTIONS. */
  readonly option: string;
}

export function installPreload(runtime: string): Preload {
  const target = join(runtime, 'src');
  mkdirSync(join(target, 'preload'), { recursive: true });
  mkdirSync(join(target, 'evaluator'), { recursive: true });
  for (const name of readdirSync(join(SOURCE, 'preload'))) {
    if (name.endsWith('.cjs')) copyFileSync(join(SOURCE, 'preload', name), join(target, 'preload', name));
  }
  copyFileSync(join(SOURCE, 'evaluator', 'protocol.cjs'), join(target, 'evaluator', 'protocol.cjs'));
  const register = join(target, 'preload', 'register.cjs');
  return { register, option: `--require=${quoteOption(register)}` };
}

/** NODE_OPTIONS is split at blanks; a word with one stands in double quotes (node(1)). */
function quoteOption(path: string): string {
  return /[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}
