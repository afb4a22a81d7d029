import { rows } from './languages.ts';
import { runTheme } from './support/runner.ts';

runTheme('languages', rows);
