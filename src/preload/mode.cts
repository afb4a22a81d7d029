/** Which of the two ways of working this process has: set once, by the file that a session deployed (register.cts or guarded.cts). */
export const mode = {
  /** The kernel guard judges what this process does; here only the words are found for what it refused. */
  isGuarded: false,
};
