/* What guards this process is attacked: `selfs MODE`. The targets are the processes above the driver, up to the test's own (KEEPER). */
#include "scenario.h"
#include <linux/perf_event.h>
#include <sys/reboot.h>

#define MODE(name) static int name(int argc, char **argv)

static int parent_of(int pid) {
  char p[64], text[1024];
  snprintf(p, 64, "/proc/%d/stat", pid);
  int f = open(p, O_RDONLY);
  if (f < 0) return 0;
  ssize_t n = read(f, text, 1023);
  close(f);
  if (n <= 0) return 0;
  text[n] = 0;
  char *at = strrchr(text, ')');
  int ppid = 0;
  if (at) sscanf(at + 2, "%*c %d", &ppid);
  return ppid;
}

static int targets[32], target_count;
static void find_targets(void) {
  int keeper = atoi(getenv("KEEPER") ? getenv("KEEPER") : "0");
  int driver = getppid();
  for (int at = parent_of(driver); at > 1 && at != keeper && target_count < 30; at = parent_of(at)) targets[target_count++] = at;
  if (!keeper) target_count = 0;
}
static int escaped(const char *what, int pid) { printf("ESCAPED %s %d\n", what, pid); return 0; }
#define EACH(test) do { for (int i = 0; i < target_count; i++) { int pid = targets[i]; errno = 0; if (test) escaped(#test, pid); else perror(#test); } return 0; } while (0)

