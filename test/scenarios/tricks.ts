/** Roundabout ways: a changed copy, a folder on the way renamed, files that the kernel writes, things of other programs. */
import { appears, escapes, leaks, type Row, runs, type Seen } from './support/model.ts';

const SUPERUSER = 'only the superuser may do that';
const TRY = '900';
type Entry = readonly [mode: string, title: string, more?: Partial<Row>];

/** Copies that are not byte for byte the same, and programs that come in by another door. */
const programs: Row[] = (
  [
    ['copy_appended', 'a copy with a byte at its end'], ['copy_section_name', 'a copy without its table of sections'], ['copy_ident', 'a copy with a byte changed that nobody reads'], ['copy_appended_memfd', 'a copy in memory with three bytes at its end'], ['copy_many', 'a copy with much at its end'],
    ['copy_class', 'a copy that says that it is for 32 bits'], ['copy_order', 'a copy that says that its bytes stand the other way round'], ['copy_more_to_run', 'a copy with more that may be executed'], ['copy_longer_to_run', 'a copy with some bytes more to execute'], ['copy_far_table', 'a copy with its table of segments at its end'],
    ['elf_interpreter_class', 'as the interpreter that a file names which says that it is for 32 bits', { args: ['elf_interpreter_class', '@bin/denybare'] }], ['elf_interpreter_gone', 'as an interpreter whose name leads to another file by the time that it is looked at', { args: ['elf_interpreter_gone', '@bin/denybare', '3000'], limit: 15_000 }],
    ['elf_interpreter', 'as the interpreter that an ELF file names', { args: ['elf_interpreter', '@bin/denybare'] }], ['elf_interpreter_swap', 'as the interpreter that an ELF file names by a link that changes', { args: ['elf_interpreter_swap', '@bin/denybare', TRY], limit: 15_000 }],
    ['loader_link_swap', 'the loader with a link that changes', { args: ['loader_link_swap', '@bin/denytool', TRY], limit: 15_000 }],
    ['exec_link_twice', 'a link that changes there and back', { args: ['exec_link_twice', '@bin/denytool', TRY], limit: 15_000 }],
    ['exec_content_swap', 'a program whose content changes', { args: ['exec_content_swap', '@bin/denytool', TRY], limit: 15_000 }],
    ['gone_original', 'moved, and started later', { isAlone: true }], ['gone_original_copy', 'moved away, and a copy started later', { isAlone: true }],
  ] as readonly Entry[]
).map(([mode, title, more]) => ({ id: `prog-${mode.replaceAll('_', '-')}`, title: `a denied program: ${title}`, c: 'tricks', args: [mode, '@bin/denytool'], succeeded: runs, ...more }));

/** The denied path is part of a rule by the folders on the way: those must not get other names. */
const KEY = { 'conf/prod.key': '{CANARY}\n', 'a/keys/private.pem': '{CANARY}\n', 'tree/x/y/a.key': '{CANARY}\n', 'plain/prod.key': 'x\n', 'cellar/wine': '{CANARY}\n', 'd/cellar/wine': '{CANARY}\n' } as const;
const moves: Row[] = (
  [
    ['the folder renamed', 'move_then_read', 'conf', 'c2', 'c2/prod.key'], ['the folder renamed, a floating rule', 'move_then_read', 'a/keys', 'a/k2', 'a/k2/private.pem'], ['a folder moved out of the tree that the rule names', 'move_then_read', 'tree/x', 'x2', 'x2/y/a.key'],
    ['the tree renamed', 'move_then_read', 'tree', 't2', 't2/x/y/a.key'], ['the folder exchanged', 'exchange_then_read', 'conf', 'plain', 'plain/prod.key'], ['the folder exchanged, seen from the other side', 'exchange_then_read', 'plain', 'conf', 'plain/prod.key'], ['the folder of a rule for all that is in it', 'move_then_read', 'cellar', 'c3', 'c3/wine'], ['the same, deeper', 'move_then_read', 'd/cellar', 'd/c3', 'd/c3/wine'],
    ['the row itself', 'move_then_read', '../{ID}', '../../{ID}', 'conf/prod.key'],
  ] as const
).map(([title, ...args], index) => ({ id: `move${index}`, title: `a folder on the way: ${title}`, c: 'tricks', args: args.map((word) => word.replaceAll('{ID}', `move${index}`)), files: KEY, policy: 'places', succeeded: leaks }));

/** The other way round: what was made elsewhere gets the denied name with its folder. */
const INTO = { 'new/prod.key': 'x\n', 'nk/private.pem': 'x\n', 'nx/a.key': 'x\n', 'tree/': '', 'b/': '' } as const;
const intos: Row[] = (
  [['new', 'conf', 'conf/prod.key'], ['nk', 'b/keys', 'b/keys/private.pem'], ['nx', 'tree/nx', 'tree/nx/a.key']] as const
).map(([from, to, made], index) => ({ id: `into${index}`, title: `a denied name made with its folder: ${to}`, c: 'tricks', args: ['move_into', from, to], files: INTO, policy: 'places', succeeded: appears(made) }));

