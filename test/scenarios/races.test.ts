import { rows } from './races.ts';
import { runTheme } from './support/runner.ts';

runTheme('races', rows, { hasServers: true });
