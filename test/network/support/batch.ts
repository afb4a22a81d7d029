/** Many small programs in one session, a few at a time, each with its own output. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bed, Outcome } from './bed.ts';

export interface Row {
  readonly id: string;
  readonly script: string;
}

export interface BatchOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly policy?: string;
  readonly options?: readonly string[];
  readonly atOnce?: number;
}

/** `how` is `bare` or `governed`. The outcome of each row by its id, standard error with standard output. */
export function runBatch(bed: Bed, how: 'bare' | 'governed', rows: readonly Row[], options: BatchOptions = {}): { readonly rows: ReadonlyMap<string, Outcome>; readonly whole: Outcome } {
  const folder = join(bed.sandbox.project, 'rows');
  rmSync(folder, { recursive: true, force: true });
  for (const { id, script } of rows) {
    mkdirSync(join(folder, id), { recursive: true });
    writeFileSync(join(folder, id, 'run.sh'), script);
  }
  const each = `cd "rows/$1" && timeout 50 bash ./run.sh > out 2>&1; echo $? > status`;
  writeFileSync(join(bed.sandbox.project, 'each.sh'), each);
  const whole = bed[how](`ls rows | xargs -P ${options.atOnce ?? 4} -I{} bash ./each.sh {}\n`, { timeoutMs: 240_000, ...options });
  const read = (id: string, file: string): string => {
    try {
      return readFileSync(join(folder, id, file), 'utf8');
    } catch {
      return '';
    }
  };
  return { whole, rows: new Map(rows.map(({ id }) => [id, { status: Number(read(id, 'status') || -1), out: read(id, 'out'), err: '' }])) };
}
