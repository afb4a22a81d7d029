import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedVariables } from '../../src/evaluator/changed-variables.ts';
import { loadsCode } from '../../src/shell/node-options.ts';

const LOADING = ['--require', '--require=./x.js', '-r', '--import=data:text/javascript,1', '--loader=x', '--experimental-loader=x', '--experimental_loader=x', '"--import=x"', '--eval=x', '-e', '-pe', '-p', '-i', '-', '--print', '--env-file=.env', '--env-file-if-exists=.env', '--inspect', '--inspect-brk=0', '--openssl-config=x', '--openssl_shared_config', '--build-snapshot', '--snapshot-blob=x', '-C', '--conditions=x', '--run', '--test', '--watch-path=x', '--experimental-config-file=x', '--icu-data-dir=x'];
const HARMLESS = ['--max-old-space-size=4096', '--max_old_space_size=4096', '4096', '--no-warnings', '--disable-warning=DEP0040', '--enable-source-maps', '--experimental-vm-modules', '--expose-gc', '--trace-warnings', '--stack-trace-limit=50', '--preserve-symlinks', '--no-experimental-require-module', '-c', '-v', ''];

for (const option of LOADING) test(`an option of Node that loads code: ${option}`, () => assert.equal(loadsCode(option), true));
for (const option of HARMLESS) test(`an option of Node that loads none: ${option}`, () => assert.equal(loadsCode(option), false));

test('NODE_OPTIONS in any spelling changes what runs when it loads code', () => {
  const changed = (value: string): string[] => changedVariables([`NODE_OPTIONS=--require="/own/preload.cjs" ${value}`], {}, '--require="/own/preload.cjs"');
  for (const value of ['--require ./x.js', '--experimental_loader=x', '"--import=x"', '--max-old-space-size=1 --import x']) assert.deepEqual(changed(value), ['NODE_OPTIONS'], value);
  for (const value of ['', '--max-old-space-size=4096 --no-warnings', '--max-old-space-size 4096']) assert.deepEqual(changed(value), [], value);
});
