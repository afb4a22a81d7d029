/* What a guard must leave as it is: modes, flags, errors, waiting: `permits MODE`. Prints what it sees. */
#include "scenario.h"
#include <grp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/eventfd.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>

#define MODE(name) static int name(int argc, char **argv)
#define SAY(...) printf(__VA_ARGS__)
#define TRY(call) do { errno = 0; long r = (long)(call); SAY("%s = %s %s\n", #call, r < 0 ? "-1" : "ok", r < 0 ? strerrorname_np(errno) : ""); } while (0)
const char *strerrorname_np(int);

MODE(errors) {
  write_text("file", "x"); mkdir("dir", 0755); symlink("loop2", "loop1"); symlink("loop1", "loop2"); symlink("nowhere", "dangling"); mkdir("shut", 0000);
  TRY(open("none", O_RDONLY)); TRY(open("none/none", O_RDONLY)); TRY(open("file/x", O_RDONLY)); TRY(open("loop1", O_RDONLY)); TRY(open("dir", O_WRONLY)); TRY(open("dir", O_RDWR)); TRY(open("file", O_CREAT | O_EXCL | O_WRONLY, 0600)); TRY(open("file", O_DIRECTORY)); TRY(open("dangling", O_RDONLY));
  TRY(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600)); TRY(open("dangling", O_RDONLY | O_NOFOLLOW)); TRY(open("", O_RDONLY)); TRY(open("file/", O_RDONLY)); TRY(open("none/", O_CREAT | O_WRONLY, 0600)); TRY(open("/dev/tty", O_RDONLY)); TRY(open("/proc/self/none", O_RDONLY)); TRY(openat(-1, "file", O_RDONLY)); TRY(openat(999, "file", O_RDONLY));
  int f = open("file", O_RDONLY); TRY(openat(f, "x", O_RDONLY)); TRY(open((char *)8, O_RDONLY)); TRY(open("file", O_TMPFILE | O_RDWR, 0600)); TRY(open("dir", O_CREAT | O_RDWR, 0600)); TRY(open("file", O_RDONLY | O_DIRECT)); TRY(open("dir/../file", O_RDONLY)); TRY(open("none/../file", O_RDONLY)); TRY(open("file/../file", O_RDONLY));
  static char name[300]; memset(name, 'n', 256); TRY(open(name, O_RDONLY)); static char path[5000]; memset(path, '/', 4990); TRY(open(path, O_RDONLY));
  TRY(unlink("none")); TRY(unlink("dir")); TRY(rmdir("file")); TRY(rmdir("none")); TRY(mkdir("dir", 0755)); TRY(mkdir("file", 0755)); TRY(mkdir("none/x", 0755)); TRY(rename("none", "x")); TRY(rename("dir", "file")); TRY(rename("file", "dir")); TRY(rename("dir", "dir/x")); TRY(link("none", "x")); TRY(link("dir", "x")); TRY(link("file", "file"));
  TRY(symlink("x", "file")); TRY(symlink("", "x")); TRY(truncate("none", 0)); TRY(truncate("dir", 0)); TRY(truncate("file", -1)); TRY(chmod("none", 0600)); TRY(chdir("file")); TRY(chdir("none")); TRY(mknod("file", S_IFIFO | 0600, 0)); TRY(mknod("y", 0170000, 0)); TRY(rmdir(".")); TRY(unlinkat(AT_FDCWD, "dir", 0xff)); TRY(renameat2(AT_FDCWD, "file", AT_FDCWD, "dir", RENAME_NOREPLACE));
  TRY(renameat2(AT_FDCWD, "file", AT_FDCWD, "none", RENAME_EXCHANGE)); TRY(renameat2(AT_FDCWD, "file", AT_FDCWD, "z", 0xf0)); TRY(rmdir("")); TRY(creat("dir", 0600)); TRY(utimensat(AT_FDCWD, "none", NULL, 0)); TRY(setxattr("none", "user.x", "y", 1, 0)); TRY(chown("none", 0, 0)); TRY(linkat(999, "x", 999, "y", 0)); TRY(symlinkat("x", 999, "y"));
  char *no[] = { "x", NULL }; TRY(execve("none", no, environ)); TRY(execve("file", no, environ)); TRY(execve("dir", no, environ)); TRY(execve("file/x", no, environ)); TRY(execve("loop1", no, environ)); write_text("bad", "#!/none/interpreter\n"); chmod("bad", 0755); TRY(execve("bad", no, environ)); write_text("empty", ""); chmod("empty", 0755); TRY(execve("empty", no, environ));
  write_text("noexec", "\x7f" "ELF junk"); chmod("noexec", 0755); TRY(execve("noexec", no, environ)); TRY(execve("", no, environ)); TRY(syscall(SYS_execveat, 999, "", no, environ, AT_EMPTY_PATH)); chmod("shut", 0755);
  return 0;
}
MODE(modes) {
  struct stat s;
  for (int u = 0; u < 4; u++) { int masks[] = { 0, 022, 077, 0777 }; umask((mode_t)masks[u]); char n[32]; snprintf(n, 32, "f%d", u); close(open(n, O_CREAT | O_WRONLY, 0666)); stat(n, &s); SAY("%s %o\n", n, s.st_mode); snprintf(n, 32, "x%d", u); close(open(n, O_CREAT | O_WRONLY, 07777)); stat(n, &s); SAY("%s %o\n", n, s.st_mode); snprintf(n, 32, "d%d", u); mkdir(n, 0777); stat(n, &s); SAY("%s %o\n", n, s.st_mode); snprintf(n, 32, "p%d", u); mkfifo(n, 0666); stat(n, &s); SAY("%s %o\n", n, s.st_mode); }
  umask(022); mkdir("sticky", 01777); stat("sticky", &s); SAY("sticky %o\n", s.st_mode); chmod("sticky", 02755); mkdir("sticky/in", 0755); stat("sticky/in", &s); SAY("in %o\n", s.st_mode);
  chmod("d3", 0755); chmod("f3", 0600); chmod("x3", 0600);
  return 0;
}
MODE(flags) {
  write_text("file", "0123456789");
  int all[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_CLOEXEC, O_RDWR | O_APPEND, O_RDONLY | O_NONBLOCK, O_RDWR | O_SYNC, O_RDONLY | O_NOATIME, O_PATH, O_PATH | O_CLOEXEC, O_RDONLY | O_NOFOLLOW, O_RDWR | O_DSYNC, O_RDONLY | O_LARGEFILE, O_RDONLY | O_ASYNC };
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++) { int f = open("file", all[i]); SAY("%x: fd %d fl %x fdflags %x\n", all[i], f, fcntl(f, F_GETFL), fcntl(f, F_GETFD)); close(f); }
  int a = open("file", O_RDONLY), b = open("file", O_RDONLY); SAY("lowest %d %d\n", a, b); close(a); int c = open("file", O_RDONLY); SAY("reused %d\n", c);
  int ap = open("file", O_WRONLY | O_APPEND); write(ap, "A", 1); struct stat s; fstat(ap, &s); SAY("size %ld\n", (long)s.st_size);
  return 0;
}
MODE(openat2_) {
  write_text("file", "x"); mkdir("dir", 0755); symlink("file", "link"); symlink("/etc/hostname", "out"); write_text("dir/in", "y");
  struct { const char *path; uint64_t flags, mode, resolve; } all[] = { { "file", O_RDONLY, 0, 0 }, { "link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS }, { "out", O_RDONLY, 0, RESOLVE_BENEATH }, { "../x", O_RDONLY, 0, RESOLVE_BENEATH }, { "/file", O_RDONLY, 0, RESOLVE_IN_ROOT }, { "/proc/self/exe", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS }, { "/proc/self/status", O_RDONLY, 0, RESOLVE_NO_XDEV }, { "new", O_WRONLY | O_CREAT, 0640, RESOLVE_BENEATH }, { "file", O_RDONLY, 0644, 0 }, { "file", O_RDONLY, 0, 0x1000 }, { "file", 0xdeadbeef00000000ULL, 0, 0 }, { "dir/../file", O_RDONLY, 0, RESOLVE_BENEATH } };
  int d = open(".", O_PATH);
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++) { struct open_how h = { all[i].flags, all[i].mode, all[i].resolve }; errno = 0; int f = (int)syscall(SYS_openat2, d, all[i].path, &h, sizeof h); SAY("%s %llx: %s %s\n", all[i].path, (unsigned long long)all[i].resolve, f < 0 ? "-1" : "ok", strerrorname_np(f < 0 ? errno : 0)); if (f >= 0) close(f); }
  struct open_how h = { 0 }; TRY(syscall(SYS_openat2, d, "file", &h, 8)); TRY(syscall(SYS_openat2, d, "file", (void *)8, sizeof h)); char big[64] = { 0 }; TRY(syscall(SYS_openat2, d, "file", big, 64)); big[60] = 1; TRY(syscall(SYS_openat2, d, "file", big, 64));
  return 0;
}
MODE(cloexec) { write_text("file", "x"); int a = open("file", O_RDONLY | O_CLOEXEC), b = open("file", O_RDONLY); char c[200]; snprintf(c, 200, "for i in %d %d; do [ -e /proc/self/fd/$i ] && echo open || echo closed; done", a, b); char *w[] = { "sh", "-c", c, NULL }; execv("/bin/sh", w); return 1; }
MODE(fifo) { mkfifo("f", 0600); if (fork() == 0) { usleep(100000); int w = open("f", O_WRONLY); write(w, "through\n", 8); _exit(0); } int r = open("f", O_RDONLY); char b[20]; ssize_t n = read(r, b, 20); write(1, b, (size_t)n); wait(NULL); TRY(open("f", O_WRONLY | O_NONBLOCK)); TRY(open("f", O_RDONLY | O_NONBLOCK)); TRY(open("f", O_RDWR)); return 0; }
static void nothing(int s) { (void)s; }
MODE(fifo_interrupted) { mkfifo("f", 0600); struct sigaction a = { .sa_handler = nothing }; sigaction(SIGALRM, &a, NULL); ualarm(150000, 0); TRY(open("f", O_RDONLY)); return 0; }
MODE(fifo_killed) { mkfifo("f", 0600); int c = fork(); if (c == 0) { open("f", O_RDONLY); _exit(0); } usleep(150000); kill(c, SIGTERM); int s; waitpid(c, &s, 0); SAY("ended by %d\n", WTERMSIG(s)); return 0; }
MODE(fifo_many) { char n[32]; for (int i = 0; i < 24; i++) { snprintf(n, 32, "f%d", i); mkfifo(n, 0600); if (fork() == 0) { int r = open(n, O_RDONLY); char b; read(r, &b, 1); _exit(0); } } write_text("other", "x"); SAY("others go on\n"); for (int i = 0; i < 24; i++) { snprintf(n, 32, "f%d", i); int w = open(n, O_WRONLY); write(w, "x", 1); close(w); } int c = 0; while (wait(NULL) > 0) c++; SAY("%d came through\n", c); return 0; }
MODE(signals_many) { struct itimerval t = { { 0, 1000 }, { 0, 1000 } }; struct sigaction a = { .sa_handler = nothing, .sa_flags = SA_RESTART }; sigaction(SIGALRM, &a, NULL); setitimer(ITIMER_REAL, &t, NULL); write_text("file", "x"); int bad = 0; for (int i = 0; i < 2000; i++) { int f = open("file", O_RDONLY); if (f < 0) bad++; close(f); } SAY("%d failed\n", bad); return 0; }
MODE(threads) { write_text("file", "x"); pthread_t t[16]; void *run(void *u) { for (int i = 0; i < 200; i++) { int f = open("file", O_RDONLY); if (f < 0) return (void *)1; close(f); } return NULL; } int bad = 0; for (int i = 0; i < 16; i++) pthread_create(&t[i], NULL, run, NULL); for (int i = 0; i < 16; i++) { void *r; pthread_join(t[i], &r); bad += r != NULL; } SAY("%d failed\n", bad); return 0; }
MODE(exec_many) { int bad = 0; for (int i = 0; i < 60; i++) { pid_t c; char *w[] = { "true", NULL }; if (posix_spawn(&c, "/bin/true", NULL, NULL, w, environ)) { bad++; continue; } int s; waitpid(c, &s, 0); bad += s != 0; } SAY("%d failed\n", bad); return 0; }
MODE(exec_threads) { void *run(void *u) { int bad = 0; for (int i = 0; i < 10; i++) { pid_t c = vfork(); if (c == 0) { execl("/bin/true", "true", NULL); _exit(9); } int s; waitpid(c, &s, 0); bad += s != 0; } return (void *)(long)bad; } pthread_t t[8]; long bad = 0; for (int i = 0; i < 8; i++) pthread_create(&t[i], NULL, run, NULL); for (int i = 0; i < 8; i++) { void *r; pthread_join(t[i], &r); bad += (long)r; } SAY("%ld failed\n", bad); return 0; }
MODE(exec_from_thread) { /* the other threads end, the process goes on */ void *other(void *u) { for (;;) pause(); } pthread_t t; pthread_create(&t, NULL, other, NULL); void *run(void *u) { char *w[] = { "echo", "from a thread", NULL }; execv("/bin/echo", w); return NULL; } pthread_create(&t, NULL, run, NULL); pthread_join(t, NULL); return 1; }
MODE(exec_argv) { char *w[] = { "zero", "", " blank ", "new\nline", "\xff\xfe", "*", NULL }; execv("/proc/self/exe", w); return 1; }
MODE(exec_long) { static char big[131000]; memset(big, 'a', sizeof big - 1); char *w[] = { "expr", "length", big, NULL }; execv("/usr/bin/expr", w); return 1; }
MODE(exec_many_words) { static char *w[20002]; w[0] = "sh"; w[1] = "-c"; w[2] = "echo $#"; for (int i = 3; i < 20000; i++) w[i] = "x"; execv("/bin/sh", w); return 1; }
MODE(exec_toobig) { static char big[140000]; memset(big, 'a', sizeof big - 1); char *w[] = { "true", big, NULL }; TRY(execv("/bin/true", w)); return 0; }
MODE(memfd_exec) { int f = (int)syscall(SYS_memfd_create, "x", 1); copy_file("/bin/echo", f); char *w[] = { "echo", "from memory", NULL }; fexecve(f, w, environ); return fail("fexecve"); }
MODE(vfork_order) { volatile int x = 0; pid_t c = vfork(); if (c == 0) { x = 1; execl("/bin/sleep", "sleep", "0.05", NULL); _exit(1); } SAY("x %d\n", x); int s; waitpid(c, &s, 0); SAY("status %d\n", s); return 0; }
MODE(locks) { int f = open("lock", O_CREAT | O_RDWR, 0600); TRY(flock(f, LOCK_EX)); if (fork() == 0) { int g = open("lock", O_RDWR); TRY(flock(g, LOCK_EX | LOCK_NB)); struct flock l = { .l_type = F_WRLCK }; TRY(fcntl(g, F_SETLK, &l)); fflush(stdout); _exit(0); } wait(NULL); struct flock l = { .l_type = F_WRLCK }; TRY(fcntl(f, F_OFD_SETLK, &l)); TRY(lockf(f, F_TLOCK, 0)); return 0; }
MODE(maps) { int f = open("map", O_CREAT | O_RDWR, 0600); ftruncate(f, 8192); char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0); strcpy(m, "mapped"); msync(m, 8192, MS_SYNC); char b[10] = ""; pread(f, b, 6, 0); SAY("%s\n", b); int s = shm_open("/pw-permits", O_CREAT | O_RDWR, 0600); SAY("shm %s\n", s < 0 ? "-1" : "ok"); shm_unlink("/pw-permits"); return 0; }
MODE(watches) { int i = inotify_init1(IN_NONBLOCK); TRY(inotify_add_watch(i, ".", IN_CREATE | IN_DELETE | IN_MOVED_TO)); write_text("seen", "x"); rename("seen", "moved"); unlink("moved"); char b[4096]; ssize_t n = read(i, b, 4096); for (char *p = b; p < b + n; ) { struct inotify_event *e = (void *)p; SAY("%x %s\n", e->mask, e->name); p += sizeof *e + e->len; } return 0; }
MODE(unix_inside) { int l = socket(AF_UNIX, SOCK_STREAM, 0); struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "here.sock" }; TRY(bind(l, (struct sockaddr *)&a, sizeof a)); TRY(listen(l, 5)); if (fork() == 0) { int s = socket(AF_UNIX, SOCK_STREAM, 0); TRY(connect(s, (struct sockaddr *)&a, sizeof a)); write(s, "hello\n", 6); fflush(stdout); _exit(0); } int c = accept(l, NULL, NULL); char b[10]; ssize_t n = read(c, b, 10); wait(NULL); fflush(stdout); write(1, b, (size_t)n); struct ucred u; socklen_t z = sizeof u; TRY(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &z)); struct sockaddr_un no = { .sun_family = AF_UNIX, .sun_path = "none.sock" }; int s = socket(AF_UNIX, SOCK_STREAM, 0); TRY(connect(s, (struct sockaddr *)&no, sizeof no)); TRY(bind(s, (struct sockaddr *)&a, sizeof a)); return 0; }
MODE(unix_abstract) { int l = socket(AF_UNIX, SOCK_STREAM, 0); struct sockaddr_un a = { .sun_family = AF_UNIX }; snprintf(a.sun_path + 1, 50, "pw-permits-%d", getpid()); TRY(bind(l, (struct sockaddr *)&a, sizeof a)); TRY(listen(l, 1)); int s = socket(AF_UNIX, SOCK_STREAM, 0); TRY(connect(s, (struct sockaddr *)&a, sizeof a)); return 0; }
MODE(dgrams) { int p[2]; TRY(socketpair(AF_UNIX, SOCK_DGRAM, 0, p)); send(p[0], "d", 1, 0); char b[4]; SAY("%ld\n", (long)recv(p[1], b, 4, 0)); int s = socket(AF_UNIX, SOCK_DGRAM, 0); struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "dg.sock" }; TRY(bind(s, (struct sockaddr *)&a, sizeof a)); int c = socket(AF_UNIX, SOCK_DGRAM, 0); TRY(sendto(c, "xyz", 3, 0, (struct sockaddr *)&a, sizeof a)); SAY("%ld\n", (long)recv(s, b, 4, 0)); return 0; }
MODE(tcp_inside) { int l = socket(AF_INET, SOCK_STREAM, 0); struct sockaddr_in a = { .sin_family = AF_INET }; a.sin_addr.s_addr = htonl(INADDR_LOOPBACK); TRY(bind(l, (struct sockaddr *)&a, sizeof a)); TRY(listen(l, 5)); socklen_t n = sizeof a; getsockname(l, (struct sockaddr *)&a, &n); int s = socket(AF_INET, SOCK_STREAM, 0); TRY(connect(s, (struct sockaddr *)&a, sizeof a)); int c = accept(l, NULL, NULL); write(s, "tcp\n", 4); char b[8]; ssize_t r = read(c, b, 8); fflush(stdout); write(1, b, (size_t)r); close(l); int t = socket(AF_INET, SOCK_STREAM, 0); TRY(connect(t, (struct sockaddr *)&a, sizeof a)); int nb = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); l = socket(AF_INET, SOCK_STREAM, 0); a.sin_port = 0; bind(l, (struct sockaddr *)&a, sizeof a); listen(l, 1); n = sizeof a; getsockname(l, (struct sockaddr *)&a, &n); errno = 0; int q = connect(nb, (struct sockaddr *)&a, sizeof a); SAY("nonblocking %s\n", q == 0 || errno == EINPROGRESS ? "ok" : strerrorname_np(errno)); return 0; }
MODE(processes) { pid_t c = fork(); if (c == 0) { pause(); _exit(0); } TRY(kill(c, 0)); TRY(setpriority(PRIO_PROCESS, c, 5)); int f = (int)syscall(434, c, 0); SAY("pidfd %s\n", f < 0 ? "-1" : "ok"); TRY(syscall(424, f, SIGTERM, NULL, 0)); int s; waitpid(c, &s, 0); SAY("ended by %d\n", WTERMSIG(s)); TRY(kill(99999999, 0)); TRY(setpgid(0, 0)); TRY(setsid()); struct rlimit l; TRY(getrlimit(RLIMIT_NOFILE, &l)); TRY(sched_yield()); return 0; }
MODE(proc_self) { char b[4096]; ssize_t n = readlink("/proc/self/exe", b, 4095); b[n > 0 ? n : 0] = 0; SAY("%s\n", strrchr(b, '/')); FILE *f = fopen("/proc/self/cmdline", "r"); n = (ssize_t)fread(b, 1, 100, f); SAY("%ld\n", (long)n); TRY(open("/proc/self/maps", O_RDONLY)); TRY(open("/proc/self/status", O_RDONLY)); TRY(open("/proc/self/environ", O_RDONLY)); TRY(open("/proc/thread-self/stat", O_RDONLY)); TRY(open("/proc/self/fd/1", O_WRONLY)); TRY(open("/dev/stdout", O_WRONLY)); TRY(open("/dev/fd/0", O_RDONLY)); TRY(open("/dev/null", O_RDWR)); TRY(open("/dev/zero", O_RDWR)); TRY(open("/dev/urandom", O_RDONLY)); TRY(open("/dev/full", O_WRONLY)); TRY(open("/proc/self/comm", O_RDWR)); TRY(open("/proc/self/oom_score_adj", O_RDWR)); TRY(open("/proc/cpuinfo", O_RDONLY)); TRY(open("/proc/meminfo", O_RDONLY)); TRY(open("/sys/devices/system/cpu/online", O_RDONLY)); TRY(open("/proc/self/task", O_DIRECTORY)); n = readlink("/proc/self", b, 100); b[n] = 0; SAY("self is %s\n", atoi(b) == getpid() ? "me" : b); int d = open(".", O_RDONLY); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", d); n = readlink(p, b, 4000); b[n] = 0; char w[4096]; SAY("cwd %s\n", strcmp(b, getcwd(w, 4096)) ? b : "same"); return 0; }
MODE(proc_child) { pid_t c = fork(); if (c == 0) { sleep(2); _exit(0); } char p[64]; snprintf(p, 64, "/proc/%d/status", c); TRY(open(p, O_RDONLY)); snprintf(p, 64, "/proc/%d/maps", c); TRY(open(p, O_RDONLY)); snprintf(p, 64, "/proc/%d/stat", getppid()); TRY(open(p, O_RDONLY)); kill(c, 9); return 0; }
MODE(tmpfile_) { int f = open(".", O_TMPFILE | O_RDWR, 0600); SAY("tmpfile %s\n", f < 0 ? strerrorname_np(errno) : "ok"); write(f, "late\n", 5); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); TRY(linkat(AT_FDCWD, p, AT_FDCWD, "late", AT_SYMLINK_FOLLOW)); FILE *t = tmpfile(); SAY("%s\n", t ? "ok" : "-1"); return 0; }
MODE(renames) { write_text("a", "A"); write_text("b", "B"); mkdir("d", 0755); TRY(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE)); TRY(rename("a", "d/c")); TRY(rename("d", "e")); TRY(link("e/c", "l")); struct stat s; stat("l", &s); SAY("links %ld\n", (long)s.st_nlink); TRY(symlink("e/c", "s")); TRY(rename("s", "s2")); TRY(unlink("l")); TRY(unlinkat(AT_FDCWD, "e", AT_REMOVEDIR)); TRY(unlink("e/c")); TRY(rmdir("e")); TRY(chdir(".")); return 0; }
MODE(attributes) { write_text("f", "x"); TRY(chmod("f", 0640)); TRY(chmod("f", 04755)); struct stat s; stat("f", &s); SAY("%o\n", s.st_mode); TRY(chown("f", getuid(), getgid())); struct timespec t[2] = { { 1000, 5 }, { 2000, 7 } }; TRY(utimensat(AT_FDCWD, "f", t, 0)); stat("f", &s); SAY("%ld.%ld\n", (long)s.st_mtime, s.st_mtim.tv_nsec); int r = setxattr("f", "user.x", "y", 1, 0); SAY("xattr %s\n", r < 0 ? strerrorname_np(errno) : "ok"); TRY(truncate("f", 100)); stat("f", &s); SAY("%ld\n", (long)s.st_size); TRY(access("f", R_OK)); TRY(faccessat(AT_FDCWD, "none", F_OK, 0)); struct statfs v; TRY(statfs("f", &v)); return 0; }
MODE(cwd) { mkdir("a", 0755); mkdir("a/b", 0755); TRY(chdir("a/b")); write_text("here", "x"); TRY(open("../b/here", O_RDONLY)); TRY(unlink("here")); TRY(chdir("..")); TRY(rmdir("b")); int d = open(".", O_PATH); TRY(chdir("/")); TRY(fchdir(d)); TRY(openat(d, "none", O_RDONLY)); mkdir("gone", 0755); TRY(chdir("gone")); TRY(rmdir("../gone")); TRY(open("x", O_CREAT | O_WRONLY, 0600)); TRY(open(".", O_RDONLY)); return 0; }
MODE(deep) { char p[300]; for (int i = 0; i < 400; i++) { mkdir("deep-folder-name", 0755); if (chdir("deep-folder-name")) break; } SAY("%d\n", write_text("file", "x")); TRY(open("file", O_RDONLY)); TRY(unlink("file")); for (int i = 0; i < 400; i++) { if (chdir("..")) break; rmdir("deep-folder-name"); } (void)p; return 0; }
MODE(uring) { struct ring r; int p = ring_open(&r); SAY("%s\n", p == 0 || p == -ENOSYS || p == -EPERM ? "said clearly" : strerror(-p)); return 0; }
MODE(many_files) { char n[32]; for (int i = 0; i < 1500; i++) { snprintf(n, 32, "m%d", i); if (write_text(n, "x")) SAY("no %d\n", i); } for (int i = 0; i < 1500; i++) { snprintf(n, 32, "m%d", i); if (unlink(n)) SAY("no %d\n", i); } SAY("done\n"); return 0; }
MODE(table_full) { struct rlimit l = { 20, 20 }; setrlimit(RLIMIT_NOFILE, &l); int n = 0; while (open("/dev/null", O_RDONLY) >= 0) n++; SAY("%s\n", strerrorname_np(errno)); return 0; }
MODE(wait_status) { int s; if (fork() == 0) _exit(7); wait(&s); SAY("%d\n", WEXITSTATUS(s)); if (fork() == 0) { raise(SIGSEGV); } wait(&s); SAY("%d\n", WTERMSIG(s)); pid_t c = fork(); if (c == 0) { raise(SIGSTOP); _exit(3); } waitpid(c, &s, WUNTRACED); SAY("stopped %d\n", WSTOPSIG(s)); kill(c, SIGCONT); waitpid(c, &s, 0); SAY("%d\n", WEXITSTATUS(s)); return 0; }
MODE(orphans) { int p[2]; pipe(p); if (fork() == 0) { if (fork() == 0) { setsid(); usleep(100000); write(p[1], "orphan\n", 7); _exit(0); } _exit(0); } wait(NULL); close(p[1]); char b[20]; ssize_t n = read(p[0], b, 20); write(1, b, (size_t)n); return 0; }
MODE(traced_child) { pid_t c = fork(); if (c == 0) { long r = ptrace(PTRACE_TRACEME, 0, 0, 0); if (r < 0) { _exit(0); } raise(SIGSTOP); _exit(5); } int s; waitpid(c, &s, 0); if (WIFSTOPPED(s)) { ptrace(PTRACE_CONT, c, 0, 0); waitpid(c, &s, 0); } SAY("came to an end\n"); return 0; }
MODE(timers) { int t = timerfd_create(CLOCK_MONOTONIC, 0); struct itimerspec i = { { 0, 0 }, { 0, 20000000 } }; TRY(timerfd_settime(t, 0, &i, NULL)); uint64_t v; SAY("%ld\n", (long)read(t, &v, 8)); int e = eventfd(1, 0); SAY("%ld\n", (long)read(e, &v, 8)); int ep = epoll_create1(0); struct epoll_event ev = { .events = EPOLLIN }; int p[2]; pipe(p); TRY(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev)); write(p[1], "x", 1); SAY("%d\n", epoll_wait(ep, &ev, 1, 1000)); return 0; }

