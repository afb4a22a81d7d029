import { rows } from './read.ts';
import { runTheme } from './support/runner.ts';

runTheme('read', rows, { isLogged: true });
