/** A file or folder that a rule denies is not removed, moved away, or hidden. */
import { escapes, gone, type Row, type Seen } from './support/model.ts';

const FILES = { '.env': '{CANARY}\n', innocent: 'x\n' } as const;
const FOLDER = { 'vault/': '' } as const;
const URING = 'io_uring is switched off';
const NO_32BIT = 'no 32-bit entry in this kernel';

const isGone = gone('.env');
const folderGone = gone('vault');

const calls: Row[] = (
  [
    ['unlink_', 'unlink'], ['unlink_raw', 'the system call'], ['unlink_at', 'unlinkat'], ['unlink_dirfd', 'unlinkat of a folder descriptor'], ['unlink_procfd', '/proc/self/fd/FOLDER/file'], ['unlink_cwd', '/proc/self/cwd'], ['unlink_root', '/proc/self/root'], ['unlink_dots', 'dots and slashes'], ['unlink_linkdir', 'through a link to the folder'],
    ['unlink_uring', 'io_uring', URING], ['unlink_int80', 'int 0x80', NO_32BIT], ['unlink_vfork', 'a vfork child'], ['unlink_daemon', 'a daemon'], ['unlink_chroot', 'chroot', 'only the superuser changes its root'], ['remove_', 'remove'], ['rename_away', 'rename to another name'], ['threaded_unlink', 'a thread'], ['rename_whiteout', 'rename with a whiteout', 'only the superuser may do that'],
  ] as const
).map(([mode, title, optional]) => ({ id: `c-${mode}`, title, c: 'changes', args: [mode, '.env'], files: FILES, succeeded: isGone, ...(optional === undefined ? {} : { optional }) }));

const folders: Row[] = (
  [['rmdir_', 'rmdir'], ['rmdir_at', 'unlinkat with AT_REMOVEDIR'], ['rmdir_uring', 'io_uring', URING], ['rmdir_int80', 'int 0x80', NO_32BIT], ['rename_away', 'rename'], ['remove_', 'remove']] as const
).map(([mode, title, optional]) => ({ id: `dir-${mode}`, title: `a denied folder: ${title}`, c: 'changes', args: [mode, 'vault'], files: FOLDER, succeeded: folderGone, ...(optional === undefined ? {} : { optional }) }));

const more: Row[] = [
  { id: 'hidden', title: 'a mount over it', c: 'changes', args: ['hidden', '.env'], files: FILES, succeeded: escapes, optional: 'no mount namespaces here' },
  { id: 'parent', title: 'a folder renamed that lies above it', c: 'changes', args: ['rename_parent', 'vault/key'], files: { 'vault/key': 'x' }, succeeded: folderGone },
  { id: 'in', title: 'a file in a denied folder', c: 'changes', args: ['unlink_', 'vault/key'], files: { 'vault/key': 'x' }, succeeded: gone('vault/key') },
  { id: 'static', title: 'a static program', c: 'changes', args: ['unlink_raw', '.env'], isStatic: true, files: FILES, succeeded: isGone },
];

const PROGRAMS: readonly (readonly [line: string, ...needs: string[]])[] = [
  ['rm .env'], ['rm -f .env'], ['rm -r d'], ['rm -r ./* ./.env'], ['rm -R "$PWD"'], ['unlink .env', 'unlink'], ['mv .env x'], ['mv .env /dev/shm/pw-x-$$ && rm /dev/shm/pw-x-$$'], ['find . -name ".env*" -delete'], ['find . -name .env -exec rm {} +'], ['perl -e \'unlink ".env"\'', 'perl'], ['python3 -c \'import os; os.remove(".env")\'', 'python3'],
  ['python3 -c \'import shutil, os; shutil.rmtree(os.getcwd(), ignore_errors=True)\'', 'python3'], ['python3 -c \'import pathlib; pathlib.Path(".env").unlink()\'', 'python3'], ['python3 -c \'import os; os.rename(".env", "x")\'', 'python3'], ['NODE_OPTIONS= node -e \'require("child_process").execSync("/bin/rm .env")\'', 'node'], ['git init -q .; git clean -fdxq', 'git'],
  ['git init -q .; git add -f .env; git -c user.name=a -c user.email=b commit -qm x; git rm -qf .env', 'git'], ['git init -q .; git add -f .env; git -c user.name=a -c user.email=b commit -qm x; git mv .env x', 'git'], ['git init -q .; git add -f .env innocent; git -c user.name=a -c user.email=b commit -qm x; git -c user.name=a -c user.email=b stash -aq; git rm -qf .env; git checkout -q HEAD -- innocent', 'git'],
  ['tar cf x.tar --remove-files .env', 'tar'], ['zip -qm x.zip .env', 'zip'], ['gzip -f .env'], ['bzip2 -f .env', 'bzip2'], ['xz -f .env', 'xz'], ['zstd -q --rm .env', 'zstd'], ['shred -u .env', 'shred'], ['vim -es -u NONE "+call delete(\'.env\')" +q', 'vim'], ['tclsh <<E\nfile delete .env\nE', 'tclsh'], ['printf "all:\\n\\t@rm .env\\n" | make -sf -', 'make'], ['awk \'BEGIN { system("rm .env") }\''],
  ['busybox rm .env', 'busybox'], ['cp --remove-destination -s /etc/hostname .env && rm .env'], ['mkdir t; mv .env t/; rm -r t'], ['bash -c "/bin/rm .en?"', 'bash'], ['xargs rm <<E\n.env\nE'], ['cd / && rm "$ROW/.env"'], ['rmdir d/vault; rm -r d', 'rmdir'], ['mv "$PWD" "$PWD-x"; [ -e "$PWD/.env" ] || { rm "$PWD-x/.env"; mv "$PWD-x" "$PWD"; }'], ['tmux -L d$$ -f /dev/null new -d "rm $PWD/.env"; sleep 0.4; tmux -L d$$ kill-server', 'tmux'],
];
const programs: Row[] = PROGRAMS.map(([line, ...needs], index) => ({
  id: `p${String(index).padStart(2, '0')}`, title: line.slice(0, 120), needs, sh: `PATH=/usr/bin:/bin:/usr/sbin:/sbin\n${line}`, files: { ...FILES, 'd/.env': 'x', 'd/vault/': '' }, succeeded: (seen: Seen) => isGone(seen) || gone('d/.env')(seen) || gone('d/vault')(seen),
}));

const byName: Row[] = ['rm .env', 'mv .env x', 'unlink .env', 'find . -name .env -delete', 'rm -r d', 'node -e \'require("fs").unlinkSync(".env")\'', 'node -e \'require("fs").rmSync("d", {recursive: true})\'', 'node -e \'require("fs").promises.rename(".env", "x")\''].map((line, index) => ({
  id: `shim${index}`, title: `by name: ${line}`, layer: line.startsWith('node') ? 'preload' : /find|rm -r/.test(line) ? 'guard' : 'shim', sh: line, files: { ...FILES, 'd/.env': 'x' }, succeeded: (seen) => isGone(seen) || gone('d/.env')(seen),
}));

export const rows: readonly Row[] = [...calls, ...folders, ...more, ...programs, ...byName];
