import { rows } from './delete.ts';
import { runTheme } from './support/runner.ts';

runTheme('delete', rows, { isLogged: true });
