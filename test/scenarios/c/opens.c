/* Every way to open a file for reading: `opens MODE FILE`. */
#include "scenario.h"
#include <sys/user.h>

#define MODE(name) static int name(int argc, char **argv)
#define PATH argv[1]

static int with(int flags, const char *path) { return show(open(path, flags)); }
MODE(plain) { return with(O_RDONLY, PATH); }
MODE(rdwr) { return with(O_RDWR, PATH); }
MODE(noatime) { return with(O_RDONLY | O_NOATIME, PATH); }
MODE(nonblock) { return with(O_RDONLY | O_NONBLOCK, PATH); }
MODE(nofollow) { return with(O_RDONLY | O_NOFOLLOW, PATH); }
MODE(append) { return with(O_RDWR | O_APPEND, PATH); }
MODE(sync_) { return with(O_RDONLY | O_SYNC | O_LARGEFILE, PATH); }
MODE(create) { return show(open(PATH, O_RDWR | O_CREAT, 0600)); }
MODE(strange) { return show((int)syscall(SYS_open, PATH, 0x40000000 | O_RDONLY | O_ASYNC | O_NOCTTY, 0)); }
MODE(three) { return with(3, PATH) && 1; }
MODE(raw_open) { return show((int)syscall(SYS_open, PATH, O_RDONLY, 0)); }
MODE(high_bits) { return show((int)syscall(SYS_openat, 0xffffffffffffff9cUL, PATH, (unsigned long)O_RDONLY | 0xdead00000000UL, 0)); }
MODE(low_dirfd) { return show((int)syscall(SYS_openat, 0x00000000ffffff9cUL, PATH, O_RDONLY, 0)); }
MODE(at_cwd) { return show(openat(AT_FDCWD, PATH, O_RDONLY)); }
MODE(at_dirfd) { int d = open(".", O_RDONLY | O_DIRECTORY); return show(openat(d, PATH, O_RDONLY)); }
MODE(at_pathfd) { int d = open(".", O_PATH); return show(openat(d, PATH, O_RDONLY)); }
MODE(at_rootfd) { int d = open("/", O_PATH); return show(openat(d, absolute(PATH) + 1, O_RDONLY)); }
MODE(at_ignored) { int d = open("/usr", O_PATH); return show(openat(d, absolute(PATH), O_RDONLY)); }
MODE(at_parent) { mkdir("open.d", 0755); int d = open("open.d", O_PATH); char p[512]; snprintf(p, sizeof p, "../%s", PATH); return show(openat(d, p, O_RDONLY)); }
MODE(at_procfd) { int d = open(".", O_PATH); char p[512]; snprintf(p, sizeof p, "/proc/self/fd/%d/%s", d, PATH); return with(O_RDONLY, p); }
MODE(at_devfd) { int d = open(".", O_PATH); char p[512]; snprintf(p, sizeof p, "/dev/fd/%d/%s", d, PATH); return with(O_RDONLY, p); }
MODE(at_bad) { return show(openat(-1, absolute(PATH), O_RDONLY)); }

static int open2(int dirfd, const char *path, uint64_t flags, uint64_t resolve, size_t size) {
  char room[256];
  memset(room, 0, sizeof room);
  struct open_how *how = (struct open_how *)room;
  how->flags = flags;
  how->resolve = resolve;
  return (int)syscall(SYS_openat2, dirfd, path, room, size);
}
MODE(open2_plain) { return show(open2(AT_FDCWD, PATH, O_RDONLY, 0, sizeof(struct open_how))); }
MODE(open2_big) { return show(open2(AT_FDCWD, PATH, O_RDONLY, 0, 200)); }
MODE(open2_beneath) { int d = open(".", O_PATH); return show(open2(d, PATH, O_RDONLY, RESOLVE_BENEATH, sizeof(struct open_how))); }
MODE(open2_root) { int d = open(".", O_PATH); char p[512]; snprintf(p, sizeof p, "/../../%s", PATH); return show(open2(d, p, O_RDONLY, RESOLVE_IN_ROOT, sizeof(struct open_how))); }
MODE(open2_rootlink) {
  mkdir("jail", 0755);
  char p[512];
  snprintf(p, sizeof p, "jail/%s", PATH);
  if (rename(PATH, p) && errno != ENOENT) perror("rename");
  unlink("jail/l");
  snprintf(p, sizeof p, "/%s", PATH);
  if (symlink(p, "jail/l")) return fail("symlink");
  int d = open("jail", O_PATH);
  return show(open2(d, "l", O_RDONLY, RESOLVE_IN_ROOT, sizeof(struct open_how)));
}
MODE(open2_nolinks) { return show(open2(AT_FDCWD, PATH, O_RDONLY, RESOLVE_NO_SYMLINKS, sizeof(struct open_how))); }
MODE(open2_nomagic) { return show(open2(AT_FDCWD, PATH, O_RDONLY, RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV, sizeof(struct open_how))); }
MODE(open2_cached) {
  struct stat s;
  for (int i = 0; i < 50; i++) {
    stat(PATH, &s);
    int fd = open2(AT_FDCWD, PATH, O_RDONLY, RESOLVE_CACHED, sizeof(struct open_how));
    if (fd >= 0 || errno != EAGAIN) return show(fd);
  }
  return show(-1);
}

