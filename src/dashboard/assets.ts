/** The page's own files, read once: nothing else on the disk can be asked for. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Built by tools/pack.mjs. This module lies as deep below the root in dist/src as in dist/bundle. */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'dist', 'bundle', 'page');

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/app.css': ['app.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

export interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
}

export function loadAssets(): ReadonlyMap<string, Asset> {
  return new Map(Object.entries(FILES).map(([path, [file, type]]) => [path, { type, bytes: readFileSync(join(FOLDER, file)) }]));
}
