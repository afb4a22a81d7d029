/** A command that a rule denies does not run: by any call, under any name, started by any program. */
import { LOADER } from '../support/guarded.ts';
import { type Row, runs } from './support/model.ts';

const NO_NAMESPACES = 'no user or mount namespaces here';
const NO_32BIT = 'no such entry in this kernel';
const SUPERUSER = 'only the superuser may do that';

/** mode of test/scenarios/c/execs.c → what it does. */
const CALLS: Readonly<Record<string, string | readonly [title: string, optional: string]>> = {
  plain: 'execve of the absolute path', raw: 'the raw system call', relative: 'a relative path', bare_name: 'a path without a slash', by_path: 'PATH set to its folder', empty_path: 'an empty PATH in its folder', at_dirfd: 'execveat of a folder descriptor',
  dirfd_fchdir: 'execveat(AT_FDCWD) after fchdir', at_nofollow: 'execveat with AT_SYMLINK_NOFOLLOW', empty_pathfd: 'execveat with AT_EMPTY_PATH of an O_PATH descriptor', empty_readfd: 'execveat with AT_EMPTY_PATH of a readable descriptor', fexecve_: 'fexecve',
  proc_fd: '/proc/self/fd', dev_fd: '/dev/fd', proc_root: '/proc/self/root', proc_cwd: '/proc/self/cwd', pid_root: '/proc/PID/root of a child', slashes: 'double slashes', dotdot: '.. in the path', symlink_: 'a symbolic link with another name', symlink_dir: 'a symbolic link to its folder',
  symlink_chain: 'a chain of symbolic links', hardlink: 'a hard link with another name', copy: 'a renamed copy', copy_same_name: 'a copy elsewhere', copy_deleted: 'a renamed copy that is deleted already', copy_renamed_open: 'a copy renamed while it is open', tmpfile_: 'a copy without a name (O_TMPFILE)',
  tmpfile_linked: 'a copy that gets its name late (linkat)', memfd: 'a copy in memory (memfd_create, fexecve)', memfd_cloexec: 'a copy in memory, execveat', memfd_sealed: 'a copy in memory, sealed', memfd_proc: 'a copy in memory by /proc/self/fd', memfd_pid: 'a copy in memory by /proc/PID/fd of the parent',
  memfd_script: 'a script in memory', shm: 'a copy in /dev/shm', tmp: 'a copy in the temporary folder', spawned: 'posix_spawn', spawned_path: 'posix_spawnp', spawned_chdir: 'posix_spawn with a chdir action', vforked: 'vfork and execve', forked: 'fork and execve', daemon_: 'from a daemon', cloned: 'clone(CLONE_VM|CLONE_VFORK)',
  cloned_files: 'clone(CLONE_VM|CLONE_FILES|CLONE_FS)', clone3_: 'clone3', threaded: 'from a thread', null_argv: 'argv is NULL', empty_argv: 'argv is empty', null_env: 'the environment is NULL', argv0_other: "argv[0] is another program's name", argv0_empty: 'argv[0] is empty', argv0_long: 'argv[0] of 100,000 bytes',
  argv0_odd: 'argv[0] with control characters', many_words: '10,000 words', huge_words: 'words of 120,000 bytes', huge_env: 'an environment of 400,000 bytes', preload_env: 'LD_PRELOAD and LD_LIBRARY_PATH', script: 'a script whose interpreter is denied', script_blank: 'a script with blanks after #!',
  script_of_script: 'a script whose interpreter is a script', script_env: 'a script by way of env -S', script_link: 'a script whose interpreter is a link', script_relative: 'a script whose interpreter is relative', script_loader: 'a script whose interpreter is the loader', script_fd: 'a script by fexecve',
  ld: 'the loader', ld_argv0: 'the loader with --argv0', ld_library: 'the loader with --library-path', ld_preload: 'the loader with --preload', ld_link: 'a link to the loader', ld_copy: 'a copy of the loader', ld_memfd: 'a copy of the loader in memory', ld_copy_of: 'the loader with a copy', ld_link_of: 'the loader with a link',
  ld_fd: 'the loader with a descriptor', ld_relative: 'the loader with a relative path', ld_libpath_name: ['the loader with a name that it looks for', 'this loader does not look for programs'], int80_: ['execve by int 0x80', NO_32BIT], x32_: ['execve by its x32 number', NO_32BIT], x32_number: ['execve by the ordinary number with the x32 bit', NO_32BIT],
  chrooted: ['chroot into its folder', SUPERUSER], chroot_root: ['after chroot to /proc/self/root', SUPERUSER], userns: ['in a user namespace', NO_NAMESPACES], userns_soft: 'after a try at a user namespace', bind_mount: ['a bind mount under another name', NO_NAMESPACES], after_filter: 'after a seccomp filter of its own',
  undumpable: 'after PR_SET_DUMPABLE 0', low_limits: 'with 4 descriptors', personality_: 'with another personality', traced: ['as a traced child', 'no ptrace here'], signals: 'under a timer of a third of a millisecond', storm: '60 at once', passed_fd: 'a descriptor passed by a sibling',
  copy_by_range: 'a copy made by copy_file_range', copy_by_map: 'a copy made by mmap',
};
/** The loader does not load static programs, and needs no chroot. */
const DYNAMIC = /^(ld|chrooted)/;

