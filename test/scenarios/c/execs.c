/* Every way to start a program: `execs MODE PROGRAM`. */
#include "scenario.h"

#define MODE(name) static int name(int argc, char **argv)
#define PROGRAM argv[1]
#define WORDS(first) char *words[] = { first, "one", "two", NULL }

static int failed(void) { perror("exec"); return 1; }
MODE(plain) { WORDS(PROGRAM); execve(PROGRAM, words, environ); return failed(); }
MODE(raw) { WORDS(PROGRAM); syscall(SYS_execve, PROGRAM, words, environ); return failed(); }
MODE(relative) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; if (chdir(p)) return fail("chdir"); WORDS(s + 1); char q[300]; snprintf(q, 300, "./%s", s + 1); execve(q, words, environ); return failed(); }
MODE(bare_name) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; if (chdir(p)) return fail("chdir"); WORDS(s + 1); execve(s + 1, words, environ); return failed(); }
MODE(by_path) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; setenv("PATH", p, 1); WORDS(s + 1); execvp(s + 1, words); return failed(); }
MODE(empty_path) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; if (chdir(p)) return fail("chdir"); setenv("PATH", "", 1); WORDS(s + 1); execvp(s + 1, words); return failed(); }
MODE(at_dirfd) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; int d = open(p, O_PATH); WORDS(s + 1); syscall(SYS_execveat, d, s + 1, words, environ, 0); return failed(); }
MODE(dirfd_fchdir) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; int d = open(p, O_PATH); if (fchdir(d)) return fail("fchdir"); WORDS(s + 1); syscall(SYS_execveat, AT_FDCWD, s + 1, words, environ, 0); return failed(); }
MODE(at_nofollow) { WORDS(PROGRAM); syscall(SYS_execveat, AT_FDCWD, PROGRAM, words, environ, AT_SYMLINK_NOFOLLOW); return failed(); }
MODE(empty_pathfd) { int f = open(PROGRAM, O_PATH); WORDS("ls"); syscall(SYS_execveat, f, "", words, environ, AT_EMPTY_PATH); return failed(); }
MODE(empty_readfd) { int f = open(PROGRAM, O_RDONLY); WORDS("ls"); syscall(SYS_execveat, f, "", words, environ, AT_EMPTY_PATH); return failed(); }
MODE(fexecve_) { int f = open(PROGRAM, O_RDONLY | O_CLOEXEC); WORDS("ls"); fexecve(f, words, environ); return failed(); }
MODE(proc_fd) { int f = open(PROGRAM, O_PATH); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(dev_fd) { int f = open(PROGRAM, O_PATH); char p[64]; snprintf(p, 64, "/dev/fd/%d", f); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(proc_root) { char p[4200]; snprintf(p, sizeof p, "/proc/self/root%s", PROGRAM); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(proc_cwd) { if (chdir("/")) return 1; char p[4200]; snprintf(p, sizeof p, "/proc/self/cwd%s", PROGRAM); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(pid_root) { pid_t c = fork(); if (c == 0) { sleep(3); _exit(0); } char p[4200]; snprintf(p, sizeof p, "/proc/%d/root%s", c, PROGRAM); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(slashes) { char p[4200]; snprintf(p, sizeof p, "//./..///.%s", PROGRAM); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(dotdot) { char p[4200]; snprintf(p, sizeof p, "/usr/../proc/../%s", PROGRAM + 1); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(symlink_) { symlink(PROGRAM, "ls"); WORDS("ls"); execve("./ls", words, environ); return failed(); }
MODE(symlink_dir) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; symlink(p, "d"); char q[300]; snprintf(q, 300, "d/%s", s + 1); WORDS("ls"); execve(q, words, environ); return failed(); }
MODE(symlink_chain) { char from[32], to[4096]; strcpy(to, PROGRAM); for (int i = 0; i < 30; i++) { snprintf(from, 32, "n%d", i); symlink(to, from); strcpy(to, from); } WORDS("ls"); execve(to, words, environ); return failed(); }
MODE(hardlink) { if (link(PROGRAM, "ls")) perror("link"); WORDS("ls"); execve("./ls", words, environ); return failed(); }
static int copied(const char *from, const char *name) { int f = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755); if (f < 0 || copy_file(from, f)) { perror("copy"); return -1; } close(f); return 0; }
MODE(copy) { copied(PROGRAM, "ls"); WORDS("ls"); execve("./ls", words, environ); return failed(); }
MODE(copy_same_name) { char *s = strrchr(PROGRAM, '/') + 1; copied(PROGRAM, s); WORDS(s); execve(s, words, environ); return failed(); }
MODE(copy_deleted) { copied(PROGRAM, "ls"); int f = open("ls", O_RDONLY | O_CLOEXEC); unlink("ls"); WORDS("ls"); fexecve(f, words, environ); return failed(); }
MODE(copy_renamed_open) { copied(PROGRAM, "ls"); int f = open("ls", O_PATH); rename("ls", "other"); WORDS("ls"); syscall(SYS_execveat, f, "", words, environ, AT_EMPTY_PATH); return failed(); }
MODE(tmpfile_) { int f = open(".", O_TMPFILE | O_RDWR, 0755); if (f < 0 || copy_file(PROGRAM, f)) return fail("copy"); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); int r = open(p, O_RDONLY | O_CLOEXEC); close(f); WORDS("ls"); fexecve(r, words, environ); return failed(); }
MODE(tmpfile_linked) { int f = open(".", O_TMPFILE | O_RDWR, 0755); if (f < 0 || copy_file(PROGRAM, f)) return fail("copy"); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); if (linkat(AT_FDCWD, p, AT_FDCWD, "ls", AT_SYMLINK_FOLLOW)) return fail("linkat"); close(f); WORDS("ls"); execve("./ls", words, environ); return failed(); }
MODE(memfd) { int f = (int)syscall(SYS_memfd_create, "ls", 0); if (copy_file(PROGRAM, f)) return fail("copy"); WORDS("ls"); fexecve(f, words, environ); return failed(); }
MODE(memfd_cloexec) { int f = (int)syscall(SYS_memfd_create, "ls", 1); if (copy_file(PROGRAM, f)) return fail("copy"); WORDS("ls"); syscall(SYS_execveat, f, "", words, environ, AT_EMPTY_PATH); return failed(); }
MODE(memfd_sealed) { int f = (int)syscall(SYS_memfd_create, "ls", 2 | 0x10); if (f < 0 || copy_file(PROGRAM, f)) return fail("copy"); fcntl(f, 1033, 15); WORDS("ls"); fexecve(f, words, environ); return failed(); }
MODE(memfd_proc) { int f = (int)syscall(SYS_memfd_create, "ls", 0); if (copy_file(PROGRAM, f)) return fail("copy"); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); WORDS("ls"); execve(p, words, environ); return failed(); }
MODE(memfd_pid) { int f = (int)syscall(SYS_memfd_create, "ls", 0); if (copy_file(PROGRAM, f)) return fail("copy"); char p[64]; snprintf(p, 64, "/proc/%d/fd/%d", getpid(), f); if (fork() == 0) { WORDS("ls"); execve(p, words, environ); _exit(failed()); } wait(NULL); return 0; }
MODE(memfd_script) { int f = (int)syscall(SYS_memfd_create, "ls", 0); dprintf(f, "#!%s\n", PROGRAM); WORDS("ls"); fexecve(f, words, environ); return failed(); }
MODE(shm) { char p[64]; snprintf(p, 64, "/dev/shm/pw-scenario-%d", getpid()); copied(PROGRAM, p); if (fork() == 0) { WORDS("ls"); execve(p, words, environ); _exit(failed()); } wait(NULL); unlink(p); return 0; }
MODE(tmp) { const char *t = getenv("TMPDIR"); char p[4096]; snprintf(p, 4096, "%s/pw-scenario-%d", t ? t : "/tmp", getpid()); copied(PROGRAM, p); if (fork() == 0) { WORDS("ls"); execve(p, words, environ); _exit(failed()); } wait(NULL); unlink(p); return 0; }
MODE(spawned) { WORDS(PROGRAM); pid_t c; int e = posix_spawn(&c, PROGRAM, NULL, NULL, words, environ); if (e) { errno = e; return failed(); } waitpid(c, NULL, 0); return 0; }
MODE(spawned_path) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; setenv("PATH", p, 1); WORDS(s + 1); pid_t c; int e = posix_spawnp(&c, s + 1, NULL, NULL, words, environ); if (e) { errno = e; return failed(); } waitpid(c, NULL, 0); return 0; }
MODE(spawned_chdir) { posix_spawn_file_actions_t a; posix_spawn_file_actions_init(&a); char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; posix_spawn_file_actions_addchdir_np(&a, p); WORDS(s + 1); pid_t c; char q[300]; snprintf(q, 300, "./%s", s + 1); int e = posix_spawn(&c, q, &a, NULL, words, environ); if (e) { errno = e; return failed(); } waitpid(c, NULL, 0); return 0; }
MODE(vforked) { WORDS(PROGRAM); pid_t c = vfork(); if (c == 0) { execve(PROGRAM, words, environ); _exit(1); } int s; waitpid(c, &s, 0); return 0; }
MODE(forked) { WORDS(PROGRAM); if (fork() == 0) { execve(PROGRAM, words, environ); _exit(failed()); } wait(NULL); return 0; }
MODE(daemon_) { WORDS(PROGRAM); if (fork() == 0) { setsid(); if (fork() == 0) { usleep(30000); execve(PROGRAM, words, environ); _exit(failed()); } _exit(0); } wait(NULL); usleep(300000); return 0; }
static char **clone_words; static const char *clone_program;
static int run_clone(void *unused) { (void)unused; execve(clone_program, clone_words, environ); return 1; }
MODE(cloned) { static char stack[65536]; WORDS(PROGRAM); clone_words = words; clone_program = PROGRAM; int c = clone(run_clone, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL); waitpid(c, NULL, 0); return 0; }
MODE(cloned_files) { static char stack[65536]; WORDS(PROGRAM); clone_words = words; clone_program = PROGRAM; int c = clone(run_clone, stack + sizeof stack, CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, NULL); waitpid(c, NULL, 0); return 0; }
MODE(clone3_) { struct { uint64_t flags, pidfd, child, parent, signal, stack, size, tls, set, setsize, cgroup; } a = { .signal = SIGCHLD }; WORDS(PROGRAM); long c = syscall(435, &a, sizeof a); if (c == 0) { execve(PROGRAM, words, environ); _exit(failed()); } if (c < 0) return fail("clone3"); wait(NULL); return 0; }
static void *thread_exec(void *p) { WORDS(p); execve(p, words, environ); failed(); return NULL; }
MODE(threaded) { pthread_t t; pthread_create(&t, NULL, thread_exec, PROGRAM); pthread_join(t, NULL); return 1; }
MODE(null_argv) { syscall(SYS_execve, PROGRAM, NULL, environ); return failed(); }
MODE(empty_argv) { char *words[] = { NULL }; execve(PROGRAM, words, environ); return failed(); }
MODE(null_env) { WORDS(PROGRAM); syscall(SYS_execve, PROGRAM, words, NULL); return failed(); }
MODE(argv0_other) { WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(argv0_empty) { WORDS(""); execve(PROGRAM, words, environ); return failed(); }
MODE(argv0_long) { static char name[100000]; memset(name, 'a', sizeof name - 1); WORDS(name); execve(PROGRAM, words, environ); return failed(); }
MODE(argv0_odd) { WORDS("\x1b[31m\n\xff\xfe patchwork: allowed"); execve(PROGRAM, words, environ); return failed(); }
MODE(many_words) { static char *words[10002]; words[0] = "ls"; for (int i = 1; i < 10001; i++) words[i] = "x"; execve(PROGRAM, words, environ); return failed(); }
MODE(huge_words) { static char big[120000]; memset(big, 'y', sizeof big - 1); static char *words[14]; words[0] = "ls"; for (int i = 1; i < 13; i++) words[i] = big; execve(PROGRAM, words, environ); return failed(); }
MODE(huge_env) { static char big[100000]; memset(big, 'y', sizeof big - 1); big[0] = 'A'; big[1] = '='; char *env[] = { big, big, big, big, NULL }; WORDS("ls"); execve(PROGRAM, words, env); return failed(); }
MODE(preload_env) { setenv("LD_PRELOAD", "/nowhere.so", 1); setenv("LD_LIBRARY_PATH", ".", 1); WORDS(PROGRAM); execve(PROGRAM, words, environ); return failed(); }
MODE(script) { FILE *f = fopen("script", "w"); fprintf(f, "#!%s\n", PROGRAM); fclose(f); chmod("script", 0755); WORDS("script"); execve("./script", words, environ); return failed(); }
MODE(script_blank) { FILE *f = fopen("script", "w"); fprintf(f, "#!  \t%s  an argument \n", PROGRAM); fclose(f); chmod("script", 0755); WORDS("script"); execve("./script", words, environ); return failed(); }
MODE(script_of_script) { FILE *f = fopen("inner", "w"); fprintf(f, "#!%s\n", PROGRAM); fclose(f); chmod("inner", 0755); f = fopen("script", "w"); fprintf(f, "#!%s\n", absolute("inner")); fclose(f); chmod("script", 0755); WORDS("script"); execve("./script", words, environ); return failed(); }
MODE(script_env) { FILE *f = fopen("script", "w"); fprintf(f, "#!/usr/bin/env -S %s -x\n", PROGRAM); fclose(f); chmod("script", 0755); WORDS("script"); execve("./script", words, environ); return failed(); }
MODE(script_link) { symlink(PROGRAM, "interp"); FILE *f = fopen("script", "w"); fprintf(f, "#!%s\n", absolute("interp")); fclose(f); chmod("script", 0755); WORDS("script"); execve("./script", words, environ); return failed(); }
MODE(script_relative) { symlink(PROGRAM, "interp"); FILE *f = fopen("script", "w"); fprintf(f, "#!./interp"); fclose(f); chmod("script", 0755); WORDS("script"); execve("./script", words, environ); return failed(); }
static const char *loader(void) { return access("/lib64/ld-linux-x86-64.so.2", X_OK) == 0 ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1"; }
MODE(script_loader) { FILE *f = fopen("script", "w"); fprintf(f, "#!%s %s", loader(), PROGRAM); fclose(f); chmod("script", 0755); char *words[] = { "script", NULL }; execve("./script", words, environ); return failed(); }
MODE(script_fd) { FILE *f = fopen("script", "w"); fprintf(f, "#!%s\n", PROGRAM); fclose(f); chmod("script", 0755); int s = open("script", O_RDONLY); WORDS("ls"); fexecve(s, words, environ); return failed(); }
MODE(ld) { char *words[] = { "ld.so", PROGRAM, "one", NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_argv0) { char *words[] = { "ld.so", "--argv0", "ls", PROGRAM, "one", NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_library) { char *words[] = { "ls", "--library-path", "/usr/lib/x86_64-linux-gnu", "--inhibit-cache", PROGRAM, "one", NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_preload) { char *words[] = { "ld.so", "--preload", "", PROGRAM, "one", NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_link) { symlink(loader(), "ls"); char *words[] = { "ls", PROGRAM, "one", NULL }; execve("./ls", words, environ); return failed(); }
MODE(ld_copy) { copied(loader(), "ls"); char *words[] = { "ls", PROGRAM, "one", NULL }; execve("./ls", words, environ); return failed(); }
MODE(ld_memfd) { int f = (int)syscall(SYS_memfd_create, "x", 0); copy_file(loader(), f); char *words[] = { "ls", PROGRAM, "one", NULL }; fexecve(f, words, environ); return failed(); }
MODE(ld_copy_of) { copied(PROGRAM, "harmless"); char *words[] = { "ld.so", "./harmless", "one", NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_link_of) { symlink(PROGRAM, "harmless"); char *words[] = { "ld.so", "./harmless", "one", NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_fd) { int f = open(PROGRAM, O_RDONLY); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); char *words[] = { "ld.so", p, "one", NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_relative) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; if (chdir(p)) return 1; char q[300]; snprintf(q, 300, "./%s", s + 1); char *words[] = { "ld.so", q, NULL }; execve(loader(), words, environ); return failed(); }
MODE(ld_libpath_name) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; char *words[] = { "ld.so", "--library-path", p, s + 1, NULL }; execve(loader(), words, environ); return failed(); }
MODE(int80_) { char *p = low(PROGRAM); if (!p) return 1; uint32_t *w = (uint32_t *)(p + 8192); w[0] = (uint32_t)(uintptr_t)p; w[1] = 0; uint32_t *e = w + 4; e[0] = 0; long r = int80(11, (long)p, (long)w, (long)e); errno = (int)-r; return failed(); }
MODE(x32_) { char *p = low(PROGRAM); if (!p) return 1; uint32_t *w = (uint32_t *)(p + 8192); w[0] = (uint32_t)(uintptr_t)p; w[1] = 0; x32(520, (long)p, (long)w, 0); return failed(); }
MODE(x32_number) { WORDS(PROGRAM); x32(59, (long)PROGRAM, (long)words, (long)environ); return failed(); }
MODE(chrooted) { char p[4096]; char *s = strrchr(strcpy(p, PROGRAM), '/'); *s = 0; if (chroot(p) || chdir("/")) return fail("chroot"); char q[300]; snprintf(q, 300, "/%s", s + 1); WORDS(q); execve(q, words, environ); return failed(); }
MODE(chroot_root) { if (chroot("/proc/self/root")) return fail("chroot"); WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(userns) { if (unshare(CLONE_NEWUSER)) return fail("unshare"); WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(userns_soft) { if (unshare(CLONE_NEWUSER)) perror("unshare"); WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(bind_mount) { int f = open("ls", O_CREAT | O_RDWR, 0755); close(f); if (unshare(CLONE_NEWNS)) { if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) return fail("unshare"); } else mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL); if (mount(PROGRAM, "ls", NULL, MS_BIND, NULL)) return fail("mount"); WORDS("ls"); execve("./ls", words, environ); return failed(); }
MODE(after_filter) { struct { unsigned short code; unsigned char jt, jf; unsigned k; } code[] = { { 0x06, 0, 0, 0x7fff0000 } }; struct { unsigned short len; void *filter; } program = { 1, code }; prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); prctl(PR_SET_SECCOMP, 2, &program); WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(undumpable) { prctl(PR_SET_DUMPABLE, 0); WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(low_limits) { struct rlimit l = { 4, 4 }; setrlimit(RLIMIT_NOFILE, &l); struct rlimit m = { 1 << 24, 1 << 24 }; setrlimit(RLIMIT_STACK, &m); WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(personality_) { syscall(SYS_personality, 0x0040000 | 0x4000000); WORDS("ls"); execve(PROGRAM, words, environ); return failed(); }
MODE(traced) { pid_t c = fork(); if (c == 0) { ptrace(PTRACE_TRACEME, 0, 0, 0); WORDS("ls"); execve(PROGRAM, words, environ); _exit(failed()); } int s; for (;;) { if (waitpid(c, &s, 0) < 0 || WIFEXITED(s) || WIFSIGNALED(s)) return 0; if (ptrace(PTRACE_CONT, c, 0, 0)) { kill(c, SIGKILL); return fail("ptrace"); } } }
MODE(signals) { struct itimerval t = { { 0, 300 }, { 0, 300 } }; struct sigaction a = { .sa_handler = (void (*)(int))(void *)abs }; sigaction(SIGALRM, &a, NULL); setitimer(ITIMER_REAL, &t, NULL); WORDS("ls"); for (int i = 0; i < 50; i++) { if (fork() == 0) { signal(SIGALRM, SIG_IGN); execve(PROGRAM, words, environ); _exit(0); } while (wait(NULL) < 0 && errno == EINTR) {} } return 0; }
MODE(storm) { WORDS("ls"); for (int i = 0; i < 60; i++) if (fork() == 0) { execve(PROGRAM, words, environ); _exit(0); } while (wait(NULL) > 0) {} return 0; }
MODE(passed_fd) { int p[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, p); if (fork() == 0) { int f = open(PROGRAM, O_PATH); dup2(f, 60); char c[CMSG_SPACE(sizeof(int))], b = 'x'; memset(c, 0, sizeof c); struct iovec v = { &b, 1 }; struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c }; struct cmsghdr *h = CMSG_FIRSTHDR(&m); h->cmsg_level = SOL_SOCKET; h->cmsg_type = SCM_RIGHTS; h->cmsg_len = CMSG_LEN(sizeof(int)); memcpy(CMSG_DATA(h), &f, sizeof f); sendmsg(p[1], &m, 0); _exit(0); } char c[CMSG_SPACE(sizeof(int))], b; struct iovec v = { &b, 1 }; struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c }; recvmsg(p[0], &m, 0); struct cmsghdr *h = CMSG_FIRSTHDR(&m); int f = -1; if (h) memcpy(&f, CMSG_DATA(h), sizeof f); WORDS("ls"); syscall(SYS_execveat, f, "", words, environ, AT_EMPTY_PATH); return failed(); }
MODE(copy_by_range) { int i = open(PROGRAM, O_RDONLY), o = open("ls", O_WRONLY | O_CREAT, 0755); struct stat s; fstat(i, &s); loff_t left = s.st_size; while (left > 0) { ssize_t n = copy_file_range(i, NULL, o, NULL, (size_t)left, 0); if (n <= 0) return fail("copy_file_range"); left -= n; } close(o); WORDS("ls"); execve("./ls", words, environ); return failed(); }
MODE(copy_by_map) { int i = open(PROGRAM, O_RDONLY), o = open("ls", O_RDWR | O_CREAT, 0755); struct stat s; fstat(i, &s); ftruncate(o, s.st_size); char *a = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, i, 0), *b = mmap(NULL, (size_t)s.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, o, 0); memcpy(b, a, (size_t)s.st_size); munmap(b, (size_t)s.st_size); close(o); WORDS("ls"); execve("./ls", words, environ); return failed(); }

#define M(name) { #name, name }
static const struct mode modes[] = {
  M(plain), M(raw), M(relative), M(bare_name), M(by_path), M(empty_path), M(at_dirfd), M(dirfd_fchdir), M(at_nofollow), M(empty_pathfd), M(empty_readfd), M(fexecve_), M(proc_fd), M(dev_fd), M(proc_root), M(proc_cwd), M(pid_root), M(slashes),
  M(dotdot), M(symlink_), M(symlink_dir), M(symlink_chain), M(hardlink), M(copy), M(copy_same_name), M(copy_deleted), M(copy_renamed_open), M(tmpfile_), M(tmpfile_linked), M(memfd), M(memfd_cloexec), M(memfd_sealed), M(memfd_proc), M(memfd_pid),
  M(memfd_script), M(shm), M(tmp), M(spawned), M(spawned_path), M(spawned_chdir), M(vforked), M(forked), M(daemon_), M(cloned), M(cloned_files), M(clone3_), M(threaded), M(null_argv), M(empty_argv), M(null_env), M(argv0_other), M(argv0_empty),
  M(argv0_long), M(argv0_odd), M(many_words), M(huge_words), M(huge_env), M(preload_env), M(script), M(script_blank), M(script_of_script), M(script_env), M(script_link), M(script_relative), M(script_loader), M(script_fd), M(ld), M(ld_argv0),
  M(ld_library), M(ld_preload), M(ld_link), M(ld_copy), M(ld_memfd), M(ld_copy_of), M(ld_link_of), M(ld_fd), M(ld_relative), M(ld_libpath_name), M(int80_), M(x32_), M(x32_number), M(chrooted), M(chroot_root), M(userns), M(userns_soft), M(bind_mount), M(after_filter),
  M(undumpable), M(low_limits), M(personality_), M(traced), M(signals), M(storm), M(passed_fd), M(copy_by_range), M(copy_by_map),
  { NULL, NULL },
};

int main(int argc, char **argv) {
  static char tool[4096];
  if (argc > 2 && argv[2][0] == '@') { /* a tool of the stage */
    snprintf(tool, sizeof tool, "%s/%s", getenv("TOOLS"), argv[2] + 1);
    argv[2] = tool;
  }
  return choose(modes, argc, argv);
}
