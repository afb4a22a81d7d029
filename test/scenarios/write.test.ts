import { rows } from './write.ts';
import { runTheme } from './support/runner.ts';

runTheme('write', rows, { isLogged: true });
