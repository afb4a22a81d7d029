/** What a file is by where it lies: the operating system's, a language runtime's, the workspace's, the session's own. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { homeFolder } from '../model/home.ts';
import type { FileAction } from '../model/request.ts';
import { relativeTo } from '../policy/match-path.ts';
import { realPath } from './paths.ts';
import { readPlainFile } from './plain-file.ts';

/** Read-only folders of the operating system (Filesystem Hierarchy Standard 3.0, and macOS). */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/etc/alternatives', '/System', '/Library', '/nix/store', '/snap'];
/** More that every program reads: configuration and state of the system. */
const BASELINE_FOLDERS = ['/etc', '/proc', '/sys', '/dev', '/run/systemd/resolve', '/run/nscd', '/var/lib/dpkg', '/var/lib/gems', '/var/cache/fontconfig', '/var/cache/man', '/usr', '/private/etc', '/var/db/timezone'];
/** In those, what is nobody's business. */
const NOT_BASELINE = /^\/etc\/(?:shadow|gshadow|sudoers|ssl\/private|ssh\/ssh_host_|security\/opasswd|krb5\.keytab)|^\/proc\/(?!self\/|thread-self\/|self$|sys\/|net\/)[^/]+\/(?:environ|mem|fd|root|cwd|task\/[^/]+\/(?:environ|mem))|^\/proc\/(?:kcore|kmsg|keys)|^\/dev\/(?:tcp\/|udp\/|mem|kmem|port|sd|nvme|vd|xvd|disk|mapper|loop|kvm|fuse|net\/tun)/;
/** Devices and streams that anything may read and write; pipes and the like as the kernel names what is open. */
const FREE_DEVICES = /^\/dev\/(?:null|zero|full|random|urandom|tty|ptmx|pts\/\d+|std(?:in|out|err)|fd\/\d+|shm\/.+)$|^\/proc\/(?:self|thread-self|\d+)\/fd\/\d+$|^\/proc\/(?:self|thread-self|self\/task\/\d+)\/(?:comm|coredump_filter|oom_score_adj|oom_adj|timerslack_ns|clear_refs|autogroup|sched)$|^(?:pipe|socket|anon_inode):|^\/memfd:[^/]* \(deleted\)$/;

/**
 * Core patterns, module loaders, formats of programs, hot-plug helpers, control groups (which end or freeze whoever is in
 * them, the guard too), drivers and the like (proc_sys(5), sysfs(5)). What an ordinary user may write there is as dangerous.
 */
const KERNEL_SETTINGS = /^\/proc\/(?:sys|irq|acpi|bus|scsi|driver|fs|mtrr|sysrq-trigger)(?:\/|$)|^\/sys\/(?!$)/;

/** Version managers keep whole runtimes below the home: their code is read-only like the system's. */
const RUNTIMES = ['.pyenv', '.nvm', '.rustup/toolchains', '.cargo/bin', '.asdf', '.volta', '.rbenv', '.sdkman/candidates', '.local/share/mise', '.local/share/fnm', '.fnm', '.local/lib', '.bun/bin', '.deno/bin', '.local/share/uv/python'];
/** Settings without which tools refuse to work (git ends when it may not read its own), and that hold no keys: covered commands read them. */
const SETTINGS = ['.gitconfig', '.config/git/config', '.config/git/ignore', '.config/git/attributes', '.gitignore', '.gitignore_global', '.gitattributes', '.cargo/config', '.cargo/config.toml', '.tool-versions', '.config/mise/config.toml', '.config/go/env', '.lesshst', '.lesskey', '.config/lesskey'];
/** The same, as long as nobody wrote a key into them. */
const KEYLESS_SETTINGS = ['.npmrc', '.yarnrc', '.yarnrc.yml', '.bunfig.toml', '.config/pnpm/rc', '.config/pip/pip.conf', '.pip/pip.conf', '.gemrc', '.curlrc', '.wgetrc'];
/** What shells read when they start, with what the installers of toolchains put into them (bash(1), zshall(1)). */
const SHELL_START = ['.profile', '.bash_profile', '.bash_login', '.bashrc', '.bash_aliases', '.zshenv', '.zprofile', '.zshrc', '.zlogin', '.cargo/env', '.local/bin/env'];
/** Caches that tools fill while they work. */
const CACHES = ['.npm', '.cache', '.cargo/registry', '.cargo/git', '.cargo/.package-cache', '.cargo/.package-cache-mutate', '.cargo/.global-cache', '.cargo/.global-cache-journal', '.rustup', 'go/pkg', '.local/share/pnpm', '.pnpm-store', '.yarn', '.m2/repository', '.gradle', '.bun/install', '.deno', '.nuget', '.gem', '.node-gyp', '.electron', '.ccache', 'Library/Caches', '.local/state', '.pyenv/shims'];

