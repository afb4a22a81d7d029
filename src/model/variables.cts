/**
 * Variables that change what runs: the one table. `shell/variables.ts` judges by it, the preload and the launcher
 * (shims/wire.h, held to it by a test) send what is `sent`. Adding one is a row here, its line in wire.h and a row in the test.
 */

interface VariableRow {
  /** A name, or its beginning where it ends in `*`. */
  readonly name: string;
  /** `command`: the value is a command that a program runs. `code`: it decides which program or code is loaded. `settings`: it names settings, which are read. */
  readonly kind: 'command' | 'code' | 'settings';
  /** Enforcement points send it with each command where it is set; a reason where they do not. */
  readonly sent: true | 'compared file by file' | 'set by shells and tools themselves';
}

const ROWS: readonly (readonly [kind: VariableRow['kind'], sent: VariableRow['sent'], names: string])[] = [
  ['command', true, 'GIT_SSH_COMMAND GIT_SSH GIT_PAGER GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND GIT_ASKPASS'],
  ['command', true, 'PAGER MANPAGER SYSTEMD_PAGER EDITOR VISUAL BROWSER RSYNC_RSH CVS_RSH SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR LESSOPEN LESSCLOSE LESSEDIT TAR_OPTIONS CSCOPE_EDITOR FCEDIT FZF_DEFAULT_COMMAND'],
  ['command', 'set by shells and tools themselves', 'PROMPT_COMMAND LESS'],
  ['code', true, 'LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH LD_* DYLD_* NODE_OPTIONS NODE_PATH BUN_OPTIONS GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_CONFIG* RIPGREP_CONFIG_PATH BASH_ENV ENV'],
  ['code', true, 'PYTHONPATH PYTHONSTARTUP PYTHONHOME PYTHONBREAKPOINT PERL5LIB PERL5OPT PERL5DB PERLLIB RUBYLIB RUBYOPT LUA_INIT LUA_PATH LUA_CPATH R_PROFILE R_PROFILE_USER JULIA_LOAD_PATH PHPRC PHP_INI_SCAN_DIR JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS'],
  ['code', true, 'npm_config_script_shell npm_config_shell npm_config_node_options npm_config_git npm_config_editor NPM_CONFIG_SCRIPT_SHELL NPM_CONFIG_SHELL NPM_CONFIG_NODE_OPTIONS NPM_CONFIG_GIT NPM_CONFIG_EDITOR YARN_RC_FILENAME'],
  ['code', true, 'MAKEFLAGS MAKEFILES GNUMAKEFLAGS CC CXX RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_BUILD_RUSTC CARGO_BUILD_RUSTC_WRAPPER GOFLAGS GOROOT'],
  ['code', true, 'BASH_FUNC_* SHELLOPTS BASHOPTS GCONV_PATH GLIBC_TUNABLES OPENSSL_CONF OPENSSL_MODULES'],
  ['code', 'compared file by file', 'PATH'],
  ['code', true, 'HOME XDG_CONFIG_HOME'],
  ['settings', true, 'GIT_DIR GIT_COMMON_DIR'],
  ['code', 'set by shells and tools themselves', 'SHELL IFS PS4 BASH_ALIASES BASH_CMDS ZDOTDIR npm_config_* NPM_CONFIG_* CARGO_TARGET_*'],
];

export const VARIABLES: readonly VariableRow[] = ROWS.flatMap(([kind, sent, names]) => names.split(' ').map((name) => ({ name, kind, sent })));

/** As enforcement points look for them: `NAME=`, or the beginning of a name. */
export const SENT_PREFIXES: readonly string[] = VARIABLES.filter((row) => row.sent === true).map((row) => (row.name.endsWith('*') ? row.name.slice(0, -1) : `${row.name}=`));
