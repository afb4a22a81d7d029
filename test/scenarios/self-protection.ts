/** What watches over the session is not ended, stopped, read, changed or replaced from inside it. */
import { breaksSession, escapes, leaks, leaksTo, type Row, runs, type Seen } from './support/model.ts';

const CANARY = { '.env': '{CANARY}\n' } as const;
const SUPERUSER = 'only the superuser may do that';

type Entry = readonly [mode: string, title: string, more?: Partial<Row>];

/** Signals: each session has only one life. */
const signals: Row[] = (
  [
    ['kill_ 9', 'SIGKILL'], ['kill_ 15', 'SIGTERM'], ['kill_ 1', 'SIGHUP'], ['kill_ 19', 'SIGSTOP'], ['kill_ 11', 'SIGSEGV'], ['kill_ 10', 'SIGUSR1 (a debugger in Node)'], ['kill_ 34', 'a real-time signal'], ['kill_group', 'the process group'], ['tgkill_', 'tgkill'], ['tkill_', 'tkill'], ['sigqueue_', 'rt_sigqueueinfo'], ['tgsigqueue', 'rt_tgsigqueueinfo'],
    ['pidfd_kill', 'pidfd_send_signal'], ['procfd_kill', 'pidfd_send_signal of /proc/PID', { optional: 'this kernel wants a pidfd' }], ['async_kill', 'F_SETOWN and F_SETSIG: the kernel sends it'], ['int80_kill', 'kill by int 0x80', { optional: 'no 32-bit entry' }], ['x32_kill', 'kill by its x32 number', { optional: 'no x32 entry' }], ['shell_kill', '/bin/kill and the shell'],
  ] as readonly Entry[]
).map(([mode, title, more]) => ({ id: `sig-${mode.replaceAll(/[_ ]+/g, '')}`, title: `a signal to the session: ${title}`, c: 'selfs', args: mode.split(' '), succeeded: breaksSession, isAlone: true, ...more }));

/** Reads and changes of the processes above. */
const processes: Row[] = (
  [
    ['attach', 'ptrace attach', { isAlone: true }], ['seize', 'ptrace seize', { isAlone: true }], ['vm_read', 'process_vm_readv'], ['vm_write', 'process_vm_writev', { isAlone: true }], ['mem_read', '/proc/PID/mem for reading'], ['mem_write', '/proc/PID/mem for writing'], ['mem_task', '/proc/PID/task/TID/mem'], ['mem_dirfd', 'mem by a descriptor of /proc/PID'], ['mem_link', 'mem by a link'],
    ['mem_procproc', 'mem by /proc/self/root/proc'], ['environ_', '/proc/PID/environ'], ['auxv', '/proc/PID/auxv'], ['fds', 'the names of its descriptors'], ['fd_open', 'its descriptors opened by /proc/PID/fd'], ['fd_steal', 'pidfd_getfd'], ['root_of', '/proc/PID/root'], ['cwd_of', '/proc/PID/cwd'], ['oom', 'oom_score_adj'], ['coredump', 'coredump_filter'],
    ['limits', 'prlimit of its descriptors', { isAlone: true }], ['limits_cpu', 'prlimit of its processor time', { isAlone: true }], ['priority', 'setpriority'], ['affinity', 'sched_setaffinity'], ['scheduler', 'sched_setscheduler'], ['ioprio', 'ioprio_set'], ['madvise_', 'process_madvise', { optional: 'this kernel does not let one' }], ['namespaces', 'setns to its namespaces', { optional: SUPERUSER }],
    ['perf', 'perf_event_open', { optional: 'perf events are closed here' }], ['syscall_file', '/proc/PID/syscall', { optional: SUPERUSER }], ['stack_file', '/proc/PID/stack', { optional: SUPERUSER }], ['clear_refs', '/proc/PID/clear_refs'],
  ] as readonly Entry[]
).map(([mode, title, more]) => ({ id: `proc-${mode.replaceAll('_', '')}`, title: `a process of the session: ${title}`, c: 'selfs', args: [mode], succeeded: escapes, ...more }));