/** Of our own, what sessions may not even read. */
const UNREADABLE = [['sessions', 'the audit log'], ['index', 'the index of the audit log'], ['keys', 'the key that seals the audit log'], ['seals', 'the seals of the audit log'], ['config.yml', 'the configuration, which may hold the keys of collectors']] as const;

export interface SessionPlaces {
  readonly project: string;
  /** Folder of sockets, shims and preload; nobody's but the session's. */
  readonly runtime?: string;
  /** The session's private temporary folder. */
  readonly temporary?: string;
  /** Files of the policies that hold here, wherever they lie. */
  readonly policies?: readonly string[];
  /** Files that names of hosts are looked up by, where rules go by names. */
  readonly nameFiles?: readonly string[];
  /** Folders of the agent: its installation (read) and its state (read and write; with `*` at its end, all whose path begins so). */
  readonly agentInstall?: readonly string[];
  readonly agentState?: readonly string[];
}

/** Where people keep projects although the folders above are the system's, and the one home that lies there. */
const WORKPLACES = /^\/(?:root|usr\/(?:local\/)?src\/[^/]+|usr\/app|var\/(?:www|lib\/[^/]+\/workspace))(?:\/|$)/;
const SUPERUSERS_HOME = /^\/root(?:\/|$)/;
/** What editors and tools of this user keep in XDG_RUNTIME_DIR for themselves alone. All else there (units, buses, agents, displays, servers of editors) others trust. */
const RUNNING = new RegExp(`^/run/user/${process.getuid?.() ?? 0}/(?:nvim(?:\\.[^/]+)?|just|mise|fish|uv|helix)(?:/|$)`);

export class Places {
  readonly project: string;
  readonly home: string;
  /** The session's own. */
  readonly temporary: string | undefined;
  readonly #system: readonly string[];
  /** The system's and the agent's own. */
  readonly #readOnly: readonly string[];
  readonly #baseline: readonly string[];
  readonly #readWrite: readonly string[];
  readonly #agentInstall: readonly string[];
  readonly #agentState: readonly string[];
  readonly #agentStatePrefixes: readonly string[];
  readonly #shellStart: ReadonlySet<string>;
  #settings: ReadonlySet<string> | undefined;
  readonly #runtime: string | undefined;
  /** Folders in which the folders of all sessions lie. */
  readonly #ofSessions: readonly string[];
  /** Logs of sessions inside this one. */
  readonly #nested: string;
  /** What a session may not change, by each of its names: a folder of settings is often a link into somebody's dotfiles. */
  readonly #owned: readonly (readonly [path: string, what: string])[];
  readonly #unreadable: readonly (readonly [path: string, what: string])[];

  constructor(session: SessionPlaces) {
    this.home = realPath(homeFolder());
    this.project = realPath(session.project);
    this.temporary = session.temporary === undefined ? undefined : realPath(session.temporary);
    this.#runtime = session.runtime === undefined ? undefined : realPath(session.runtime);
    this.#ofSessions = this.#runtime === undefined ? [] : [dirname(this.#runtime), dirname(this.temporary ?? this.#runtime)];
    this.#nested = join(this.home, '.patchwork', 'nested');
    const inHome = (names: readonly string[]): string[] => names.map((name) => join(this.home, name));
    this.#system = [...SYSTEM_FOLDERS.map(realPath), ...SYSTEM_FOLDERS, ...inHome(RUNTIMES)];
    this.#baseline = BASELINE_FOLDERS;
    this.#agentInstall = (session.agentInstall ?? []).map(realPath);
    this.#readOnly = [...this.#system, ...this.#agentInstall];
    this.#shellStart = new Set([homeFolder(), this.home].flatMap((home) => SHELL_START.map((name) => join(home, name))));
    const state = session.agentState ?? [];
    this.#agentState = state.filter((path) => !path.endsWith('*')).map(realPath);
    this.#agentStatePrefixes = state.filter((path) => path.endsWith('*')).map((path) => realPath(path.slice(0, -1)));
    const ownState = join(this.home, '.patchwork');
    const owned: [string, string][] = [
      [ownState, "Patchwork's policy and audit log"],
      [join(this.project, '.patchwork'), "the project's policy"],
      ['/etc/patchwork', "the system's policy"],
      ['/Library/Patchwork', "the system's policy"],
      ...[join(ownState, 'policy.yml'), join(this.project, '.patchwork', 'policy.yml'), ...(session.policies ?? [])].map((file): [string, string] => [file, 'a policy of this session']),
      ...(session.nameFiles ?? []).map((file): [string, string] => [file, 'what network rules look hosts up by']),
    ];
    // Of a session that runs; what a policy says does not depend on who asks.
    const entry = session.runtime === undefined ? undefined : process.argv[1];
    if (session.runtime !== undefined) owned.push([process.execPath, 'the Node.js that runs Patchwork']);
    if (entry !== undefined && !isBelow(this.project, entry)) owned.push([entry, "Patchwork's own program"]);
    this.#owned = owned.flatMap(([path, what]): [string, string][] => (realPath(path) === path ? [[path, what]] : [[path, what], [realPath(path), what]]));
    this.#unreadable = UNREADABLE.flatMap(([name, what]): [string, string][] => [[join(ownState, name), what], [realPath(join(ownState, name)), what]]);
    const temporaries = ['/tmp', '/var/tmp', tmpdir()].flatMap((folder) => [folder, realPath(folder)]);
    this.#readWrite = [this.project, ...temporaries, ...(this.temporary === undefined ? [] : [this.temporary]), ...inHome(CACHES), ...this.#agentState];
  }