const calls: Row[] = Object.entries(CALLS).map(([mode, entry]) => {
  const [title, optional] = typeof entry === 'string' ? [entry, undefined] : entry;
  const tool = mode === 'chrooted' ? '@static/denytool' : '@bin/denytool';
  return { id: `c-${mode}`, title, c: 'execs', args: [mode, tool], succeeded: runs, ...(mode === 'ld_fd' ? { isLogged: false } : {}), ...(optional === undefined ? {} : { optional }) };
});

/** The same with a program of the system. */
const system: Row[] = ['plain', 'argv0_other', 'symlink_', 'hardlink', 'copy', 'memfd', 'fexecve_', 'ld', 'ld_link', 'script', 'proc_root', 'threaded', 'vforked', 'empty_pathfd', 'tmpfile_', 'copy_by_map'].map((mode) => ({
  id: `sys-${mode}`, title: `/usr/bin/id: ${mode}`, c: 'execs', args: [mode, '/usr/bin/id'], succeeded: (seen) => runs(seen) || /extra operand|too many|no such user|invalid option/.test(seen.err), needs: ['id'], ...(mode === 'hardlink' ? { optional: 'the folder lies in another file system, or the file is not ours' } : {}),
}));

const statics: Row[] = Object.keys(CALLS).filter((mode) => /^(plain|raw|memfd|vforked|fexecve_|empty_pathfd|symlink_|script|clone3_|copy|threaded)$/.test(mode)).map((mode) => ({
  id: `static-${mode}`, title: `a static program starts a static one: ${mode}`, c: 'execs', args: [mode, '@bin/denystatic'], isStatic: true, succeeded: runs,
}));

