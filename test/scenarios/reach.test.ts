import { rows } from './reach.ts';
import { runTheme } from './support/runner.ts';

runTheme('reach', rows, { hasServers: true });