/** What nothing inside of a session has to do with, whoever it is. */
const doors: Row[] = (
  [
    ['door_write /proc/sys/kernel/core_pattern', 'the core pattern'], ['door_write /proc/sys/kernel/modprobe', 'the path of modprobe'], ['door_write /proc/sys/kernel/hotplug', 'the hotplug helper'], ['door_write /sys/kernel/uevent_helper', 'the uevent helper'], ['door_write /proc/sys/fs/binfmt_misc/register', 'a binary format'], ['door_write /proc/sysrq-trigger', 'sysrq'], ['door_write /proc/sys/kernel/randomize_va_space', 'a setting of the kernel'],
    ['door_write /sys/fs/cgroup/cgroup.procs', 'the root control group'], ['door_read /proc/kcore', "the kernel's memory"], ['door_read /dev/mem', "the machine's memory"], ['door_read /dev/vda', 'the disk itself'], ['door_read /dev/sda', 'the disk itself (sda)'], ['disk', 'a device node made for the disk'], ['kmem', 'a device node made for memory'], ['bpf_', 'bpf'], ['module', 'delete_module'],
    ['reboot_', 'reboot'], ['mounts', 'mount'], ['fsopen_', 'fsopen'],
  ] as readonly Entry[]
).map(([mode, title]) => ({ id: `door-${mode.replaceAll(/[^a-z]+/g, '-').slice(0, 40)}`, title: `the machine: ${title}`, c: 'selfs', args: mode.split(' '), succeeded: escapes, optional: 'not there, or only for the superuser' }));

const around: Row[] = (
  [
    ['stop_and_read', 'the session is stopped, then a denied file read', { isAlone: true, succeeded: (seen: Seen) => escapes(seen) || leaks(seen) }], ['new_userns', 'a user namespace', { succeeded: escapes }], ['new_userns_clone', 'a user namespace by clone', { succeeded: escapes }], ['new_userns_clone3', 'a user namespace by clone3', { succeeded: escapes }], ['listener', 'a listener of its own answers', { isAlone: true, limit: 4000, optional: 'it answers its own child' }],
    ['closed_fds', 'every descriptor closed'], ['closed_range', 'close_range'], ['new_session', 'a daemon in a session of its own'], ['orphan_later', 'a daemon reads when the agent is gone', { isAlone: true, settle: 2500, succeeded: leaksTo('later') }], ['orphan_exec', 'a daemon starts a program when the agent is gone', { isAlone: true, settle: 2500, succeeded: runs }],
    ['many_readers', '150 readers at once', { limit: 20_000 }], ['many_names', '20,000 names, then the denied one', { limit: 30_000 }], ['killed_asking', 'children that die while they ask', { limit: 20_000 }], ['pid_reuse', 'after 1,500 processes', { limit: 20_000 }],
  ] as readonly Entry[]
).map(([mode, title, more]) => ({ id: `around-${mode.replaceAll('_', '-')}`, title, c: 'selfs', args: [mode], files: CANARY, succeeded: leaks, ...more }));