const links: Row[] = [
  { id: 'link-of-link', title: 'a hard link where a symbolic link was', c: 'tricks', args: ['link_of_link', TRY], files: { 'vault/key': '{CANARY}\n' }, succeeded: leaks, limit: 12_000 },
  { id: 'via-link', title: 'a rule that names a file by way of a link', sh: 'PATH=/usr/bin:/bin; cat "$OUTSIDE/via-link/there/key"', files: { '@out/via': '-> there', '@out/there/key': '{CANARY}\n' }, policy: 'places', succeeded: leaks },
];

/** Two reads whose texts are the same when they are joined by a byte that names may hold. */
const joined: Row[] = ['\\x01', '\\n'].map((byte, index) => ({
  id: `joined${index}`, title: `a name that holds a byte which could join names: ${byte}`, policy: 'places', files: { '@out/sealed/a.key': '{CANARY}\n' }, succeeded: leaks,
  python: `import os\nhere, joint = os.getcwd(), '${byte}'\nsealed = os.environ['OUTSIDE'] + '/' + os.path.basename(here) + '/sealed/a.key'\nlink, other = here + '/l', here + '/l' + joint + here + '/d'\nfor path in (here + '/d' + joint + sealed, other): os.makedirs(os.path.dirname(path))\nopen(here + '/d' + joint + sealed, 'w').write('x')\nos.symlink(here + '/d' + joint + sealed, link)\nos.symlink(sealed, other)\nprint(open(link).read(), open(other).read())\n`,
}));

const cores: Row[] = [
  { id: 'core', title: 'a core file in a denied folder', c: 'tricks', args: ['core_file', 'vault'], files: { 'vault/': '' }, succeeded: (seen: Seen) => seen.exists('vault/core'), optional: 'cores go elsewhere here' },
  { id: 'core-raw', title: 'a core file in a denied folder, the limit raised by the call', c: 'tricks', args: ['core_file_raw', 'vault'], files: { 'vault/': '' }, succeeded: (seen: Seen) => seen.exists('vault/core'), optional: 'cores go elsewhere here' },
];

const others: Row[] = [
  { id: 'shm', title: "another program's shared memory, by its number", sh: './attack.bin shm_read "$OUTSIDE_SEGMENT"', succeeded: (seen: Seen) => seen.out.includes('SEGMENT-OF-OTHERS') },
  { id: 'shm-set', title: "another program's shared memory given other permissions", sh: './attack.bin shm_set "$OUTSIDE_SEGMENT"', succeeded: escapes },
  { id: 'shm-remove', title: "another program's shared memory removed", sh: './attack.bin shm_remove "$OUTSIDE_SEGMENT"', succeeded: escapes },
  { id: 'tty-write', title: "another terminal's input and output", sh: './attack.bin terminal_write "$OUTSIDE_TTY"', succeeded: escapes, needs: ['tmux'] },
  { id: 'tty-path', title: 'another terminal by a descriptor that only names it', sh: './attack.bin terminal_path "$OUTSIDE_TTY"', succeeded: escapes, needs: ['tmux'] },
  { id: 'tty-echo', title: 'another terminal, by the shell', sh: 'PATH=/usr/bin:/bin; echo "# x" > "$OUTSIDE_TTY" && echo ESCAPED', succeeded: escapes, needs: ['tmux'] },
].map((row) => ({ ...row, sh: row.sh.replace('./attack.bin', '"$TOOLS/tricks"') }));

/** Queues and semaphores of another program: what is tried, on which of them. */
const queues: Row[] = (
  [
    ['queue_read', 'QUEUE', 'a message taken'], ['queue_write', 'QUEUE', 'a message sent'], ['queue_key', 'KEY', 'a message sent to the one under a key'], ['queue_set', 'QUEUE', 'its permissions set'], ['queue_remove', 'KEY', 'removed'], ['queue_next', 'QUEUE', 'a message taken after one of its own was removed'],
    ['set_change', 'SET', 'changed'], ['set_timed', 'SET', 'changed within a time'], ['set_value', 'SET', 'read'], ['set_set', 'SET', 'set'],
  ] as const
).map(([mode, what, title]) => ({ id: mode.replaceAll('_', '-'), title: `another program's ${what === 'SET' ? 'semaphores' : 'message queue'}: ${title}`, sh: `"$TOOLS/tricks" ${mode} "$OUTSIDE_${what}"`, succeeded: (seen: Seen) => escapes(seen) || seen.out.includes('QUEUE-OF-OTHERS') }));

