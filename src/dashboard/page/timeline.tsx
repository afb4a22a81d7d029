/** A session as a quilt: a lane for each kind of action, darker where more was done, red where something was denied. */
import type { JSX } from 'preact';
import { LANES, type LaneCell, type SessionDetail } from '../views.ts';
import { clock, number, plural, span } from './format.ts';
import { href } from './router.ts';

const LANE = 22;
const CELL = 10;
/** Shades of a cell, by the logarithm of its share. */
const SHADES = 4;

export function Timeline({ detail }: { detail: SessionDetail }): JSX.Element {
  const { cells, from, to, step, session } = detail;
  const count = Math.max(1, Math.ceil((to - from + 1) / step));
  const largest = Math.max(1, ...cells.map((each) => each.actions));
  const shade = (cell: LaneCell): number => Math.max(1, Math.ceil((Math.log(cell.actions + 1) / Math.log(largest + 1)) * SHADES));
  const hrefOf = (cell: LaneCell): string => href('events', { session: session.id, since: String(from + cell.at * step), until: String(from + (cell.at + 1) * step - 1) });
  const sums = LANES.map((lane) => {
    const own = cells.filter((each) => each.lane === lane);
    return { lane, actions: own.reduce((sum, each) => sum + each.actions, 0), denied: own.reduce((sum, each) => sum + each.denied, 0) };
  });
  return (
    <figure class="timeline" aria-label={`${plural(session.actions, 'action')} in ${span(to - from)}, ${number(session.denied)} denied`}>
      <div class="lanes">
        <ul class="lane-names" aria-label="Kinds of actions">
          {sums.map(({ lane, actions, denied }) => (
            <li key={lane}>
              <span>{lane}</span>
              <span class="quiet small">
                {number(actions)}
                {denied > 0 && <span class="denied-number">, {number(denied)} denied</span>}
              </span>
            </li>
          ))}
        </ul>
        <svg class="quilt-lanes" viewBox={`0 0 ${count * CELL} ${LANES.length * LANE}`} preserveAspectRatio="none" aria-hidden="true">
          {LANES.map((lane, at) => (
            <rect key={lane} class="lane" x="0" y={at * LANE + 2} width={count * CELL} height={LANE - 4} />
          ))}
          {cells.map((cell) => (
            <a key={`${cell.lane}${cell.at}`} href={hrefOf(cell)} tabindex={-1}>
              <rect class={cell.denied > 0 ? 'cell cell-denied' : `cell cell-${shade(cell)}`} x={cell.at * CELL + 0.5} y={LANES.indexOf(cell.lane) * LANE + 2} width={CELL - 1} height={LANE - 4}>
                <title>{`${clock(from + cell.at * step)}: ${number(cell.actions)} ${cell.lane}${cell.denied > 0 ? `, ${number(cell.denied)} denied` : ''}`}</title>
              </rect>
            </a>
          ))}
        </svg>
      </div>
      <figcaption class="lane-times quiet small">
        <span>{clock(from)}</span>
        <span>one patch is {span(step)}</span>
        <span>{clock(to)}</span>
      </figcaption>
    </figure>
  );
}
