/**
 * Risk of commands: a row says which command, and what is to be thought of it. The highest row that hits counts;
 * a command that no row knows is `medium`. Adding a row needs a hit and a near miss in test/risk/commands.test.ts.
 */
import type { RiskFlag, RiskLevel } from '../model/risk.ts';
import type { ParsedCommand } from '../shell/options.ts';

/** What the places of a session say of an operand. */
export interface Surroundings {
  /** It is the home or the project, or a folder that holds one of them. */
  readonly isPrecious: (operand: string) => boolean;
  /** It lies in the home or the project, although a system folder is above. */
  readonly isOwnWork: (operand: string) => boolean;
}

export interface CommandRow {
  /** Base names of the program. */
  readonly programs: readonly string[];
  /** Sub-commands, where the row is about some of them only. `remote add` is two words. */
  readonly sub?: readonly string[];
  readonly when?: (command: ParsedCommand, args: readonly string[], around: Surroundings) => boolean;
  readonly level: RiskLevel;
  readonly flags?: readonly RiskFlag[];
}

const has = (...names: string[]) => (command: ParsedCommand): boolean => names.some((name) => command.options.some((option) => option.name === name));
const anyArg = (pattern: RegExp) => (_: ParsedCommand, args: readonly string[]): boolean => args.some((arg) => pattern.test(arg));

/** Whole trees that are nobody's to delete: root, home, the project, what lies above, a bare star. */
const BROAD = /^(?:\/|\/\*|~|~\/|~\/\*|\*|\.|\.\/|\.\/\*|\.\.|\.\.\/.*|\.\*|\$HOME\/?\*?|"?\$\{?HOME\}?"?\/?\*?|\$PWD|\/(?:bin|boot|dev|etc|home|lib|lib64|opt|proc|root|sbin|srv|sys|usr|var|Users|Library|System)(?:\/\*?)?|\/(?:home|Users)\/[^/]+\/?\*?|\.git\/?)$/;
const SYSTEM_PATH = /^\/(?:bin|boot|dev\/(?!null|stdin|stdout|stderr|tty|fd)|etc|lib|lib64|proc|root|sbin|sys|usr|var\/(?!tmp|folders)|System|Library)(?:\/|$)/;

const isSystemPath = (arg: string, { isOwnWork }: Surroundings): boolean => SYSTEM_PATH.test(arg) && !isOwnWork(arg);

const removesBroadly = (command: ParsedCommand, args: readonly string[], { isPrecious }: Surroundings): boolean => {
  const operands = [...command.operands, ...args.filter((arg) => BROAD.test(arg))];
  return has('recursive')(command) && (operands.some((operand) => BROAD.test(operand) || isPrecious(operand)) || has('no-preserve-root')(command));
};

const forcedPush = (command: ParsedCommand): boolean => has('force', 'force-with-lease', 'force-if-includes', 'mirror', 'delete', 'prune')(command) || command.operands.slice(1).some((word) => /^\+|^:/.test(word));

const READ_ONLY = ['ls', 'pwd', 'cat', 'head', 'tail', 'less', 'more', 'wc', 'grep', 'egrep', 'fgrep', 'rg', 'ag', 'sort', 'uniq', 'cut', 'tr', 'diff', 'cmp', 'comm', 'file', 'stat', 'du', 'df', 'which', 'whereis', 'whoami', 'id', 'date', 'uname', 'hostname', 'basename', 'dirname', 'realpath', 'readlink', 'tree', 'jq', 'yq', 'true', 'false', 'echo', 'printf', 'test', '[', 'sleep', 'seq', 'nproc', 'free', 'uptime', 'ps', 'top', 'env', 'printenv', 'man', 'column', 'nl', 'tac', 'rev', 'fold', 'md5sum', 'sha256sum', 'sha1sum', 'base64', 'xxd', 'od', 'strings', 'locale', 'tty', 'stty', 'tput', 'clear', 'fd', 'bat'];
const BUILDERS = ['node', 'tsc', 'eslint', 'prettier', 'biome', 'jest', 'vitest', 'mocha', 'ava', 'pytest', 'tox', 'mypy', 'ruff', 'flake8', 'black', 'go', 'rustc', 'gcc', 'g++', 'clang', 'cc', 'javac', 'java', 'ninja', 'cmake', 'gofmt', 'rustfmt', 'esbuild', 'vite', 'webpack', 'rollup', 'tsx', 'ts-node', 'deno', 'bun'];
const DATABASES = ['psql', 'mysql', 'mariadb', 'sqlite3', 'mongosh', 'mongo', 'redis-cli', 'sqlcmd', 'clickhouse-client', 'cqlsh'];

