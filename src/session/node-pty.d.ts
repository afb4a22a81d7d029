/** What is used of node-pty: it is optional, and where it is not installed this must compile all the same. */
declare module 'node-pty' {
  interface Options {
    readonly name: string;
    readonly cols: number;
    readonly rows: number;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    /** Bytes, not text. */
    readonly encoding: null;
  }

  export interface IPty {
    readonly pid: number;
    onData(listener: (data: string) => void): { dispose(): void };
    onExit(listener: (end: { readonly exitCode: number; readonly signal?: number }) => void): { dispose(): void };
    write(data: string): void;
    resize(columns: number, rows: number): void;
    pause(): void;
    resume(): void;
    kill(signal?: string): void;
  }

  export function spawn(file: string, args: string[], options: Options): IPty;
}
