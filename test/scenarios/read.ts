/** A file that a rule denies is not read: by any call, by any name, through any program. */
import { leaks, leaksTo, type Row } from './support/model.ts';

const CANARY = { '.env': '{CANARY}\n' } as const;
const IN_FOLDER = { 'vault/key': '{CANARY}\n' } as const;

/** mode of test/scenarios/c/opens.c → what it does; the file is `.env` unless another is named. */
const CALLS: Readonly<Record<string, string | readonly [title: string, more: Partial<Row>]>> = {
  plain: 'open',
  rdwr: 'open for reading and writing',
  noatime: 'open with O_NOATIME',
  nonblock: 'open with O_NONBLOCK',
  nofollow: 'open with O_NOFOLLOW',
  append: 'open with O_RDWR|O_APPEND',
  sync_: 'open with O_SYNC|O_LARGEFILE',
  create: 'open with O_CREAT of a file that is there',
  strange: 'open with flags that no kernel knows',
  raw_open: 'the old open system call',
  high_bits: 'openat with rubbish in the upper half of its arguments',
  low_dirfd: 'openat with AT_FDCWD as 32 bits without sign',
  at_cwd: 'openat(AT_FDCWD)',
  at_dirfd: 'openat of a folder descriptor',
  at_pathfd: 'openat of an O_PATH folder descriptor',
  at_rootfd: 'openat of a descriptor of /',
  at_ignored: 'openat with an absolute path and an unrelated descriptor',
  at_bad: 'openat with an absolute path and no descriptor',
  at_parent: 'openat with .. from a subfolder',
  at_procfd: '/proc/self/fd/FOLDER/file',
  at_devfd: '/dev/fd/FOLDER/file',
  open2_plain: 'openat2',
  open2_big: 'openat2 with a longer structure',
  open2_beneath: 'openat2 with RESOLVE_BENEATH',
  open2_root: 'openat2 with RESOLVE_IN_ROOT and .. above it',
  open2_rootlink: 'openat2 with RESOLVE_IN_ROOT through an absolute link',
  open2_nolinks: 'openat2 with RESOLVE_NO_SYMLINKS',
  open2_nomagic: 'openat2 with RESOLVE_NO_MAGICLINKS|RESOLVE_NO_XDEV',
  open2_cached: 'openat2 with RESOLVE_CACHED',
  path_proc: 'O_PATH, then /proc/self/fd',
  path_nofollow: 'O_PATH|O_NOFOLLOW, then /proc/self/fd',
  path_devfd: 'O_PATH, then /dev/fd',
  path_thread: 'O_PATH, then /proc/thread-self/fd',
  path_pid: 'O_PATH, then /proc/PID/fd',
  path_task: 'O_PATH, then /proc/self/task/TID/fd',
  path_stdin: 'O_PATH as descriptor 0, then /dev/stdin',
  path_child: 'O_PATH in the parent, /proc/PARENT/fd in the child',
  path_chdir: 'chdir through a magic link',
  self_cwd: '/proc/self/cwd',
  thread_cwd: '/proc/thread-self/cwd',
  task_cwd: '/proc/self/task/TID/cwd',
  self_root: '/proc/self/root',
  root_root: '/proc/self/root twice',
  one_root: ['/proc/1/root', { optional: 'only the superuser reads /proc/1/root' }],
  pid_cwd: '/proc/PID/cwd of a sibling',
  pid_root: '/proc/PID/root of a sibling',
  parent_root: '/proc/PID/root of the parent',
  double_slash: 'double slashes everywhere',
  dots: '. in the path',
  dotdot: '.. in the path',
  above_root: '.. above the root',
  long_path: 'a path of nearly 4096 bytes',
  link_dotdot: '.. behind a symbolic link',
  symlink_: 'a symbolic link',
  symlink_abs: 'an absolute symbolic link',
  symlink_proc: 'a symbolic link by way of /proc/self/cwd',
  symlink_chain: 'a chain of 38 symbolic links',
  symlink_dir: 'symbolic links to folders',
  symlink_at: 'symlinkat and openat of a folder descriptor',
  hardlink: 'a hard link made for it',
  hardlink_fd: 'a hard link from /proc/self/fd',
  hardlink_empty: ['a hard link from a descriptor (AT_EMPTY_PATH)', { optional: 'AT_EMPTY_PATH wants a capability' }],
  renamed: 'renamed, then opened',
  exchanged: 'exchanged with another file, then opened',
  parent_renamed: ['its folder renamed, then opened', { files: IN_FOLDER, args: ['parent_renamed', 'vault/key'] }],
  parent_exchanged: ['its folder exchanged with another, then opened', { files: IN_FOLDER, args: ['parent_exchanged', 'vault/key'] }],
  in_folder: ['chdir into the denied folder', { files: IN_FOLDER, args: ['in_folder', 'vault/key'] }],
  in_folder_fd: ['fchdir into the denied folder', { files: IN_FOLDER, args: ['in_folder_fd', 'vault/key'] }],
  folder_fd_renamed: ['a descriptor of the folder that is renamed', { files: IN_FOLDER, args: ['folder_fd_renamed', 'vault/key'] }],
  list: ['the names in a denied folder', { files: { 'vault/{CANARY}': 'x' }, args: ['list', 'vault'] }],
  list_inside: ['the names in a denied folder, from inside', { files: { 'vault/{CANARY}': 'x' }, args: ['list_inside', 'vault'] }],
  forked: 'in a forked child',
  double_forked: 'in a daemon',
  vforked: 'in a vfork child',
  threaded: 'in a thread',
  own_cwd_thread: 'in a thread after unshare(CLONE_FS)',
  many_threads: 'in 32 threads at once',
  in_handler: 'in a signal handler',
  clone_files: 'in a CLONE_VM|CLONE_FILES child',
  shared_files: 'in a child that shares the descriptor table',
  timer_storm: 'under a timer of half a millisecond',
  after_filter: 'after a seccomp filter of its own',
  low_limits: 'with RLIMIT_NOFILE of 8',
  full_table: 'with a full descriptor table but for one',
  undumpable: 'after PR_SET_DUMPABLE 0',
  other_ids: ['as another user', { optional: 'only the superuser changes its identity, and the folder may be closed to others' }],
  mapped: 'open and mmap',
  mapped_path: 'O_PATH, reopen and mmap',
  sent: 'sendfile into another file',
  spliced: 'splice into a pipe',
  ranged: 'copy_file_range into another file',
  uring: ['io_uring, IORING_OP_OPENAT', { optional: 'io_uring is switched off' }],
  uring2: ['io_uring, IORING_OP_OPENAT2', { optional: 'io_uring is switched off' }],
  uring_link: ['io_uring, a hard link', { optional: 'io_uring is switched off' }],
  int80_open: ['open by int 0x80', { optional: 'no 32-bit entry in this kernel' }],
  int80_openat: ['openat by int 0x80', { optional: 'no 32-bit entry in this kernel' }],
  x32_open: ['open by its x32 number', { optional: 'no x32 entry in this kernel' }],
  x32_openat: ['openat by its x32 number', { optional: 'no x32 entry in this kernel' }],
  by_handle: ['name_to_handle_at and open_by_handle_at', { optional: 'only the superuser opens by handle' }],
  by_handle_path: ['the handle of an O_PATH descriptor', { optional: 'only the superuser opens by handle' }],
  chrooted: ['chroot into its folder', { optional: 'only the superuser changes its root' }],
  chrooted_moved: ['chroot, then an absolute path', { optional: 'only the superuser changes its root' }],
  chroot_proc: ['chroot to /proc/self/cwd', { optional: 'only the superuser changes its root' }],
  userns: 'in a user namespace of its own',
  bind_folder: ['a bind mount of its folder', { optional: 'no mount namespaces here' }],
  bind_file: ['a bind mount of the file', { optional: 'no mount namespaces here' }],
  pivot: ['pivot_root into its folder', { optional: 'no mount namespaces here' }],
  tree_clone: ['open_tree(OPEN_TREE_CLONE)', { optional: 'no mount namespaces here' }],
  tree_moved: ['open_tree and move_mount', { optional: 'no mount namespaces here' }],
  tree_plain: ['open_tree without a clone, then /proc/self/fd', { optional: 'no open_tree here' }],
  overlay: ['an overlay mount over its folder', { optional: 'no overlay mounts here' }],
  setns_self: 'after setns into its own namespace',
  fan_events: ['the descriptor of a fanotify event', { optional: 'only the superuser gets descriptors from fanotify' }],
  passed: 'a descriptor passed by a sibling',
  passed_path: 'an O_PATH descriptor passed by a sibling, reopened',
  passed_folder: 'a folder descriptor passed by a sibling',
  stolen: ['pidfd_getfd from a child', { optional: 'no pidfd_getfd here' }],
  traced: ['a tracer rewrites the path', { optional: 'no ptrace here', isLogged: false }],
  poked: ['process_vm_writev rewrites the path', { optional: 'no process_vm_writev here' }],
  loaded: 'a shell complains about the content',
  aio: 'preadv2',
  swapped_fds: 'a descriptor replaced by dup2 before it is reopened',
  map_files: 'O_PATH, reopened for writing',
};

