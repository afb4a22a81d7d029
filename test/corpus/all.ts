/** All tables of the corpus. */
import { AT_WORK } from './at-work.ts';
import { EVERYDAY } from './everyday.ts';
import { FILES, FILES_UNNAMED } from './files.ts';
import { NARROW } from './narrow.ts';
import { PARSING } from './parsing.ts';
import type { Row } from './rows.ts';
import { UNWRAPPING } from './unwrapping.ts';

export const ROWS: readonly Row[] = [...EVERYDAY, ...AT_WORK, ...PARSING, ...UNWRAPPING, ...FILES, ...FILES_UNNAMED, ...NARROW];
