/**
 * Well-known tools: which letter is which long option, which options take a value, which words are sub-commands.
 * From the tools' own manuals. A deny rule is held against the options as a set, so `rm -r -f`, `rm -fr` and
 * `rm --force --recursive` are one command. Adding a tool is a row here and a row in test/shell/options.test.ts.
 */

export interface ToolGrammar {
  /** Letter → long names that mean the same. Several names where one letter stands for several (`-D` of git branch). */
  readonly short?: Readonly<Record<string, string>>;
  /** Long options beyond those named in `short`, so that abbreviations can be told apart. */
  readonly long?: readonly string[];
  /** Options (letters and long names) whose value is the next word when it is not attached. */
  readonly values?: readonly string[];
  /** The first operand names a sub-command with a grammar of its own. */
  readonly sub?: Readonly<Record<string, ToolGrammar>>;
  /** Other names of sub-commands. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Sub-commands that may be abbreviated, those that nobody wants to start by accident first. */
  readonly abbreviated?: readonly string[];
  /** Long options with one dash (`find -delete`, `java -jar`): no clusters of letters. */
  readonly oneDash?: boolean;
}

const GIT_SUB: Readonly<Record<string, ToolGrammar>> = {
  push: {
    short: { f: 'force', u: 'set-upstream', d: 'delete', n: 'dry-run', v: 'verbose', q: 'quiet', o: 'push-option', '4': 'ipv4', '6': 'ipv6' },
    long: ['all', 'branches', 'mirror', 'tags', 'follow-tags', 'signed', 'atomic', 'receive-pack', 'exec', 'repo', 'force-with-lease', 'force-if-includes', 'no-verify', 'prune', 'progress', 'porcelain', 'recurse-submodules', 'thin'],
    values: ['o', 'push-option', 'receive-pack', 'exec', 'repo'],
  },
  reset: { short: { q: 'quiet', p: 'patch', N: 'intent-to-add' }, long: ['hard', 'soft', 'mixed', 'merge', 'keep', 'recurse-submodules', 'pathspec-from-file', 'no-refresh', 'refresh'], values: ['pathspec-from-file'] },
  commit: {
    short: { a: 'all', m: 'message', F: 'file', C: 'reuse-message', c: 'reedit-message', p: 'patch', n: 'no-verify', q: 'quiet', v: 'verbose', s: 'signoff', t: 'template', e: 'edit', S: 'gpg-sign', u: 'untracked-files', i: 'include', o: 'only', z: 'null' },
    long: ['amend', 'allow-empty', 'fixup', 'squash', 'reset-author', 'author', 'date', 'no-edit', 'dry-run', 'trailer', 'cleanup', 'status', 'branch', 'short', 'porcelain', 'long', 'pathspec-from-file'],
    values: ['m', 'F', 'C', 'c', 't', 'message', 'file', 'reuse-message', 'reedit-message', 'template', 'fixup', 'squash', 'author', 'date', 'trailer', 'cleanup', 'pathspec-from-file'],
  },
  clean: { short: { f: 'force', d: 'd', x: 'x', X: 'X', n: 'dry-run', q: 'quiet', i: 'interactive', e: 'exclude' }, values: ['e', 'exclude'] },
  branch: { short: { d: 'delete', D: 'delete force', m: 'move', M: 'move force', c: 'copy', C: 'copy force', f: 'force', a: 'all', r: 'remotes', v: 'verbose', q: 'quiet', u: 'set-upstream-to', t: 'track' }, long: ['show-current', 'list', 'edit-description', 'unset-upstream', 'merged', 'no-merged', 'contains', 'sort', 'format'], values: ['u', 'set-upstream-to', 'sort', 'format'] },
  checkout: { short: { f: 'force', b: 'b', B: 'B', q: 'quiet', d: 'detach', t: 'track', p: 'patch', m: 'merge', l: 'l' }, long: ['ours', 'theirs', 'orphan', 'conflict', 'recurse-submodules', 'overlay', 'guess'], values: ['b', 'B', 'orphan', 'conflict'] },
  switch: { short: { c: 'create', C: 'force-create', f: 'force', d: 'detach', q: 'quiet', m: 'merge', t: 'track' }, long: ['discard-changes', 'orphan', 'guess'], values: ['c', 'C', 'create', 'force-create', 'orphan'] },
  restore: { short: { s: 'source', p: 'patch', W: 'worktree', S: 'staged', q: 'quiet', m: 'merge' }, long: ['ours', 'theirs', 'pathspec-from-file'], values: ['s', 'source', 'pathspec-from-file'] },
  rebase: { short: { i: 'interactive', x: 'exec', s: 'strategy', X: 'strategy-option', f: 'force-rebase', q: 'quiet', v: 'verbose' }, long: ['onto', 'root', 'abort', 'continue', 'skip', 'autosquash', 'no-verify', 'quit'], values: ['x', 's', 'X', 'onto', 'exec', 'strategy', 'strategy-option'] },
  tag: { short: { d: 'delete', f: 'force', a: 'annotate', m: 'message', s: 'sign', l: 'list', F: 'file', u: 'local-user', v: 'verify', n: 'n' }, values: ['m', 'message', 'F', 'file', 'u', 'local-user'] },
  remote: {},
  config: { short: { f: 'file', e: 'edit', l: 'list', z: 'null' }, long: ['global', 'system', 'local', 'worktree', 'get', 'unset', 'add', 'replace-all', 'blob', 'type'], values: ['f', 'file', 'blob', 'type'] },
  stash: {},
  log: { values: ['n', 'max-count', 'since', 'until', 'author', 'grep', 'format', 'L', 'S', 'G'] },
  filter: {},
};

