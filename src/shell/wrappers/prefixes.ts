/** Programs in front of a command: `nice CMD`, `sudo CMD`, `strace CMD`. Option grammars from their manuals. */
import { bySub, either, type Inner, literal, named, prefix, runs, scan, texts, valuesOf, type Wrapper, type WrapperTable } from './grammar.ts';

const ARCHITECTURE = /^(?:linux(?:32|64)|i[3-6]86|x86_64|amd64|aarch64|arm\w*|ppc\w*|powerpc\w*|s390x?|sparc\w*|mips\w*|uname26|riscv\w*)$/;

const PLAIN = ['fakeroot-ng', 'catchsegv', 'eatmydata', 'proxychains', 'proxychains4', 'torsocks', 'torify', 'tsocks', 'gosu-exec', 'chronic', 'ifne', 'systemd-inhibit', 'caffeinate', 'tini', 'dumb-init', 'ccache', 'distcc', 'sccache', 'scan-build', 'dbus-launch', 'aa-exec', 'with-contenv', 'nocache', 'valgrind', 'fsatrace', 'rlwrap', 'winpty', 'stdoutisatty', 'pseudo', 'faketty', 'bear', 'gpg-agent', 'cached-nix-shell'];

const timeout = { values: 'ks', longValues: ['kill-after', 'signal'], skip: 1 };
const ssh = { values: 'BbcDEeFIiJLlmOopQRSWw' };

/** `-o ProxyCommand=…`: options of ssh that name a command. */
function sshOptions(words: readonly { text: string }[]): string[] {
  return words.flatMap((word) => /^\s*(?:Proxy|Local|KnownHosts|Remote)Command\s*[=\s]\s*(.+)$/is.exec(word.text)?.[1] ?? []);
}

const sshLike: Wrapper = (args, input) => {
  const before = scan(args, ssh);
  // ssh(1) takes options after the host too.
  const [host, ...behind] = before.operands;
  const after = scan(behind, ssh);
  const options = [...valuesOf(before, ['o']), ...valuesOf(after, ['o'])];
  const inner = texts(options.flatMap((word) => sshOptions([word]).map((text) => ({ ...word, text }))));
  if (host !== undefined && after.operands.length > 0) inner.push({ kind: 'text', word: { ...(after.operands[0] ?? host), text: after.operands.map((word) => word.text).join(' ') } });
  // Without a command, or with a shell, what comes in is run there.
  if (host !== undefined && input !== undefined && (after.operands.length === 0 || /^(?:ba|da|z|k)?sh(?:\s|$)/.test(after.operands[0]?.text ?? ''))) inner.push({ kind: 'text', word: input });
  return inner.length === 0 ? undefined : { standing: 'judged', innerStanding: 'reading', inner };
};

const copyOverSsh: Wrapper = (args, input) => {
  const scanned = scan(args, { values: 'cFiJloPX', text: ['S', 'D'] }, true);
  const inner = texts([...valuesOf(scanned, ['S', 'D']), ...valuesOf(scanned, ['o']).flatMap((word) => sshOptions([word]).map((text) => ({ ...word, text })))]);
  // What sftp(1) is told: `!CMD`, `put FILE`.
  const lines = input?.text.split('\n') ?? [];
  inner.push(...texts(lines.flatMap((line) => (/^\s*!/.test(line) ? literal(line.replace(/^\s*!/, ''), input) : []))));
  const touches = lines.flatMap((line) => /^\s*(?:m?put|reput)\s+(?:-\S+\s+)*(\S+)/.exec(line)?.[1] ?? []).map((text) => ({ access: 'read' as const, path: literal(text, input), span: input?.span }));
  return inner.length + touches.length === 0 ? undefined : { standing: 'judged', innerStanding: 'reading', inner, touches };
};

/** `flock FILE CMD`, `flock FILE -c TEXT`. */
const flock: Wrapper = (args) => {
  const rest = scan(args, { values: 'wE', longValues: ['timeout', 'wait', 'conflict-exit-code'] }).operands;
  const [, second, third] = rest;
  if (second === undefined) return undefined;
  if (/^(?:-c|--command)$/.test(second.text)) return { standing: 'judged', innerStanding: 'reading', inner: third === undefined ? [] : [{ kind: 'text', word: third }] };
  return { standing: 'judged', innerStanding: 'reading', inner: [{ kind: 'words', words: rest.slice(1) }] };
};