static int reopen(int fd, const char *form, int flags) {
  if (fd < 0) return fail("open");
  char p[128];
  snprintf(p, sizeof p, form, fd);
  return with(flags, p);
}
MODE(path_proc) { return reopen(open(PATH, O_PATH), "/proc/self/fd/%d", O_RDONLY); }
MODE(path_nofollow) { return reopen(open(PATH, O_PATH | O_NOFOLLOW), "/proc/self/fd/%d", O_RDONLY); }
MODE(path_devfd) { return reopen(open(PATH, O_PATH), "/dev/fd/%d", O_RDONLY); }
MODE(path_thread) { return reopen(open(PATH, O_PATH), "/proc/thread-self/fd/%d", O_RDONLY); }
MODE(path_pid) { char f[64]; snprintf(f, sizeof f, "/proc/%d/fd/%%d", getpid()); return reopen(open(PATH, O_PATH), f, O_RDONLY); }
MODE(path_task) { char f[64]; snprintf(f, sizeof f, "/proc/self/task/%ld/fd/%%d", syscall(SYS_gettid)); return reopen(open(PATH, O_PATH), f, O_RDONLY); }
MODE(path_stdin) { int fd = open(PATH, O_PATH); if (fd < 0) return fail("open"); dup2(fd, 0); return with(O_RDONLY, "/dev/stdin"); }
MODE(path_child) {
  int fd = open(PATH, O_PATH);
  if (fd < 0) return fail("open");
  pid_t parent = getpid(), child = fork();
  if (child == 0) { char p[128]; snprintf(p, sizeof p, "/proc/%d/fd/%d", parent, fd); _exit(with(O_RDONLY, p)); }
  int status; waitpid(child, &status, 0);
  return status != 0;
}
MODE(path_chdir) { /* O_PATH on the folder, then its magic link as working directory */
  int d = open(".", O_PATH); char p[64]; snprintf(p, sizeof p, "/proc/self/fd/%d", d);
  if (chdir("/") || chdir(p)) return fail("chdir");
  return with(O_RDONLY, PATH);
}
MODE(self_cwd) { char p[512]; snprintf(p, sizeof p, "/proc/self/cwd/%s", PATH); return with(O_RDONLY, p); }
MODE(thread_cwd) { char p[512]; snprintf(p, sizeof p, "/proc/thread-self/cwd/%s", PATH); return with(O_RDONLY, p); }
MODE(task_cwd) { char p[512]; snprintf(p, sizeof p, "/proc/self/task/%ld/cwd/%s", syscall(SYS_gettid), PATH); return with(O_RDONLY, p); }
MODE(self_root) { char p[9000]; snprintf(p, sizeof p, "/proc/self/root%s", absolute(PATH)); return with(O_RDONLY, p); }
MODE(root_root) { char p[9000]; snprintf(p, sizeof p, "/proc/self/root/proc/self/root%s", absolute(PATH)); return with(O_RDONLY, p); }
MODE(one_root) { char p[9000]; snprintf(p, sizeof p, "/proc/1/root%s", absolute(PATH)); return with(O_RDONLY, p); }
static int sibling(const char *form, const char *path) {
  pid_t child = fork();
  if (child == 0) { pause(); _exit(0); }
  char p[9000];
  snprintf(p, sizeof p, form, child, path);
  int result = with(O_RDONLY, p);
  kill(child, SIGKILL);
  return result;
}
MODE(pid_cwd) { return sibling("/proc/%d/cwd/%s", PATH); }
MODE(pid_root) { return sibling("/proc/%d/root%s", absolute(PATH)); }
MODE(parent_root) { char p[9000]; snprintf(p, sizeof p, "/proc/%d/root%s", getppid(), absolute(PATH)); return with(O_RDONLY, p); }