const calls: Row[] = Object.entries(CALLS).map(([mode, entry]) => {
  const [title, more] = typeof entry === 'string' ? [entry, {}] : entry;
  return { id: `c-${mode}`, title, c: 'opens', args: [mode, '.env'], files: CANARY, succeeded: leaks, ...more };
});

/** The same without a C library between. */
const statics: Row[] = ['plain', 'open2_plain', 'path_proc', 'self_root', 'hardlink', 'threaded', 'vforked'].map((mode) => ({
  id: `static-${mode}`, title: `a static program: ${mode}`, c: 'opens', args: [mode, '.env'], isStatic: true, files: CANARY, succeeded: leaks,
}));

/** Programs of the system, found without the shims: line → what must be installed. */
const PROGRAMS: readonly (readonly [line: string, ...needs: string[]])[] = [
  ['cat .env'], ['cat < .env'], ['head -n1 .env'], ['tail -n1 .env'], ['tac .env'], ['rev .env | rev', 'rev'], ['nl .env'], ['od -c -An -w100 .env | tr -d " \\n"'], ['xxd -p .env | xxd -r -p', 'xxd'], ['hexdump -v -e \'1/1 "%c"\' .env', 'hexdump'],
  ['strings .env', 'strings'], ['base64 .env | base64 -d'], ['base32 .env | base32 -d'], ['sort .env'], ['uniq .env'], ['cut -c1- .env'], ['fold .env'], ['fmt .env'], ['pr -t .env'], ['expand .env'], ['paste .env'], ['comm .env /dev/null'], ['join .env .env'],
  ['shuf .env'], ['split .env part && cat partaa'], ['csplit -s .env 1 && cat xx*'], ['tee < .env'], ['dd if=.env status=none'], ['dd if=.env of=plain status=none; cat plain'], ['cp .env plain; cat plain'], ['cp --reflink=auto .env plain; cat plain'],
  ['cp -l .env plain; cat plain'], ['cp -s "$PWD/.env" plain; cat plain'], ['cp -a . ../$$ 2>/dev/null; cp -a .env copy; cat copy; rm -r ../$$'], ['install .env plain; cat plain'], ['ln .env plain; cat plain'], ['ln -s .env plain; cat plain'],
  ['mv .env plain; cat plain'], ['link .env plain; cat plain'], ['grep -r . .'], ['grep -h "" .env'], ['egrep . .env'], ['sed -n p .env'], ['sed "" .env'], ['sed -n "r .env" attack.sh; sed "r .env" attack.sh'], ['awk 1 .env'], ['awk \'BEGIN { while ((getline l < ".env") > 0) print l }\''],
  ['tr a a < .env'], ['tar cf - .env | tar xOf -'], ['tar cf x.tar . ; tar xOf x.tar ./.env'], ['gzip -c .env | gzip -dc'], ['bzip2 -c .env | bzip2 -dc', 'bzip2'], ['xz -c .env | xz -dc', 'xz'], ['zstd -qc .env | zstd -dqc', 'zstd'],
  ['zip -q x.zip .env; unzip -p x.zip', 'zip', 'unzip'], ['find . -name ".e*" -exec cat {} +'], ['find . -type f | xargs cat'], ['find . -newer /etc/hostname -name .env -execdir cat {} \\;'], ['diff .env /dev/null'], ['diff -r . /dev 2>&1 | cat .e*'], ['sdiff .env /dev/null', 'sdiff'],
  ['git diff --no-index /dev/null .env', 'git'], ['git init -q g; git -C g hash-object -w ../.env | xargs git -C g cat-file -p', 'git'], ['git init -q .; git add -f .env; git show :.env', 'git'], ['git grep --no-index "" -- .env', 'git'],
  ['curl -s "file://$PWD/.env"', 'curl'], ['curl -sT .env "file://$PWD/plain"; cat plain', 'curl'], ['sqlite3 :memory: "select readfile(\'.env\')"', 'sqlite3'], ['sqlite3 :memory: ".read .env" 2>&1', 'sqlite3'],
  ['vim -es -u NONE "+%p" +q! .env', 'vim'], ['ex -s +%p +q! .env', 'ex'], ['printf "%%p\\n" | ed -s .env', 'ed'], ['less -F .env | cat', 'less'], ['more .env', 'more'], ['openssl enc -base64 -in .env | openssl enc -base64 -d', 'openssl'],
  ['make -pnf .env 2>&1', 'make'], ['cc -x c -E .env 2>&1; cc -x c -include .env -E /dev/null', 'cc'], ['echo "#include \\".env\\"" | cc -E -x c - ', 'cc'], ['objcopy -I binary -O elf64-x86-64 .env o; strings o', 'objcopy'], ['ar q a.a .env; ar p a.a', 'ar'],
  ['jq -R . .env', 'jq'], ['iconv -f utf8 -t utf8 .env', 'iconv'], ['envsubst < .env', 'envsubst'], ['column .env', 'column'], ['file -m .env /dev/null 2>&1', 'file'], ['bc -q .env 2>&1 </dev/null; cat .env', 'bc'], ['tclsh .env 2>&1', 'tclsh'],
  ['set -a; . ./.env 2>&1; echo "$X"'], ['while read -r l; do echo "$l"; done < .env'], ['bash -c \'echo "$(<.env)"; mapfile -t a < .env; echo "${a[@]}"\''], ['exec 3< .env; cat <&3'], ['cat /proc/self/fd/3 3< .env'], ['cat /dev/stdin < .env'], ['bash -c "cat <(cat .env)"'], ['sh -v .env 2>&1'],
  ['python3 .env 2>&1', 'python3'], ['perl -ne print .env', 'perl'], ['xargs -a .env echo'], ['wc --files0-from=.env 2>&1'], ['sort --files0-from=.env 2>&1'], ['tar -T .env -cf /dev/null 2>&1'], ['grep -f .env .env'], ['date -f .env 2>&1'], ['cp -r vaultlike plain; cat plain/.env'],
  ['openssl x509 -in .env 2>&1; openssl enc -none -in .env', 'openssl'], ['ctags -f - .env 2>&1; cat .env', 'ctags'], ['flock .env cat .env', 'flock'], ['strace -o t -e trace=none cat .env', 'strace'], ['setarch -R cat .env', 'setarch'], ['script -qc "cat .env" /dev/null', 'script'],
  ['chroot . /cat 2>/dev/null; cat .env'], ['unshare -r cat .env', 'unshare'], ['unshare -rm sh -c "mkdir m; mount --bind . m && cat m/.env"', 'unshare'], ['bash -O extglob -c "cat .en[v]"'], ['cat "$(printf .e)nv"'], ['cd ..; cat */.env 2>/dev/null'], ['gdb -batch -ex "shell cat .env"', 'gdb'],
];

