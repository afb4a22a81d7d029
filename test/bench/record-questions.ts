/** The questions that the bench of the record asks: filters, searches of rare words and common ones, alone and together. */
import type { EventFilter } from '../../src/audit/index/filter.ts';

export const FILTERS: readonly EventFilter[] = [{}, { status: 'denied' }, { status: 'error' }, { risk: 'critical' }, { risk: 'high', agent: 'codex' }, { rule: 'commands.deny: sudo *' }, { action: 'file_delete' }, { target: 'package.json' }];

export const SEARCHES = [
  'sudo', 'denied', 'src', 'npm', '"git push" force', 'npm install', 'git push', 'src test node', 'npm test covers', 'npm file_read src', 'git commit denied', 'node_modules dist user order', 'curl registry denied', 'deploy*', 's*', 'sudo OR curl',
  '(git OR npm) src test', 'src NOT npm', 'git -npm -src', '"allowed command" node_modules', 'cart price denied', 'src denied', 'git critical', 'src git covers', 'push file_read', 'codex src error', 'nothing-like-it', 'src nothing-like-it',
];

export const BOTH: readonly EventFilter[] = [{ text: 'node_modules', status: 'denied' }, { text: 'src', agent: 'bash', status: 'error' }, { text: 'npm', agent: 'codex', risk: 'medium' }, { text: 'git push', action: 'file_read' }];