const switches: Row[] = (
  [
    ['mm_exe /bin/true', 'the name of what runs changed'], ['freeze .', 'a file system thawed'], ['clock_adjust', 'the clock adjusted'],
    ['open_write /sys/fs/cgroup/cgroup.subtree_control', 'the root control group: controllers'], ['open_write /proc/sys/fs/suid_dumpable', 'who may dump core'], ['open_write /proc/sys/fs/protected_symlinks', 'protected links'], ['open_write /sys/power/state', 'suspend'], ['open_write /sys/block/vda/uevent', 'an event of a device'], ['open_write /sys/block/vda/queue/read_ahead_kb', 'a setting of a disk'], ['open_write /proc/sys/net/ipv4/ip_forward', 'a setting of the network'],
    ['open_write /sys/class/net/lo/mtu', 'a setting of an interface'],
  ] as const
).map(([words, title]) => ({ id: `switch-${words.replaceAll(/[^a-z]+/g, '-')}`, title: `the machine: ${title}`, c: 'tricks', args: words.split(' '), succeeded: escapes, optional: SUPERUSER }));

/** Closed by what it is, not by its path. */
const closed: Row[] = (
  [
    ['group_priority', 'the priority of a group', undefined], ['group_io_priority', 'the priority of a group at the disk', undefined], ['set_version .', 'a version set through a descriptor that reads', 'this file system has none'],
    ['fault_device', '/dev/userfaultfd', SUPERUSER], ['shut_down .', 'a file system shut down', SUPERUSER], ['write_library', "the C library that the session runs from", SUPERUSER], ['read_disk', 'a disk as a whole', SUPERUSER],
  ] as const
).map(([words, title, optional]) => ({ id: `closed-${words.replaceAll(/[^a-z]+/g, '-')}`, title: `the machine: ${title}`, c: 'tricks', args: words.split(' '), succeeded: escapes, ...(optional === undefined ? {} : { optional }) }));

/** A push that is forced by settings; plumbing; an option that git does not tell of. */
const REPOSITORY = 'PATH=/usr/bin:/bin; export HOME=$PWD GIT_CONFIG_NOSYSTEM=1; git init -q --bare o.git; git init -q w; cd w; git config user.email a@b.c; git config user.name n; git checkout -q -b main; for i in 1 2; do echo $i > f; git add f; git commit -qm $i; done; git remote add origin ../o.git; git push -q origin main; git config push.default current; git reset -q --soft HEAD~1; git commit -qm other; OLD=$(git -C ../o.git rev-parse main)';
const PUSHES: readonly string[] = [
  'git -c remote.origin.push=+main push', 'git config remote.origin.push +main; git push', `printf '[remote "origin"]\\n push = +main\\n' >> .git/config; git push`, `printf '[remote "origin"]\\n mirror\\n' >> .git/config; git push origin`, `printf '[remote "origin"]\\n push = +main\\n' > ../more; printf '[include]\\n path = ../../more\\n' >> .git/config; git push`,
  `printf '[remote "b"]\\n url = ../o.git\\n push = +refs/*:refs/*\\n' >> .git/config; git push b`, 'git send-pack --force ../o.git main', 'git send-pack ../o.git +main', 'echo +main:main | git send-pack --stdin ../o.git', 'git --shallow-file "" push --force origin main', '/usr/lib/git-core/git-send-pack --force ../o.git main',
  `cp -r .git ../other; printf '[remote "origin"]\\n push = +main\\n' >> ../other/config; (mkdir ../z; cd ../z; GIT_DIR=../other git push origin)`, `cp -r .git ../other; printf '[remote "origin"]\\n mirror = true\\n' >> ../other/config; (mkdir ../z; cd ../z; git --git-dir ../other push origin)`, `mkdir ../common; cp -r .git/* ../common; printf '[remote "origin"]\\n push = +main\\n' >> ../common/config; rm .git/config; GIT_DIR=.git GIT_COMMON_DIR=../common git push`,
  `printf '[remote "origin"]\\n push = +main\\n' > ../g; GIT_CONFIG_GLOBAL=../g git push`, `printf '[remote "origin"]\\n push = +main\\n' > ../s; GIT_CONFIG_NOSYSTEM=0 GIT_CONFIG_SYSTEM=../s git push`, `mkdir ../h; printf '[remote "origin"]\\n push = +main\\n' > ../h/.gitconfig; HOME=$PWD/../h git push`, `mkdir -p ../x/git; printf '[remote "origin"]\\n push = +main\\n' > ../x/git/config; XDG_CONFIG_HOME=$PWD/../x git push`,
  `printf '[remote "origin"]\\n push = +main\\n' > ../g; git -c include.path=$PWD/../g push`, 'GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.push GIT_CONFIG_VALUE_0=+main git push', `GIT_CONFIG_PARAMETERS="'remote.origin.push'='+main'" git push`, `GIT_CONFIG_PARAMETERS="'remote.origin.push=+main'" git push`, 'V=+main git --config-env=remote.origin.push=V push',
  `printf '[remote "origin"]\\n push = +main\\n' >> .git/config; mkdir -p s/.git; touch s/.git/config s/config; (cd s; git push)`, `printf '[remote "origin"]\\n push = +main\\n' >> .git/config; git worktree add -q --detach ../t; (cd ../t; git push)`,
];
const pushes: Row[] = PUSHES.map((line, index) => ({ id: `push${String(index).padStart(2, '0')}`, title: `a forced push: ${line}`, sh: `${REPOSITORY}\n${line}\n[ "$(git -C ../o.git rev-parse main)" = "$OLD" ] || echo ESCAPED`, succeeded: escapes, needs: ['git'], isLogged: false }));

