/** Processes, parents above their children. */
import type { JSX } from 'preact';
import type { ProcessNode } from '../views.ts';
import { number } from './format.ts';
import { href } from './router.ts';
import { roveOn } from './rove.ts';
import { Text, visible } from './text.tsx';

/** Deeper ones are not moved further to the right. */
const INDENT_LIMIT = 8;

export function ProcessTree({ processes, session }: { processes: readonly ProcessNode[]; session: string }): JSX.Element {
  if (processes.length === 0) return <p class="quiet small pad">Its processes cannot be seen.</p>;
  return (
    <div class="tree" role="tree" aria-label="Processes" onKeyDown={roveOn('[role=treeitem]')}>
      {processes.map((each, at) => (
        <div key={each.pid} role="treeitem" aria-level={each.depth + 1} tabIndex={at === 0 ? 0 : -1} class={`tree-line depth-${Math.min(each.depth, INDENT_LIMIT)}${each.denied > 0 ? ' tree-denied' : ''}`}>
          <code title={visible(each.command)}>
            <Text value={each.command} limit={300} />
          </code>
          <span class="tree-numbers">
            {each.denied > 0 && (
              <a tabIndex={-1} class="denied-number" href={href('events', { session, status: 'denied' })}>
                {number(each.denied)} denied
              </a>
            )}
            <span class="quiet">
              <span class="sr-only">process </span>
              {each.pid}
              <span class="sr-only">, {number(each.actions)} actions</span>
            </span>
          </span>
        </div>
      ))}
    </div>
  );
}