static int signal_number(const char *name) { return atoi(name); }
MODE(kill_) { int s = signal_number(argv[1]); EACH(kill(pid, s) == 0 && (s != SIGSTOP || (usleep(100000), kill(pid, SIGCONT) == 0))); }
MODE(kill_group) { for (int i = 0; i < target_count; i++) { int g = getpgid(targets[i]); if (g > 1 && g != getpgid(atoi(getenv("KEEPER"))) && kill(-g, 9) == 0) escaped("group", g); else perror("kill"); } return 0; }
MODE(tgkill_) { EACH(syscall(SYS_tgkill, pid, pid, 9) == 0); }
MODE(tkill_) { EACH(syscall(SYS_tkill, pid, 9) == 0); }
MODE(sigqueue_) { union sigval v = { 0 }; EACH(sigqueue(pid, 9, v) == 0); }
MODE(tgsigqueue) { siginfo_t s; memset(&s, 0, sizeof s); s.si_code = SI_QUEUE; s.si_signo = 9; EACH(syscall(SYS_rt_tgsigqueueinfo, pid, pid, 9, &s) == 0); }
static int by_pidfd(int pid, int sig) { int f = (int)syscall(434, pid, 0); if (f < 0) return -1; int r = (int)syscall(424, f, sig, NULL, 0); close(f); return r; }
MODE(pidfd_kill) { EACH(by_pidfd(pid, 9) == 0); }
static int by_procfd(int pid) { char p[64]; snprintf(p, 64, "/proc/%d", pid); int f = open(p, O_RDONLY | O_DIRECTORY); if (f < 0) return -1; int r = (int)syscall(424, f, 9, NULL, 0); close(f); return r; }
MODE(procfd_kill) { EACH(by_procfd(pid) == 0); }
static int by_owner(int pid, int owner_type) { /* the kernel sends the signal when data arrives */
  int p[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  struct { int type; int pid; } o = { owner_type, pid };
  if (fcntl(p[0], 15 /* F_SETOWN_EX */, &o)) return -1;
  if (fcntl(p[0], 10 /* F_SETSIG */, SIGKILL)) return -1;
  if (fcntl(p[0], F_SETFL, O_ASYNC | O_NONBLOCK)) return -1;
  write(p[1], "x", 1);
  usleep(100000);
  char q[64];
  snprintf(q, 64, "/proc/%d/cmdline", pid);
  int f = open(q, O_RDONLY);
  char b;
  int lives = f < 0 || read(f, &b, 1) == 1; /* the dead have no words */
  if (f >= 0) close(f);
  return lives ? -1 : 0;
}
MODE(async_kill) { EACH(by_owner(pid, 1) == 0); }
MODE(int80_kill) { EACH(int80(37, pid, 9, 0) == 0); }
MODE(x32_kill) { EACH(x32(62, pid, 9, 0) == 0); }
MODE(shell_kill) { for (int i = 0; i < target_count; i++) { char c[100]; snprintf(c, 100, "/bin/kill -9 %d || kill -9 %d", targets[i], targets[i]); system(c); } return 0; }
MODE(stop_and_read) { /* frozen, it cannot say no */
  for (int i = 0; i < target_count; i++) if (kill(targets[i], SIGSTOP) == 0) escaped("stop", targets[i]);
  int r = show(open(".env", O_RDONLY));
  for (int i = 0; i < target_count; i++) kill(targets[i], SIGCONT);
  return r;
}
MODE(attach) { EACH(ptrace(PTRACE_ATTACH, pid, 0, 0) == 0 && (usleep(50000), waitpid(pid, NULL, WNOHANG | __WALL), ptrace(PTRACE_DETACH, pid, 0, 0), kill(pid, SIGCONT), 1)); }
MODE(seize) { EACH(ptrace(PTRACE_SEIZE, pid, 0, 0) == 0); }
MODE(vm_read) { char b[8]; struct iovec l = { b, 8 }; EACH(({ char p[64], t[64] = ""; snprintf(p, 64, "/proc/%d/maps", pid); FILE *f = fopen(p, "r"); unsigned long a = 0; if (f) { fgets(t, 64, f); sscanf(t, "%lx", &a); fclose(f); } struct iovec r = { (void *)a, 8 }; process_vm_readv(pid, &l, 1, &r, 1, 0) > 0; })); }
MODE(vm_write) { char b[1] = { 0 }; EACH(({ char p[64], t[200]; snprintf(p, 64, "/proc/%d/maps", pid); FILE *f = fopen(p, "r"); unsigned long a = 0; while (f && fgets(t, 200, f)) if (strstr(t, "[stack]")) sscanf(t, "%lx", &a); if (f) fclose(f); struct iovec l = { b, 1 }, r = { (void *)a, 1 }; a ? process_vm_writev(pid, &l, 1, &r, 1, 0) > 0 : process_vm_writev(pid, &l, 1, &r, 1, 0) < 0 && errno == EFAULT; })); }
static int opens(int pid, const char *form, int flags) { char p[256]; snprintf(p, 256, form, pid); int f = open(p, flags); if (f < 0) return 0; char b[64]; int ok = (flags & O_ACCMODE) == O_RDONLY && !(flags & (O_DIRECTORY | O_PATH)) ? read(f, b, 64) >= 0 || errno == EIO : 1; close(f); return ok; }
MODE(mem_read) { EACH(opens(pid, "/proc/%d/mem", O_RDONLY)); }
MODE(mem_write) { EACH(opens(pid, "/proc/%d/mem", O_RDWR)); }
MODE(mem_task) { EACH(({ char f[64]; snprintf(f, 64, "/proc/%%d/task/%d/mem", pid); opens(pid, f, O_RDWR); })); }
MODE(mem_dirfd) { EACH(({ char p[64]; snprintf(p, 64, "/proc/%d", pid); int d = open(p, O_PATH); int f = openat(d, "mem", O_RDWR); close(d); if (f >= 0) close(f); f >= 0; })); }
MODE(mem_link) { EACH(({ char p[64]; snprintf(p, 64, "/proc/%d/mem", pid); unlink("l"); symlink(p, "l"); opens(pid, "l", O_RDWR); })); }
MODE(mem_procproc) { EACH(opens(pid, "/proc/self/root/proc/%d/mem", O_RDWR)); }
MODE(environ_) { EACH(opens(pid, "/proc/%d/environ", O_RDONLY)); }
MODE(auxv) { EACH(opens(pid, "/proc/%d/auxv", O_RDONLY)); }
MODE(fds) { EACH(({ char p[64]; snprintf(p, 64, "/proc/%d/fd", pid); DIR *d = opendir(p); int n = 0; struct dirent *e; while (d && (e = readdir(d))) { char q[400], l[400]; snprintf(q, 400, "%s/%s", p, e->d_name); if (e->d_name[0] != '.' && readlink(q, l, 399) > 0) n++; } if (d) closedir(d); n > 0; })); }
MODE(fd_open) { EACH(({ int n = 0; for (int i = 0; i < 64; i++) { char f[64]; snprintf(f, 64, "/proc/%%d/fd/%d", i); char p[256]; snprintf(p, 256, f, pid); int o = open(p, O_RDWR | O_NONBLOCK); if (o >= 0) { close(o); n++; } } n > 0; })); }
MODE(fd_steal) { EACH(({ int f = (int)syscall(434, pid, 0), n = 0; for (int i = 0; f >= 0 && i < 64; i++) { int o = (int)syscall(438, f, i, 0); if (o >= 0) { n++; close(o); } } n > 0; })); }
MODE(root_of) { EACH(opens(pid, "/proc/%d/root/etc/hostname", O_RDONLY)); }
MODE(cwd_of) { EACH(opens(pid, "/proc/%d/cwd/.", O_RDONLY | O_DIRECTORY)); }
MODE(exe_of) { EACH(opens(pid, "/proc/%d/exe", O_RDONLY)); }
MODE(oom) { EACH(({ char p[64]; snprintf(p, 64, "/proc/%d/oom_score_adj", pid); int f = open(p, O_WRONLY); int ok = f >= 0 && write(f, "1000", 4) == 4; if (f >= 0) close(f); ok; })); }
MODE(coredump) { EACH(({ char p[64]; snprintf(p, 64, "/proc/%d/coredump_filter", pid); int f = open(p, O_WRONLY); int ok = f >= 0 && write(f, "0x33", 4) == 4; if (f >= 0) close(f); ok; })); }
MODE(limits) { struct rlimit l = { 3, 3 }; EACH(prlimit(pid, RLIMIT_NOFILE, &l, NULL) == 0); }
MODE(limits_cpu) { struct rlimit l = { 0, 0 }; EACH(prlimit(pid, RLIMIT_CPU, &l, NULL) == 0); }
MODE(priority) { EACH(setpriority(PRIO_PROCESS, pid, 19) == 0); }
MODE(affinity) { cpu_set_t c; CPU_ZERO(&c); CPU_SET(0, &c); EACH(sched_setaffinity(pid, sizeof c, &c) == 0); }
MODE(scheduler) { struct sched_param p = { 0 }; EACH(sched_setscheduler(pid, 5 /* SCHED_IDLE */, &p) == 0); }
MODE(ioprio) { EACH(syscall(SYS_ioprio_set, 1, pid, 3 << 13) == 0); }
MODE(madvise_) { char b; struct iovec v = { &b, 1 }; EACH(({ int f = (int)syscall(434, pid, 0); char p[64], t[200]; snprintf(p, 64, "/proc/%d/maps", pid); FILE *m = fopen(p, "r"); unsigned long a = 0, e = 0; if (m) { fgets(t, 200, m); sscanf(t, "%lx-%lx", &a, &e); fclose(m); } v.iov_base = (void *)a; v.iov_len = e - a; a && syscall(440, f, &v, 1, 21 /* MADV_PAGEOUT */, 0) > 0; })); }
MODE(namespaces) { EACH(({ int f = (int)syscall(434, pid, 0); f >= 0 && setns(f, 0x00020000 | 0x10000000) == 0; })); }
MODE(perf) { struct perf_event_attr a; memset(&a, 0, sizeof a); a.size = sizeof a; a.type = PERF_TYPE_SOFTWARE; a.config = PERF_COUNT_SW_TASK_CLOCK; EACH(({ int f = (int)syscall(SYS_perf_event_open, &a, pid, -1, -1, 0); if (f >= 0) close(f); f >= 0; })); }
MODE(kcmp_) { EACH(syscall(SYS_kcmp, getpid(), pid, 0, 0, 0) >= 0); }
MODE(syscall_file) { EACH(opens(pid, "/proc/%d/syscall", O_RDONLY)); }
MODE(stack_file) { EACH(opens(pid, "/proc/%d/stack", O_RDONLY)); }
MODE(comm) { EACH(({ char p[64]; snprintf(p, 64, "/proc/%d/comm", pid); int f = open(p, O_WRONLY); int ok = f >= 0 && write(f, "x", 1) == 1; if (f >= 0) close(f); ok; })); }
MODE(clear_refs) { EACH(({ char p[64]; snprintf(p, 64, "/proc/%d/clear_refs", pid); int f = open(p, O_WRONLY); int ok = f >= 0 && write(f, "1", 1) == 1; if (f >= 0) close(f); ok; })); }

/* Doors of the machine: only opened, nothing is written. */
static int door(const char *path, int flags) { int f = open(path, flags); if (f < 0) return fail(path); printf("ESCAPED %s\n", path); close(f); return 0; }
MODE(door_write) { return door(argv[1], O_WRONLY); }
MODE(door_read) { return door(argv[1], O_RDONLY); }
MODE(disk) { struct stat s; if (stat("/", &s)) return 1; if (mknod("disk", S_IFBLK | 0600, s.st_dev)) return fail("mknod"); return door("disk", O_RDONLY); }
MODE(kmem) { if (mknod("mem", S_IFCHR | 0600, 0x101)) return fail("mknod"); return door("mem", O_RDONLY); }
MODE(bpf_) { struct { uint32_t type, count; uint64_t insns, license; uint32_t level, size; uint64_t buf; char room[100]; } a; uint64_t code[2] = { 0xb7, 0x95 }; memset(&a, 0, sizeof a); a.type = 1; a.count = 2; a.insns = (uint64_t)(uintptr_t)code; a.license = (uint64_t)(uintptr_t)"GPL"; int f = (int)syscall(SYS_bpf, 5, &a, 48); if (f < 0) return fail("bpf"); puts("ESCAPED"); return 0; }
MODE(module) { if (syscall(SYS_delete_module, "no_such_module_pw", 0) && errno == ENOENT) puts("ESCAPED"); else perror("delete_module"); return 0; }
MODE(reboot_) { if (syscall(SYS_reboot, 0xfee1dead, 672274793, 0 /* CAD_OFF */, NULL) == 0) puts("ESCAPED"); else perror("reboot"); return 0; }
MODE(mounts) { mkdir("m", 0755); if (mount("tmpfs", "m", "tmpfs", 0, "")) return fail("mount"); umount("m"); puts("ESCAPED"); return 0; }
MODE(fsopen_) { int f = (int)syscall(430, "tmpfs", 0); if (f < 0) return fail("fsopen"); puts("ESCAPED"); return 0; }
MODE(new_userns) { if (unshare(CLONE_NEWUSER)) return fail("unshare"); puts("ESCAPED"); return 0; }
MODE(new_userns_clone) { int c = (int)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); if (c < 0) return fail("clone"); if (c == 0) _exit(0); waitpid(c, NULL, 0); puts("ESCAPED"); return 0; }
MODE(new_userns_clone3) { struct { uint64_t flags, pidfd, child, parent, signal, stack, size, tls, set, setsize, cgroup; } a = { .flags = CLONE_NEWUSER, .signal = SIGCHLD }; long c = syscall(435, &a, sizeof a); if (c < 0) return fail("clone3"); if (c == 0) _exit(0); wait(NULL); puts("ESCAPED"); return 0; }
MODE(listener) { /* a supervisor of one's own answers first */
  struct { unsigned short code; unsigned char jt, jf; unsigned k; } code[] = { { 0x20, 0, 0, 0 }, { 0x15, 0, 1, SYS_openat }, { 0x06, 0, 0, 0x7fc00000 }, { 0x06, 0, 0, 0x7fff0000 } };
  struct { unsigned short len; void *filter; } program = { 4, code };
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  int f = (int)syscall(SYS_seccomp, 1, 8 /* NEW_LISTENER */, &program);
  if (f < 0) { perror("seccomp"); return 1; }
  int c = fork();
  if (c == 0) { int o = open(".env", O_RDONLY); char b[100]; ssize_t n = read(o, b, 100); if (n > 0) write(1, b, (size_t)n); _exit(0); }
  char n[256]; memset(n, 0, sizeof n);
  if (ioctl(f, 0xc0502100, n) == 0) { struct { uint64_t id; int64_t val; int32_t error; uint32_t flags; } r = { 0, 0, 0, 1 }; memcpy(&r.id, n, 8); ioctl(f, 0xc0182101, &r); }
  int s; waitpid(c, &s, 0);
  return 0;
}
MODE(closed_fds) { for (int i = 3; i < 4096; i++) close(i); return show(open(".env", O_RDONLY)); }
MODE(closed_range) { syscall(436, 3, ~0U, 0); return show(open(".env", O_RDONLY)); }
MODE(new_session) { if (fork() == 0) { setsid(); if (fork() == 0) { usleep(50000); show(open(".env", O_RDONLY)); _exit(0); } _exit(0); } wait(NULL); usleep(200000); return 0; }
MODE(orphan_later) { /* acts when the agent is gone */
  if (fork() == 0) { setsid(); if (fork() == 0) { for (int i = 0; i < 3; i++) close(i); usleep(1500000); int f = open(".env", O_RDONLY); char b[100]; ssize_t n = read(f, b, 100); int o = open("later", O_WRONLY | O_CREAT, 0644); if (n > 0) write(o, b, (size_t)n); _exit(0); } _exit(0); }
  wait(NULL); return 0;
}
MODE(orphan_exec) { if (fork() == 0) { setsid(); if (fork() == 0) { for (int i = 0; i < 3; i++) close(i); usleep(1500000); char p[4096]; snprintf(p, 4096, "%s/bin/denytool", getenv("TOOLS")); setenv("RECORD", "record", 1); execl(p, "x", NULL); _exit(0); } _exit(0); } wait(NULL); return 0; }
MODE(many_readers) { for (int i = 0; i < 150; i++) if (fork() == 0) { for (int j = 0; j < 10; j++) { int f = open(".env", O_RDONLY); char b[100]; ssize_t n = f < 0 ? 0 : read(f, b, 100); if (n > 0) { write(1, b, (size_t)n); _exit(0); } close(f); } _exit(0); } while (wait(NULL) > 0) {} return 0; }
MODE(many_names) { /* memory of the judge: many names, then the denied one */ char p[64]; for (int i = 0; i < 20000; i++) { snprintf(p, 64, "n%d", i); close(open(p, O_RDONLY)); } return show(open(".env", O_RDONLY)); }
MODE(killed_asking) { /* children die while they ask */ for (int i = 0; i < 200; i++) { int c = fork(); if (c == 0) { for (;;) close(open(".env", O_RDONLY)); } usleep(500); kill(c, SIGKILL); waitpid(c, NULL, 0); } return show(open(".env", O_RDONLY)); }
MODE(pid_reuse) { for (int i = 0; i < 1500; i++) { int c = vfork(); if (c == 0) _exit(0); waitpid(c, NULL, 0); } return show(open(".env", O_RDONLY)); }