MODE(double_slash) { char p[9000]; snprintf(p, sizeof p, "//%s", absolute(PATH)); for (char *c = p + 2; (c = strchr(c, '/')); c += 2) { memmove(c + 1, c, strlen(c) + 1); } return with(O_RDONLY, p); }
MODE(dots) { char p[512]; snprintf(p, sizeof p, "./././/.//%s", PATH); return with(O_RDONLY, p); }
MODE(dotdot) { mkdir("a", 0755); mkdir("a/b", 0755); char p[512]; snprintf(p, sizeof p, "a/b/../../a/../%s", PATH); return with(O_RDONLY, p); }
MODE(above_root) { char p[9000]; snprintf(p, sizeof p, "/../../../../..%s", absolute(PATH)); return with(O_RDONLY, p); }
MODE(long_path) { char p[4096]; char *at = p; while (at - p < 4000) { *at++ = '.'; *at++ = '/'; } strcpy(at, PATH); return with(O_RDONLY, p); }
MODE(link_dotdot) { /* `..` behind a link leads elsewhere than the text says */
  mkdir("deep", 0755); mkdir("deep/er", 0755); unlink("deep/link");
  symlink("deep/er", "over");
  char p[512]; snprintf(p, sizeof p, "over/../../%s", PATH);
  return with(O_RDONLY, p);
}
MODE(symlink_) { symlink(PATH, "innocent"); return with(O_RDONLY, "innocent"); }
MODE(symlink_abs) { symlink(absolute(PATH), "innocent"); return with(O_RDONLY, "innocent"); }
MODE(symlink_proc) { char p[9000]; snprintf(p, sizeof p, "/proc/self/cwd/%s", PATH); symlink(p, "innocent"); return with(O_RDONLY, "innocent"); }
MODE(symlink_chain) {
  char from[32], to[512];
  snprintf(to, sizeof to, "%s", PATH);
  for (int i = 0; i < 38; i++) { snprintf(from, sizeof from, "n%d", i); symlink(to, from); strcpy(to, from); }
  return with(O_RDONLY, to);
}
MODE(symlink_dir) { symlink(".", "here"); char p[512]; snprintf(p, sizeof p, "here/here/here/%s", PATH); return with(O_RDONLY, p); }
MODE(symlink_at) { int d = open(".", O_PATH); symlinkat(PATH, d, "innocent"); return show(openat(d, "innocent", O_RDONLY)); }
MODE(hardlink) { if (link(PATH, "innocent")) perror("link"); return with(O_RDONLY, "innocent"); }
MODE(hardlink_fd) { int fd = open(PATH, O_PATH); char p[64]; snprintf(p, sizeof p, "/proc/self/fd/%d", fd); if (linkat(AT_FDCWD, p, AT_FDCWD, "innocent", AT_SYMLINK_FOLLOW)) perror("linkat"); return with(O_RDONLY, "innocent"); }
MODE(hardlink_empty) { int fd = open(PATH, O_PATH); if (linkat(fd, "", AT_FDCWD, "innocent", AT_EMPTY_PATH)) perror("linkat"); return with(O_RDONLY, "innocent"); }
MODE(renamed) { if (rename(PATH, "innocent")) perror("rename"); return with(O_RDONLY, "innocent"); }
MODE(exchanged) { write_text("innocent", "x"); if (syscall(SYS_renameat2, AT_FDCWD, PATH, AT_FDCWD, "innocent", RENAME_EXCHANGE)) perror("renameat2"); return with(O_RDONLY, "innocent"); }
/* PATH is folder/file here */
MODE(parent_renamed) { char d[512]; strcpy(d, PATH); char *s = strrchr(d, '/'); *s = 0; if (rename(d, "innocent")) perror("rename"); char p[512]; snprintf(p, sizeof p, "innocent/%s", s + 1); return with(O_RDONLY, p); }
MODE(parent_exchanged) { char d[512]; strcpy(d, PATH); char *s = strrchr(d, '/'); *s = 0; mkdir("other", 0755); if (syscall(SYS_renameat2, AT_FDCWD, d, AT_FDCWD, "other", RENAME_EXCHANGE)) perror("renameat2"); char p[512]; snprintf(p, sizeof p, "other/%s", s + 1); return with(O_RDONLY, p); }
MODE(in_folder) { char d[512]; strcpy(d, PATH); char *s = strrchr(d, '/'); *s = 0; if (chdir(d)) return fail("chdir"); return with(O_RDONLY, s + 1); }
MODE(in_folder_fd) { char d[512]; strcpy(d, PATH); char *s = strrchr(d, '/'); *s = 0; int fd = open(d, O_PATH); if (fd < 0 || fchdir(fd)) return fail("fchdir"); return with(O_RDONLY, s + 1); }
MODE(folder_fd_renamed) { /* the folder is open before it gets its denied name back */
  char d[512]; strcpy(d, PATH); char *s = strrchr(d, '/'); *s = 0;
  int fd = open(d, O_PATH);
  if (fd < 0) return fail("open");
  if (rename(d, "elsewhere")) perror("rename");
  return show(openat(fd, s + 1, O_RDONLY));
}
MODE(list) { /* names are content of a folder */
  DIR *d = opendir(PATH); if (!d) return fail("opendir");
  for (struct dirent *e; (e = readdir(d)); ) puts(e->d_name);
  return 0;
}
MODE(list_inside) { if (chdir(PATH)) return fail("chdir"); DIR *d = opendir("."); if (!d) return fail("opendir"); for (struct dirent *e; (e = readdir(d)); ) puts(e->d_name); return 0; }

