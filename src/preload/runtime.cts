/**
 * Where this session's private files lie. Found from the place of this file, never from the environment: the agent may
 * clear or forge every variable.
 */
import { resolve } from './originals.cts';

/** Deployed as RUNTIME/src/preload/runtime.cjs. */
const RUNTIME = resolve(__dirname, '../..');

/** Where the deployed code lies. */
export const SOURCES = `${RUNTIME}/src/`;
export const SOCKET = `${RUNTIME}/sock`;
/** Folder of the PATH shims. */
export const SHIMS = `${RUNTIME}/bin`;
/** Asks with its own pid, then becomes the program that `PATCHWORK_EXEC` names. */
export const LAUNCHER = `${RUNTIME}/launch`;
export const REGISTER = `${__dirname}/register.cjs`;