const NPM: ToolGrammar = {
  short: { g: 'global', f: 'force', s: 'loglevel=silent', d: 'loglevel=info', w: 'workspace', D: 'save-dev', S: 'save', E: 'save-exact', O: 'save-optional', C: 'prefix', y: 'yes', c: 'call' },
  long: ['tag', 'access', 'registry', 'dry-run', 'otp', 'prefix', 'ignore-scripts', 'workspaces', 'include', 'omit', 'silent', 'loglevel', 'userconfig', 'cache', 'legacy-peer-deps'],
  values: ['w', 'workspace', 'C', 'prefix', 'tag', 'access', 'registry', 'otp', 'loglevel', 'userconfig', 'cache', 'include', 'omit', 'c', 'call'],
  sub: {},
  abbreviated: ['publish', 'unpublish', 'deprecate', 'owner', 'token', 'login', 'adduser'],
  aliases: { i: 'install', in: 'install', ins: 'install', inst: 'install', add: 'install', isntall: 'install', t: 'test', tst: 'test', 'run-script': 'run', rum: 'run', urn: 'run', rm: 'uninstall', un: 'uninstall', remove: 'uninstall', unlink: 'uninstall', x: 'exec', up: 'update', upgrade: 'update', it: 'install-test', cit: 'install-ci-test', 'clean-install': 'ci', c: 'config', 'add-user': 'adduser', author: 'owner' },
};

