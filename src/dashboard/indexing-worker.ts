/** The thread that reads the logs into the index, with a connection of its own: the one that answers never waits for it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Progress } from '../audit/index/filter.ts';
import { openIndex } from '../audit/index/open.ts';

/** `done`: everything that was there has been read; or why it could not be. */
export type FromIndexing = { readonly kind: 'progress' | 'done'; readonly bytes: number; readonly indexed: number } | { readonly kind: 'failed'; readonly message: string };

const index = openIndex(workerData as string);

function tell(kind: 'progress' | 'done', { bytes, indexed }: Progress): void {
  parentPort?.postMessage({ kind, bytes, indexed } satisfies FromIndexing);
}

/** Any message: read on until the end. */
parentPort?.on('message', async () => {
  try {
    tell('done', await (await index).refresh({ onProgress: (progress) => tell('progress', progress) }));
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', message: String((error as Error).message) } satisfies FromIndexing);
  }
});
