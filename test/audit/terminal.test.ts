/** The log on a terminal: colours, times relative to now, and a pager for what is longer than the screen; none of it elsewhere. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { quoteWords } from '../../src/shell/quote.ts';
import { generateLogs } from '../support/generated-log.ts';
import { createSandbox, PROGRAM, sandboxEnvironment } from '../support/patchwork.ts';

const NO_SCRIPT = process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0 ? 'util-linux has no script(1) here' : false;
const RED = '\u001b[31m';

const sandbox = createSandbox('terminal');
generateLogs({ folder: join(sandbox.home, '.patchwork', 'sessions'), events: 400, sessions: 2, days: 0.2 });
after(() => sandbox.remove());

/** As a terminal of 20 lines gets it. */
function onTerminal(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const command = `stty rows 20 cols 160; exec ${quoteWords([process.execPath, PROGRAM, ...args])}`;
  const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', env: sandboxEnvironment(sandbox.home, { TERM: 'xterm', PAGER: 'cat', ...env }) });
  assert.equal(status, 0, stdout);
  return stdout;
}

test('denials are red, and times are relative', { skip: NO_SCRIPT }, () => {
  const text = onTerminal(['log', '--status', 'denied', '-n', '3']);
  assert.equal(text.split(RED).length - 1, 3);
  assert.equal(text.match(/\d+ (?:s|min|h) ago/g)?.length, 3);
});

test('no colours with NO_COLOR, in --json, and where no terminal reads', { skip: NO_SCRIPT }, () => {
  assert.doesNotMatch(onTerminal(['log', '--status', 'denied', '-n', '3'], { NO_COLOR: '1' }), /\u001b\[/);
  assert.doesNotMatch(onTerminal(['log', '--status', 'denied', '-n', '3', '--json']), /\u001b\[| ago/);
  const { stdout } = sandbox.run(['log', '--status', 'denied', '-n', '3']);
  assert.doesNotMatch(stdout, /\u001b|\bago\b/);
  assert.match(stdout, /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
});

test('a pager gets what is longer than the screen, and nothing else', { skip: NO_SCRIPT }, () => {
  const pager = { PATCHWORK_PAGER: 'sed "s/^/paged: /" | head -n 30' };
  assert.equal(onTerminal(['log', '-n', '40'], pager).match(/^paged: /gm)?.length, 30);
  assert.doesNotMatch(onTerminal(['log', '-n', '5'], pager), /paged/);
  assert.doesNotMatch(onTerminal(['log', '-n', '40', '--json'], pager), /paged/);
  // One that is not there is no reason to show nothing.
  assert.match(onTerminal(['log', '-n', '40'], { PATCHWORK_PAGER: 'no-such-pager' }), /session_end/);
});