export const TOOLS: Readonly<Record<string, ToolGrammar>> = {
  rm: { short: { r: 'recursive', R: 'recursive', f: 'force', i: 'interactive', I: 'interactive', d: 'dir', v: 'verbose' }, long: ['no-preserve-root', 'preserve-root', 'one-file-system'] },
  cp: { short: { r: 'recursive', R: 'recursive', a: 'archive', f: 'force', i: 'interactive', n: 'no-clobber', l: 'link', s: 'symbolic-link', t: 'target-directory', T: 'no-target-directory', u: 'update', v: 'verbose', p: 'preserve', d: 'no-dereference', L: 'dereference', H: 'H', P: 'no-dereference', x: 'one-file-system', S: 'suffix', b: 'backup' }, values: ['t', 'target-directory', 'S', 'suffix'] },
  mv: { short: { f: 'force', i: 'interactive', n: 'no-clobber', t: 'target-directory', T: 'no-target-directory', u: 'update', v: 'verbose', S: 'suffix', b: 'backup' }, values: ['t', 'target-directory', 'S', 'suffix'] },
  ln: { short: { s: 'symbolic', f: 'force', t: 'target-directory', T: 'no-target-directory', r: 'relative', n: 'no-dereference', v: 'verbose', i: 'interactive', L: 'logical', P: 'physical', b: 'backup', S: 'suffix' }, values: ['t', 'target-directory', 'S', 'suffix'] },
  chmod: { short: { R: 'recursive', v: 'verbose', c: 'changes', f: 'quiet' }, long: ['reference', 'silent'], values: ['reference'] },
  chown: { short: { R: 'recursive', v: 'verbose', c: 'changes', f: 'quiet', h: 'no-dereference' }, long: ['reference', 'from', 'silent'], values: ['reference', 'from'] },
  mkdir: { short: { p: 'parents', m: 'mode', v: 'verbose' }, values: ['m', 'mode'] },
  curl: {
    short: { o: 'output', O: 'remote-name', X: 'request', d: 'data', F: 'form', H: 'header', T: 'upload-file', s: 'silent', S: 'show-error', L: 'location', k: 'insecure', f: 'fail', u: 'user', x: 'proxy', K: 'config', I: 'head', A: 'user-agent', b: 'cookie', c: 'cookie-jar', e: 'referer', m: 'max-time', w: 'write-out', v: 'verbose', i: 'include', G: 'get', J: 'remote-header-name', C: 'continue-at', D: 'dump-header', E: 'cert', r: 'range', y: 'speed-time', Y: 'speed-limit', z: 'time-cond', Q: 'quote', P: 'ftp-port', U: 'proxy-user', h: 'help', V: 'version', N: 'no-buffer', g: 'globoff', q: 'disable', '#': 'progress-bar' },
    long: ['data-binary', 'data-raw', 'data-urlencode', 'json', 'url', 'connect-to', 'resolve', 'retry', 'compressed', 'create-dirs', 'connect-timeout', 'unix-socket', 'output-dir', 'cacert'],
    values: ['o', 'X', 'd', 'F', 'H', 'T', 'u', 'x', 'K', 'A', 'b', 'c', 'e', 'm', 'w', 'C', 'D', 'E', 'r', 'y', 'Y', 'z', 'Q', 'P', 'U', 'output', 'request', 'data', 'form', 'header', 'upload-file', 'user', 'proxy', 'config', 'user-agent', 'cookie', 'cookie-jar', 'referer', 'max-time', 'write-out', 'continue-at', 'dump-header', 'cert', 'range', 'data-binary', 'data-raw', 'data-urlencode', 'json', 'url', 'connect-to', 'resolve', 'retry', 'connect-timeout', 'unix-socket', 'output-dir', 'cacert', 'capath', 'key', 'netrc-file', 'trace', 'trace-ascii', 'stderr', 'proto', 'range', 'noproxy', 'interface', 'limit-rate', 'max-redirs', 'url-query', 'variable', 'proxy-user', 'quote'],
  },
  wget: { short: { O: 'output-document', o: 'output-file', a: 'append-output', q: 'quiet', r: 'recursive', P: 'directory-prefix', c: 'continue', i: 'input-file', e: 'execute', t: 'tries', T: 'timeout', U: 'user-agent', N: 'timestamping', b: 'background', v: 'verbose', l: 'level', np: 'no-parent', S: 'server-response' }, long: ['post-data', 'post-file', 'header', 'method', 'body-data', 'body-file', 'no-check-certificate'], values: ['O', 'o', 'a', 'P', 'i', 'e', 't', 'T', 'U', 'l', 'output-document', 'output-file', 'append-output', 'directory-prefix', 'input-file', 'execute', 'tries', 'timeout', 'user-agent', 'level', 'post-data', 'post-file', 'header', 'method', 'body-data', 'body-file'] },
  git: {
    short: { C: 'C', c: 'c', p: 'paginate', P: 'no-pager' },
    long: ['git-dir', 'work-tree', 'namespace', 'exec-path', 'bare', 'no-pager', 'paginate', 'literal-pathspecs', 'no-optional-locks', 'config-env', 'super-prefix', 'attr-source', 'list-cmds', 'shallow-file', 'version', 'help'],
    values: ['C', 'c', 'git-dir', 'work-tree', 'namespace', 'config-env', 'super-prefix', 'attr-source', 'shallow-file'],
    sub: GIT_SUB,
  },
  npm: NPM,
  pnpm: { ...NPM, abbreviated: [], short: { ...NPM.short, r: 'recursive', F: 'filter' }, values: [...(NPM.values ?? []), 'F', 'filter', 'dir'] },
  yarn: { sub: {}, values: ['cwd', 'registry'], long: ['cwd', 'registry', 'silent', 'force'] },
  docker: {
    short: { c: 'context', D: 'debug', H: 'host', l: 'log-level', v: 'version' },
    long: ['config', 'tls', 'tlscacert', 'tlscert', 'tlskey', 'tlsverify'],
    values: ['c', 'context', 'H', 'host', 'l', 'log-level', 'config', 'tlscacert', 'tlscert', 'tlskey'],
    sub: {
      run: { short: { i: 'interactive', t: 'tty', d: 'detach', v: 'volume', e: 'env', p: 'publish', P: 'publish-all', u: 'user', w: 'workdir', h: 'hostname', l: 'label', m: 'memory', a: 'attach', c: 'cpu-shares' }, long: ['rm', 'privileged', 'name', 'network', 'net', 'pid', 'mount', 'entrypoint', 'cap-add', 'cap-drop', 'env-file', 'platform', 'pull', 'restart', 'security-opt', 'device', 'userns', 'ipc'], values: ['v', 'e', 'p', 'u', 'w', 'h', 'l', 'm', 'a', 'c', 'volume', 'env', 'publish', 'user', 'workdir', 'hostname', 'label', 'memory', 'attach', 'cpu-shares', 'name', 'network', 'net', 'pid', 'mount', 'entrypoint', 'cap-add', 'cap-drop', 'env-file', 'platform', 'pull', 'restart', 'security-opt', 'device', 'userns', 'ipc'] },
      system: {},
    },
  },
  kubectl: { short: { n: 'namespace', s: 'server', v: 'v', f: 'filename', o: 'output', l: 'selector', R: 'recursive', A: 'all-namespaces' }, long: ['context', 'cluster', 'kubeconfig', 'token', 'user', 'as', 'force', 'grace-period', 'all', 'cascade', 'dry-run'], values: ['n', 's', 'v', 'f', 'o', 'l', 'namespace', 'server', 'filename', 'output', 'selector', 'context', 'cluster', 'kubeconfig', 'token', 'user', 'as', 'grace-period'], sub: {} },
  pip: { short: { q: 'quiet', v: 'verbose', r: 'requirement', e: 'editable', U: 'upgrade', t: 'target', c: 'constraint', i: 'index-url', f: 'find-links', y: 'yes' }, long: ['user', 'no-deps', 'pre', 'index-url', 'extra-index-url', 'break-system-packages', 'force-reinstall', 'root', 'prefix', 'log', 'proxy'], values: ['r', 'e', 't', 'c', 'i', 'f', 'requirement', 'editable', 'target', 'constraint', 'index-url', 'extra-index-url', 'find-links', 'root', 'prefix', 'log', 'proxy'], sub: {} },
  cargo: { short: { q: 'quiet', v: 'verbose', C: 'C', Z: 'Z', p: 'package', j: 'jobs', r: 'release' }, values: ['C', 'Z', 'p', 'j', 'config', 'color', 'package', 'jobs', 'features', 'target', 'manifest-path', 'token'], sub: {} },
  find: { oneDash: true },
  dd: {},
};

/** Names under which the same program is known. */
export const TOOL_ALIASES: Readonly<Record<string, string>> = { pip3: 'pip', grm: 'rm', gcp: 'cp', gmv: 'mv', podman: 'docker', unlink: 'unlink' };
