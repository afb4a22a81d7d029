import { rows } from './self-protection.ts';
import { runTheme } from './support/runner.ts';

runTheme('self-protection', rows);
