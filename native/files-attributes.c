/* Calls that change a file's mode, owner, times, extended attributes or length: made here on the file that was judged. */
#include "guard.h"
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

enum { XATTR_LIMIT = 65536 };

/* The file that a call names, ready to be named by `link` whatever happens to its path. */
struct target {
  int fd; /* O_PATH, or a copy of the caller's own descriptor */
  char link[40];
  int is_symlink;
};

static void ready(struct target *target, int fd) {
  struct stat stats;
  target->fd = fd;
  target->is_symlink = fstat(fd, &stats) == 0 && S_ISLNK(stats.st_mode);
  snprintf(target->link, sizeof target->link, "/proc/self/fd/%d", fd);
}

static void close_target(struct target *target) {
  if (target->fd >= 0) close(target->fd);
}

/* A descriptor that may write was judged when it was opened. One that only reads must not become a way to change. */
static int open_descriptor(struct request *request, int fd, struct target *target) {
  target->fd = -1;
  int taken = take_descriptor(request, fd);
  if (taken < 0) return -EBADF;
  ready(target, taken);
  int flags = fcntl(taken, F_GETFL);
  struct stat stats;
  if (fstat(taken, &stats) < 0) return -EBADF;
  if (!S_ISREG(stats.st_mode) && !S_ISDIR(stats.st_mode) && !S_ISLNK(stats.st_mode)) return 0;
  if ((flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_RDONLY) return 0;
  char real[REAL_SIZE];
  int error = real_path_of(taken, real);
  if (error == 0 && stats.st_nlink == 0) return 0;
  if (error == 0) error = proc_rule(request, real, 1);
  return error < 0 ? error : judge_file(request, ACTION_WRITE, real, "/", real);
}

static int open_target(struct request *request, int dirfd, uint64_t address, int flags, struct target *target) {
  char path[PATH_MAX];
  target->fd = -1;
  int length = address == 0 && (flags & AT_EMPTY_PATH) != 0 ? 0 : read_string(request, address, path, sizeof path);
  if (length < 0) return length;
  struct base base;
  if (length == 0) {
    if ((flags & AT_EMPTY_PATH) == 0) return -ENOENT;
    if (dirfd != AT_FDCWD) return open_descriptor(request, dirfd, target);
    strcpy(path, ".");
  }
  int error = base_open(request, dirfd, path, &base);
  if (error < 0) return error;
  struct object object;
  error = resolve_object(request, &base, path, (flags & AT_SYMLINK_NOFOLLOW) != 0, &object);
  if (error == 0) {
    ready(target, object.fd);
    error = proc_rule(request, object.real, 1);
    if (error == 0) error = judge_file(request, ACTION_WRITE, path, base.real, object.real);
  }
  base_close(&base);
  return request_is_valid(request) ? error : -ESRCH;
}

/* Ours is closed before the answer: while a descriptor that can write is open here, the caller cannot execute the file (ETXTBSY). */
static void finish(struct request *request, struct target *target, int error, long result) {
  if (error == 0 && result < 0) error = -errno;
  close_target(target);
  if (error < 0) reply_error(request, error);
  else reply_value(request, result);
}

#define PATH_CALL(name, dirfd, path, flags, call) \
  void name(struct request *request) { \
    struct target target; \
    int error = open_target(request, dirfd, path, flags, &target); \
    finish(request, &target, error, error < 0 ? -1 : (call)); \
  }
#define FD_CALL(name, call) \
  void name(struct request *request) { \
    struct target target; \
    int error = open_descriptor(request, (int)request->args[0], &target); \
    finish(request, &target, error, error < 0 ? -1 : (call)); \
  }
#define ARG(n) request->args[n]

static long change_mode(const struct target *target, mode_t mode) {
  if (target->is_symlink) return errno = EOPNOTSUPP, -1;
  return chmod(target->link, mode);
}
PATH_CALL(on_chmod, AT_FDCWD, ARG(0), 0, change_mode(&target, (mode_t)ARG(1)))
PATH_CALL(on_fchmodat, (int)ARG(0), ARG(1), 0, change_mode(&target, (mode_t)ARG(2)))
/* Flags that these calls do not know are refused before anything is looked at. */
static int has_odd_flags(uint64_t flags) { return ((int)flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0; }

static PATH_CALL(change_mode_by, (int)ARG(0), ARG(1), (int)ARG(3), change_mode(&target, (mode_t)ARG(2)))
void on_fchmodat2(struct request *request) {
  if (has_odd_flags(ARG(3))) reply_error(request, EINVAL);
  else change_mode_by(request);
}
FD_CALL(on_fchmod, (fcntl(target.fd, F_GETFL) & O_PATH) != 0 ? (errno = EBADF, -1) : fchmod(target.fd, (mode_t)ARG(1)))

static long change_owner(const struct target *target, uint64_t owner, uint64_t group) { return fchownat(target->fd, "", (uid_t)owner, (gid_t)group, AT_EMPTY_PATH); }
PATH_CALL(on_chown, AT_FDCWD, ARG(0), 0, change_owner(&target, ARG(1), ARG(2)))
PATH_CALL(on_lchown, AT_FDCWD, ARG(0), AT_SYMLINK_NOFOLLOW, change_owner(&target, ARG(1), ARG(2)))
static PATH_CALL(change_owner_by, (int)ARG(0), ARG(1), (int)ARG(4), change_owner(&target, ARG(2), ARG(3)))
void on_fchownat(struct request *request) {
  if (has_odd_flags(ARG(4))) reply_error(request, EINVAL);
  else change_owner_by(request);
}
FD_CALL(on_fchown, (fcntl(target.fd, F_GETFL) & O_PATH) != 0 ? (errno = EBADF, -1) : fchown(target.fd, (uid_t)ARG(1), (gid_t)ARG(2)))

/* Beyond the caller's own limit: the kernel would look at ours. It tells by a signal, too (setrlimit(2)). */
static int is_too_long(const struct request *request, off_t length, const struct stat *stats) {
  struct rlimit limit;
  if (length <= stats->st_size || prlimit(request->process->tid, RLIMIT_FSIZE, NULL, &limit) < 0 || (rlim_t)length <= limit.rlim_cur) return 0;
  /* Never by number: who has it by now may be somebody else. */
  if (request->process->pidfd >= 0) syscall(__NR_pidfd_send_signal, request->process->pidfd, SIGXFSZ, NULL, 0);
  return 1;
}

/*
 * Through a descriptor, because truncate(2) would wait for whoever holds a lease on the file (fcntl(2)). A sandbox may allow the one and
 * not the other: there it is done by name, but while a descriptor is open that can write nobody has a lease.
 */
static long change_length(struct request *request, const struct target *target, off_t length) {
  struct stat stats;
  if (fstat(target->fd, &stats) < 0) return -1;
  char real[REAL_SIZE];
  if (real_path_of(target->fd, real) < 0) real[0] = '\0';
  if (is_closed(request, &stats, 1, real)) return errno = EACCES, -1;
  if (!S_ISREG(stats.st_mode)) return act_for(request, -1, __NR_truncate, (long)target->link, length, 0, 0, 0);
  int fd = open(target->link, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return -1;
  int is_refused = is_too_long(request, length, &stats), is_inside = request->process->domain != 0;
  long result = is_refused ? -1 : is_inside ? act_for(request, -1, __NR_truncate, (long)target->link, length, 0, 0, 0) : ftruncate(fd, length);
  int error = is_refused ? EFBIG : errno;
  close(fd);
  return errno = error, result;
}
static PATH_CALL(cut, AT_FDCWD, ARG(0), 0, change_length(request, &target, (off_t)ARG(1)))
void on_truncate(struct request *request) {
  if ((off_t)ARG(1) < 0) reply_error(request, EINVAL);
  else cut(request);
}

/* `times` of the caller in ours; NULL stands for now. -errno. */
static int read_times(const struct request *request, uint64_t address, size_t size, void *times, const void **result) {
  *result = address == 0 ? NULL : times;
  return address == 0 ? 0 : read_memory(request, address, times, size);
}

static long set_times(const struct target *target, const struct timespec *times) {
  long result = utimensat(target->fd, "", times, AT_EMPTY_PATH);
  return result < 0 && errno == EINVAL && !target->is_symlink ? utimensat(AT_FDCWD, target->link, times, 0) : result;
}

static int is_unopened(const struct target *target) { return (fcntl(target->fd, F_GETFL) & O_PATH) != 0; }

static void change_times(struct request *request, int dirfd, uint64_t path, int flags, const struct timespec *times) {
  int is_descriptor = path == 0 && dirfd != AT_FDCWD;
  /* Nothing to do: the kernel looks at neither path nor flags. */
  if (times != NULL && times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT) return reply_value(request, 0);
  if (has_odd_flags((uint64_t)flags) || (is_descriptor && flags != 0)) return reply_error(request, EINVAL);
  struct target target;
  int error = is_descriptor ? open_descriptor(request, dirfd, &target) : open_target(request, dirfd, path, flags, &target);
  if (error == 0 && is_descriptor && is_unopened(&target)) error = -EBADF;
  finish(request, &target, error, error < 0 ? -1 : set_times(&target, times));
}

void on_utimensat(struct request *request) {
  struct timespec times[2];
  const void *given;
  int error = read_times(request, ARG(2), sizeof times, times, &given);
  if (error < 0) reply_error(request, error);
  else change_times(request, (int)ARG(0), ARG(1), (int)ARG(3), given);
}

static void change_times_micro(struct request *request, int dirfd, uint64_t path, uint64_t address) {
  struct timeval micro[2] = {{0, 0}, {0, 0}};
  const void *given;
  int error = read_times(request, address, sizeof micro, micro, &given);
  if (error == 0 && given != NULL && (micro[0].tv_usec >= 1000000 || micro[1].tv_usec >= 1000000 || micro[0].tv_usec < 0 || micro[1].tv_usec < 0)) error = -EINVAL;
  if (error < 0) return reply_error(request, error);
  struct timespec times[2] = {{micro[0].tv_sec, micro[0].tv_usec * 1000}, {micro[1].tv_sec, micro[1].tv_usec * 1000}};
  change_times(request, dirfd, path, 0, given == NULL ? NULL : times);
}

void on_utimes(struct request *request) { change_times_micro(request, AT_FDCWD, ARG(0), ARG(1)); }
void on_futimesat(struct request *request) { change_times_micro(request, (int)ARG(0), ARG(1), ARG(2)); }

void on_utime(struct request *request) {
  struct utimbuf seconds = {0, 0};
  const void *given;
  int error = read_times(request, ARG(1), sizeof seconds, &seconds, &given);
  if (error < 0) return reply_error(request, error);
  struct timespec times[2] = {{seconds.actime, 0}, {seconds.modtime, 0}};
  change_times(request, AT_FDCWD, ARG(0), 0, given == NULL ? NULL : times);
}

struct attribute {
  char name[256];
  void *value;
  size_t size;
};

static int read_attribute(const struct request *request, struct attribute *attribute, int has_value) {
  attribute->value = NULL;
  attribute->size = has_value ? (size_t)ARG(3) : 0;
  int length = read_string(request, ARG(1), attribute->name, sizeof attribute->name);
  if (length <= 0) return length == -ENAMETOOLONG || length == 0 ? -ERANGE : length;
  if (attribute->size == 0) return 0;
  if (attribute->size > XATTR_LIMIT) return -E2BIG;
  attribute->value = malloc(attribute->size);
  return attribute->value == NULL ? -ENOMEM : read_memory(request, ARG(2), attribute->value, attribute->size);
}

/* The attributes of a link itself cannot be reached by a descriptor; they grant nothing, so nobody needs them. */
static void change_attribute(struct request *request, int is_descriptor, int flags, int has_value) {
  struct target target = {.fd = -1};
  struct attribute attribute;
  int error = read_attribute(request, &attribute, has_value);
  if (error == 0) error = is_descriptor ? open_descriptor(request, (int)ARG(0), &target) : open_target(request, AT_FDCWD, ARG(0), flags, &target);
  if (error == 0 && is_descriptor && is_unopened(&target)) error = -EBADF;
  if (error == 0 && target.is_symlink) error = -EPERM;
  long result = error < 0 ? -1 : has_value ? setxattr(target.link, attribute.name, attribute.value, attribute.size, (int)ARG(4)) : removexattr(target.link, attribute.name);
  finish(request, &target, error, result);
  free(attribute.value);
}

void on_setxattr(struct request *request) { change_attribute(request, 0, 0, 1); }
void on_lsetxattr(struct request *request) { change_attribute(request, 0, AT_SYMLINK_NOFOLLOW, 1); }
void on_fsetxattr(struct request *request) { change_attribute(request, 1, 0, 1); }
void on_removexattr(struct request *request) { change_attribute(request, 0, 0, 0); }
void on_lremovexattr(struct request *request) { change_attribute(request, 0, AT_SYMLINK_NOFOLLOW, 0); }
void on_fremovexattr(struct request *request) { change_attribute(request, 1, 0, 0); }
