/** A file that a rule denies is not written, made, replaced, linked, or given other rights or times. */
import { appears, escapes, holds, lost, type Row, type Seen } from './support/model.ts';

const OLD = { '.env': '{CANARY}\n', innocent: 'CHANGED\n' } as const;
const NEW = { innocent: 'CHANGED\n' } as const;
const URING = 'io_uring is switched off';
const NO_32BIT = 'no 32-bit entry in this kernel';
const SUPERUSER = 'only the superuser may do that';

const changes = (seen: Seen): boolean => lost('.env')(seen) || holds('.env', 'CHANGED')(seen);
const isMade = appears('.env.new');
const chmods = (seen: Seen): boolean => seen.mode('.env')?.endsWith('777') === true;
const chowns = (seen: Seen): boolean => seen.owner('.env') === '12345:12345';
const touches = (seen: Seen): boolean => seen.changed('.env') === 1_000_000;

type Entry = readonly [mode: string, title: string, more?: Partial<Row>];
const call = (group: string, file: string, files: Row['files'], succeeded: Row['succeeded'], entries: readonly Entry[]): Row[] =>
  entries.map(([mode, title, more]) => ({ id: `${group}-${mode}`, title, c: 'changes', args: [mode, file], succeeded, ...(files === undefined ? {} : { files }), ...more }));

const overwritten = call('over', '.env', OLD, changes, [
  ['w_only', 'open for writing'], ['w_rdwr', 'open for reading and writing'], ['w_append', 'open for appending'], ['w_trunc', 'open with O_TRUNC'], ['w_read_trunc', 'open for reading with O_TRUNC'], ['w_creat', 'creat'], ['w_create', 'open with O_CREAT'], ['w_openat2', 'openat2'], ['w_dirfd', 'openat of a folder descriptor'],
  ['w_proc_dirfd', '/proc/self/fd/FOLDER/file'], ['w_cwd', '/proc/self/cwd'], ['w_root', '/proc/self/root'], ['w_pathfd', 'O_PATH, reopened for writing'], ['w_symlink', 'through a symbolic link'], ['w_hardlink', 'through a hard link'], ['w_raw', 'the old system call'], ['w_uring', 'io_uring', { optional: URING }], ['w_int80', 'open by int 0x80', { optional: NO_32BIT }],
  ['w_int80_creat', 'creat by int 0x80', { optional: NO_32BIT }], ['w_handle', 'open_by_handle_at', { optional: SUPERUSER }], ['w_passed', 'pidfd_getfd from a child', { optional: 'no pidfd_getfd' }], ['truncate_', 'truncate'], ['truncate_raw', 'the truncate system call'], ['truncate_link', 'truncate through a link'], ['truncate_int80', 'truncate by int 0x80', { optional: NO_32BIT }],
  ['rename_onto', 'rename onto it'], ['rename_at', 'renameat onto it'], ['rename2', 'renameat2 onto it'], ['rename_exchange', 'exchange with it'], ['rename_exchange_other', 'exchange the other way round'], ['rename_whiteout', 'rename with a whiteout', { optional: SUPERUSER }], ['rename_int80', 'rename by int 0x80', { optional: NO_32BIT }], ['rename_uring', 'rename by io_uring', { optional: URING }],
  ['mapped', 'mmap'], ['ranged', 'copy_file_range'], ['sent', 'sendfile'], ['fallocate_', 'a hole punched into it'],
]);

const made = call('new', '.env.new', NEW, isMade, [
  ['w_creat', 'creat'], ['w_create', 'open with O_CREAT'], ['w_excl', 'open with O_EXCL'], ['w_readonly_create', 'open for reading with O_CREAT'], ['w_mode3', 'open with access mode 3 and O_CREAT'], ['w_openat2', 'openat2'], ['w_dirfd', 'openat'], ['w_proc_dirfd', '/proc/self/fd/FOLDER/file'], ['w_cwd', '/proc/self/cwd'], ['w_root', '/proc/self/root'], ['w_symlink', 'through a link that leads nowhere yet'],
  ['w_raw', 'the old system call'], ['w_uring', 'io_uring', { optional: URING }], ['w_int80', 'int 0x80', { optional: NO_32BIT }], ['w_tmpfile', 'O_TMPFILE and linkat'], ['w_tmpfile_empty', 'O_TMPFILE and linkat of the descriptor', { optional: 'AT_EMPTY_PATH wants a capability' }], ['rename_onto', 'rename'], ['rename_at', 'renameat'], ['rename_noreplace', 'renameat2 with RENAME_NOREPLACE'],
  ['rename_int80', 'rename by int 0x80', { optional: NO_32BIT }], ['rename_uring', 'rename by io_uring', { optional: URING }], ['rename_folder_onto', 'a folder renamed to it'], ['link_', 'link'], ['link_at', 'linkat from /proc/self/fd'], ['link_uring', 'a link by io_uring', { optional: URING }], ['link_int80', 'a link by int 0x80', { optional: NO_32BIT }], ['symlink_', 'symlink'], ['symlink_at', 'symlinkat'],
  ['symlink_uring', 'a symbolic link by io_uring', { optional: URING }], ['symlink_int80', 'a symbolic link by int 0x80', { optional: NO_32BIT }], ['mkdir_', 'mkdir'], ['mkdir_at', 'mkdirat'], ['mkdir_uring', 'mkdir by io_uring', { optional: URING }], ['mkdir_int80', 'mkdir by int 0x80', { optional: NO_32BIT }], ['mknod_file', 'mknod of a file'], ['mknod_fifo', 'mknod of a fifo'], ['mknod_at', 'mknodat'],
  ['mknod_device', 'mknod of a device', { optional: SUPERUSER }], ['mkfifo_', 'mkfifo'], ['bind_socket', 'a socket bound to it'],
]);

