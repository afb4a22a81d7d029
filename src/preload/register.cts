/**
 * Loaded by NODE_OPTIONS=--require in every Node process of a session, before any code of the program: puts a question to
 * the evaluator in front of every built-in function that reaches files, programs or the network. Says nothing itself.
 */
import { guardSpawns } from './child-process.cts';
import { guardDatagrams } from './dgram.cts';
import { guardNames } from './dns.cts';
import { guardFetch } from './fetch.cts';
import { guardFiles } from './fs.cts';
import { guardConnections } from './net.cts';
import { guardProcess } from './process.cts';
import { SOURCES } from './runtime.cts';
import { guardWorkers } from './workers.cts';

const loader = require('node:module') as typeof import('node:module');

guardConnections();
guardNames();
guardDatagrams();
guardFetch();
guardSpawns();
guardWorkers();
guardProcess();
// Last: from here on our own reads would be questions.
guardFiles();
// Named imports (`import { readFile } from 'node:fs'`) are copies that must be renewed.
loader.syncBuiltinESMExports();
hideModules();

/** Leaves no way to our module objects, where a program could exchange the function that asks. */
function hideModules(): void {
  for (const path of Object.keys(require.cache)) {
    // This file stays: a second `--require` of it must find it done.
    if (path.startsWith(SOURCES) && path !== __filename) delete require.cache[path];
  }
  module.children.length = 0;
}