MODE(forked) { pid_t c = fork(); if (c == 0) _exit(with(O_RDONLY, PATH)); int s; waitpid(c, &s, 0); return s != 0; }
MODE(double_forked) {
  pid_t c = fork();
  if (c == 0) { setsid(); if (fork() == 0) { usleep(50000); _exit(with(O_RDONLY, PATH)); } _exit(0); }
  int s; waitpid(c, &s, 0); usleep(200000); return 0;
}
MODE(vforked) { pid_t c = vfork(); if (c == 0) { int fd = open(PATH, O_RDONLY); show(fd); _exit(0); } int s; waitpid(c, &s, 0); return 0; }
static const char *thread_path;
static void *open_in_thread(void *unused) { (void)unused; show(open(thread_path, O_RDONLY)); return NULL; }
MODE(threaded) { thread_path = PATH; pthread_t t; pthread_create(&t, NULL, open_in_thread, NULL); pthread_join(t, NULL); return 0; }
MODE(own_cwd_thread) { /* a thread with a working directory of its own: unshare(CLONE_FS) */
  if (unshare(CLONE_FS)) return fail("unshare");
  thread_path = PATH; pthread_t t; pthread_create(&t, NULL, open_in_thread, NULL); pthread_join(t, NULL); return 0;
}
MODE(many_threads) { thread_path = PATH; pthread_t t[32]; for (int i = 0; i < 32; i++) pthread_create(&t[i], NULL, open_in_thread, NULL); for (int i = 0; i < 32; i++) pthread_join(t[i], NULL); return 0; }
static void on_signal(int s) { (void)s; show(open(thread_path, O_RDONLY)); }
MODE(in_handler) { thread_path = PATH; signal(SIGALRM, on_signal); ualarm(20000, 0); pause(); return 0; }
static int cloned(void *path) { return show(open(path, O_RDONLY)); }
MODE(clone_files) { static char stack[65536]; int c = clone(cloned, stack + sizeof stack, CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, PATH); int s; waitpid(c, &s, 0); return 0; }
MODE(shared_files) { /* another process of the same descriptor table opens, this one reads */
  static char stack[65536]; static int fd; fd = -1;
  int c = clone((int (*)(void *))(void *)cloned, stack + sizeof stack, CLONE_FILES | SIGCHLD, PATH); int s; waitpid(c, &s, 0); return 0;
}
MODE(timer_storm) {
  struct itimerval t = { { 0, 500 }, { 0, 500 } };
  signal(SIGALRM, SIG_IGN);
  struct sigaction a = { .sa_handler = (void (*)(int))(void *)abs };
  sigaction(SIGALRM, &a, NULL);
  setitimer(ITIMER_REAL, &t, NULL);
  for (int i = 0; i < 200; i++) { int fd = open(PATH, O_RDONLY); if (fd >= 0) return show(fd); if (errno != EINTR && i > 100) break; }
  return show(-1);
}
MODE(after_filter) { /* a filter of one's own on top */
  struct { unsigned short code; unsigned char jt, jf; unsigned k; } code[] = { { 0x06, 0, 0, 0x7fff0000 } };
  struct { unsigned short len; void *filter; } program = { 1, code };
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, 2, &program)) perror("seccomp");
  return with(O_RDONLY, PATH);
}
MODE(low_limits) { struct rlimit l = { 8, 8 }; setrlimit(RLIMIT_NOFILE, &l); return with(O_RDONLY, PATH); }
MODE(full_table) { while (dup(0) >= 0) {} close(200); return with(O_RDONLY, PATH); }
MODE(undumpable) { prctl(PR_SET_DUMPABLE, 0); return with(O_RDONLY, PATH); }
MODE(other_ids) { /* as another user the supervisor may not be able to look into it */
  if (setgid(1000) || setuid(1000)) perror("setuid");
  return with(O_RDONLY, PATH);
}
MODE(mapped) { int fd = open(PATH, O_RDONLY); if (fd < 0) return fail("open"); char *m = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0); close(fd); if (m == MAP_FAILED) return fail("mmap"); puts(m); return 0; }
MODE(mapped_path) { int fd = open(PATH, O_PATH); if (fd < 0) return fail("open"); char p[64]; snprintf(p, sizeof p, "/proc/self/fd/%d", fd); fd = open(p, O_RDONLY); if (fd < 0) return fail("reopen"); char *m = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0); if (m == MAP_FAILED) return fail("mmap"); puts(m); return 0; }
MODE(sent) { int fd = open(PATH, O_RDONLY), out = open("plain", O_RDWR | O_CREAT, 0600); if (fd < 0) return fail("open"); sendfile(out, fd, NULL, 4096); lseek(out, 0, SEEK_SET); return show(out); }
MODE(spliced) { int fd = open(PATH, O_RDONLY), p[2]; pipe(p); if (fd < 0) return fail("open"); splice(fd, NULL, p[1], NULL, 4096, 0); return show(p[0]); }
MODE(ranged) { int fd = open(PATH, O_RDONLY), out = open("plain", O_RDWR | O_CREAT, 0600); if (fd < 0) return fail("open"); if (copy_file_range(fd, NULL, out, NULL, 4096, 0) < 0) return fail("copy_file_range"); lseek(out, 0, SEEK_SET); return show(out); }
MODE(uring) { int fd = ring_do(IORING_OP_OPENAT, AT_FDCWD, PATH, 0, 0, O_RDONLY); if (fd < 0) { errno = -fd; fd = -1; } return show(fd); }
MODE(uring2) { struct open_how how = { .flags = O_RDONLY }; int fd = ring_do(IORING_OP_OPENAT2, AT_FDCWD, PATH, sizeof how, (uint64_t)(uintptr_t)&how, 0); if (fd < 0) { errno = -fd; fd = -1; } return show(fd); }
MODE(uring_link) { int r = ring_do(IORING_OP_LINKAT, AT_FDCWD, PATH, (unsigned)AT_FDCWD, (uint64_t)(uintptr_t)"innocent", 0); if (r < 0) { errno = -r; perror("linkat"); } return with(O_RDONLY, "innocent"); }
MODE(int80_open) { char *p = low(PATH); long fd = p ? int80(5, (long)p, 0, 0) : -ENOMEM; if (fd < 0) { errno = (int)-fd; fd = -1; } return show((int)fd); }
MODE(int80_openat) { char *p = low(PATH); long fd = p ? int80(295, AT_FDCWD, (long)p, 0) : -ENOMEM; if (fd < 0) { errno = (int)-fd; fd = -1; } return show((int)fd); }
MODE(x32_open) { long fd = x32(SYS_open, (long)PATH, 0, 0); return show((int)fd); }
MODE(x32_openat) { long fd = x32(SYS_openat, AT_FDCWD, (long)PATH, 0); return show((int)fd); }

