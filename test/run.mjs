// `npm test`: builds what is stale, then runs every test file in a process of its own.
// `npm test -- policy shell` runs only files whose path contains one of the words.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const words = process.argv.slice(2);

/** Ends with the command's status when it fails. */
function must(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.js'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

must(process.execPath, [join(root, 'shims', 'build.mjs')]);
must(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root]);
must(process.execPath, [join(root, 'tools', 'pack.mjs')]);
const files = testFiles(join(root, 'dist', 'test')).filter((file) => words.length === 0 || words.some((word) => relative(root, file).includes(word)));
if (files.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`);
  process.exit(1);
}
// The readable reporter repeats what failed at the end, where a log that was cut still has it.
must(process.execPath, ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files]);
