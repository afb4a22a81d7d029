/* Every way to change, make or remove a file: `changes MODE FILE`. A second file of the row's own is `innocent`. */
#include "scenario.h"

#define MODE(name) static int name(int argc, char **argv)
#define FILE_ argv[1]
#define CHECK(call) do { if ((call) < 0) return fail(#call); return 0; } while (0)
#define RING(call) do { int r = (call); if (r < 0) { errno = -r; return fail(#call); } return 0; } while (0)

static int put(int fd) { if (fd < 0) return fail("open"); if (write(fd, "CHANGED\n", 8) != 8) return fail("write"); close(fd); return 0; }
MODE(w_only) { return put(open(FILE_, O_WRONLY)); }
MODE(w_rdwr) { return put(open(FILE_, O_RDWR)); }
MODE(w_append) { return put(open(FILE_, O_WRONLY | O_APPEND)); }
MODE(w_trunc) { return put(open(FILE_, O_WRONLY | O_TRUNC)); }
MODE(w_read_trunc) { int fd = open(FILE_, O_RDONLY | O_TRUNC); return fd < 0 ? fail("open") : 0; }
MODE(w_creat) { return put(creat(FILE_, 0644)); }
MODE(w_create) { return put(open(FILE_, O_WRONLY | O_CREAT, 0644)); }
MODE(w_excl) { return put(open(FILE_, O_WRONLY | O_CREAT | O_EXCL, 0644)); }
MODE(w_readonly_create) { int fd = open(FILE_, O_RDONLY | O_CREAT, 0644); return fd < 0 ? fail("open") : 0; }
MODE(w_mode3) { int fd = (int)syscall(SYS_openat, AT_FDCWD, FILE_, 3 | O_CREAT, 0644); return fd < 0 ? fail("open") : 0; }
MODE(w_openat2) { struct open_how h = { .flags = O_WRONLY | O_CREAT, .mode = 0644 }; return put((int)syscall(SYS_openat2, AT_FDCWD, FILE_, &h, sizeof h)); }
MODE(w_dirfd) { int d = open(".", O_PATH); return put(openat(d, FILE_, O_WRONLY | O_CREAT, 0644)); }
MODE(w_proc_dirfd) { int d = open(".", O_PATH); char p[600]; snprintf(p, 600, "/proc/self/fd/%d/%s", d, FILE_); return put(open(p, O_WRONLY | O_CREAT, 0644)); }
MODE(w_cwd) { char p[600]; snprintf(p, 600, "/proc/self/cwd/%s", FILE_); return put(open(p, O_WRONLY | O_CREAT, 0644)); }
MODE(w_root) { char p[9000]; snprintf(p, 9000, "/proc/self/root%s", absolute(FILE_)); return put(open(p, O_WRONLY | O_CREAT, 0644)); }
MODE(w_pathfd) { int f = open(FILE_, O_PATH); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); return put(open(p, O_WRONLY)); }
MODE(w_symlink) { symlink(FILE_, "link"); return put(open("link", O_WRONLY | O_CREAT, 0644)); }
MODE(w_hardlink) { link(FILE_, "link"); return put(open("link", O_WRONLY)); }
MODE(w_raw) { return put((int)syscall(SYS_open, FILE_, O_WRONLY | O_CREAT, 0644)); }
MODE(w_uring) { int fd = ring_do(IORING_OP_OPENAT, AT_FDCWD, FILE_, 0644, 0, O_WRONLY | O_CREAT); errno = fd < 0 ? -fd : 0; return put(fd); }
MODE(w_int80) { char *p = low(FILE_); long fd = int80(5, (long)p, O_WRONLY | O_CREAT, 0644); errno = fd < 0 ? (int)-fd : 0; return put((int)fd); }
MODE(w_int80_creat) { char *p = low(FILE_); long fd = int80(8, (long)p, 0644, 0); errno = fd < 0 ? (int)-fd : 0; return put((int)fd); }
MODE(w_tmpfile) { int f = open(".", O_TMPFILE | O_RDWR, 0644); if (f < 0) return fail("O_TMPFILE"); write(f, "CHANGED\n", 8); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); CHECK(linkat(AT_FDCWD, p, AT_FDCWD, FILE_, AT_SYMLINK_FOLLOW)); }
MODE(w_tmpfile_empty) { int f = open(".", O_TMPFILE | O_RDWR, 0644); if (f < 0) return fail("O_TMPFILE"); write(f, "CHANGED\n", 8); CHECK(linkat(f, "", AT_FDCWD, FILE_, AT_EMPTY_PATH)); }
MODE(w_handle) { struct { struct file_handle h; char room[128]; } f; f.h.handle_bytes = 128; int m; if (name_to_handle_at(AT_FDCWD, FILE_, &f.h, &m, 0)) return fail("handle"); return put(open_by_handle_at(open(".", O_RDONLY), &f.h, O_WRONLY)); }
MODE(w_passed) { int p[2]; pid_t c; static char stack[65536]; (void)stack; pipe(p); c = fork(); if (c == 0) { int fd = open(FILE_, O_WRONLY); dup2(fd, 50); write(p[1], "x", 1); sleep(2); _exit(0); } char b; read(p[0], &b, 1); int pf = (int)syscall(434, c, 0), fd = (int)syscall(438, pf, 50, 0); kill(c, SIGKILL); return put(fd); }
MODE(truncate_) { CHECK(truncate(FILE_, 0)); }
MODE(truncate_raw) { CHECK(syscall(SYS_truncate, FILE_, 3L)); }
MODE(truncate_link) { symlink(FILE_, "link"); CHECK(truncate("link", 0)); }
MODE(truncate_int80) { char *p = low(FILE_); long r = int80(92, (long)p, 0, 0); errno = (int)-r; return r < 0 ? fail("truncate") : 0; }
MODE(rename_onto) { CHECK(rename("innocent", FILE_)); }
MODE(rename_at) { int d = open(".", O_PATH); CHECK(renameat(d, "innocent", d, FILE_)); }
MODE(rename2) { CHECK(syscall(SYS_renameat2, AT_FDCWD, "innocent", AT_FDCWD, FILE_, 0)); }
MODE(rename_noreplace) { CHECK(syscall(SYS_renameat2, AT_FDCWD, "innocent", AT_FDCWD, FILE_, RENAME_NOREPLACE)); }
MODE(rename_exchange) { CHECK(syscall(SYS_renameat2, AT_FDCWD, "innocent", AT_FDCWD, FILE_, RENAME_EXCHANGE)); }
MODE(rename_exchange_other) { CHECK(syscall(SYS_renameat2, AT_FDCWD, FILE_, AT_FDCWD, "innocent", RENAME_EXCHANGE)); }
MODE(rename_whiteout) { CHECK(syscall(SYS_renameat2, AT_FDCWD, FILE_, AT_FDCWD, "elsewhere", RENAME_WHITEOUT)); }
MODE(rename_int80) { char *p = low("innocent"), *q = low(FILE_); long r = int80(38, (long)p, (long)q, 0); errno = (int)-r; return r < 0 ? fail("rename") : 0; }
MODE(rename_uring) { RING(ring_do(IORING_OP_RENAMEAT, AT_FDCWD, "innocent", (unsigned)AT_FDCWD, (uint64_t)(uintptr_t)FILE_, 0)); }
MODE(rename_away) { CHECK(rename(FILE_, "elsewhere")); }
MODE(rename_folder_onto) { /* a folder with the denied name inside comes to lie where it is denied */ mkdir("made", 0755); write_text("made/x", "CHANGED"); CHECK(rename("made", FILE_)); }
MODE(rename_parent) { char d[512]; strcpy(d, FILE_); *strrchr(d, '/') = 0; CHECK(rename(d, "elsewhere")); }
MODE(link_) { CHECK(link("innocent", FILE_)); }
MODE(link_at) { int f = open("innocent", O_PATH); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); CHECK(linkat(AT_FDCWD, p, AT_FDCWD, FILE_, AT_SYMLINK_FOLLOW)); }
MODE(link_uring) { RING(ring_do(IORING_OP_LINKAT, AT_FDCWD, "innocent", (unsigned)AT_FDCWD, (uint64_t)(uintptr_t)FILE_, 0)); }
MODE(link_int80) { char *p = low("innocent"), *q = low(FILE_); long r = int80(9, (long)p, (long)q, 0); errno = (int)-r; return r < 0 ? fail("link") : 0; }
MODE(symlink_) { CHECK(symlink("innocent", FILE_)); }
MODE(symlink_at) { int d = open(".", O_PATH); CHECK(symlinkat("innocent", d, FILE_)); }
MODE(symlink_uring) { RING(ring_do(IORING_OP_SYMLINKAT, AT_FDCWD, "innocent", 0, (uint64_t)(uintptr_t)FILE_, 0)); }
MODE(symlink_int80) { char *p = low("innocent"), *q = low(FILE_); long r = int80(83, (long)p, (long)q, 0); errno = (int)-r; return r < 0 ? fail("symlink") : 0; }
MODE(mkdir_) { CHECK(mkdir(FILE_, 0755)); }
MODE(mkdir_at) { int d = open(".", O_PATH); CHECK(mkdirat(d, FILE_, 0755)); }
MODE(mkdir_uring) { RING(ring_do(IORING_OP_MKDIRAT, AT_FDCWD, FILE_, 0755, 0, 0)); }
MODE(mkdir_int80) { char *p = low(FILE_); long r = int80(39, (long)p, 0755, 0); errno = (int)-r; return r < 0 ? fail("mkdir") : 0; }
MODE(mknod_file) { CHECK(mknod(FILE_, S_IFREG | 0644, 0)); }
MODE(mknod_fifo) { CHECK(mknod(FILE_, S_IFIFO | 0644, 0)); }
MODE(mknod_at) { CHECK(mknodat(AT_FDCWD, FILE_, S_IFIFO | 0644, 0)); }
MODE(mknod_device) { CHECK(mknod(FILE_, S_IFCHR | 0666, 0x103)); }
MODE(mkfifo_) { CHECK(mkfifo(FILE_, 0644)); }
MODE(bind_socket) { int s = socket(AF_UNIX, SOCK_STREAM, 0); struct sockaddr_un a = { .sun_family = AF_UNIX }; strcpy(a.sun_path, FILE_); CHECK(bind(s, (struct sockaddr *)&a, sizeof a)); }
MODE(chmod_) { CHECK(chmod(FILE_, 0777)); }
MODE(chmod_at) { CHECK(fchmodat(AT_FDCWD, FILE_, 0777, 0)); }
MODE(chmod_at2) { CHECK(syscall(SYS_fchmodat2, AT_FDCWD, FILE_, 0777, 0)); }
MODE(chmod_pathfd) { int f = open(FILE_, O_PATH); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); CHECK(chmod(p, 0777)); }
MODE(chmod_empty) { int f = open(FILE_, O_PATH); CHECK(syscall(SYS_fchmodat2, f, "", 0777, AT_EMPTY_PATH)); }
MODE(chmod_fd) { int f = open(FILE_, O_RDONLY); CHECK(fchmod(f, 0777)); }
MODE(chmod_link) { symlink(FILE_, "link"); CHECK(chmod("link", 0777)); }
MODE(chmod_int80) { char *p = low(FILE_); long r = int80(15, (long)p, 0777, 0); errno = (int)-r; return r < 0 ? fail("chmod") : 0; }
MODE(chown_) { CHECK(chown(FILE_, 12345, 12345)); }
MODE(chown_l) { CHECK(lchown(FILE_, 12345, 12345)); }
MODE(chown_at) { CHECK(fchownat(AT_FDCWD, FILE_, 12345, 12345, 0)); }
MODE(chown_empty) { int f = open(FILE_, O_PATH); CHECK(fchownat(f, "", 12345, 12345, AT_EMPTY_PATH)); }
MODE(utime_) { struct utimbuf b = { 1000, 1000 }; CHECK(utime(FILE_, &b)); }
MODE(utimes_) { struct timeval t[2] = { { 1000, 0 }, { 1000, 0 } }; CHECK(utimes(FILE_, t)); }
MODE(futimesat_) { struct timeval t[2] = { { 1000, 0 }, { 1000, 0 } }; CHECK(syscall(SYS_futimesat, AT_FDCWD, FILE_, t)); }
MODE(utimensat_) { struct timespec t[2] = { { 1000, 0 }, { 1000, 0 } }; CHECK(utimensat(AT_FDCWD, FILE_, t, 0)); }
MODE(utimensat_fd) { struct timespec t[2] = { { 1000, 0 }, { 1000, 0 } }; int f = open(FILE_, O_PATH); CHECK(utimensat(f, "", t, AT_EMPTY_PATH)); }
static int has_attribute(const char *path) { char b[16]; ssize_t n = getxattr(path, "user.patch", b, 16); if (n > 0) puts("ESCAPED"); return n > 0 ? 0 : 1; }
MODE(setxattr_) { if (setxattr(FILE_, "user.patch", "x", 1, 0)) return fail("setxattr"); puts("ESCAPED"); return 0; }
MODE(lsetxattr_) { if (lsetxattr(FILE_, "user.patch", "x", 1, 0)) return fail("lsetxattr"); puts("ESCAPED"); return 0; }
MODE(setxattr_at) { struct { uint64_t value; uint32_t size, flags; } a = { (uint64_t)(uintptr_t)"x", 1, 0 }; if (syscall(SYS_setxattrat, AT_FDCWD, FILE_, 0, "user.patch", &a, sizeof a)) return fail("setxattrat"); puts("ESCAPED"); return 0; }
MODE(setxattr_proc) { int f = open(FILE_, O_PATH); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); if (setxattr(p, "user.patch", "x", 1, 0)) return fail("setxattr"); puts("ESCAPED"); return 0; }
MODE(mapped) { int fd = open(FILE_, O_RDWR); if (fd < 0) return fail("open"); char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0); if (m == MAP_FAILED) return fail("mmap"); memcpy(m, "CHANGED", 7); msync(m, 4096, MS_SYNC); return 0; }
MODE(ranged) { int i = open("innocent", O_RDONLY), o = open(FILE_, O_WRONLY); if (o < 0) return fail("open"); CHECK(copy_file_range(i, NULL, o, NULL, 100, 0)); }
MODE(sent) { int i = open("innocent", O_RDONLY), o = open(FILE_, O_WRONLY | O_TRUNC); if (o < 0) return fail("open"); CHECK(sendfile(o, i, NULL, 100)); }
MODE(fallocate_) { int o = open(FILE_, O_RDWR); if (o < 0) return fail("open"); CHECK(fallocate(o, 3, 0, 4096)); }
MODE(threaded_unlink) { pthread_t t; pthread_create(&t, NULL, (void *(*)(void *))(void *)unlink, FILE_); void *r; pthread_join(t, &r); return 0; }