/** `script -c TEXT`, `script FILE CMD…` (BSD). */
const script: Wrapper = (args) => {
  const scanned = scan(args, { values: 'EIOBTmoFt', longValues: ['log-in', 'log-out', 'log-io', 'log-timing', 'output-limit', 'echo', 'logging-format'], text: ['c', 'command'] });
  const after = scan(scanned.operands, { text: ['c', 'command'], values: 'EIOBTmo' }, true);
  const inner = texts([...valuesOf(scanned, ['c', 'command']), ...valuesOf(after, ['c', 'command'])]);
  if (inner.length === 0 && scanned.operands.length > 1) inner.push({ kind: 'words', words: scanned.operands.slice(1) });
  return { standing: 'judged', innerStanding: 'reading', inner };
};

/** The architecture may be left out. */
const setarch: Wrapper = (args) => {
  const rest = scan(args, { longValues: ['personality'] }).operands;
  return prefix({ skip: ARCHITECTURE.test(rest[0]?.text ?? '') ? 1 : 0, longValues: ['personality'] }, 'judged')(args);
};

const parallel: Wrapper = (args) => {
  const end = args.findIndex((arg) => /^:::?[:+]*$/.test(arg.text));
  const before = end < 0 ? args : args.slice(0, end);
  const scanned = scan(before, { values: 'jINnLPaSdCEM', longValues: ['jobs', 'arg-file', 'sshlogin', 'delay', 'colsep', 'joblog', 'results', 'timeout', 'retries', 'workdir', 'tmpdir', 'max-args', 'max-procs', 'delimiter', 'tagstring', 'env', 'load', 'memfree', 'halt', 'block', 'recstart', 'recend', 'basefile', 'return', 'shellquote', 'rpl', 'max-lines', 'max-replace-args', 'arg-sep', 'trim'] });
  if (scanned.operands.length > 0) {
    const given = end < 0 ? [] : args.slice(end + 1).filter((arg) => !/^:::?[:+]*$/.test(arg.text));
    const first = scanned.operands[0];
    const text = scanned.operands.map((word) => word.text).join(' ');
    // The arguments are put behind it, or where `{}` stands: each is a reading.
    const readings = given.length === 0 ? [text] : given.slice(0, 20).map((arg) => (text.includes('{}') ? text.split('{}').join(arg.text) : `${text} ${arg.text}`));
    return { standing: 'judged', innerStanding: 'reading', inner: readings.map((each) => ({ kind: 'text', word: { ...first, text: each, isDynamic: false, canSplit: false, span: first?.span } })) };
  }
  // Without a command, what is given are the commands.
  return { standing: 'judged', innerStanding: 'reading', inner: end < 0 ? [] : texts(args.slice(end + 1)), readsScript: end < 0 };
};

/** Without a command it starts a shell, which reads what comes in. */
function orShell(wrapper: Wrapper): Wrapper {
  return (args, input) => {
    const found = wrapper(args, input);
    return found !== undefined && found.inner.length > 0 ? found : { standing: 'judged', innerStanding: 'reading', inner: [], readsScript: true };
  };
}

/** Words of its input that are taken as given. */
const INPUT_LIMIT = 64;

