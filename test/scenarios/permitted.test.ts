import { uses } from './permitted.ts';
import { runUses } from './support/uses.ts';

runUses(uses);