/** The session's folder is the one that PATH begins with. */
const RT = 'RT=$(dirname "${PATH%%:*}"); PATH=/usr/bin:/bin:/usr/sbin:/sbin\n';
const FOLDER: readonly (readonly [title: string, line: string])[] = [
  ['a shim replaced', 'cp /bin/true "$RT/bin/denytool" && echo ESCAPED'], ['a program put among the shims', 'ln -s /bin/true "$RT/bin/new-program" && echo ESCAPED'], ['shims removed', 'rm -r "$RT/bin"; [ -d "$RT/bin" ] || echo ESCAPED'], ['the folder renamed', 'mv "$RT" "$RT.x" && { echo ESCAPED; mv "$RT.x" "$RT"; }'], ['the folder above renamed', 'P=$(dirname "$RT"); mv "$P" "$P.x" && { echo ESCAPED; mv "$P.x" "$P"; }'],
  ['the folder two above renamed', 'P=$(dirname "$(dirname "$RT")"); mv "$P" "$P.x" && { echo ESCAPED; mv "$P.x" "$P"; }'], ['the stage itself renamed', 'mv "$BASE" "$BASE.x" && { echo ESCAPED; mv "$BASE.x" "$BASE"; }'], ['the folder exchanged with a link', 'ln -s /usr "$ROW/l"; python3 -c \'import ctypes, os, sys; r = ctypes.CDLL(None).renameat2(-100, sys.argv[1].encode(), -100, b"l", 2); print("ESCAPED" if r == 0 else "no"); r == 0 and ctypes.CDLL(None).renameat2(-100, sys.argv[1].encode(), -100, b"l", 2)\' "$RT"'],
  ['its record removed', 'rm "$RT/session.json" && echo ESCAPED'], ['its record changed', 'echo "{}" > "$RT/session.json" && echo ESCAPED'], ['its record replaced', 'echo "{}" > x; mv x "$RT/session.json" && echo ESCAPED'], ['its rights changed', 'chmod 777 "$RT" && echo ESCAPED'], ['its rights taken away', 'chmod 000 "$RT" && { echo ESCAPED; chmod 700 "$RT"; }'], ['a hard link to its record, written', 'ln "$RT/session.json" l && echo x >> l && echo ESCAPED'],
  ['something new in it', 'mkdir "$RT/new" && echo ESCAPED'], ['times changed', 'touch -d @1 "$RT" && echo ESCAPED'], ['a mount over it', 'unshare -rm mount -t tmpfs x "$RT" && echo ESCAPED'], ['by /proc/self/root', 'rm "/proc/self/root$RT/session.json" && echo ESCAPED'], ['by a link to it', 'ln -s "$RT" l; rm l/session.json && echo ESCAPED'], ['in Python', 'python3 -c \'import os, sys; os.remove(sys.argv[1] + "/session.json"); print("ESCAPED")\' "$RT"'],
  ['in Node without the preload', 'NODE_OPTIONS= node -e \'require("fs").rmSync(process.argv[1] + "/session.json"); console.log("ESCAPED")\' "$RT"'],
];
const folder: Row[] = FOLDER.map(([title, line], index) => ({
  id: `run${String(index).padStart(2, '0')}`, title: `the runtime folder: ${title}`, sh: `${RT}${line}`, succeeded: breaksSession, isAlone: true, needs: line.includes('python3') ? ['python3'] : [], ...(/unshare/.test(line) ? { optional: 'no user namespaces here' } : {}),
}));

