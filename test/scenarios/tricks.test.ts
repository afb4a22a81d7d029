import { rows } from './tricks.ts';
import { runTheme } from './support/runner.ts';

runTheme('tricks', rows, { hasServers: true });