/** `echo -rf x | xargs rm`: with the words of its input, where they are plain to see. */
const xargs: Wrapper = (args, input) => {
  const scanned = scan(args, { values: 'adEILnPs', longValues: ['arg-file', 'delimiter', 'max-lines', 'max-args', 'max-procs', 'max-chars', 'replace', 'process-slot-var'] });
  const rest = scanned.operands;
  const inner: Inner[] = rest.length === 0 ? [] : [{ kind: 'words', words: rest, isOpenEnded: true }];
  const given = input === undefined || input.isDynamic ? [] : input.text.split(/\s+/).filter((text) => text !== '').slice(0, INPUT_LIMIT);
  if (rest.length === 0 || input === undefined || given.length === 0) return { standing: 'judged', innerStanding: 'same', inner };
  const plain = given.map((text) => literal(text.replaceAll(/["'\\]/g, ''), input));
  const [name] = [...valuesOf(scanned, ['I', 'replace']).map((word) => word.text), ...(scanned.options.some((option) => option.name === 'i' || option.name === 'replace') ? ['{}'] : [])];
  const lines = input.text.split('\n').filter((text) => text !== '').slice(0, INPUT_LIMIT);
  const readings = name === undefined ? [[...rest, ...plain]] : lines.map((line) => rest.map((word) => ({ ...word, text: word.text.split(name).join(line) })));
  return { standing: 'judged', innerStanding: 'same', inner: [...inner, ...readings.map((words): Inner => ({ kind: 'words', words }))] };
};

/** `ip netns exec NAME CMD`, `ip -all netns exec CMD`, `ip vrf exec NAME CMD`; its words may be shortened. */
const ip: Wrapper = (args) => {
  const at = args.findIndex((arg, index) => /^ex?e?c?$/.test(arg.text) && /^(?:net(?:ns?)?|vrf)$/.test(args[index - 1]?.text ?? ''));
  if (at < 0) return undefined;
  const isAll = args.slice(0, at).some((arg) => /^-a(?:ll?)?$/.test(arg.text));
  return prefix({ skip: isAll ? 0 : 1 }, 'judged')(args.slice(at + 1));
};

/** `dtach -n SOCKET CMD`: options behind the socket, too. */
const detach: Wrapper = (args) => (/^-[AcnN]/.test(args[0]?.text ?? '') ? prefix({ values: 'er' }, 'judged')(args.slice(2)) : undefined);

export const PREFIX_WRAPPERS: WrapperTable = {
  ...named(PLAIN, prefix({}, 'judged')),
  // Judged by what they run: nothing but the surroundings differ.
  nice: prefix({ values: 'n', longValues: ['adjustment'] }),
  ionice: prefix({ values: 'cnpPut', longValues: ['class', 'classdata', 'pid', 'pgid', 'uid'] }),
  nohup: prefix({}),
  setsid: prefix({}),
  time: prefix({ values: 'fo', longValues: ['format', 'output'] }),
  timeout: prefix(timeout),
  stdbuf: prefix({ values: 'ioe', longValues: ['input', 'output', 'error'] }),
  gtimeout: prefix(timeout),
  gnice: prefix({ values: 'n', longValues: ['adjustment'] }),
  gstdbuf: prefix({ values: 'ioe', longValues: ['input', 'output', 'error'] }),
  gtime: prefix({ values: 'fo', longValues: ['format', 'output'] }),
  // zsh: `noglob CMD`, `- CMD`, `repeat 2 CMD`.
  ...named(['noglob', 'nocorrect', '-'], prefix({}, 'judged')),
  repeat: prefix({ skip: 1 }, 'judged'),
  // They change who runs it, where, or who watches.
  sudo: prefix({ values: 'CDghpRrTtUu', longValues: ['close-from', 'chdir', 'group', 'host', 'prompt', 'chroot', 'role', 'type', 'command-timeout', 'other-user', 'user'], variables: true }, 'judged'),
  doas: prefix({ values: 'Cu' }, 'judged'),
  pkexec: prefix({ longValues: ['user'] }, 'judged'),
  gosu: prefix({ skip: 1 }, 'judged'),
  'su-exec': prefix({ skip: 1 }, 'judged'),
  setuidgid: prefix({ skip: 1 }, 'judged'),
  's6-setuidgid': prefix({ skip: 1 }, 'judged'),
  chpst: prefix({ values: 'ueUbnmdofpcrt/' }, 'judged'),
  softlimit: prefix({ values: 'acdfmoprstl' }, 'judged'),
  envdir: prefix({ skip: 1 }, 'judged'),
  setlock: prefix({ skip: 1 }, 'judged'),
  runuser: either(runs({ text: ['c', 'command', 'session-command'], values: 'gGsTw', permutes: true }), prefix({ values: 'ugG', longValues: ['user', 'group', 'supp-group'] }, 'judged')),
  chroot: orShell(prefix({ longValues: ['userspec', 'groups'], skip: 1 }, 'judged')),
  chrt: prefix({ values: 'TPD', longValues: ['sched-runtime', 'sched-period', 'sched-deadline'], skip: 1 }, 'judged'),
  taskset: prefix({ skip: 1 }, 'judged'),
  setarch,
  ...named(['linux32', 'linux64', 'i386', 'x86_64', 'uname26', 'arch'], prefix({ values: 'e', longValues: ['personality'] }, 'judged')),
  unshare: orShell(prefix({ values: 'SGRwl', longValues: ['setuid', 'setgid', 'root', 'wd', 'map-user', 'map-group', 'map-users', 'map-groups', 'setgroups', 'propagation', 'boottime', 'monotonic', 'load-interp'] }, 'judged')),
  nsenter: orShell(prefix({ values: 'tSGW', longValues: ['target', 'setuid', 'setgid', 'wdns'] }, 'judged')),
  setpriv: prefix({ longValues: ['reuid', 'regid', 'ruid', 'rgid', 'euid', 'egid', 'groups', 'inh-caps', 'ambient-caps', 'bounding-set', 'securebits', 'pdeathsig', 'selinux-label', 'apparmor-profile'] }, 'judged'),
  prlimit: prefix({ values: 'po', longValues: ['pid', 'output'] }, 'judged'),
  choom: prefix({ values: 'np', longValues: ['adjust', 'pid'] }, 'judged'),
  runcon: prefix({ values: 'turl', longValues: ['type', 'user', 'role', 'range'] }, 'judged'),
  cpulimit: prefix({ values: 'lpem', longValues: ['limit', 'pid', 'exe'] }, 'judged'),
  faketime: prefix({ values: 'fp', skip: 1 }, 'judged'),
  timelimit: prefix({ values: 'tTsS' }, 'judged'),
  fakeroot: prefix({ values: 'lbsi', longValues: ['lib', 'faked'] }, 'judged'),
  fakechroot: prefix({ values: 'lecd', longValues: ['lib', 'environment', 'config-dir'] }, 'judged'),
  proot: prefix({ values: 'rbqwvkiRS', longValues: ['rootfs', 'bind', 'mount', 'qemu', 'pwd', 'cwd', 'verbose', 'kernel-release', 'change-id'] }, 'judged'),
  bwrap: prefix({ arity: bwrapArity() }, 'judged'),
  firejail: prefix({}, 'judged'),
  cgexec: prefix({ values: 'g' }, 'judged'),
  numactl: prefix({ values: 'iNmCpw', longValues: ['interleave', 'cpunodebind', 'membind', 'physcpubind', 'preferred', 'weighted-interleave'] }, 'judged'),
  unbuffer: prefix({}, 'judged'),
  'dbus-run-session': prefix({ longValues: ['config-file', 'dbus-daemon'] }, 'judged'),
  'xvfb-run': prefix({ values: 'efnpsw', longValues: ['error-file', 'auth-file', 'server-num', 'xauth-protocol', 'server-args', 'wait'] }, 'judged'),
  'ssh-agent': prefix({ values: 'atEPO' }, 'judged'),
  'systemd-run': prefix({ values: 'puEHM', longValues: ['unit', 'property', 'description', 'slice', 'uid', 'gid', 'nice', 'working-directory', 'setenv', 'host', 'machine', 'service-type', 'on-active', 'on-boot', 'on-startup', 'on-unit-active', 'on-unit-inactive', 'on-calendar', 'timer-property', 'path-property', 'socket-property', 'background'] }, 'judged'),
  logsave: prefix({ skip: 1 }, 'judged'),
  strace: prefix({ values: 'abeEIoOpPsSuUX' }, 'judged'),
  ltrace: prefix({ values: 'aeloinpsuxFA' }, 'judged'),
  'sandbox-exec': prefix({ values: 'fnpD' }, 'judged'),
  watch: runs({ values: 'nqs', longValues: ['interval', 'equexit'], rest: 'text' }),
  entr: (args) => {
    const flags = args.filter((arg) => arg.text.startsWith('-'));
    const isText = flags.some((arg) => /^-[a-z]*s/.test(arg.text));
    return runs({ rest: isText ? 'text' : 'words' })(args);
  },
  'start-stop-daemon': (args) => {
    const end = args.findIndex((arg) => arg.text === '--');
    const scanned = scan(end < 0 ? args : args.slice(0, end), { values: 'xapnucgrdNPIkROX', longValues: ['exec', 'startas', 'pidfile', 'name', 'user', 'chuid', 'group', 'chroot', 'chdir', 'nicelevel', 'procsched', 'iosched', 'umask', 'retry', 'output', 'signal', 'pid', 'ppid'], longFlags: ['start', 'stop'] }, true);
    const [program] = valuesOf(scanned, ['startas', 'a', 'exec', 'x']);
    return { standing: 'judged', innerStanding: 'reading', inner: program === undefined ? [] : [{ kind: 'words', words: [program, ...(end < 0 ? [] : args.slice(end + 1))] }] };
  },
  perf: (args) => (/^(?:record|stat|trace|mem|c2c|sched|lock|kvm|ftrace)$/.test(args[0]?.text ?? '') ? prefix({ values: 'eoFCcGjkmpturADIMK', longValues: ['event', 'output', 'freq', 'cpu', 'call-graph', 'delay', 'interval-print', 'repeat', 'count', 'cgroup', 'user', 'pid', 'tid', 'switch-output'] }, 'judged')(args.slice(1)) : undefined),
  'systemd-cat': prefix({ values: 'tp', longValues: ['identifier', 'priority', 'stderr-priority', 'level-prefix', 'namespace'] }, 'judged'),
  'flatpak-spawn': prefix({}, 'judged'),
  ip,
  ...named(['dtach', 'abduco'], detach),
  meson: bySub({}, { devenv: prefix({ values: 'C', longValues: ['workdir', 'dump-format'] }, 'judged') }),
  xargs,
  gxargs: xargs,
  parallel,
  flock,
  script: orShell(script),
  ssh: sshLike,
  autossh: sshLike,
  scp: copyOverSsh,
  sftp: copyOverSsh,
  mosh: (args) => {
    const scanned = scan(args, { text: ['ssh'], longValues: ['client', 'server', 'port'], values: 'p' });
    return { standing: 'judged', innerStanding: 'reading', inner: [...texts(valuesOf(scanned, ['ssh', 'server'])), ...texts(scanned.operands.slice(1).length === 0 ? [] : [{ ...(scanned.operands[1] as (typeof scanned.operands)[number]), text: scanned.operands.slice(1).map((word) => word.text).filter((text) => text !== '--').join(' ') }])] };
  },
  // One file that is many programs: by their names, or by its first word.
  ...named(['busybox', 'toybox', 'kmod', 'lvm', 'xtables-nft-multi', 'xtables-legacy-multi'], prefix({}, 'judged')),
  coreutils: (args, input) => {
    const [first, ...rest] = args;
    const program = /^--coreutils-prog=(.+)$/s.exec(first?.text ?? '')?.[1];
    return prefix({}, 'judged')(first === undefined || program === undefined ? args : [{ ...first, text: program }, ...rest], input);
  },
  snap: bySub({}, { run: prefix({}, 'judged') }),
};

/** Options of bwrap(1) by how many words they take. */
function bwrapArity(): Record<string, number> {
  const one = 'args argv0 unsetenv chdir uid gid hostname proc dev tmpfs mqueue dir seccomp add-seccomp-fd exec-label file-label cap-add cap-drop perms size userns userns2 pidns sync-fd block-fd userns-block-fd info-fd json-status-fd overlay-src lock-file remount-ro tmp-overlay ro-overlay level-prefix';
  const two = 'setenv bind bind-try dev-bind dev-bind-try ro-bind ro-bind-try bind-fd ro-bind-fd bind-data ro-bind-data file symlink chmod';
  return { ...Object.fromEntries(one.split(' ').map((name) => [name, 1])), ...Object.fromEntries(two.split(' ').map((name) => [name, 2])), overlay: 3 };
}