const T = '"$TOOLS/bin/denytool"';
/** Programs that start programs: all by absolute path. */
const STARTERS: readonly (readonly [line: string, ...needs: string[]])[] = [
  [T], [`exec ${T} x`], [`command ${T}`], [`eval '${T} x'`], [`${T} x | cat`], [`x=$(${T}); echo "$x"`], [`(${T})`], [`${T} & wait`], [`trap '${T}' EXIT`], ['cd "$TOOLS/bin" && ./denytool'], ['cd "$TOOLS" && bin/denytool'], ['PATH="$TOOLS/bin"; denytool'], ['PATH="$TOOLS/bin" denytool'],
  [`env ${T}`], [`env -i ${T}`], [`env -i PATH="$TOOLS/bin" denytool`], [`env -u PATH -u NODE_OPTIONS -u BASH_ENV ${T}`], [`env -C "$TOOLS/bin" ./denytool`], [`env -S "$TOOLS/bin/denytool x"`], [`bash -c 'exec -a ls ${T}'`, 'bash'], [`bash --norc --noprofile -c ${T}`, 'bash'], [`bash -l -c 'PATH=$TOOLS/bin; denytool'`, 'bash'],
  [`bash -p -c ${T}`, 'bash'], [`zsh -f -c ${T}`, 'zsh'], [`dash -c ${T}`, 'dash'], [`nice ${T}`], [`timeout 5 ${T}`], [`nohup ${T}`], [`setsid -w ${T}`, 'setsid'], [`stdbuf -oL ${T}`], [`xargs ${T} </dev/null`], [`echo x | xargs -n1 ${T}`], [`find . -maxdepth 0 -exec ${T} {} \\;`], [`find . -maxdepth 0 -execdir ${T} {} +`],
  [`find . -maxdepth 0 -ok ${T} {} \\; </dev/null; yes | find . -maxdepth 0 -ok ${T} {} \\;`], [`chroot / ${T} || ${T}`, 'chroot'], [`setarch x86_64 -R ${T}`, 'setarch'], [`prlimit --nofile=100 ${T}`, 'prlimit'], [`taskset 1 ${T}`, 'taskset'], [`ionice -c3 ${T}`, 'ionice'], [`chrt -b 0 ${T}`, 'chrt'], [`setpriv --no-new-privs ${T}`, 'setpriv'],
  [`capsh -- -c ${T}`, 'capsh'], [`unshare -r ${T} || ${T}`, 'unshare'], [`nsenter -t $$ ${T} || ${T}`, 'nsenter'], [`flock lock ${T}`, 'flock'], [`script -qec ${T} /dev/null`, 'script'], [`watch -g -n 0.1 -e ${T} >/dev/null & sleep 0.3; kill $!; ${T}`, 'watch'], [`time -f %e ${T}`, 'time'], [`start-stop-daemon --start --exec ${T}`, 'start-stop-daemon'],
  [`ssh-agent ${T}`, 'ssh-agent'], [`dbus-run-session ${T}`, 'dbus-run-session'], [`strace -o /dev/null ${T} || ${T}`, 'strace'], [`gdb -batch -ex run ${T} 2>&1`, 'gdb'], [`gdb -batch -ex "shell $TOOLS/bin/denytool"`, 'gdb'], [`awk 'BEGIN { system(ENVIRON["TOOLS"] "/bin/denytool") }'`], [`awk 'BEGIN { c = ENVIRON["TOOLS"] "/bin/denytool"; c | getline x; print x }'`],
  [`echo "$TOOLS/bin/denytool" | sed e`], [`sed "1e $TOOLS/bin/denytool" attack.sh`], [`perl -e 'exec "$ENV{TOOLS}/bin/denytool"'`, 'perl'], [`perl -e 'print \`$ENV{TOOLS}/bin/denytool\`'`, 'perl'], [`python3 -c 'import os; os.execv(os.environ["TOOLS"] + "/bin/denytool", ["x"])'`, 'python3'], [`python3 -c 'import subprocess, os; subprocess.run([os.environ["TOOLS"] + "/bin/denytool"])'`, 'python3'],
  [`node -e 'require("child_process").spawnSync(process.env.TOOLS + "/bin/denytool", {stdio: "inherit"})'`, 'node'], [`NODE_OPTIONS= node -e 'require("child_process").execFileSync(process.env.TOOLS + "/bin/denytool", {stdio: "inherit"})'`, 'node'], [`vim -es -u NONE "+!$TOOLS/bin/denytool" +q 2>&1 | cat`, 'vim'], [`echo "!$TOOLS/bin/denytool" | ed -s`, 'ed'], [`sqlite3 :memory: ".shell $TOOLS/bin/denytool"`, 'sqlite3'],
  [`tclsh <<'E'\nputs [exec $env(TOOLS)/bin/denytool]\nE`, 'tclsh'], [`tar cf /dev/null --checkpoint=1 --checkpoint-action=exec="$TOOLS/bin/denytool" attack.sh`, 'tar'], [`echo x > f; tar cf f.tar f; tar xf f.tar --to-command="$TOOLS/bin/denytool"`, 'tar'], [`tar cf x.tar -I "$TOOLS/bin/denytool" attack.sh; cat x.tar`, 'tar'], [`zip -q x.zip attack.sh -T -TT "$TOOLS/bin/denytool"`, 'zip'],
  [`printf 'all:\\n\\t@$(TOOLS)/bin/denytool\\n' | make -sf -`, 'make'], [`printf 'x := $(shell $(TOOLS)/bin/denytool)\\nall:\\n\\t@echo $(x)\\n' | make -sf -`, 'make'], [`git -c alias.x='!'"$TOOLS/bin/denytool" x`, 'git'], [`git init -q r; printf '#!/bin/sh\\n%s\\n' "$TOOLS/bin/denytool" > r/.git/hooks/post-checkout; chmod +x r/.git/hooks/post-checkout; cd r; git -c user.name=a -c user.email=b commit -q --allow-empty -m x; git checkout -q -b y`, 'git'],
  [`git init -q r; cd r; git config core.fsmonitor "$TOOLS/bin/denytool"; git status 2>&1`, 'git'], [`GIT_EXTERNAL_DIFF="$TOOLS/bin/denytool" git diff --no-index --ext-diff /etc/hostname attack.sh`, 'git'], [`GIT_SSH_COMMAND="$TOOLS/bin/denytool" git ls-remote ssh://x/y 2>&1`, 'git'], [`GIT_SSH="$TOOLS/bin/denytool" git ls-remote x:y`, 'git'],
  [`GIT_PAGER="$TOOLS/bin/denytool" script -qec 'git --paginate --version; git -p help -a' /dev/null`, 'script'], [`PAGER="$TOOLS/bin/denytool" man -P "$TOOLS/bin/denytool" ls`, 'man-pages-installed'], [`LESSOPEN="|$TOOLS/bin/denytool %s" less attack.sh | cat`, 'less'], [`cc -wrapper "$TOOLS/bin/denytool" -c -x c /dev/null -o x.o`, 'gcc'], [`cc -B "$TOOLS/fake" x.c`, 'no'],
  [`run-parts --regex=denytool "$TOOLS/bin"`, 'run-parts'], [`parallel ${T} ::: x`, 'parallel'], [`split --filter="$TOOLS/bin/denytool" attack.sh`, 'split'], [`sort --compress-program="$TOOLS/bin/denytool" -S 1k -T . /usr/share/dict/words`, 'no'], [`mkfifo f; ${T} > f & cat f`, 'mkfifo'], [`bash -c 'coproc ${T}; cat <&"\${COPROC[0]}"'`, 'bash'], [`bash -c 'cat <(${T})'`, 'bash'],
  [`bash -c 'enable -n echo; hash -p "$TOOLS/bin/denytool" echo; echo'`, 'bash'], [`alias ls=${T}\nls`], [`ls() { ${T}; }; ls`], [`IFS=@; x="$TOOLS/bin/denytool"; $x`], [`X=tool; "$TOOLS/bin/deny$X"`], [`"$TOOLS"/b?n/den*`], [`bash -c '"$TOOLS"/{x,bin}/denytool; "$TOOLS"/bin/{denytool,x}' `, 'bash'], [`printf '%s\\n' "$TOOLS/bin/denytool" | sh`], [`sh <<E\n$TOOLS/bin/denytool\nE`],
  [`printf '%s\\n' "$TOOLS/bin/denytool" > s; sh s`], [`printf '#!/bin/sh\\n%s\\n' "$TOOLS/bin/denytool" > s; chmod +x s; ./s`], [`. ./sourced`], [`busybox env ${T}`, 'busybox'], [`tmux -L pw$$ -f /dev/null new -d "$TOOLS/bin/denytool"; sleep 0.4; tmux -L pw$$ kill-server`, 'tmux'], [`cp ${T} npm; PATH=.:$PATH npm`], [`cp ${T} node_modules_bin; ./node_modules_bin`],
  [`cat ${T} > x; chmod +x x; ./x`], [`tar cf - -C "$TOOLS/bin" denytool | tar xf - && mv denytool git && ./git`, 'tar'], [`gzip -c ${T} | gzip -dc > ls; chmod 755 ls; ./ls`, 'gzip'], [`base64 ${T} | base64 -d > ls; chmod 755 ls; ./ls`], [`dd if=${T} of=ls status=none; chmod 755 ls; ./ls`], [`install -m 755 ${T} ls; ./ls`], [`cp -l ${T} ls; ./ls`], [`cp --reflink=auto ${T} ls; ./ls`], [`ln -s ${T} ls; ./ls`],
  [`ln ${T} ls; ./ls`], [`mv ${T} "$TOOLS/bin/x"; "$TOOLS/bin/x"; mv "$TOOLS/bin/x" ${T}`], [`mv "$TOOLS/bin" "$TOOLS/bin2"; "$TOOLS/bin2/denytool"; mv "$TOOLS/bin2" "$TOOLS/bin"`], [`mkdir -p d; mv ${T} d/ls; ./d/ls; mv d/ls ${T}`], [`cp ${T} x; cp x y; ln y z; mv z ls; ./ls`], [`cp -p ${T} x; strip -o ls x 2>/dev/null; ./x`, 'strip'],
];

