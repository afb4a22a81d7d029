/** A real terminal: a tmux server of its own, keys in, screen out. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const NO_TMUX: string | false = spawnSync('tmux', ['-V']).error === undefined ? false : 'tmux is not installed';

export interface Terminal {
  /** Text as typed; `keys` for named keys (C-c, Enter). */
  type(text: string): void;
  keys(...names: string[]): void;
  /** As a terminal pastes: at once, marked as such where the program asked for marks. */
  paste(text: string): void;
  screen(): string;
  /** Waits until the screen matches, and returns it. */
  expect(pattern: RegExp, limitMs?: number): Promise<string>;
  resize(columns: number, rows: number): void;
  /** The pane's foreground program and its tty, as tmux sees them. */
  fact(format: string): string;
  close(): void;
}

export function openTerminal(command: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly columns?: number; readonly rows?: number }): Terminal {
  const folder = mkdtempSync(join(tmpdir(), 'pw-tmux-'));
  const socket = join(folder, 'socket');
  const tmux = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8', env: { ...options.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' }, cwd: options.cwd, timeout: 10_000 });
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  };
  tmux('new-session', '-d', '-x', String(options.columns ?? 100), '-y', String(options.rows ?? 30), command);
  tmux('set-option', '-g', 'remain-on-exit', 'on');
  const screen = (): string => tmux('capture-pane', '-p', '-J');
  return {
    type: (text) => void tmux('send-keys', '-l', text),
    keys: (...names) => void tmux('send-keys', ...names),
    paste(text) {
      writeFileSync(join(folder, 'paste'), text);
      tmux('load-buffer', join(folder, 'paste'));
      tmux('paste-buffer', '-p');
    },
    screen,
    async expect(pattern, limitMs = 10_000) {
      for (const end = Date.now() + limitMs; ; await sleep(40)) {
        const shown = screen();
        if (pattern.test(shown)) return shown;
        if (Date.now() > end) throw new Error(`the screen never matched ${pattern}:\n${shown}`);
      }
    },
    resize: (columns, rows) => void tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    fact: (format) => tmux('display-message', '-p', format).trim(),
    close() {
      if (existsSync(socket)) spawnSync('tmux', ['-S', socket, 'kill-server']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
