import { rows } from './exec.ts';
import { runTheme } from './support/runner.ts';

runTheme('exec', rows, { isLogged: true });
