/** Brace expansion (bash manual 3.5.1): `{a,b}` and `{1..3}`. */
import { BRACE_LIMIT, BRACED_WORD_LIMIT } from '../model/limits.ts';

/** Every word that the text expands to; undefined when there are more than BRACE_LIMIT, or the word is too long to tell. */
export function expandBraces(text: string): string[] | undefined {
  if (text.length > BRACED_WORD_LIMIT) return undefined;
  let results = [''];
  let rest = text;
  for (;;) {
    const group = findGroup(rest);
    if (group === undefined) return results.map((each) => each + rest);
    const [start, end, choices] = group;
    const before = rest.slice(0, start);
    const middles: string[] = [];
    for (const choice of choices) {
      const expanded = expandBraces(choice);
      if (expanded === undefined) return undefined;
      middles.push(...expanded);
    }
    if (results.length * middles.length > BRACE_LIMIT) return undefined;
    results = results.flatMap((each) => middles.map((middle) => each + before + middle));
    rest = rest.slice(end);
  }
}

/** The first group that is one: it has a comma at its own level, or is a sequence. */
function findGroup(text: string): [number, number, string[]] | undefined {
  for (let start = text.indexOf('{'); start >= 0; start = text.indexOf('{', start + 1)) {
    const commas: number[] = [];
    let depth = 0;
    for (let i = start; i < text.length; i++) {
      if (text[i] === '{') depth++;
      else if (text[i] === ',' && depth === 1) commas.push(i);
      else if (text[i] === '}' && --depth === 0) {
        const inside = text.slice(start + 1, i);
        const choices = commas.length > 0 ? splitAt(text, start, i, commas) : sequence(inside);
        if (choices !== undefined) return [start, i + 1, choices];
        break;
      }
    }
  }
  return undefined;
}

function splitAt(text: string, start: number, end: number, commas: readonly number[]): string[] {
  const edges = [start, ...commas, end];
  return edges.slice(1).map((edge, index) => text.slice((edges[index] ?? start) + 1, edge));
}

function sequence(inside: string): string[] | undefined {
  const numbers = /^(-?\d{1,9})\.\.(-?\d{1,9})(?:\.\.(-?\d{1,9}))?$/.exec(inside);
  const letters = /^([a-zA-Z])\.\.([a-zA-Z])(?:\.\.(-?\d{1,9}))?$/.exec(inside);
  const match = numbers ?? letters;
  if (match === null) return undefined;
  const read = (text = ''): number => (numbers ? Number(text) : text.charCodeAt(0));
  const [from, to] = [read(match[1]), read(match[2])];
  const step = Math.max(1, Math.abs(Number(match[3] ?? 1)));
  if (Math.abs(to - from) / step > BRACE_LIMIT) return undefined;
  const results: string[] = [];
  for (let at = from; from <= to ? at <= to : at >= to; at += from <= to ? step : -step) {
    results.push(numbers ? String(at) : String.fromCharCode(at));
  }
  return results;
}