struct note { long type; char text[8]; };
MODE(queues) {
  struct note n = { 1, "one" }; struct msqid_ds d; key_t key = 0x50500000 | (getpid() & 0xffff);
  TRY(msgget(key, 0600)); int q = msgget(key, IPC_CREAT | 0640); SAY("made %d\n", q >= 0); SAY("same %d\n", msgget(key, 0600) == q && msgget(key, IPC_CREAT | 0600) == q); TRY(msgget(key, IPC_CREAT | IPC_EXCL | 0600)); TRY(msgget(key, IPC_EXCL));
  TRY(msgctl(q, IPC_STAT, &d)); SAY("%o %d %d %lu\n", d.msg_perm.mode, d.msg_perm.uid == geteuid(), d.msg_perm.cgid == getegid(), (unsigned long)d.msg_qnum); TRY(msgsnd(q, &n, 4, 0)); n.type = 2; TRY(msgsnd(q, &n, 4, 0)); TRY(msgrcv(q, &n, 8, 2, 0)); SAY("%ld %s\n", n.type, n.text);
  TRY(msgrcv(q, &n, 8, 9, IPC_NOWAIT)); TRY(msgrcv(q, &n, 1, 0, 0)); TRY(msgsnd(q, (void *)8, 4, 0)); n.type = 0; TRY(msgsnd(q, &n, 4, 0)); TRY(msgsnd(q, &n, 1 << 30, 0)); TRY(msgsnd(-1, &n, 4, 0)); TRY(msgctl(-1, IPC_STAT, &d)); TRY(msgctl(q, 99, NULL)); TRY(msgctl(q, IPC_STAT, (void *)8)); TRY(msgctl(q, IPC_SET, (void *)8));
  d.msg_perm.mode = 0600; TRY(msgctl(q, IPC_SET, &d)); TRY(msgctl(q, IPC_INFO, (struct msqid_ds *)&(struct msginfo){ 0 })); n.type = 1; TRY(msgrcv(q, &n, 8, 0, 0));
  fflush(stdout); if (fork() == 0) { struct note m = { 3, "child" }; usleep(30000); msgsnd(q, &m, 8, 0); _exit(0); } TRY(msgrcv(q, &n, 8, 3, 0)); SAY("%s\n", n.text); wait(NULL);
  struct sigaction a = { .sa_handler = nothing }; sigaction(SIGALRM, &a, NULL); ualarm(40000, 0); TRY(msgrcv(q, &n, 8, 7, 0)); a.sa_flags = SA_RESTART; sigaction(SIGALRM, &a, NULL); ualarm(40000, 0); TRY(msgrcv(q, &n, 8, 7, 0));
  if (fork() == 0) { usleep(40000); msgctl(q, IPC_RMID, NULL); _exit(0); } TRY(msgrcv(q, &n, 8, 7, 0)); wait(NULL); TRY(msgsnd(q, &n, 4, 0)); TRY(msgctl(q, IPC_STAT, &d)); TRY(msgctl(q, IPC_RMID, NULL)); TRY(msgget(key, 0));
  int last = msgget(IPC_PRIVATE, 0600); char text[20]; snprintf(text, 20, "%d", last); if (fork() == 0) { execl("/proc/self/exe", "permits", "queue_inherited", text, NULL); _exit(1); } wait(NULL); TRY(msgrcv(last, &n, 8, 5, 0)); TRY(msgctl(last, IPC_RMID, NULL));
  int left = 0; for (int i = 0; i < 300; i++) { int t = msgget(IPC_PRIVATE, 0600); if (t < 0 || t == left) SAY("odd %d\n", t); n.type = 1; if (msgsnd(t, &n, 4, 0)) SAY("not %d\n", errno); if (msgctl(t, IPC_RMID, NULL)) SAY("not removed %d\n", errno); left = t; } return 0;
}
MODE(queue_inherited) { struct note n = { 5, "exec" }; TRY(msgsnd(atoi(argv[1]), &n, 8, 0)); return 0; }
MODE(semaphores) {
  key_t key = 0x50510000 | (getpid() & 0xffff); TRY(semget(IPC_PRIVATE, 0, 0600)); TRY(semget(IPC_PRIVATE, -1, 0600)); TRY(semget(IPC_PRIVATE, 1 << 30, 0600)); TRY(semget(key, 1, 0)); int s = semget(key, 3, IPC_CREAT | IPC_EXCL | 0600); SAY("same %d\n", semget(key, 3, IPC_CREAT | 0600) == s); TRY(semget(key, 4, IPC_CREAT | 0600)); TRY(semget(key, 3, IPC_CREAT | IPC_EXCL));
  TRY(semctl(s, 0, SETVAL, 2)); SAY("%d\n", semctl(s, 0, GETVAL)); unsigned short all[3] = { 1, 2, 3 }; TRY(semctl(s, 0, SETALL, all)); TRY(semctl(s, 0, GETALL, all)); SAY("%d %d %d\n", all[0], all[1], all[2]); TRY(semop(s, &(struct sembuf){ 2, -3, 0 }, 1)); SAY("by me %d\n", semctl(s, 2, GETPID) == getpid()); TRY(semop(s, &(struct sembuf){ 2, -1, IPC_NOWAIT }, 1)); TRY(semop(s, &(struct sembuf){ 9, 1, 0 }, 1));
  TRY(semtimedop(s, &(struct sembuf){ 2, -1, 0 }, 1, &(struct timespec){ 0, 30000000 })); TRY(semop(s, (void *)8, 1)); TRY(semop(s, NULL, 0)); TRY(semop(-1, &(struct sembuf){ 0, 1, 0 }, 1)); TRY(semctl(s, 9, GETVAL)); TRY(semctl(s, 0, 99)); TRY(semctl(s, 0, SETVAL, -1)); fflush(stdout);
  if (fork() == 0) { semop(s, &(struct sembuf){ 0, -1, SEM_UNDO }, 1); _exit(0); } wait(NULL); SAY("undone %d\n", semctl(s, 0, GETVAL)); int many = 8; for (int i = 0; i < many; i++) if (fork() == 0) { for (int k = 0; k < 50; k++) if (semop(s, &(struct sembuf){ 2, i % 2 ? 1 : -1, 0 }, 1)) _exit(1); _exit(0); }
  int good = 0, st; for (int i = 0; i < many; i++) good += wait(&st) > 0 && st == 0; SAY("good %d, left %d\n", good, semctl(s, 2, GETVAL)); if (fork() == 0) { while (semctl(s, 1, GETZCNT) == 0) usleep(1000); semop(s, &(struct sembuf){ 1, -2, 0 }, 1); _exit(0); } TRY(semop(s, &(struct sembuf){ 1, 0, 0 }, 1)); wait(NULL);
  if (fork() == 0) { while (semctl(s, 2, GETNCNT) == 0) usleep(1000); semctl(s, 0, IPC_RMID); _exit(0); } TRY(semop(s, &(struct sembuf){ 2, -1, 0 }, 1)); wait(NULL); TRY(semctl(s, 0, IPC_RMID)); TRY(semop(s, &(struct sembuf){ 2, -1, 0 }, 1)); return 0;
}
MODE(segments) { /* also of a maker that has ended, and removed before it is given to others */
  struct shmid_ds d; key_t key = 0x50530000 | (getpid() & 0xffff); TRY(shmget(key, 100, 0600)); TRY(shmget(key, 0, IPC_CREAT | 0600)); TRY(shmget(IPC_PRIVATE, (size_t)1 << 60, 0600)); fflush(stdout);
  if (fork() == 0) { int m = shmget(key, 100, IPC_CREAT | IPC_EXCL | 0640); char *at = shmat(m, NULL, 0); strcpy(at, "kept"); _exit(0); } wait(NULL);
  int s = shmget(key, 0, 0); SAY("same %d\n", shmget(key, 100, IPC_CREAT | 0600) == s); TRY(shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600)); TRY(shmget(key, 200, IPC_CREAT | 0600)); char *at = shmat(s, NULL, 0); SAY("%s\n", at == (void *)-1 ? strerrorname_np(errno) : at);
  TRY(shmctl(s, IPC_STAT, &d)); SAY("%o %lu %lu %d\n", d.shm_perm.mode, (unsigned long)d.shm_segsz, (unsigned long)d.shm_nattch, d.shm_perm.cuid == geteuid()); d.shm_perm.mode = 0600; TRY(shmctl(s, IPC_SET, &d)); TRY(shmctl(s, SHM_LOCK, NULL)); TRY(shmctl(s, SHM_UNLOCK, NULL)); TRY(shmctl(s, 99, NULL)); TRY(shmctl(-1, IPC_STAT, &d)); TRY(shmctl(s, IPC_STAT, (void *)8)); TRY(shmat(s, (void *)1, 0) == (void *)-1 ? -1 : 0); TRY(shmat(-1, NULL, 0) == (void *)-1 ? -1 : 0);
  TRY(shmctl(s, IPC_RMID, NULL)); fflush(stdout); if (fork() == 0) { char *too = shmat(s, NULL, SHM_RDONLY); SAY("given %s\n", too == (void *)-1 ? strerrorname_np(errno) : too); return 0; } wait(NULL); TRY(shmdt(at)); TRY(shmat(s, NULL, 0) == (void *)-1 ? -1 : 0); TRY(shmctl(s, IPC_RMID, NULL)); TRY(shmget(key, 0, 0));
  for (int i = 0; i < 300; i++) { int t = shmget(IPC_PRIVATE, 10, 0600); char *a = shmat(t, NULL, 0); if (a == (void *)-1 || shmctl(t, IPC_RMID, NULL)) SAY("odd %d\n", errno); shmdt(a); } return 0;
}
static void whose(int q) { struct msqid_ds d; if (msgctl(q, IPC_STAT, &d)) SAY("not to be seen: %s\n", strerrorname_np(errno)); else SAY("%d:%d made by %d:%d %o\n", d.msg_perm.uid, d.msg_perm.gid, d.msg_perm.cuid, d.msg_perm.cgid, d.msg_perm.mode); }
MODE(queue_owners) { /* as somebody else, of whom the kernel keeps the ids */
  struct note n = { 1, "x" }; key_t key = 0x50520000 | (getpid() & 0xffff); int mine = msgget(key, IPC_CREAT | 0600); setvbuf(stdout, NULL, _IONBF, 0);
  if (fork() == 0) { TRY(setgroups(0, NULL)); TRY(setegid(4001)); TRY(seteuid(4000)); int q = msgget(IPC_PRIVATE, 0600); whose(q); TRY(msgget(key, IPC_CREAT | 0600)); TRY(msgget(key, IPC_CREAT | 0)); TRY(msgsnd(mine, &n, 4, 0)); TRY(msgctl(mine, IPC_RMID, NULL)); TRY(seteuid(0)); whose(q); TRY(msgctl(q, IPC_RMID, NULL)); TRY(setresuid(4002, 4002, 4002)); q = semget(IPC_PRIVATE, 1, 0600); TRY(semctl(q, 0, SETVAL, 1)); TRY(semop(q, &(struct sembuf){ 0, -1, 0 }, 1)); TRY(semctl(q, 0, IPC_RMID)); TRY(msgctl(mine, IPC_RMID, NULL)); TRY(open("who", O_CREAT | O_WRONLY, 0600)); _exit(0); }
  wait(NULL); TRY(msgsnd(mine, &n, 4, 0)); whose(mine); TRY(msgctl(mine, IPC_RMID, NULL)); int q = msgget(IPC_PRIVATE, 0600); whose(q); TRY(msgctl(q, IPC_RMID, NULL)); TRY(open("me", O_CREAT | O_WRONLY, 0600)); return 0;
}