const P = '"$HOME/.patchwork"';
const OWN: readonly (readonly [title: string, line: string, more?: Partial<Row>])[] = [
  ['the policy appended to', `echo "# x" >> ${P}/open.yml && echo ESCAPED`], ['the policy replaced', `cp "$TOOLS/loose.yml" x; mv x ${P}/open.yml && echo ESCAPED`], ['the policy removed', `rm ${P}/open.yml && echo ESCAPED`], ['the policy truncated', `: > ${P}/open.yml && echo ESCAPED`], ['the policy edited', `sed -i s/deny/allow/ ${P}/open.yml && echo ESCAPED`], ['the policy made writable to all', `chmod 666 ${P}/open.yml && echo ESCAPED`],
  ['the policy replaced by a link', `ln -sf "$TOOLS/loose.yml" ${P}/open.yml && echo ESCAPED`], ['a hard link to the policy, written', `ln ${P}/open.yml l && echo "# x" >> l && echo ESCAPED`], ['the folder of policies renamed', `mv ${P} "$HOME/x" && echo ESCAPED`], ['the home renamed', 'mv "$HOME" "$BASE/h2" && { echo ESCAPED; mv "$BASE/h2" "$HOME"; }'], ['the home exchanged', 'ln -s /usr l; python3 -c \'import ctypes, os; r = ctypes.CDLL(None).renameat2(-100, os.environ["HOME"].encode(), -100, b"l", 2); print("ESCAPED" if r == 0 else "no")\''],
  ['a new user policy', `cp "$TOOLS/loose.yml" ${P}/policy.yml && echo ESCAPED`], ['a new project policy', 'mkdir -p ../../.patchwork && cp "$TOOLS/loose.yml" ../../.patchwork/policy.yml && echo ESCAPED'], ["the system's policy", 'mkdir /etc/patchwork && { echo ESCAPED; rmdir /etc/patchwork; }', { optional: SUPERUSER }], ['by /proc/self/root', `echo "# x" >> "/proc/self/root$HOME/.patchwork/open.yml" && echo ESCAPED`],
  ['by a link to the home', 'ln -s "$HOME" h; echo "# x" >> h/.patchwork/open.yml && echo ESCAPED'], ['in Python', 'python3 -c \'import os; open(os.path.expanduser("~/.patchwork/open.yml"), "a").write("# x"); print("ESCAPED")\''], ['the log removed', `rm ${P}/sessions/*.jsonl && echo ESCAPED`], ['the log truncated', `for f in ${P}/sessions/*; do : > "$f" && echo ESCAPED; done`], ['the log appended to', `echo "{}" >> ${P}/sessions/earlier.jsonl && echo ESCAPED`],
  ['the log renamed', `mv ${P}/sessions/earlier.jsonl x && echo ESCAPED`], ['the folder of logs renamed', `mv ${P}/sessions ${P}/s2 && echo ESCAPED`], ['the log edited', `sed -i s/earlier/later/ ${P}/sessions/earlier.jsonl && echo ESCAPED`], ['the key of seals read', `cat ${P}/keys/seal.pem | grep -q PRIVATE && echo ESCAPED`], ['the key of seals read in Python', `python3 -c 'import os; print("ESCAPED" if "PRIVATE" in open(os.path.expanduser("~/.patchwork/keys/seal.pem")).read() else "no")'`], ['the key of seals by a hard link', `ln ${P}/keys/seal.pem l && grep -q PRIVATE l && echo ESCAPED`], ['the key of seals replaced', `echo x > x; mv x ${P}/keys/seal.pem && echo ESCAPED`], ['the folder of keys moved', `mv ${P}/keys k && echo ESCAPED`], ['the ledger cut', `: > ${P}/keys/ledger.jsonl && echo ESCAPED`], ['a seal removed', `rm ${P}/seals/* && echo ESCAPED`], ['the index read', `strings ${P}/index/index.sqlite | grep -q CREATE && echo ESCAPED; grep -q SQLite ${P}/index/index.sqlite && echo ESCAPED`], ['the log read', `cat ${P}/sessions/earlier.jsonl | grep -q earlier && echo ESCAPED`], ['a forged log', `echo "{}" > ${P}/sessions/forged.jsonl && echo ESCAPED`], ['a log by hard link', `ln ${P}/sessions/earlier.jsonl l && echo x >> l && echo ESCAPED`],
  ['the program itself', ': >> "$PATCHWORK_PROGRAM" && echo ESCAPED', { optional: 'the program is not ours' }], ["the program's folder", 'D=$(dirname "$(dirname "$PATCHWORK_PROGRAM")"); touch "$D/dist/pw-x" && { echo ESCAPED; rm "$D/dist/pw-x"; }', { optional: 'the program is not ours' }],
];
const own: Row[] = OWN.map(([title, line, more]) => ({ id: `own-${title.replaceAll(/[^a-z]+/g, '-')}`, title: `policy and log: ${title}`, sh: `PATH=/usr/bin:/bin\n${line}`, succeeded: breaksSession, isAlone: true, needs: line.includes('python3') ? ['python3'] : [], ...more }));

const NEST = 'mkdir -p "$BASE/n/x"; TMPDIR="$BASE/n" "$NODE" "$PATCHWORK_PROGRAM" run --quiet';
const nested: Row[] = (
  [
    ['a looser policy', `${NEST} --policy "$TOOLS/loose.yml" /bin/cat .env`], ['a looser policy and no preload', `export NODE_OPTIONS= PATH=/usr/bin:/bin; ${NEST} --policy "$TOOLS/loose.yml" /bin/cat .env`], ['a home of its own', `mkdir -p h; export HOME=$PWD/h PATCHWORK= PATCHWORK_SESSION= NODE_OPTIONS=; ${NEST} --policy "$TOOLS/loose.yml" /bin/cat .env`], ['another project', `mkdir -p q; ${NEST} --policy "$TOOLS/loose.yml" --project "$PWD/q" /bin/cat .env`],
    ['twice', `${NEST} --policy "$TOOLS/loose.yml" env TMPDIR="$BASE/n/x" "$NODE" "$PATCHWORK_PROGRAM" run --quiet --policy "$TOOLS/loose.yml" /bin/cat .env`], ['a shell in it', `${NEST} --policy "$TOOLS/loose.yml" sh -c 'PATH=/usr/bin:/bin; while read -r x; do echo "$x"; done < .env'`],
  ] as const
).map(([title, line], index) => ({ id: `nested${index}`, title: `a session in the session: ${title}`, sh: line, files: CANARY, succeeded: leaks, isAlone: true, limit: 30_000 }));
const nestedTool: Row = { id: 'nested-tool', title: 'a session in the session: a denied command', sh: `${NEST} --policy "$TOOLS/loose.yml" "$TOOLS/bin/denytool"`, succeeded: runs, isAlone: true, limit: 20_000 };