const metadata = [
  ...call('chmod', '.env', OLD, chmods, [['chmod_', 'chmod'], ['chmod_at', 'fchmodat'], ['chmod_at2', 'fchmodat2', { optional: 'no fchmodat2' }], ['chmod_pathfd', 'chmod of /proc/self/fd of an O_PATH descriptor'], ['chmod_empty', 'fchmodat2 with AT_EMPTY_PATH', { optional: 'no fchmodat2' }], ['chmod_fd', 'fchmod'], ['chmod_link', 'chmod through a link'], ['chmod_int80', 'chmod by int 0x80', { optional: NO_32BIT }]]),
  ...call('chown', '.env', OLD, chowns, [['chown_', 'chown', { optional: SUPERUSER }], ['chown_l', 'lchown', { optional: SUPERUSER }], ['chown_at', 'fchownat', { optional: SUPERUSER }], ['chown_empty', 'fchownat with AT_EMPTY_PATH', { optional: SUPERUSER }]]),
  ...call('utime', '.env', OLD, touches, [['utime_', 'utime'], ['utimes_', 'utimes'], ['futimesat_', 'futimesat'], ['utimensat_', 'utimensat'], ['utimensat_fd', 'utimensat of an O_PATH descriptor', { optional: 'no AT_EMPTY_PATH' }]]),
  ...call('xattr', '.env', OLD, escapes, [['setxattr_', 'setxattr', { optional: 'no attributes in this file system' }], ['lsetxattr_', 'lsetxattr', { optional: 'no attributes in this file system' }], ['setxattr_at', 'setxattrat', { optional: 'no setxattrat' }], ['setxattr_proc', 'setxattr by /proc/self/fd', { optional: 'no attributes in this file system' }]]),
].map((row) => ({ ...row, title: `rights, owners, times: ${row.title}` }));

/** In a denied folder. */
const inFolder = ['w_create', 'mkdir_', 'link_', 'symlink_', 'mkfifo_', 'rename_onto', 'w_tmpfile', 'bind_socket'].map((mode): Row => ({ id: `in-${mode}`, title: `in a denied folder: ${mode}`, c: 'changes', args: [mode, 'vault/new'], files: { innocent: 'CHANGED\n', 'vault/old': 'x' }, succeeded: appears('vault/new') }));

