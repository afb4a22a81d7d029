import { rows } from './sockets.ts';
import { runTheme } from './support/runner.ts';

runTheme('sockets', rows, { hasServers: true });