const starters: Row[] = STARTERS.filter(([, ...needs]) => !needs.includes('no')).map(([line, ...needs], index) => ({
  id: `s${String(index).padStart(3, '0')}`,
  title: line.replaceAll('"$TOOLS/bin/denytool"', 'denytool').slice(0, 140),
  needs,
  sh: `PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin\nexport RECORD="$PWD/record"\n${line}`,
  files: { sourced: '"$TOOLS/bin/denytool"\n' },
  succeeded: runs,
  // Without the name of the row in its words or folder.
  ...(/cd "\$TOOLS|start-stop|gdb|env -C/.test(line) ? { isLogged: false } : {}),
  // Moving what others run for a moment disturbs nobody when it is alone.
  ...(/mv "?"?\$TOOLS/.test(line) ? { isAlone: true } : {}),
}));

/** By name: the shim's own cases. */
const byName: Row[] = [
  'denytool', 'denytool x y', 'env denytool', 'nice denytool', 'timeout 5 denytool', 'nohup denytool', 'xargs denytool </dev/null', 'find . -maxdepth 0 -exec denytool {} \\;', 'sh -c denytool', 'bash -c "exec denytool"', 'echo denytool | sh', 'command denytool', 'eval denytool', 'x=$(denytool); echo "$x"', 'denytool | cat', 'denytool & wait',
  'awk \'BEGIN { system("denytool") }\'', 'perl -e \'system "denytool"\'', 'python3 -c \'import os; os.system("denytool")\'', 'node -e \'console.log(require("child_process").execSync("denytool") + "")\'', 'printf "all:\\n\\t@denytool\\n" | make -sf -', 'git -c alias.x=!denytool x', 'id', 'env -i PATH="$PATH" id', 'nice id -u; id',
].map((line, index) => ({ id: `shim${String(index).padStart(2, '0')}`, title: `by name: ${line}`, layer: 'shim', sh: line, succeeded: runs, needs: ['perl', 'python3', 'make', 'git'].filter((name) => line.startsWith(name)) }));

/** Words decide: the program may run, but not with them. */
const words: Row[] = [
  ['absolute path', '"$TOOLS/bin/argtool" forbidden thing'], ['by name', 'argtool forbidden'], ['from env -i', 'env -i "$TOOLS/bin/argtool" forbidden'], ['a copy', 'cp "$TOOLS/bin/argtool" x; ./x forbidden'], ['a link', 'ln -s "$TOOLS/bin/argtool" x; ./x forbidden'], ['from Python', 'python3 -c \'import os; os.execv(os.environ["TOOLS"] + "/bin/argtool", ["other", "forbidden"])\''],
  ['the loader', `${LOADER} "$TOOLS/bin/argtool" forbidden`], ['xargs', 'echo forbidden | xargs "$TOOLS/bin/argtool"'],
].map(([title, line], index): Row => ({ id: `words${index}`, title: `denied words: ${title}`, sh: line ?? '', succeeded: (seen) => /RAN-TOOL \d+ forbidden/.test(seen.out), layer: title === 'by name' ? 'shim' : 'guard' }));

export const rows: readonly Row[] = [...calls, ...system, ...statics, ...starters, ...byName, ...words].filter((row) => !(DYNAMIC.test(row.args?.[0] ?? '') && row.isStatic === true));