export const COMMAND_ROWS: readonly CommandRow[] = [
  // Nothing happens to anything.
  { programs: READ_ONLY, level: 'none' },
  { programs: ['git'], sub: ['status', 'log', 'diff', 'show', 'branch', 'rev-parse', 'ls-files', 'blame', 'describe', 'remote', 'config', 'shortlog', 'reflog', 'grep', 'help', 'version', 'cat-file', 'ls-tree', 'name-rev', 'merge-base', 'whatchanged', 'var'], level: 'none' },
  { programs: ['npm', 'pnpm', 'yarn'], sub: ['ls', 'list', 'view', 'outdated', 'audit', 'why', 'explain', 'help', 'root', 'prefix', 'bin', 'search', 'ping', 'whoami', 'doctor', 'fund'], level: 'low' },
  // Ordinary work.
  { programs: ['mkdir', 'touch', 'cp', 'mv', 'ln', 'tee', 'sed', 'awk', 'patch', 'find', 'xargs', 'tar', 'gzip', 'gunzip', 'zip', 'unzip', 'install'], level: 'low' },
  { programs: ['rm', 'rmdir', 'unlink'], level: 'medium', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['add', 'commit', 'stash', 'fetch', 'pull', 'merge', 'checkout', 'switch', 'tag', 'init', 'clone', 'cherry-pick', 'revert', 'restore', 'mv', 'apply', 'am', 'worktree', 'bisect', 'notes', 'sparse-checkout', 'format-patch', 'archive', 'bundle', 'submodule'], level: 'low' },
  { programs: ['git'], sub: ['push', 'rebase', 'reset', 'rm', 'gc', 'prune', 'submodule'], level: 'medium' },
  { programs: ['npm', 'pnpm', 'yarn'], sub: ['test', 'run', 'start', 'stop', 'restart', 'build', 'lint', 'version', 'pack', 'exec', 'ci', 'dev', 'format', 'typecheck'], level: 'low' },
  { programs: BUILDERS, level: 'low' },
  { programs: ['make', 'gmake', 'just', 'task', 'cargo', 'gradle', 'mvn', 'dotnet', 'swift', 'bazel'], level: 'low' },
  { programs: ['python', 'python3', 'perl', 'ruby', 'php', 'lua', 'Rscript', 'julia'], level: 'medium' },
  { programs: ['bash', 'sh', 'dash', 'zsh', 'ksh', 'fish'], level: 'medium' },
  // Packages from outside run code of their own when they are installed.
  { programs: ['npm', 'pnpm', 'yarn', 'bun'], sub: ['install', 'add', 'ci', 'update', 'dlx', 'create', 'link', 'rebuild', 'install-test'], level: 'medium', flags: ['package_install', 'network_request'] },
  { programs: ['npm', 'pnpm', 'yarn', 'bun'], sub: ['install', 'add', 'update', 'uninstall'], when: has('global'), level: 'high', flags: ['package_install', 'system_modification'] },
  { programs: ['yarn'], when: (command) => command.operands.length === 0, level: 'medium', flags: ['package_install', 'network_request'] },
  { programs: ['npx', 'bunx', 'pnpx', 'uvx', 'pipx'], level: 'medium', flags: ['package_install', 'network_request'] },
  { programs: ['pip', 'pip3', 'uv', 'poetry', 'conda', 'gem', 'composer', 'bundle', 'bundler', 'pdm'], sub: ['install', 'add', 'sync', 'update', 'pip', 'require'], level: 'medium', flags: ['package_install', 'network_request'] },
  { programs: ['cargo', 'go'], sub: ['install', 'get', 'add'], level: 'medium', flags: ['package_install', 'network_request'] },
  { programs: ['brew'], sub: ['install', 'upgrade', 'uninstall', 'tap'], level: 'high', flags: ['package_install', 'system_modification'] },
  { programs: ['apt', 'apt-get', 'aptitude', 'dnf', 'yum', 'pacman', 'apk', 'zypper', 'snap', 'dpkg', 'rpm', 'emerge', 'port', 'nix-env', 'flatpak'], level: 'high', flags: ['package_install', 'system_modification'] },
  // The network.
  { programs: ['curl', 'wget', 'http', 'https', 'aria2c', 'ping', 'dig', 'nslookup', 'host', 'whois', 'traceroute', 'ftp', 'lftp', 'gh', 'glab'], level: 'medium', flags: ['network_request'] },
  { programs: ['curl', 'wget'], when: anyArg(/^(?:-T|-F|-d|--upload-file|--form|--data|--post-file|--post-data|--body-file)/), level: 'high', flags: ['network_request'] },
  { programs: ['curl', 'wget', 'http'], when: anyArg(/169\.254\.169\.254|metadata\.google\.internal|fd00:ec2::254|100\.100\.100\.200|169\.254\.170\.2/i), level: 'critical', flags: ['cloud_metadata', 'network_request'] },
  { programs: ['nc', 'ncat', 'netcat', 'socat', 'telnet'], level: 'high', flags: ['network_request'] },
  { programs: ['nc', 'ncat', 'netcat', 'socat'], when: anyArg(/^-[a-z]*[ec]$|^--(?:exec|sh-exec)|EXEC:|SYSTEM:/i), level: 'critical', flags: ['network_request', 'remote_execution'] },
  { programs: ['ssh', 'scp', 'sftp', 'rsync', 'mosh'], level: 'high', flags: ['network_request', 'remote_execution'] },
  // History that others share, and work that is not saved anywhere.
  { programs: ['git'], sub: ['push'], when: forcedPush, level: 'high', flags: ['force_push', 'destructive_command'] },
  { programs: ['git'], sub: ['reset'], when: has('hard', 'merge'), level: 'high', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['clean'], when: (command) => has('force')(command) && !has('dry-run')(command), level: 'high', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['branch', 'tag'], when: (command) => has('delete')(command), level: 'medium', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['branch'], when: (command) => has('delete')(command) && has('force')(command), level: 'high', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['checkout', 'restore', 'switch'], when: (command) => has('force', 'discard-changes')(command) || command.operands.includes('.'), level: 'medium', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['filter-branch', 'filter-repo', 'update-ref', 'replace'], level: 'high', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['stash'], when: (command) => /^(?:drop|clear)$/.test(command.operands[1] ?? ''), level: 'medium', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['reflog'], when: (command) => /^(?:expire|delete)$/.test(command.operands[1] ?? ''), level: 'high', flags: ['destructive_command'] },
  { programs: ['git'], sub: ['config'], when: (command) => has('global', 'system')(command) && command.operands.length > 2, level: 'high', flags: ['config_file_modification'] },
  // What cannot be taken back from the public.
  { programs: ['npm', 'pnpm', 'yarn', 'bun'], sub: ['publish', 'unpublish', 'deprecate', 'dist-tag', 'owner', 'access', 'token', 'login', 'adduser', 'profile'], level: 'high', flags: ['publishing', 'network_request'] },
  { programs: ['cargo', 'poetry', 'gem', 'twine', 'flit', 'vsce', 'ovsx', 'hatch'], sub: ['publish', 'push', 'upload', 'yank', 'owner'], level: 'high', flags: ['publishing', 'network_request'] },
  { programs: ['docker', 'podman'], sub: ['push', 'login'], level: 'high', flags: ['publishing', 'network_request'] },
  { programs: ['gh'], when: anyArg(/^(?:release|delete|merge|secret|auth)$/), level: 'high', flags: ['publishing', 'network_request'] },
  // Files in number.
  { programs: ['rm'], when: (command) => has('recursive')(command), level: 'high', flags: ['destructive_command'] },
  { programs: ['rm'], when: removesBroadly, level: 'critical', flags: ['destructive_command', 'broad_file_deletion'] },
  { programs: ['rm', 'mv', 'cp', 'tee', 'ln', 'sed', 'touch', 'truncate', 'mkdir', 'install'], when: (command, args, around) => args.some((arg, index) => isSystemPath(arg, around) && (index === args.length - 1 || command.operands.length === 1)) && (command.operands.length > 0), level: 'critical', flags: ['system_modification'] },
  { programs: ['find'], when: anyArg(/^-delete$/), level: 'high', flags: ['destructive_command', 'broad_file_deletion'] },
  { programs: ['find'], when: (_, args, { isPrecious }) => args.includes('-delete') && (BROAD.test(args[0] ?? '') || isPrecious(args[0] ?? '')) && !args.some((arg) => /^-(?:i?name|i?path|i?regex|newer|mtime|mmin|size|empty)$/.test(arg)), level: 'critical', flags: ['destructive_command', 'broad_file_deletion'] },
  { programs: ['shred', 'wipe', 'srm'], level: 'high', flags: ['destructive_command'] },
  { programs: ['truncate'], level: 'medium', flags: ['destructive_command'] },
  { programs: ['rsync'], when: anyArg(/^--delete/), level: 'high', flags: ['destructive_command', 'network_request'] },
  { programs: ['chmod'], level: 'medium', flags: ['system_modification'] },
  { programs: ['chmod'], when: anyArg(/^(?:0?[0-7]?777|a\+rwx|ugo\+rwx|\+rwx|o\+w|a\+w|666|0666|[ugo]*\+s|[ug]*[+=][rwx]*s|[2467][0-7]{3})$/), level: 'high', flags: ['system_modification'] },
  { programs: ['chmod', 'chown', 'chgrp'], when: (command, _, around) => has('recursive')(command) && command.operands.slice(1).some((operand) => BROAD.test(operand) || isSystemPath(operand, around)), level: 'critical', flags: ['system_modification'] },
  { programs: ['chown', 'chgrp', 'setfacl', 'chattr', 'setcap'], level: 'high', flags: ['system_modification', 'privilege_escalation'] },
  // The machine itself.
  { programs: ['sudo', 'doas', 'su', 'pkexec', 'runuser', 'gosu', 'setpriv'], level: 'critical', flags: ['privilege_escalation'] },
  { programs: ['dd'], when: anyArg(/^of=\/dev\/(?!null|stdout)/), level: 'critical', flags: ['destructive_command', 'system_modification'] },
  { programs: ['dd'], level: 'medium', flags: ['destructive_command'] },
  { programs: ['mkfs', 'mke2fs', 'mkdosfs', 'mkntfs', 'mkswap', 'fdisk', 'sfdisk', 'cfdisk', 'gdisk', 'sgdisk', 'parted', 'wipefs', 'cryptsetup', 'lvremove', 'vgremove', 'pvremove', 'zpool', 'blkdiscard', 'mdadm', 'nvme'], level: 'critical', flags: ['destructive_command', 'system_modification'] },
  { programs: ['shutdown', 'reboot', 'halt', 'poweroff', 'init', 'telinit', 'kexec'], level: 'critical', flags: ['system_modification'] },
  { programs: ['systemctl', 'service', 'launchctl', 'rc-service', 'sysctl', 'modprobe', 'insmod', 'rmmod', 'mount', 'umount', 'swapoff', 'iptables', 'nft', 'ufw', 'ip', 'ifconfig', 'route', 'useradd', 'userdel', 'usermod', 'groupadd', 'passwd', 'chpasswd', 'visudo', 'update-rc.d', 'hostnamectl', 'timedatectl', 'defaults', 'csrutil', 'spctl'], level: 'high', flags: ['system_modification'] },
  { programs: ['userdel', 'usermod', 'passwd', 'chpasswd', 'visudo', 'insmod', 'modprobe'], level: 'critical', flags: ['system_modification', 'privilege_escalation'] },
  { programs: ['crontab', 'at', 'batch', 'systemd-run', 'launchctl'], level: 'high', flags: ['system_modification', 'remote_execution'] },
  { programs: ['kill', 'pkill', 'killall', 'xkill'], level: 'medium', flags: ['destructive_command'] },
  { programs: ['kill', 'pkill', 'killall'], when: anyArg(/^-1$|^-u$/), level: 'high', flags: ['destructive_command'] },
  { programs: ['docker', 'podman', 'nerdctl'], level: 'medium' },
  { programs: ['docker', 'podman'], sub: ['run', 'exec', 'create'], level: 'high', flags: ['remote_execution'] },
  { programs: ['docker', 'podman'], sub: ['run', 'create', 'exec', 'container'], when: (command, args) => has('privileged')(command) || args.some((arg) => /^(?:-v|--volume=|--mount=)?\/?(?:\/|\/etc|\/root|\/var\/run\/docker\.sock)?:/.test(arg) || /docker\.sock|^(?:-v=?)?\/:|--pid=host|--net(?:work)?=host/.test(arg)), level: 'critical', flags: ['privilege_escalation'] },
  { programs: ['docker', 'podman'], sub: ['rm', 'rmi', 'system', 'volume', 'network', 'kill', 'stop'], level: 'high', flags: ['destructive_command'] },
  { programs: ['kubectl', 'helm', 'oc'], level: 'high', flags: ['network_request'] },
  { programs: ['kubectl', 'oc'], sub: ['get', 'describe', 'logs', 'version', 'explain', 'config', 'top'], level: 'medium', flags: ['network_request'] },
  { programs: ['kubectl', 'oc', 'helm'], sub: ['delete', 'drain', 'uninstall', 'replace'], level: 'critical', flags: ['destructive_command', 'network_request'] },
  { programs: ['terraform', 'tofu', 'pulumi'], level: 'medium', flags: ['network_request'] },
  { programs: ['terraform', 'tofu', 'pulumi'], sub: ['apply', 'up', 'import', 'state'], level: 'high', flags: ['system_modification', 'network_request'] },
  { programs: ['terraform', 'tofu', 'pulumi'], sub: ['destroy'], level: 'critical', flags: ['destructive_command', 'network_request'] },
  { programs: ['aws', 'gcloud', 'az', 'heroku', 'vercel', 'netlify', 'fly', 'flyctl', 'doctl', 'wrangler', 'firebase', 'supabase'], level: 'high', flags: ['network_request'] },
  // Data.
  { programs: DATABASES, level: 'medium' },
  { programs: DATABASES, when: anyArg(/\b(?:delete\s+from|update\s+\w+\s+set|alter\s+table)\b/i), level: 'high', flags: ['destructive_command'] },
  { programs: DATABASES, when: anyArg(/\b(?:drop\s+(?:database|table|schema|keyspace|user|collection)|truncate\s+(?:table\s+)?\w+|dropDatabase|flushall|flushdb)\b/i), level: 'critical', flags: ['destructive_command'] },
  { programs: ['dropdb', 'dropuser', 'mysqladmin'], level: 'critical', flags: ['destructive_command'] },
  { programs: ['gpg', 'openssl', 'ssh-keygen', 'ssh-add', 'security', 'pass', 'vault', 'op', 'bw', 'secret-tool', 'keyctl', 'ssh-copy-id'], level: 'high', flags: ['sensitive_file_access'] },
  { programs: ['history', 'strace', 'ltrace', 'gdb', 'lldb', 'ptrace', 'nsenter', 'unshare', 'chroot', 'bpftrace', 'perf', 'tcpdump'], level: 'high', flags: ['system_modification'] },
];

/** Names by prefix: `mkfs.ext4`. */
export function canonicalProgram(name: string): string {
  if (name.startsWith('mkfs.')) return 'mkfs';
  const python = /^(python|pip|pypy)[\d.]*$/.exec(name);
  return python?.[1] ?? name;
}
