/** Where the native programs lie: built at install, or as they came with the package where its install scripts were not run. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PatchworkError } from './errors.ts';

export type NativeProgram = 'launch' | 'farm' | 'pty' | 'guard';

/** This file is dist/src/model/native.js, or packed as deep. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const FOLDERS = [join(ROOT, 'shims', 'out'), join(ROOT, 'shims', 'prebuilt', `${process.platform}-${process.arch}`)];

/** Of one place all: programs of two builds need not understand each other. Undefined when it is in neither. */
export function findNative(name: NativeProgram): string | undefined {
  const folder = FOLDERS.find((each) => existsSync(join(each, 'launch')));
  const file = join(folder ?? '', name);
  return folder !== undefined && existsSync(file) ? file : undefined;
}

/** How they come to be there; `npm install` in the folder of a package would look for what builds a checkout. */
export const BUILD_HINT = existsSync(join(ROOT, 'tsconfig.json')) ? `run \`npm install\` in ${ROOT}; it compiles them` : 'run `npm rebuild patchwork --foreground-scripts` where it is installed; it needs a C compiler';

export function nativeProgram(name: NativeProgram): string {
  const file = findNative(name);
  if (file === undefined) throw new PatchworkError('PW_NATIVE_MISSING', `the native program ${name} is missing in ${FOLDERS[0]}`, { hint: BUILD_HINT });
  return file;
}
