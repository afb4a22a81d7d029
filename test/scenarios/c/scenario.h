/* What the programs of the scenarios share. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

extern char **environ;

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat 466
#endif

/* It holds the secret, which is printed; closes it. */
static inline int is_canary(int fd) {
  char text[100];
  ssize_t n = read(fd, text, 99);
  close(fd);
  if (n <= 0) return 0;
  text[n] = 0;
  if (!strstr(text, "CANARY")) return 0;
  printf("%s", text);
  return 1;
}

/* Prints what a descriptor holds, and why it cannot be read. */
static int show(int fd) {
  if (fd < 0) { perror("open"); return 1; }
  char text[4096];
  ssize_t n = read(fd, text, sizeof text);
  if (n < 0) { perror("read"); return 1; }
  if (write(1, text, (size_t)n) != n) return 1;
  close(fd);
  return 0;
}

static int fail(const char *what) { perror(what); return 1; }

static const char *absolute(const char *path) {
  static char buffer[2][8192];
  static int turn;
  char *out = buffer[turn ^= 1];
  if (*path == '/') return path;
  if (!getcwd(out, 4096)) return path;
  strcat(out, "/");
  strcat(out, path);
  return out;
}

/* io_uring without a library: one entry, submitted and waited for. Gives its result. */
struct ring { int fd; unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_mask; struct io_uring_sqe *sqes; struct io_uring_cqe *cqes; };

static int ring_open(struct ring *r) {
  struct io_uring_params p;
  memset(&p, 0, sizeof p);
  r->fd = (int)syscall(SYS_io_uring_setup, 8, &p);
  if (r->fd < 0) return -errno;
  size_t sq_size = p.sq_off.array + p.sq_entries * sizeof(unsigned), cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
  char *sq = mmap(NULL, sq_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQ_RING);
  char *cq = mmap(NULL, cq_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_CQ_RING);
  r->sqes = mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
  if (sq == MAP_FAILED || cq == MAP_FAILED || r->sqes == MAP_FAILED) return -ENOMEM;
  r->sq_tail = (unsigned *)(sq + p.sq_off.tail);
  r->sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
  r->sq_array = (unsigned *)(sq + p.sq_off.array);
  r->cq_head = (unsigned *)(cq + p.cq_off.head);
  r->cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
  r->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
  return 0;
}

static int ring_do(int op, int fd, const void *addr, unsigned len, uint64_t off, unsigned flags) {
  struct ring r;
  int problem = ring_open(&r);
  if (problem) return problem;
  unsigned tail = *r.sq_tail, index = tail & *r.sq_mask;
  struct io_uring_sqe *e = &r.sqes[index];
  memset(e, 0, sizeof *e);
  e->opcode = (unsigned char)op;
  e->fd = fd;
  e->addr = (uint64_t)(uintptr_t)addr;
  e->len = len;
  e->off = off;
  e->open_flags = flags;
  r.sq_array[index] = index;
  __atomic_store_n(r.sq_tail, tail + 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, r.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) return -errno;
  return r.cqes[*r.cq_head & *r.cq_mask].res;
}

/* A 32-bit system call of a 64-bit program; pointers must lie low. */
static long int80(long nr, long a, long b, long c) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
  return result;
#else
  return -ENOSYS;
#endif
}

static char *low(const char *text) {
#ifdef MAP_32BIT
  char *at = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (at == MAP_FAILED) return NULL;
  strcpy(at, text);
  return at;
#else
  return NULL;
#endif
}

/* A system call as the x32 entry numbers it. */
static long x32(long nr, long a, long b, long c) { return syscall(nr | 0x40000000, a, b, c); }

static long milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static int write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return -1;
  ssize_t n = write(fd, text, strlen(text));
  close(fd);
  return n < 0 ? -1 : 0;
}

/* A copy of a program, executable. */
static int copy_file(const char *from, int to) {
  int fd = open(from, O_RDONLY);
  if (fd < 0) return -1;
  char buffer[65536];
  ssize_t n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0) if (write(to, buffer, (size_t)n) != n) return -1;
  close(fd);
  return n < 0 ? -1 : 0;
}

struct mode { const char *name; int (*run)(int argc, char **argv); };

/* Words: the mode, then what it needs. */
static int choose(const struct mode *modes, int argc, char **argv) {
  for (; modes->name; modes++) if (argc > 1 && strcmp(argv[1], modes->name) == 0) return modes->run(argc - 1, argv + 1);
  fprintf(stderr, "no mode %s\n", argc > 1 ? argv[1] : "");
  return 99;
}