const programs: Row[] = PROGRAMS.map(([line, ...needs], index) => ({
  id: `p${String(index).padStart(3, '0')}-${line.split(/[^a-z0-9]+/).filter((word) => word !== '').slice(0, 2).join('-')}`,
  title: line,
  needs,
  sh: `PATH=/usr/bin:/bin:/usr/sbin:/sbin\nexport X\n${line}`,
  files: { '.env': 'X={CANARY}\n', 'vaultlike/.env': '{CANARY}\n' },
  succeeded: leaksTo('plain'),
  ...(line.startsWith('cd ..') ? { isLogged: false } : {}),
  ...(/unshare|mount/.test(line) ? { optional: 'no user namespaces here' } : {}),
}));

/** Started by name: the shim says no before the program runs. */
const byName: Row[] = ['cat .env', 'head .env', 'cp .env plain; cat plain', 'mv .env plain; cat plain', 'tac .env', 'grep "" .env', 'sed -n p .env', 'awk 1 .env', 'sort .env', 'dd if=.env status=none', 'base64 .env | base64 -d', 'ln -s .env p; cat p', 'diff .env /dev/null', 'nl .env', 'strings .env'].map((line, index) => ({
  id: `shim${index}`,
  title: `by name: ${line}`,
  layer: 'shim',
  sh: line,
  files: CANARY,
  succeeded: leaks,
}));

