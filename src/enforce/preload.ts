/** Puts the Node preload into the runtime folder, from where it finds the evaluator without any variable. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Two files, packed from src/preload by tools/pack.mjs. This module is dist/src/enforce/preload.js, or packed as deep. */
const PACKED = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bundle', 'preload');

export interface Preload {
  readonly register: string;
  /** The words for NODE_OPTIONS. */
  readonly option: string;
}

/** Under the kernel guard another one, which asks less. Which of them a process has is the file, not a word that it could forge. */
export function installPreload(runtime: string, hasGuard: boolean): Preload {
  const folder = join(runtime, 'src', 'preload');
  mkdirSync(folder, { recursive: true });
  const register = join(folder, 'register.cjs');
  copyFileSync(join(PACKED, hasGuard ? 'guarded.cjs' : 'register.cjs'), register);
  return { register, option: `--require=${quoteOption(register)}` };
}

/** NODE_OPTIONS is split at blanks; a word with one stands in double quotes (node(1)). */
function quoteOption(path: string): string {
  return /[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}
