import { rows } from './shell.ts';
import { runTheme } from './support/runner.ts';

runTheme('shell', rows);
