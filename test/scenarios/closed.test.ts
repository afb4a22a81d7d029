import { rows } from './closed.ts';
import { runTheme } from './support/runner.ts';

runTheme('closed', rows, { policy: 'closed' });