  isSystemFile(path: string): boolean {
    return isBelowAny(this.#readOnly, path) && !isBelow(this.project, path);
  }

  /** In the project or the home where these lie below a system folder, as they do for the superuser and in containers, or what runs for this user: it is nobody's system. */
  isOwnWork(path: string): boolean {
    return (WORKPLACES.test(this.project) && isBelow(this.project, path)) || (SUPERUSERS_HOME.test(this.home) && isBelow(this.home, path)) || RUNNING.test(path);
  }

  /** Why a read is everybody's, undefined when it is not. */
  readBaseline(path: string): string | undefined {
    if (FREE_DEVICES.test(path)) return 'a device that every program uses';
    if (this.temporary !== undefined && isBelow(this.temporary, path)) return "the session's private temporary folder";
    if (this.#runtime !== undefined && isBelow(this.#runtime, path)) return "the session's own folder";
    if (this.isAgentState(path)) return "the agent's own state folder";
    if (isBelowAny(this.#agentInstall, path)) return "the agent's own installation";
    if (NOT_BASELINE.test(path)) return undefined;
    if (this.isSystemFile(path) || isBelowAny(this.#baseline, path)) return "one of the operating system's own files";
    return undefined;
  }

  writeBaseline(path: string): string | undefined {
    if (isBelow(this.#nested, path)) return 'the log of a session inside this one';
    if (FREE_DEVICES.test(path)) return 'a device that every program uses';
    if (this.temporary !== undefined && isBelow(this.temporary, path)) return "the session's private temporary folder";
    if (this.isAgentState(path)) return "the agent's own state folder";
    return undefined;
  }

  isAgentState(path: string): boolean {
    return isBelowAny(this.#agentState, path) || this.#agentStatePrefixes.some((prefix) => path.startsWith(prefix));
  }

  /** A folder of the home that the agent's own state folders lie in: where it is not there yet, the agent makes it. */
  leadsToState(path: string): boolean {
    return this.#leadsTo(path, this.#agentState);
  }

  #leadsTo(path: string, folders: readonly string[]): boolean {
    return isBelow(this.home, path) && path !== this.home && folders.some((folder) => isBelow(path, folder));
  }

  /** A listing of a folder of the project, or of one on the way to it, names files but reads none. */
  isProjectFolder(path: string): boolean {
    return isBelow(this.project, path) || isBelow(path, this.project);
  }

  /** Where a covering command may act (product: workspace scope). A folder that the caches of tools lie in may be made where it `isMissing`. */
  scopeOf(path: string, isMissing = false): 'read_write' | 'read_only' | 'outside' {
    if (FREE_DEVICES.test(path) || isBelowAny(this.#readWrite, path)) return 'read_write';
    if (isMissing && this.#leadsTo(path, this.#readWrite)) return 'read_write';
    return this.readBaseline(path) !== undefined || this.#isSetting(path) ? 'read_only' : 'outside';
  }

  /** By its real path: settings are often links into somebody's dotfiles. */
  #isSetting(path: string): boolean {
    this.#settings ??= new Set([...SETTINGS, ...KEYLESS_SETTINGS.filter((name) => isKeyless(join(this.home, name)))].map((name) => realPath(join(this.home, name))));
    return this.#settings.has(path);
  }

  /** By the name that the shell knows it by, as long as nobody wrote a key into it. */
  isShellStart({ absolute, real }: { readonly absolute: string; readonly real: string }): boolean {
    return this.#shellStart.has(absolute) && isBelow(this.home, real) && isKeyless(real, KEYS_OF_SHELLS);
  }

  /** Folders whose reads a covered process may settle itself, unless a deny literal occurs in the path. */
  settledFolders(isCovered: boolean): string[] {
    const folders = [...this.#readOnly, ...this.#agentState, ...(this.temporary === undefined ? [] : [this.temporary])];
    if (isCovered) folders.push(this.project, ...CACHES.map((name) => join(this.home, name)));
    return [...new Set(folders)].filter((folder) => folder !== '/' && folder !== this.home && folder !== '/opt');
  }

  /** Folders in which most of the work is done: the project, the temporary folder, and the caches of tools. */
  writableFolders(): string[] {
    const folders = [this.project, ...(this.temporary === undefined ? [] : [this.temporary]), ...CACHES.map((name) => realPath(join(this.home, name)))];
    return [...new Set(folders)].filter((folder) => folder !== '/' && folder !== this.home && !isBelow(folder, this.home));
  }

  /** Outside of these nothing is written but by a rule that names it: the home for what tools keep there, devices, what a process says of itself. */
  workFolders(): string[] {
    return [...this.#readWrite, this.home, '/dev', '/proc'];
  }

  /** Everything that a session may not change by its path, also where it lies in a folder of work. */
  ownedPaths(): string[] {
    return [...new Set([...this.#owned.map(([path]) => path), ...(isBelow(INSTALLATION, this.project) ? [] : [INSTALLATION]), ...(this.#runtime === undefined ? [] : [dirname(this.#runtime)]), ...(this.temporary === undefined ? [] : [dirname(this.temporary)])])];
  }

  /** What the product itself protects, undefined when the action may go on to the policies. */
  selfProtection(path: string, action: FileAction): string | undefined {
    const isRead = action === 'file_read';
    // The folders of all sessions lie side by side: none is another's business.
    if (isBelowAny(this.#ofSessions, path) && !(this.temporary !== undefined && isBelow(this.temporary, path))) {
      return isRead ? undefined : 'the runtime folder of a session';
    }
    if (isRead) return this.#unreadable.find(([folder]) => isBelow(folder, path))?.[1];
    if (KERNEL_SETTINGS.test(path)) return 'a setting of the kernel, some of which start programs outside the session';
    if (isBelow(this.#nested, path)) return undefined;
    if (this.#runtime !== undefined && action === 'file_delete' && isBelow(path, dirname(this.#runtime))) return 'a folder that holds the runtime folders of all sessions';
    for (const [folder, what] of this.#owned) {
      if (isBelow(folder, path)) return what;
      // Moving or removing a parent would let another file take the protected one's place.
      if (action === 'file_delete' && isBelow(path, folder) && existsSync(folder)) return `a folder that holds ${what}`;
    }
    if (isBelow(INSTALLATION, path) && !isBelow(INSTALLATION, this.project)) return "Patchwork's own program";
    return undefined;
  }
}

/** The folder of this program: dist/src/resolve/places.js lies three below it. */
const INSTALLATION = realPath(dirname(dirname(dirname(dirname(new URL(import.meta.url).pathname)))));

/** Bytes of a file of settings; a larger one is none. */
const SETTINGS_LIMIT = 1024 * 1024;
/** Registries and preferences of npm are settings like others; beside a token for one they are not. */
const KEYS_OF_TOOLS = /_auth|passw|token|secret|:\/\/[^/\s]*@|^\s*-?-?u(?:ser)?\b/im;
const KEYS_OF_SHELLS = /passw|token|secret|credential|auth|key\w*\s*=|:\/\/[^/\s]*@/i;

function isKeyless(file: string, keys = KEYS_OF_TOOLS): boolean {
  const text = readPlainFile(file, SETTINGS_LIMIT);
  return text !== undefined && !keys.test(text);
}

export function isBelow(folder: string, path: string): boolean {
  return relativeTo(folder, path) !== undefined;
}

function isBelowAny(folders: readonly string[], path: string): boolean {
  for (const folder of folders) if (path.startsWith(folder) && isBelow(folder, path)) return true;
  return false;
}
