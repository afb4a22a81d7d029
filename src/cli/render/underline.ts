/** A command line with a part of it underlined, as it fits a terminal. Pure. */
import { printable } from '../../model/printable.ts';

/** Unicode East Asian Wide and Fullwidth (TR11), and emoji: two columns. */
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{Mn}|\p{Me}|[\u200d\ufe00-\ufe0f]/u;
/** Lines of a longer text that are shown before and after the part. */
const AROUND = 1;
const ELLIPSIS = '…';

interface Cell {
  readonly shown: string;
  readonly width: number;
  /** Lies in the part. */
  readonly isMarked: boolean;
}

/** Two rows for each line of the text that the span touches, one for its neighbours. `columns` includes the indent. */
export function underlined(text: string, [start, end]: readonly [number, number], columns: number, indent = '  '): string[] {
  const rows: string[] = [];
  const room = Math.max(20, columns - indent.length);
  let offset = 0;
  const lines = text.split('\n').map((line) => {
    const from = offset;
    offset += line.length + 1;
    return { line, from, isTouched: from < Math.max(end, start + 1) && from + line.length >= start && (line.length > 0 || start === end) };
  });
  const first = lines.findIndex((each) => each.isTouched);
  const last = lines.findLastIndex((each) => each.isTouched);
  if (first > AROUND) rows.push(indent + ELLIPSIS);
  for (const { line, from, isTouched } of lines.slice(Math.max(0, first - AROUND), last + 1 + AROUND)) {
    const cells = crop(cellsOf(line, start - from, end - from), room);
    rows.push(`${indent}${cells.map((cell) => cell.shown).join('')}`.trimEnd());
    if (isTouched && cells.some((cell) => cell.isMarked)) rows.push(`${indent}${cells.map((cell) => (cell.isMarked ? '^' : ' ').repeat(cell.width)).join('').trimEnd()}`);
  }
  if (last + AROUND < lines.length - 1) rows.push(indent + ELLIPSIS);
  return rows;
}

function cellsOf(line: string, start: number, end: number): Cell[] {
  const cells: Cell[] = [];
  let at = 0;
  for (const character of line) {
    // A tab has no width of its own; everything else that a terminal would act on is shown escaped.
    const shown = character === '\t' ? ' ' : printable(character);
    cells.push({ shown, width: widthOf(shown, character), isMarked: at >= start && at < end });
    at += character.length;
  }
  return cells;
}

function widthOf(shown: string, character: string): number {
  if (shown !== character) return shown.length;
  return COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** As much as there is room for, with the beginning of the marked part in it. */
function crop(cells: readonly Cell[], room: number): readonly Cell[] {
  const total = cells.reduce((sum, cell) => sum + cell.width, 0);
  if (total <= room) return cells;
  const dots: Cell = { shown: ELLIPSIS, width: 1, isMarked: false };
  const marked = Math.max(0, cells.findIndex((cell) => cell.isMarked));
  // A quarter of the room is for what stands before the part.
  let begin = marked;
  for (let width = 0; begin > 0 && width + (cells[begin - 1]?.width ?? 0) <= room / 4; ) width += cells[--begin]?.width ?? 0;
  const window: Cell[] = begin > 0 ? [dots] : [];
  let used = window.length;
  for (let index = begin; index < cells.length; index++) {
    const cell = cells[index] as Cell;
    if (used + cell.width > room - 1) {
      window.push({ ...dots, isMarked: cell.isMarked });
      break;
    }
    window.push(cell);
    used += cell.width;
  }
  return window;
}