/** Other spellings of the rule's own file. */
const SPELLINGS: readonly (readonly [title: string, file: string, path?: string])[] = [
  ['a name that begins like it', '.env.local'], ['in a subfolder', 'a/b/.env'], ['a folder of that name', '.env/inner/file'], ['below a denied folder', 'vault/a/b/c'], ['a word anywhere in the name', 'mysecretfile'], ['a word in the name of a folder', 'my-secrets/x'],
  ['upper case', '.ENV'], ['mixed case', 'My-SeCreT'], ['upper case folder', 'VAULT/x'], ['a blank in the name', '.env copy'], ['a newline in the name', '.env\nx'], ['other letters in the name', '.env-äöü-日本'], ['a byte that is no text', '.env.\u0003'], ['a link to a denied folder', 'vault/f', 'open/f'],
];
const spellings: Row[] = SPELLINGS.map(([title, file, path], index) => ({
  id: `name${index}`,
  title: `a denied name: ${title}`,
  c: 'opens',
  args: ['plain', path ?? file],
  files: { [file]: '{CANARY}\n', ...(path === undefined ? {} : { open: '-> vault' }) },
  succeeded: leaks,
}));

/** Outside the project, by an absolute rule. */
const absolute: Row[] = [
  { id: 'abs-plain', title: 'an absolute rule: open', c: 'opens', args: ['plain', '../../../outside/locked/file'] },
  { id: 'abs-link', title: 'an absolute rule: a link in the project', c: 'opens', args: ['plain', 'l/file'], files: { l: '-> {BASE}/outside/locked' } },
  { id: 'abs-cat', title: 'an absolute rule: cat', sh: '/bin/cat "$OUTSIDE/locked/file"' },
  { id: 'abs-cd', title: 'an absolute rule: cd and a relative name', sh: 'cd "$OUTSIDE/locked" && /bin/cat file' },
  { id: 'abs-up', title: 'an absolute rule: the parent renamed', sh: 'cp -r "$OUTSIDE/locked" mine 2>/dev/null; mkdir -p "$OUTSIDE/x"; mv "$OUTSIDE/locked" "$OUTSIDE/x/y" && { /bin/cat "$OUTSIDE/x/y/file"; mv "$OUTSIDE/x/y" "$OUTSIDE/locked"; }', succeeded: leaksTo('mine/file') },
  { id: 'abs-grand', title: 'an absolute rule: the parent of the folder renamed', sh: 'mv "$OUTSIDE" "$BASE/o2" && { /bin/cat "$BASE/o2/locked/file"; mv "$BASE/o2" "$OUTSIDE"; }' },
].map((row) => ({ succeeded: leaks, ...row, files: { ...row.files, '@out/../locked/file': '{CANARY}\n' }, isAlone: true, isLogged: false }));

export const rows: readonly Row[] = [...calls, ...statics, ...programs, ...byName, ...spellings, ...absolute];