MODE(own_landlock) { /* a sandbox that a program builds around itself (landlock(7)): nothing but /usr and /lib is read, and nothing written or made */
  close(open("there", O_CREAT | O_WRONLY, 0600)); close(open("gone", O_CREAT | O_WRONLY, 0600)); mkdir("folder", 0700);
  uint64_t handled = 0x1fff; int rules = (int)syscall(444, &handled, 8, 0); if (rules < 0) return puts("no Landlock here"), 0; /* landlock_create_ruleset */
  const char *const folders[] = { "/usr", "/lib" }; for (int i = 0; i < 2; i++) { struct { uint64_t access; int fd; } __attribute__((packed)) rule = { 13, open(folders[i], O_PATH) }; TRY((int)syscall(445, rules, 1, &rule, 0)); close(rule.fd); }
  TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); TRY((int)syscall(446, rules, 0)); close(rules); int kept;
  TRY(kept = open("there", O_RDONLY)); close(kept); TRY(kept = open("there", O_WRONLY)); close(kept); TRY(kept = open("there", O_RDWR | O_TRUNC)); close(kept); TRY(kept = open("made", O_CREAT | O_WRONLY, 0600)); close(kept); TRY(kept = open(".", O_RDONLY | O_DIRECTORY)); close(kept);
  TRY(mkdir("new", 0700)); TRY(mkfifo("fifo", 0600)); TRY(symlink("there", "sym")); TRY(link("there", "hard")); TRY(rename("there", "other")); TRY(truncate("there", 0)); TRY(unlink("gone")); TRY(rmdir("folder")); TRY(kept = open("/usr/bin/env", O_RDONLY)); close(kept); return 0;
}

#define M(name) { #name, name }
static const struct mode modes_[] = {
  M(errors), M(modes), M(flags), M(openat2_), M(cloexec), M(fifo), M(fifo_interrupted), M(fifo_killed), M(fifo_many), M(signals_many), M(threads), M(exec_many), M(exec_threads), M(exec_from_thread), M(exec_argv), M(exec_long), M(exec_many_words), M(exec_toobig), M(memfd_exec), M(vfork_order), M(locks), M(maps), M(watches),
  M(unix_inside), M(unix_abstract), M(dgrams), M(tcp_inside), M(processes), M(proc_self), M(proc_child), M(tmpfile_), M(renames), M(attributes), M(cwd), M(deep), M(uring), M(many_files), M(table_full), M(wait_status), M(orphans), M(traced_child), M(timers), M(queues), M(queue_inherited), M(segments), M(semaphores), M(queue_owners), M(own_landlock),
  { NULL, NULL },
};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  if (argc > 0 && strcmp(argv[0], "zero") == 0) { for (int i = 0; i < argc; i++) { printf("%d:", i); for (char *c = argv[i]; *c; c++) printf(" %02x", (unsigned char)*c); puts(""); } return 0; }
  return choose(modes_, argc, argv);
}
