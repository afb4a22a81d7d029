/** What is known to be open in this version (docs/bypasses.md): tried all the same, and reported as a thing to do. */
const OPEN: readonly (readonly [theme: string, rows: RegExp, reason: string])[] = [
  ['exec', /^c-ld_fd$/, 'the loader given a descriptor of a denied program'],
  ['permitted', /^c-openat2$/, 'openat2 with RESOLVE_BENEATH or RESOLVE_IN_ROOT is answered with ENOSYS'],
  ['permitted', /^c-flags$/, 'O_ASYNC of an open is lost'],
  ['permitted', /^c-deep$/, 'paths of more than 4,096 bytes'],
  ['permitted', /^shell27$|^prog20$/, 'under fail-closed, the cover of a double fork is lost'],
  ['permitted', /^shell31$/, 'under fail-closed, ps is told that it may not read the variables of processes'],
];

/** For node:test: a failure is shown and does not fail the run. */
export function isOpen(theme: string, id: string): { readonly todo?: string } {
  const found = OPEN.find(([where, rows]) => where === theme && rows.test(id));
  return found === undefined ? {} : { todo: found[2] };
}
