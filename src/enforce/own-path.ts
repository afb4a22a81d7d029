/**
 * Managers of versions that write the path of their own command into files of the user (`exec "$(command -v pyenv)"` in each of
 * pyenv's shims): under a shim of ours that would be a path of this session, dead when it ends. Where the kernel guard judges what
 * starts they have none.
 */
export const WRITES_OWN_PATH: ReadonlySet<string> = new Set(['pyenv', 'rbenv', 'nodenv', 'goenv', 'jenv', 'phpenv', 'plenv', 'luaenv', 'asdf']);
