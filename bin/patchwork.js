#!/usr/bin/env node
// CommonJS, and compiled beforehand where that was possible (tools/code-cache.mjs): this is half of the start of a session.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/** The commands that run an agent, and nothing else, are packed apart: they start more often than all others, and are waited for. */
const packedName = process.argv[2] === 'run' || process.argv[2] === 'shell' ? 'run.cjs' : 'main.cjs';
const filename = join(__dirname, '..', 'dist', 'bundle', 'cli', packedName);

/** V8's own; it refuses that of another version, or of another text, and then compiles as ever. */
function codeCache() {
  try {
    return readFileSync(`${filename}.${process.version}-${process.arch}.cache`);
  } catch {
    return undefined;
  }
}

/** A checkout in which nothing was built yet. */
function bundle() {
  try {
    return readFileSync(filename, 'latin1');
  } catch (error) {
    process.stderr.write(`patchwork: ${filename} cannot be read (${error.code}), so nothing can start\n  hint: run \`npm install\` in ${join(__dirname, '..')}; it builds everything\n`);
    process.exit(69);
  }
}

const cachedData = codeCache();
const script = new Script(bundle(), { filename, ...(cachedData === undefined ? {} : { cachedData }) });
const packed = { exports: {} };
script.runInThisContext()(require, packed, pathToFileURL(filename).href);
packed.exports.main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