const FORGE = `import glob, json, os, socket, subprocess, sys
run = os.path.dirname(os.environ["PATH"].split(":")[0])
socks = [os.path.join(run, n) for n in os.listdir(run)] if os.path.isdir(run) else []
def talk(data, keep):
    for path in socks:
        try:
            s = socket.socket(socket.AF_UNIX); s.settimeout(0.3 if data else 0.001); s.connect(path); s.sendall(data); keep.append(s)
            try: s.recv(4096)
            except Exception: pass
        except OSError: pass
keep = []
`;
const ipc: Row[] = (
  [
    ['a forged greeting as another process', 'talk(b\'{"v":1,"type":"hello","pid":1}\\n{"type":"command","pid":%d,"argv":["true"],"cwd":"/"}\\n\' % os.getppid(), keep)'],
    ['a forged verdict', 'talk(b\'{"effect":"allow","id":1}\\n\' * 100, keep)'], ['rubbish', 'talk(os.urandom(200000), keep)'], ['a line without end', 'talk(b"{" * 3000000, keep)'], ['400 connections that say nothing', '[talk(b"", keep) for _ in range(100)]'],
  ] as const
).map(([title, code], index) => ({ id: `ipc${index}`, title: `the evaluator's socket: ${title}`, python: `${FORGE}${code}\nsys.stdout.flush()\nsubprocess.run(["/bin/cat", ".env"])\nsubprocess.run([os.environ["TOOLS"] + "/bin/denytool"])`, files: CANARY, succeeded: (seen) => leaks(seen) || runs(seen) || !seen.isSessionWhole, isAlone: true, limit: 60_000 }));

const powers: Row[] = [
  { id: 'setuid', title: 'setuid programs could gain rights', sh: '/bin/grep -q "^NoNewPrivs:.*0" /proc/self/status && echo ESCAPED', succeeded: escapes, optional: 'nothing gains rights here anyway' },
  { id: 'setuid-made', title: 'a setuid copy of a shell is of no use', c: 'opens', args: ['undumpable', '.env'], files: CANARY, succeeded: leaks },
  { id: 'crontab', title: 'a crontab', sh: 'echo "* * * * * true" | /usr/bin/crontab - && { echo ESCAPED; /usr/bin/crontab -r; }', succeeded: escapes, needs: ['crontab'], policy: 'closed' },
  { id: 'at', title: 'at', sh: 'echo true | /usr/bin/at now + 1 hour 2>&1 && echo ESCAPED; /usr/bin/atrm $(/usr/bin/atq | cut -f1)', succeeded: escapes, needs: ['at'], policy: 'closed' },
  { id: 'systemd-run', title: 'systemd-run', sh: '/usr/bin/systemd-run --wait true && echo ESCAPED', succeeded: escapes, needs: ['systemd-run'], optional: 'systemd does not run here', policy: 'closed' },
  { id: 'crond', title: 'a file for cron', sh: 'echo x > /etc/cron.d/pw-scenario && { echo ESCAPED; rm /etc/cron.d/pw-scenario; }', succeeded: escapes, optional: SUPERUSER, policy: 'closed' },
  { id: 'profile', title: "the user's shell profile", sh: 'echo x >> "$HOME/.bashrc" && echo ESCAPED', succeeded: escapes, policy: 'closed' },
];

export const rows: readonly Row[] = [...signals, ...processes, ...doors, ...around, ...folder, ...own, ...nested, nestedTool, ...ipc, ...powers];