/** Programs, without the shims: [line, needs…]; success is a change of `.env`. */
const PROGRAMS: readonly (readonly [line: string, ...needs: string[]])[] = [
  ['echo CHANGED > .env'], ['echo CHANGED >> .env'], [': > .env'], ['echo CHANGED | tee .env'], ['cp innocent .env'], ['cp -f innocent .env'], ['cp --remove-destination innocent .env'], ['mv innocent .env'], ['mv -f innocent .env'], ['ln -f innocent .env'], ['ln -sf innocent .env'], ['install innocent .env'], ['dd if=innocent of=.env status=none'],
  ['sed -i s/.*/CHANGED/ .env'], ['perl -pi -e s/.*/CHANGED/ .env', 'perl'], ['truncate -s0 .env', 'truncate'], ['fallocate -p -o0 -l9 .env', 'fallocate'], ['python3 -c \'open(".env", "w").write("CHANGED")\'', 'python3'], ['python3 -c \'import os; os.replace("innocent", ".env")\'', 'python3'], ['node -e \'process.binding("fs")\' ; node -e \'require("child_process").execSync("/bin/cp innocent .env")\'', 'node'],
  ['awk \'BEGIN { print "CHANGED" > ".env" }\''], ['printf "%%d\\ni\\nCHANGED\\n.\\nw\\n" | ed -s .env; printf "1c\\nCHANGED\\n.\\nw\\nq\\n" | ed -s .env', 'ed'], ['vim -es -u NONE "+%s/.*/CHANGED/" +wq .env', 'vim'], ['sqlite3 :memory: ".output .env" "select \'CHANGED\'"', 'sqlite3'], ['tar cf x.tar --transform s/innocent/.env/ innocent; tar xf x.tar', 'tar'],
  ['mkdir z; cp innocent z/.env 2>/dev/null || echo CHANGED > z/f; cd z; zip -q ../x.zip * .env 2>/dev/null; cd ..; printf "@ f\\n@=.env\\n" | zipnote -w x.zip 2>/dev/null; unzip -oq x.zip; ls -a >/dev/null; cp -f innocent .env', 'zip', 'unzip'], ['printf -- "--- .env\\n+++ .env\\n@@ -1 +1 @@\\n-%s\\n+CHANGED\\n" "$(cat .env 2>/dev/null)" | patch -s .env; :', 'patch'],
  ['cc -x c -E -P innocent -o .env', 'cc'], ['gzip -c innocent > .env'], ['sort -o .env innocent'], ['split -l1 innocent .env; cp .envaa .env; mv .envaa .env'], ['curl -so .env "file://$PWD/innocent"', 'curl'], ['wget -qO .env "file:///etc/hostname" ; cp innocent .env', 'wget'], ['git init -q .; git hash-object -w innocent >/dev/null; git update-index --add --cacheinfo 100644,$(git hash-object innocent),.env; git checkout-index -f .env', 'git'],
  ['git init -q g; cd g; git -c user.name=a -c user.email=b commit -qm x --allow-empty; git worktree add -q ../.env.tree 2>&1; cd ..; cp innocent .env', 'git'], ['printf "all:\\n\\t@echo CHANGED > .env\\n" | make -sf -', 'make'], ['find innocent -exec cp {} .env \\;'], ['echo innocent | xargs -I{} cp {} .env'], ['bash -c "exec 3<>.env; echo CHANGED >&3"', 'bash'], ['bash -c "echo CHANGED >| .env"', 'bash'],
  ['openssl enc -none -in innocent -out .env; openssl rand -out .env 8', 'openssl'], ['script -qc "echo CHANGED" .env >/dev/null', 'script'], ['strace -o .env true', 'strace'], ['objcopy -I binary -O binary innocent .env', 'objcopy'], ['tclsh <<E\nset f [open .env w]; puts \\$f CHANGED; close \\$f\nE', 'tclsh'], ['gdb -batch -ex "set logging file .env" -ex "set logging overwrite on" -ex "set logging enabled on" -ex "echo CHANGED\\n"', 'gdb'],
  ['xxd -r -p - .env <<E\n4348414e4745440a\nE', 'xxd'], ['cat innocent 1<> .env >&1'], ['(cd .. && cp "$OLDPWD/innocent" "$OLDPWD/.env")'], ['cp innocent "$ROW/../$(basename "$ROW")/.env"'], ['logger --no-act -s x 2> .env'], ['mkfifo f; cat f > .env & timeout 1 sh -c "echo CHANGED > f"; wait', 'mkfifo'], ['tmux -L w$$ -f /dev/null new -d "echo CHANGED > .env"; sleep 0.4; tmux -L w$$ kill-server', 'tmux'],
];
const programs: Row[] = PROGRAMS.map(([line, ...needs], index) => ({ id: `p${String(index).padStart(2, '0')}`, title: line.slice(0, 120), needs, sh: `PATH=/usr/bin:/bin:/usr/sbin:/sbin\n${line}`, files: OLD, succeeded: changes }));

const byName: Row[] = ['echo CHANGED > .env', 'cp innocent .env', 'mv innocent .env', 'tee .env < innocent', 'sed -i s/.*/CHANGED/ .env', 'ln -sf innocent .env', 'truncate -s0 .env', 'dd if=innocent of=.env status=none', 'install innocent .env', 'node -e \'require("fs").writeFileSync(".env", "CHANGED")\'', 'node -e \'require("fs").renameSync("innocent", ".env")\''].map((line, index) => ({
  id: `shim${index}`, title: `by name: ${line}`, layer: line.startsWith('node') ? 'preload' : line.startsWith('echo') ? 'guard' : 'shim', sh: line, files: OLD, succeeded: changes,
}));

/** Making what a rule names, by program. */
const makers: Row[] = ['mkdir vault', 'mkdir -p vault/a', 'touch .env.new', 'mkfifo .env.new', 'mknod .env.new p', 'ln -s x .env.new', 'git init -q vault', 'cp -r d vault', 'mv d vault', 'python3 -m venv --without-pip vault', 'ln -s d vault', 'touch -r attack.sh my-secret', 'mktemp my-secretXXXX'].map((line, index) => ({
  id: `make${index}`, title: `making it: ${line}`, sh: `PATH=/usr/bin:/bin\n${line}`, files: { 'd/f': 'x' }, needs: line.startsWith('python3') ? ['python3'] : [], succeeded: (seen) => seen.exists('vault') || seen.exists('.env.new') || seen.exists('my-secret') || (seen.out.includes('my-secret') && seen.exists(seen.out.trim())),
}));

export const rows: readonly Row[] = [...overwritten, ...made, ...metadata, ...inFolder, ...programs, ...byName, ...makers];
