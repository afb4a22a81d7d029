/**
 * The preload where the kernel guard judges: files go straight to the kernel, and a call that fails asks why. Programs and hosts are
 * asked about beforehand as ever, because a shell or a resolver would hide who said no. Nothing is allowed here: what this file
 * leaves out costs words, not safety. Loads as little as it can, since every Node process of a session runs it.
 */
import { prepareBuiltins } from './builtins.cts';
import { explainFiles } from './explained-files.cts';
import { mode } from './mode.cts';

const loader = require('node:module') as typeof import('node:module');

mode.isGuarded = true;
explainFiles();
prepareBuiltins();
// Named imports (`import { readFile } from 'node:fs'`) are copies that must be renewed.
loader.syncBuiltinESMExports();
