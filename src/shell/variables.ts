/** Variables that change what a command runs. */

/** Values that start nothing of consequence: how tools are told not to page or edit. */
const HARMLESS = /^(?:|cat|less|more|true|false|:|0|1)$/;

/** A command in the value is run by the program. */
const CARRIES_COMMAND = /^(?:GIT_(?:SSH_COMMAND|SSH|PAGER|EDITOR|SEQUENCE_EDITOR|EXTERNAL_DIFF|PROXY_COMMAND|ASKPASS)|PAGER|MANPAGER|EDITOR|VISUAL|BROWSER|RSYNC_RSH|CVS_RSH|SSH_ASKPASS|SUDO_ASKPASS|PROMPT_COMMAND|LESSOPEN|LESSCLOSE|TAR_OPTIONS)$/;

/** The value decides which program or which code is loaded. */
const LOADS_CODE = /^(?:PATH|LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|BUN_OPTIONS|GIT_EXEC_PATH|GIT_CONFIG.*|GIT_TEMPLATE_DIR|BASH_ENV|ENV|BASH_FUNC_.*|BASH_ALIASES|BASH_CMDS|SHELLOPTS|BASHOPTS|PYTHONPATH|PYTHONSTARTUP|PYTHONHOME|PERL5LIB|PERL5OPT|PERL5DB|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|IFS|SHELL|npm_config_.*|NPM_CONFIG_.*|MAKEFLAGS|CC|CXX|RUSTC_WRAPPER|CARGO_BUILD_RUSTC_WRAPPER)$/;

export function carriesCommand(name: string, value: string | undefined): boolean {
  return CARRIES_COMMAND.test(name) && !HARMLESS.test(value ?? '?');
}

export function changesWhatRuns(name: string, value: string | undefined): boolean {
  return LOADS_CODE.test(name) || carriesCommand(name, value);
}