MODE(unlink_) { CHECK(unlink(FILE_)); }
MODE(unlink_raw) { CHECK(syscall(SYS_unlink, FILE_)); }
MODE(unlink_at) { CHECK(unlinkat(AT_FDCWD, FILE_, 0)); }
MODE(unlink_dirfd) { int d = open(".", O_PATH); CHECK(unlinkat(d, FILE_, 0)); }
MODE(unlink_procfd) { int d = open(".", O_PATH); char p[600]; snprintf(p, 600, "/proc/self/fd/%d/%s", d, FILE_); CHECK(unlink(p)); }
MODE(unlink_cwd) { char p[600]; snprintf(p, 600, "/proc/self/cwd/%s", FILE_); CHECK(unlink(p)); }
MODE(unlink_root) { char p[9000]; snprintf(p, 9000, "/proc/self/root%s", absolute(FILE_)); CHECK(unlink(p)); }
MODE(unlink_dots) { char p[600]; snprintf(p, 600, ".//./%s", FILE_); CHECK(unlink(p)); }
MODE(unlink_linkdir) { symlink(".", "here"); char p[600]; snprintf(p, 600, "here/here/%s", FILE_); CHECK(unlink(p)); }
MODE(unlink_uring) { RING(ring_do(IORING_OP_UNLINKAT, AT_FDCWD, FILE_, 0, 0, 0)); }
MODE(unlink_int80) { char *p = low(FILE_); long r = int80(10, (long)p, 0, 0); errno = (int)-r; return r < 0 ? fail("unlink") : 0; }
MODE(unlink_vfork) { if (vfork() == 0) { unlink(FILE_); _exit(0); } wait(NULL); return 0; }
MODE(unlink_daemon) { if (fork() == 0) { setsid(); if (fork() == 0) { usleep(30000); unlink(FILE_); _exit(0); } _exit(0); } wait(NULL); usleep(300000); return 0; }
MODE(unlink_chroot) { if (chroot(".")) return fail("chroot"); char p[600]; snprintf(p, 600, "/%s", FILE_); CHECK(unlink(p)); }
MODE(remove_) { CHECK(remove(FILE_)); }
MODE(rmdir_) { CHECK(rmdir(FILE_)); }
MODE(rmdir_at) { CHECK(unlinkat(AT_FDCWD, FILE_, AT_REMOVEDIR)); }
MODE(rmdir_uring) { RING(ring_do(IORING_OP_UNLINKAT, AT_FDCWD, FILE_, 0, 0, AT_REMOVEDIR)); }
MODE(rmdir_int80) { char *p = low(FILE_); long r = int80(40, (long)p, 0, 0); errno = (int)-r; return r < 0 ? fail("rmdir") : 0; }
MODE(rename_over_folder) { mkdir("empty", 0755); CHECK(rename("empty", FILE_)); }
MODE(hidden) { /* a mount over it is as good as its end */ if (unshare(CLONE_NEWNS)) { if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) return fail("unshare"); } else mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL); if (mount("innocent", FILE_, NULL, MS_BIND, NULL)) return fail("mount"); puts("ESCAPED"); return 0; }

