/** One spelling for all names that a file system which does not tell letters' cases apart takes for one (ext4 with casefold, APFS). */

const BEYOND_ASCII = /[^\0-\x7f]/;
/** Soft hyphens, joiners, marks of direction: such a file system does not see them (CVE-2014-9390). */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** ASCII stays as it is. `ſ` has no small letter but itself, and the capital of `s`: so there and back. */
export function foldName(text: string): string {
  return BEYOND_ASCII.test(text) ? text.normalize('NFD').replace(UNSEEN, '').toUpperCase().toLowerCase().normalize('NFD') : text;
}