/** A branch that a rule names, pushed without its name, or by another one. */
const BRANCHES = ['git push', 'git push -q', 'git push origin', 'git push origin HEAD', 'git push origin @', 'git push origin main:kept', 'git push origin main:refs/heads/kept', 'git push -u origin HEAD:kept', 'cd ..; git -C w push', 'git checkout -q -b topic; git config branch.topic.remote origin; git config branch.topic.merge refs/heads/kept; git config push.default upstream; git push', 'git worktree add -q -b other ../t; cd ../t; git checkout -q --ignore-other-worktrees kept; git push; cd ../w'];
const branches: Row[] = BRANCHES.map((line, index) => ({ id: `branch${String(index).padStart(2, '0')}`, title: `a push to a branch that a rule names: ${line}`, sh: `${REPOSITORY}\ngit checkout -q -b kept\n${line}\ngit -C ../o.git rev-parse -q --verify kept > ../kept || git -C o.git rev-parse -q --verify kept > kept; cat ../kept kept 2>/dev/null | grep -q . && echo ESCAPED`, succeeded: escapes, needs: ['git'], isLogged: false }));

/** What a setting makes of `git clean`. */
const cleans: Row[] = ["git config clean.requireForce false; git clean -dx", "git -c clean.requireForce=false clean -q -d", `printf '[clean]\\n requireForce = no\\n' > ../g; GIT_CONFIG_GLOBAL=../g git clean -d`].map((line, index) => ({ id: `clean${index}`, title: `git clean, forced by settings: ${line}`, sh: `PATH=/usr/bin:/bin; export GIT_CONFIG_NOSYSTEM=1; git init -q w; cd w; mkdir d; touch f d/f; ${line}\n[ -e f ] || echo ESCAPED`, succeeded: escapes, needs: ['git'], isLogged: false }));

/** A script given to its interpreter by its path; a name that its program reads otherwise. */
const names: Row[] = [
  { id: 'name-script', title: 'a denied script, by its interpreter', sh: 'sh "$PWD/denytool" x', files: { denytool: 'echo RAN-TOOL\n' }, succeeded: runs },
  { id: 'name-login', title: 'busybox with a dash in front of the name', sh: 'PATH=/usr/bin:/bin; mkdir d; bash -c "exec -a -rm busybox -rf d"; [ -e d ] || echo ESCAPED', succeeded: escapes, needs: ['busybox', 'bash'] },
];

/** A denied script that its interpreter is given otherwise than by its path; the rule is for `npm prefix`. */
const scripts: Row[] = (
  [
    ['its bare name, from its folder', 'cd "$D/bin"; node npm-cli.js prefix'], ['the name of the link to it', 'cd "$(dirname "$N")"; node npm prefix'], ['behind an option', 'cd "$D/bin"; node --no-warnings npm-cli.js prefix'], ['without its ending', 'node "$D/bin/npm-cli" prefix'],
    ['the folder of its package', 'node "$D" prefix'], ['another file of its package', 'node "$D/index.js" prefix'], ['the folder of its package, from above', 'cd "$D/.."; node npm prefix'],
  ] as const
).map(([title, sh], index) => ({ id: `script${index}`, title: `a denied script, by ${title}`, sh: `PATH=/usr/bin:/bin; N=$(command -v npm); D=$(dirname "$(dirname "$(readlink -f "$N")")"); x=$(${sh}); [ -n "$x" ] && echo ESCAPED`, succeeded: escapes, needs: ['npm', 'node'], isLogged: false, limit: 20_000 }));

export const rows: readonly Row[] = [...programs, ...joined, ...moves, ...intos, ...links, ...cores, ...others, ...queues, ...switches, ...closed, ...pushes, ...branches, ...cleans, ...names, ...scripts];