#define M(name) { #name, name }
static const struct mode modes[] = {
  M(w_only), M(w_rdwr), M(w_append), M(w_trunc), M(w_read_trunc), M(w_creat), M(w_create), M(w_excl), M(w_readonly_create), M(w_mode3), M(w_openat2), M(w_dirfd), M(w_proc_dirfd), M(w_cwd), M(w_root), M(w_pathfd), M(w_symlink), M(w_hardlink), M(w_raw),
  M(w_uring), M(w_int80), M(w_int80_creat), M(w_tmpfile), M(w_tmpfile_empty), M(w_handle), M(w_passed), M(truncate_), M(truncate_raw), M(truncate_link), M(truncate_int80), M(rename_onto), M(rename_at), M(rename2), M(rename_noreplace), M(rename_exchange), M(rename_exchange_other),
  M(rename_whiteout), M(rename_int80), M(rename_uring), M(rename_away), M(rename_folder_onto), M(rename_parent), M(link_), M(link_at), M(link_uring), M(link_int80), M(symlink_), M(symlink_at), M(symlink_uring), M(symlink_int80), M(mkdir_), M(mkdir_at), M(mkdir_uring), M(mkdir_int80), M(mknod_file), M(mknod_fifo),
  M(mknod_at), M(mknod_device), M(mkfifo_), M(bind_socket), M(chmod_), M(chmod_at), M(chmod_at2), M(chmod_pathfd), M(chmod_empty), M(chmod_fd), M(chmod_link), M(chmod_int80), M(chown_), M(chown_l), M(chown_at), M(chown_empty), M(utime_), M(utimes_), M(futimesat_), M(utimensat_), M(utimensat_fd), M(setxattr_), M(lsetxattr_), M(setxattr_at), M(setxattr_proc),
  M(mapped), M(ranged), M(sent), M(fallocate_), M(threaded_unlink), M(unlink_), M(unlink_raw), M(unlink_at), M(unlink_dirfd), M(unlink_procfd), M(unlink_cwd), M(unlink_root), M(unlink_dots), M(unlink_linkdir), M(unlink_uring), M(unlink_int80), M(unlink_vfork), M(unlink_daemon), M(unlink_chroot), M(remove_), M(rmdir_), M(rmdir_at), M(rmdir_uring), M(rmdir_int80),
  M(rename_over_folder), M(hidden),
  { NULL, NULL },
};

int main(int argc, char **argv) { setvbuf(stdout, NULL, _IONBF, 0); return choose(modes, argc, argv); }
