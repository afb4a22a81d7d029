/** Bounds on everything that an agent can make large. Over a bound is a denial with its own reason. */

/** Longest pattern of a rule, in characters. */
export const PATTERN_LENGTH_LIMIT = 1024;
/** Rules of one list. */
export const RULES_PER_LIST_LIMIT = 2000;
/** Bytes of a policy file. */
export const POLICY_BYTES_LIMIT = 1024 * 1024;
/** Characters of shell text that are parsed; longer text is opaque. */
export const SHELL_TEXT_LIMIT = 256 * 1024;
/** Depth of shell text inside shell text (`sh -c` in `sh -c`), and of syntax nodes in one text. */
export const SHELL_NESTING_LIMIT = 16;
export const SYNTAX_DEPTH_LIMIT = 200;
/** Simple commands, redirections and unresolvable places of one line, each. */
export const COMMANDS_PER_LINE_LIMIT = 500;
/** Nodes of the syntax tree of one text. */
export const SYNTAX_NODES_LIMIT = 12_000;
/** Words of one line; those of a command inside a wrapper count again. An argument list of 2 MiB has no more in practice. */
export const WORDS_PER_LINE_LIMIT = 300_000;
/** Characters of a word in which braces are expanded. */
export const BRACED_WORD_LIMIT = 4096;
/** Characters of a script in another language that are read for its calls, and tokens of all their arguments; what is longer is opaque. */
export const SCRIPT_TEXT_LIMIT = 64 * 1024;
export const SCRIPT_TOKENS_LIMIT = 200_000;
/** Expansions of one brace expression. */
export const BRACE_LIMIT = 64;
