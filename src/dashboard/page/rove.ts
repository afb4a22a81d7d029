/** One stop for the Tab key in a list; arrow keys and j, k move inside it. */

const STEPS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  j: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  k: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_at, last) => last,
};

/** Of the elements that the selector finds below the list, the focused one alone can be tabbed to. */
export function roveOn(selector: string): (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => void {
  return (event) => {
    const step = Object.hasOwn(STEPS, event.key) ? STEPS[event.key] : undefined;
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const next = all[step(at, all.length - 1)];
    for (const each of all) each.tabIndex = each === next ? 0 : -1;
    next?.focus();
    event.preventDefault();
  };
}