#define M(name) { #name, name }
static const struct mode modes[] = {
  M(kill_), M(kill_group), M(tgkill_), M(tkill_), M(sigqueue_), M(tgsigqueue), M(pidfd_kill), M(procfd_kill), M(async_kill), M(int80_kill), M(x32_kill), M(shell_kill), M(stop_and_read), M(attach), M(seize), M(vm_read), M(vm_write), M(mem_read), M(mem_write), M(mem_task), M(mem_dirfd), M(mem_link), M(mem_procproc),
  M(environ_), M(auxv), M(fds), M(fd_open), M(fd_steal), M(root_of), M(cwd_of), M(exe_of), M(oom), M(coredump), M(limits), M(limits_cpu), M(priority), M(affinity), M(scheduler), M(ioprio), M(madvise_), M(namespaces), M(perf), M(kcmp_), M(syscall_file), M(stack_file), M(comm), M(clear_refs), M(door_write), M(door_read), M(disk),
  M(kmem), M(bpf_), M(module), M(reboot_), M(mounts), M(fsopen_), M(new_userns), M(new_userns_clone), M(new_userns_clone3), M(listener), M(closed_fds), M(closed_range), M(new_session), M(orphan_later), M(orphan_exec), M(many_readers), M(many_names), M(killed_asking), M(pid_reuse),
  { NULL, NULL },
};

int main(int argc, char **argv) { setvbuf(stdout, NULL, _IONBF, 0); find_targets(); return choose(modes, argc, argv); }