MODE(by_handle) {
  struct { struct file_handle h; char room[128]; } f;
  f.h.handle_bytes = 128;
  int mount;
  if (name_to_handle_at(AT_FDCWD, PATH, &f.h, &mount, 0)) return fail("name_to_handle_at");
  int dir = open("/", O_RDONLY | O_DIRECTORY);
  int here = open(".", O_RDONLY);
  int fd = open_by_handle_at(here, &f.h, O_RDONLY);
  if (fd < 0) fd = open_by_handle_at(dir, &f.h, O_RDONLY);
  return show(fd);
}
MODE(by_handle_path) { /* handle of an O_PATH descriptor */
  struct { struct file_handle h; char room[128]; } f;
  f.h.handle_bytes = 128;
  int mount, fd = open(PATH, O_PATH);
  if (name_to_handle_at(fd, "", &f.h, &mount, AT_EMPTY_PATH)) return fail("name_to_handle_at");
  return show(open_by_handle_at(open(".", O_RDONLY), &f.h, O_RDONLY));
}
MODE(chrooted) { if (chroot(".") || chdir("/")) return fail("chroot"); return with(O_RDONLY, PATH); }
MODE(chrooted_moved) { /* a root of its own makes `/innocent` of it */
  mkdir("jail", 0755); char p[512]; snprintf(p, sizeof p, "jail/%s", PATH);
  if (chroot(".")) return fail("chroot");
  snprintf(p, sizeof p, "/%s", PATH);
  return with(O_RDONLY, p);
}
MODE(chroot_proc) { if (chroot("/proc/self/cwd")) return fail("chroot"); char p[512]; snprintf(p, sizeof p, "/%s", PATH); return with(O_RDONLY, p); }
static void map_ids(uid_t uid, gid_t gid) {
  char text[64];
  write_text("/proc/self/setgroups", "deny");
  snprintf(text, sizeof text, "0 %d 1", uid); write_text("/proc/self/uid_map", text);
  snprintf(text, sizeof text, "0 %d 1", gid); write_text("/proc/self/gid_map", text);
}
static int own_mounts(void) { /* as superuser, or in a user namespace */
  if (unshare(CLONE_NEWNS) == 0) { mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL); return 0; }
  uid_t uid = getuid(); gid_t gid = getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) return -1;
  map_ids(uid, gid);
  return 0;
}
MODE(userns) { uid_t u = getuid(); gid_t g = getgid(); if (unshare(CLONE_NEWUSER)) perror("unshare"); else map_ids(u, g); return with(O_RDONLY, PATH); }
MODE(bind_folder) { mkdir("mnt", 0755); char d[512]; strcpy(d, PATH); char *s = strrchr(d, '/'); if (s) *s = 0; if (own_mounts()) return fail("unshare"); if (mount(s ? d : ".", "mnt", NULL, MS_BIND, NULL)) return fail("mount"); char p[512]; snprintf(p, sizeof p, "mnt/%s", s ? s + 1 : PATH); return with(O_RDONLY, p); }
MODE(bind_file) { write_text("innocent", ""); if (own_mounts()) return fail("unshare"); if (mount(PATH, "innocent", NULL, MS_BIND, NULL)) return fail("mount"); return with(O_RDONLY, "innocent"); }
MODE(pivot) { if (own_mounts()) return fail("unshare"); if (mount(".", ".", NULL, MS_BIND, NULL)) return fail("mount"); if (chdir(absolute("."))) return fail("chdir"); mkdir("old", 0755); if (syscall(SYS_pivot_root, ".", "old")) return fail("pivot_root"); char p[512]; snprintf(p, sizeof p, "/%s", PATH); return with(O_RDONLY, p); }
MODE(tree_clone) { /* open_tree, move_mount: the newer calls */
  mkdir("mnt", 0755);
  if (own_mounts()) return fail("unshare");
  int t = (int)syscall(428, AT_FDCWD, ".", 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);
  if (t < 0) return fail("open_tree");
  return show(openat(t, PATH, O_RDONLY));
}
MODE(tree_moved) {
  write_text("innocent", "");
  if (own_mounts()) return fail("unshare");
  int t = (int)syscall(428, AT_FDCWD, PATH, 1);
  if (t < 0) return fail("open_tree");
  if (syscall(429, t, "", AT_FDCWD, "innocent", 4 /* F_EMPTY_PATH */)) return fail("move_mount");
  return with(O_RDONLY, "innocent");
}
MODE(tree_plain) { int t = (int)syscall(428, AT_FDCWD, PATH, 0); if (t < 0) return fail("open_tree"); char p[64]; snprintf(p, sizeof p, "/proc/self/fd/%d", t); return with(O_RDONLY, p); }
MODE(overlay) {
  mkdir("up", 0755); mkdir("work", 0755); mkdir("mnt", 0755);
  if (own_mounts()) return fail("unshare");
  char o[9000]; const char *here = absolute(".");
  snprintf(o, sizeof o, "lowerdir=%s,upperdir=/dev/shm/pw-up-%d,workdir=/dev/shm/pw-wk-%d", here, getpid(), getpid());
  char up[64], wk[64]; snprintf(up, 64, "/dev/shm/pw-up-%d", getpid()); snprintf(wk, 64, "/dev/shm/pw-wk-%d", getpid());
  mkdir(up, 0700); mkdir(wk, 0700);
  int r = mount("overlay", "mnt", "overlay", 0, o);
  if (r) { snprintf(o, sizeof o, "lowerdir=%s:%s/up", here, here); r = mount("overlay", "mnt", "overlay", 0, o); }
  if (r) { rmdir(up); rmdir(wk); return fail("mount"); }
  char p[512]; snprintf(p, sizeof p, "mnt/%s", PATH);
  r = with(O_RDONLY, p);
  umount2("mnt", MNT_DETACH);
  char w[80]; snprintf(w, 80, "%s/work", wk); rmdir(w); rmdir(up); rmdir(wk);
  return r;
}
MODE(setns_self) { int fd = open("/proc/self/ns/mnt", O_RDONLY); const char *p = absolute(PATH); setns(fd, 0); return with(O_RDONLY, p); }
MODE(fan_events) { /* fanotify hands out descriptors of what others open */
  int f = (int)syscall(SYS_fanotify_init, 0, O_RDONLY);
  if (f < 0) return fail("fanotify_init");
  if (syscall(SYS_fanotify_mark, f, 1, 0x20ULL | 0x08000000ULL, AT_FDCWD, ".")) return fail("fanotify_mark");
  struct stat s; stat(PATH, &s);
  int fd = open(PATH, O_RDONLY); close(fd);
  struct { uint32_t len; uint8_t vers, res; uint16_t mlen; uint64_t mask; int32_t fd, pid; } e;
  if (read(f, &e, sizeof e) < 0) return fail("read");
  return show(e.fd);
}

