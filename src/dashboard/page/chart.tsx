/** Actions and denials over time. The only import of the chart library. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Overview } from '../views.ts';
import { number, when } from './format.ts';
import { paint } from './prefs.ts';

const HEIGHTS = { actions: 150, denied: 84 } as const;
/** Denials keep a scale of their own: beside a thousand reads, one would not be seen. */
const PANELS = ['actions', 'denied'] as const;

export function Chart({ overview, onPick }: { overview: Overview; onPick: (from: number, to: number) => void }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plots = useRef<uPlot[]>([]);
  const colours = paint.value;
  const { buckets, step, from, to } = overview;

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const hosts = [...element.querySelectorAll<HTMLElement>('.plot')];
    plots.current = hosts.map((host, at) => draw(host, PANELS[at] ?? 'actions', step, onPick));
    const fit = new ResizeObserver(() => {
      for (const [at, plot] of plots.current.entries()) plot.setSize({ width: hosts[at]?.clientWidth ?? plot.width, height: plot.height });
    });
    fit.observe(element);
    return () => {
      fit.disconnect();
      for (const plot of plots.current) plot.destroy();
    };
  }, [colours, step]);

  useEffect(() => {
    const times = buckets.map((each) => each.time / 1000);
    for (const [at, plot] of plots.current.entries()) {
      const panel = PANELS[at] ?? 'actions';
      plot.setData([times, buckets.map((each) => (panel === 'denied' && each.denied === 0 ? null : each[panel]))]);
      plot.setScale('x', { min: from / 1000, max: Math.max(to, from + step) / 1000 });
    }
  }, [overview, colours]);

  return (
    <figure class="chart" ref={box}>
      <div class="plot-label">Actions</div>
      <div class="plot" aria-hidden="true" />
      <div class="plot-label plot-label-denied">Denied</div>
      <div class="plot" aria-hidden="true" />
      <figcaption>
        <details>
          <summary>As a table</summary>
          <div class="scroll-x">
            <table class="plain">
              <caption class="sr-only">Actions and denials over time</caption>
              <thead>
                <tr>
                  <th scope="col">From</th>
                  <th scope="col">Actions</th>
                  <th scope="col">Denied</th>
                </tr>
              </thead>
              <tbody>
                {buckets
                  .filter((each) => each.actions > 0)
                  .map((each) => (
                    <tr key={each.time}>
                      <th scope="row">{when(each.time)}</th>
                      <td>{number(each.actions)}</td>
                      <td>{number(each.denied)}</td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </div>
        </details>
      </figcaption>
    </figure>
  );
}

/** A colour of the style sheet as the canvas understands it. */
function colour(host: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  host.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function draw(host: HTMLElement, panel: (typeof PANELS)[number], step: number, onPick: (from: number, to: number) => void): uPlot {
  const isLast = panel === 'denied';
  const line = colour(host, '--line');
  const text = colour(host, '--ink-3');
  const font = `11px ${getComputedStyle(host).fontFamily}`;
  const fill = colour(host, isLast ? '--denied' : '--chart');
  const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHTS[panel],
      legend: { show: false },
      padding: [9, 26, isLast ? 0 : 9, 0],
      cursor: { sync: { key: 'time' }, y: false, drag: { x: true, y: false, setScale: false }, points: { show: false } },
      scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, roundUp(max)] } },
      axes: [
        { ...axis, show: isLast, grid: { show: false }, space: 70, size: 28, values: dates },
        { ...axis, size: 44, splits: (_plot, _axis, _min, max) => (isLast ? [0, max] : [0, max / 2, max]), values: (_plot, values) => values.map(shortNumber) },
      ],
      series: [{}, { fill, stroke: fill, width: 0, ...(uPlot.paths.bars === undefined ? {} : { paths: uPlot.paths.bars({ size: [0.8, 40, isLast ? 3 : 1], align: 1, radius: 0.15 }) }), points: { show: false } }],
      hooks: {
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width > 4) onPick(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000);
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
        setCursor: [(plot) => tip(plot, panel, step)],
      },
    },
    [[], []],
    host,
  );
}

/** The next number that reads well, and whose half does, too. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return Math.max(2, ([1, 2, 4, 6, 8].find((each) => each * power >= value) ?? 10) * power);
}

const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });

/** One line of labels: the day at midnight, the time elsewhere. */
function dates(_plot: uPlot, values: number[]): string[] {
  return values.map((value) => {
    const date = new Date(value * 1000);
    return date.getHours() === 0 && date.getMinutes() === 0 ? dayFormat.format(date) : timeFormat.format(date);
  });
}

const numberFormat = new Intl.NumberFormat('en', { notation: 'compact' });
const shortNumber = (value: number): string => numberFormat.format(value);

function tip(plot: uPlot, panel: string, step: number): void {
  const label = plot.root.parentElement?.previousElementSibling;
  const at = plot.cursor.idx;
  const time = at === null || at === undefined ? undefined : plot.data[0]?.[at];
  const name = panel === 'denied' ? 'Denied' : 'Actions';
  if (label === null || label === undefined) return;
  const value = at === null || at === undefined ? 0 : (plot.data[1]?.[at] ?? 0);
  label.textContent = time === undefined || (plot.cursor.left ?? -1) < 0 ? name : `${name}: ${number(value)} · ${when(time * 1000)} – ${when(time * 1000 + step)}`;
}