static int receive(int s) {
  char c[CMSG_SPACE(sizeof(int))], b;
  struct iovec v = { &b, 1 };
  struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c };
  if (recvmsg(s, &m, 0) < 0) return -1;
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  int fd = -1;
  if (h) memcpy(&fd, CMSG_DATA(h), sizeof fd); else errno = ENOMSG;
  return fd;
}
static void pass(int s, int fd) {
  char c[CMSG_SPACE(sizeof(int))], b = 'x';
  memset(c, 0, sizeof c);
  struct iovec v = { &b, 1 };
  struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = c, .msg_controllen = sizeof c };
  struct cmsghdr *h = CMSG_FIRSTHDR(&m);
  h->cmsg_level = SOL_SOCKET; h->cmsg_type = SCM_RIGHTS; h->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(h), &fd, sizeof fd);
  if (fd < 0) m.msg_controllen = 0;
  sendmsg(s, &m, 0);
}
MODE(passed) { int p[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, p); if (fork() == 0) { pass(p[1], open(PATH, O_RDONLY)); _exit(0); } return show(receive(p[0])); }
MODE(passed_path) { int p[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, p); if (fork() == 0) { pass(p[1], open(PATH, O_PATH)); _exit(0); } int fd = receive(p[0]); return reopen(fd, "/proc/self/fd/%d", O_RDONLY); }
MODE(passed_folder) { /* a folder opened elsewhere, by a name that no rule knows */
  int p[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, p);
  if (fork() == 0) { pass(p[1], open(".", O_PATH)); _exit(0); }
  int d = receive(p[0]);
  if (chdir("/")) return 1;
  return show(openat(d, PATH, O_RDONLY));
}
MODE(stolen) { /* pidfd_getfd from a child that opened it */
  int p[2]; pipe(p);
  pid_t c = fork();
  if (c == 0) { int fd = open(PATH, O_RDONLY); dup2(fd, 50); write(p[1], "x", 1); sleep(2); _exit(0); }
  char b; read(p[0], &b, 1);
  int pidfd = (int)syscall(SYS_pidfd_open, c, 0);
  int fd = (int)syscall(438, pidfd, 50, 0);
  kill(c, SIGKILL);
  return show(fd);
}
MODE(traced) { /* a tracer changes the child's path after the question was put */
  static char path[256] = "innocent-file-name-of-some-length";
  write_text(path, "innocent");
  pid_t c = fork();
  if (c == 0) { if (ptrace(PTRACE_TRACEME, 0, 0, 0)) _exit(1); raise(SIGSTOP); int fd = open(path, O_RDONLY); show(fd); _exit(0); }
  int s; waitpid(c, &s, 0);
  if (!WIFSTOPPED(s)) return 1;
  for (int i = 0; i < 40; i++) {
    ptrace(PTRACE_POKEDATA, c, path, *(long *)PATH);
    if (ptrace(PTRACE_SYSCALL, c, 0, 0)) return fail("ptrace");
    waitpid(c, &s, 0);
    if (WIFEXITED(s)) return 0;
  }
  return 0;
}
#ifdef __x86_64__
static const char *traced_name = "innocent", *traced_secret;
static volatile int is_traced;
static int trace_sharer(void *unused) {
  (void)unused;
  pid_t parent = getppid();
  int s;
  if (ptrace(PTRACE_ATTACH, parent, 0, 0)) { is_traced = 1; return fail("attach"); }
  waitpid(parent, &s, __WALL);
  is_traced = 1;
  for (int i = 0; i < 500; i++) {
    struct user_regs_struct r;
    if (ptrace(PTRACE_SYSCALL, parent, 0, 0)) { ptrace(PTRACE_DETACH, parent, 0, 0); return fail("syscall"); }
    waitpid(parent, &s, __WALL);
    if (ptrace(PTRACE_GETREGS, parent, 0, &r) || r.rsi != (unsigned long)traced_name) continue;
    r.rsi = (unsigned long)traced_secret;
    if (ptrace(PTRACE_SETREGS, parent, 0, &r)) fail("registers");
    break;
  }
  return ptrace(PTRACE_DETACH, parent, 0, 0) != 0;
}
#endif
MODE(traced_sharer) { /* a process that shares the memory changes a register of the one that opens */
#ifdef __x86_64__
  write_text(traced_name, "innocent");
  traced_secret = PATH;
  static char stack[65536];
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  pid_t c = clone(trace_sharer, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
  for (int i = 0; i < 400 && !is_traced; i++) usleep(5000);
  show(open(traced_name, O_RDONLY));
  waitpid(c, NULL, 0);
#endif
  return 0;
}
MODE(poked) { /* process_vm_writev into a child */
  static char path[64] = "innocent";
  write_text(path, "innocent");
  int p[2]; pipe(p);
  pid_t c = fork();
  if (c == 0) { char b; read(p[0], &b, 1); show(open(path, O_RDONLY)); _exit(0); }
  struct iovec l = { PATH, strlen(PATH) + 1 }, r = { path, strlen(PATH) + 1 };
  if (process_vm_writev(c, &l, 1, &r, 1, 0) < 0) perror("process_vm_writev");
  write(p[1], "x", 1);
  int s; waitpid(c, &s, 0);
  return 0;
}
MODE(loaded) { /* the loader and the shell say what they cannot understand */
  char *words[] = { "sh", PATH, NULL };
  execv("/bin/sh", words);
  return fail("sh");
}
MODE(aio) { int fd = open(PATH, O_RDONLY); char b[100]; if (fd < 0) return fail("open"); struct iovec v = { b, 100 }; ssize_t n = preadv2(fd, &v, 1, 0, 0); if (n < 0) return fail("preadv2"); write(1, b, (size_t)n); return 0; }
MODE(swapped_fds) { /* dup2 between question and answer is of no use: the descriptor belongs to another file */
  int fd = open(PATH, O_PATH); if (fd < 0) return fail("open"); int null = open("/dev/null", O_PATH);
  char p[64]; snprintf(p, sizeof p, "/proc/self/fd/%d", null); dup2(fd, null); return with(O_RDONLY, p);
}
MODE(map_files) { int fd = open(PATH, O_PATH); char p[64]; snprintf(p, sizeof p, "/proc/self/fdinfo/%d", fd); int o = open(p, O_RDONLY); close(o); snprintf(p, sizeof p, "/proc/self/fd/%d", fd); return with(O_RDWR, p); }

#define M(name) { #name, name }
static const struct mode modes[] = {
  M(plain), M(rdwr), M(noatime), M(nonblock), M(nofollow), M(append), M(sync_), M(create), M(strange), M(three), M(raw_open), M(high_bits), M(low_dirfd), M(at_cwd), M(at_dirfd), M(at_pathfd), M(at_rootfd), M(at_ignored), M(at_parent),
  M(at_procfd), M(at_devfd), M(at_bad), M(open2_plain), M(open2_big), M(open2_beneath), M(open2_root), M(open2_rootlink), M(open2_nolinks), M(open2_nomagic), M(open2_cached), M(path_proc), M(path_nofollow), M(path_devfd),
  M(path_thread), M(path_pid), M(path_task), M(path_stdin), M(path_child), M(path_chdir), M(self_cwd), M(thread_cwd), M(task_cwd), M(self_root), M(root_root), M(one_root), M(pid_cwd), M(pid_root), M(parent_root), M(double_slash), M(dots),
  M(dotdot), M(above_root), M(long_path), M(link_dotdot), M(symlink_), M(symlink_abs), M(symlink_proc), M(symlink_chain), M(symlink_dir), M(symlink_at), M(hardlink), M(hardlink_fd), M(hardlink_empty), M(renamed), M(exchanged),
  M(parent_renamed), M(parent_exchanged), M(in_folder), M(in_folder_fd), M(folder_fd_renamed), M(list), M(list_inside), M(forked), M(double_forked), M(vforked), M(threaded), M(own_cwd_thread), M(many_threads), M(in_handler), M(clone_files),
  M(shared_files), M(timer_storm), M(after_filter), M(low_limits), M(full_table), M(undumpable), M(other_ids), M(mapped), M(mapped_path), M(sent), M(spliced), M(ranged), M(uring), M(uring2), M(uring_link), M(int80_open), M(int80_openat),
  M(x32_open), M(x32_openat), M(by_handle), M(by_handle_path), M(chrooted), M(chrooted_moved), M(chroot_proc), M(userns), M(bind_folder), M(bind_file), M(pivot), M(tree_clone), M(tree_moved), M(tree_plain), M(overlay), M(setns_self), M(fan_events),
  M(passed), M(passed_path), M(passed_folder), M(stolen), M(traced), M(traced_sharer), M(poked), M(loaded), M(aio), M(swapped_fds), M(map_files),
  { NULL, NULL },
};

int main(int argc, char **argv) { setvbuf(stdout, NULL, _IONBF, 0); return choose(modes, argc, argv); }
