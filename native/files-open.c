/* open(2) in all its forms: opened here, judged by what was opened, and handed over, so that nothing can be swapped in between. */
#include "guard.h"
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#define CREATES(flags) (((flags) & O_CREAT) != 0)
#define IS_TMPFILE(flags) (((flags) & O_TMPFILE) == O_TMPFILE)
/* What is ours to set: descriptors of the guard close on exec, wait for nobody, and take no terminal. */
#define OURS (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int is_write(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0 || IS_TMPFILE(flags); }

/* The status flags as the caller wanted them; O_NONBLOCK was ours. */
static void hand_over(struct request *request, int fd, int flags, int was_nonblocking) {
  if (was_nonblocking && (flags & O_NONBLOCK) == 0) fcntl(fd, F_SETFL, flags & (O_APPEND | O_DIRECT | O_NOATIME));
  reply_descriptor(request, fd, (flags & O_CLOEXEC) != 0);
}

static int reopen(int fd, int flags) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  int opened = open(link, (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC | O_NOCTTY);
  return opened < 0 ? -errno : opened;
}

struct waiting {
  int fd, flags;
};

static void open_aside(struct request *request) {
  const struct waiting *waiting = request_context();
  let_interrupt(1);
  int fd = reopen(waiting->fd, waiting->flags);
  let_interrupt(0);
  close(waiting->fd);
  if (fd < 0) reply_error(request, fd == -EINTR ? RESTART : fd);
  else hand_over(request, fd, waiting->flags, 0);
}

/* The terminal that /dev/tty is to the process; -ENXIO when it has none. */
static int own_terminal(const struct request *request) {
  char stat[1024], path[32];
  int fd = openat(request->process->folder, "stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -ENXIO;
  ssize_t length = read(fd, stat, sizeof stat - 1);
  close(fd);
  if (length <= 0) return -ENXIO;
  stat[length] = '\0';
  const char *name_end = strrchr(stat, ')');
  int number = 0;
  if (name_end == NULL || sscanf(name_end + 2, "%*c %*d %*d %*d %d", &number) != 1 || number == 0) return -ENXIO;
  unsigned device_major = ((unsigned)number >> 8) & 0xfff, device_minor = ((unsigned)number & 0xff) | (((unsigned)number >> 12) & 0xfff00);
  if (device_major >= 136 && device_major <= 143) snprintf(path, sizeof path, "/dev/pts/%u", (device_major - 136) * 256 + device_minor);
  else if (device_major == 4 && device_minor < 64) snprintf(path, sizeof path, "/dev/tty%u", device_minor);
  else if (device_major == 4) snprintf(path, sizeof path, "/dev/ttyS%u", device_minor - 64);
  else return -ENXIO;
  fd = open(path, O_PATH | O_CLOEXEC);
  return fd < 0 ? -ENXIO : fd;
}

/* Opens what is judged already. */
void open_object(struct request *request, struct object *object, int flags) {
  mode_t type = object->stat.st_mode & S_IFMT;
  if (type == S_IFLNK) return reply_error(request, ELOOP);
  if (type == S_IFDIR && CREATES(flags)) return reply_error(request, EISDIR);
  int source = object->fd, terminal = -1;
  if (type == S_IFCHR && object->stat.st_rdev == makedev(5, 0)) {
    source = terminal = own_terminal(request);
    if (terminal < 0) return reply_error(request, -terminal);
  }
  unsigned device = major(object->stat.st_rdev);
  if (type == S_IFCHR && device >= 136 && device <= 143 && is_others_terminal(request, object->stat.st_rdev)) {
    explain_rule(request, "a terminal", "somebody outside of this session works there");
    return reply_error(request, EACCES);
  }
  int may_wait = (flags & O_NONBLOCK) == 0 && (type == S_IFIFO || type == S_IFBLK || (type == S_IFCHR && device != 1 && device != 5 && (device < 136 || device > 143)));
  /* Only a lease makes a file wait (fcntl(2)): whoever holds it is given his time, but none of ours. */
  int fd = may_wait ? -EAGAIN : reopen(source, type == S_IFREG ? flags | O_NONBLOCK : flags);
  if (fd == -EAGAIN && (may_wait || (type == S_IFREG && (flags & O_NONBLOCK) == 0))) {
    struct waiting *waiting = malloc(sizeof *waiting);
    if (waiting == NULL) return reply_error(request, ENOMEM);
    *waiting = (struct waiting){fcntl(source, F_DUPFD_CLOEXEC, 3), flags};
    run_aside(request, open_aside, waiting);
  } else if (fd < 0) reply_error(request, fd);
  else hand_over(request, fd, flags, type == S_IFREG);
  if (terminal >= 0) close(terminal);
}

/* What the file's own permissions refuse needs no judgement, and no words about a policy. Those of /proc are looked at when it is opened. */
static int is_shut(const struct object *object, int flags) {
  int access = (flags & O_ACCMODE) == O_RDONLY ? R_OK : (flags & O_ACCMODE) == O_WRONLY ? W_OK : R_OK | W_OK;
  if (!S_ISREG(object->stat.st_mode) || (flags & O_DIRECTORY) != 0 || object->stat.st_dev == session.proc_device) return 0;
  return syscall(__NR_faccessat2, object->fd, "", access, AT_EMPTY_PATH | AT_EACCESS) < 0 && errno == EACCES;
}

/* Resolved first, judged, opened then: everything but plain reads. */
static void open_resolved(struct request *request, const struct opening *opening, const struct base *base) {
  struct object object;
  int error = resolve_object(request, base, opening->path, (opening->flags & O_NOFOLLOW) != 0, &object);
  if (error == 0 && is_shut(&object, opening->flags)) error = -EACCES;
  if (error == 0) error = proc_rule(request, object.real, is_write(opening->flags));
  if (error == 0) error = judge_file(request, is_write(opening->flags) ? ACTION_WRITE : ACTION_READ, opening->path, base->real, object.real);
  if (error < 0) reply_error(request, error);
  else open_object(request, &object, opening->flags);
  object_close(&object);
}

/* Of the flags that open(2) knows and a read may have; openat2(2) takes no others. */
#define READ_FLAGS (O_APPEND | O_ASYNC | O_NONBLOCK | O_DSYNC | O_SYNC | O_DIRECT | O_DIRECTORY | O_NOFOLLOW | O_NOATIME)

/* All that open(2) knows (VALID_OPEN_FLAGS); it ignores the others. */
#define KNOWN_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | READ_FLAGS | O_CLOEXEC | O_PATH | O_TMPFILE)

/* Every component a plain name. */
static int is_clean(const char *path) {
  if (strcmp(path, ".") == 0 || strncmp(path, "./", 2) == 0 || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0) return 0;
  for (const char *at = path; *at != '\0'; at++) {
    if (*at == '/' && (at[1] == '/' || at[1] == '\0' || (at[1] == '.' && (at[2] == '/' || at[2] == '\0' || (at[2] == '.' && (at[3] == '/' || at[3] == '\0')))))) return 0;
  }
  return 1;
}

/* The absolute path that is meant, by its text. 0 when its text may mean something else to us than to the process. */
static int spell_out(const struct request *request, const struct opening *opening, char *path, char *folder) {
  if (!is_clean(opening->path)) return 0;
  size_t length = 0;
  strcpy(folder, "/");
  if (opening->path[0] != '/') {
    char link[32];
    if (opening->dirfd == AT_FDCWD) strcpy(link, "cwd");
    else snprintf(link, sizeof link, "fd/%d", opening->dirfd);
    ssize_t got = readlinkat(request->process->folder, link, path, PATH_MAX);
    /* ` (deleted)` leads nowhere, or to a folder of that name: what is opened is what was judged. */
    if (got <= 1 || got >= PATH_MAX || path[0] != '/') return 0;
    length = (size_t)got;
    memcpy(folder, path, length);
    folder[length] = '\0';
    path[length++] = '/';
  }
  size_t rest = strlen(opening->path);
  if (length + rest >= PATH_MAX) return 0;
  memcpy(path + length, opening->path, rest + 1);
  return strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/dev/", 5) != 0;
}

/*
 * Most reads of most programs: a file or folder that is opened by the text of its path, through no link, so that the text is
 * what it is. Done at once where the kernel has the walk in its cache. 0 when it takes the long way.
 */
static int open_plainly(struct request *request, const struct opening *opening) {
  char path[PATH_MAX + NAME_MAX + 2], folder[PATH_MAX];
  struct stat stats;
  if (!spell_out(request, opening, path, folder)) return 0;
  if (fstatat(AT_FDCWD, path, &stats, AT_SYMLINK_NOFOLLOW) < 0) {
    if (errno != ENOENT || !is_missing(&(struct base){.fd = AT_FDCWD}, path) || !request_is_valid(request)) return 0;
    reply_error(request, ENOENT);
    return 1;
  }
  /* FIFOs and devices notice being opened. */
  if (!S_ISREG(stats.st_mode) && !S_ISDIR(stats.st_mode)) return 0;
  struct open_request how = {.flags = (uint64_t)((opening->flags & READ_FLAGS) | OURS), .resolve = RESOLVE_NO_SYMLINKS_ | RESOLVE_CACHED_};
  int fd = (int)syscall(__NR_openat2, AT_FDCWD, path, &how, sizeof how);
  if (fd < 0 && errno == EAGAIN) {
    worker_step_down(request->worker);
    how.resolve = RESOLVE_NO_SYMLINKS_;
    fd = (int)syscall(__NR_openat2, AT_FDCWD, path, &how, sizeof how);
  }
  if (fd < 0) return 0;
  if (fstat(fd, &stats) < 0 || (!S_ISREG(stats.st_mode) && !S_ISDIR(stats.st_mode)) || stats.st_dev == session.proc_device || !request_is_valid(request)) {
    close(fd);
    return 0;
  }
  int error = judge_plain_read(request, opening->path, folder, path);
  if (error == 0) hand_over(request, fd, opening->flags, 1);
  else {
    close(fd);
    reply_error(request, error);
  }
  return 1;
}

/* A plain read opens the file at once, and what was opened says what it is. FIFOs and devices notice being opened. */
static void open_read(struct request *request, const struct opening *opening, const struct base *base) {
  struct stat stats = {0};
  char real[REAL_SIZE];
  if (fstatat(base->fd, opening->path, &stats, (opening->flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0) < 0 && errno == ENOENT && is_missing(base, opening->path)) return reply_error(request, ENOENT);
  if (!S_ISREG(stats.st_mode) && !S_ISDIR(stats.st_mode)) return open_resolved(request, opening, base);
  struct open_request how = {.flags = (uint64_t)((opening->flags & READ_FLAGS) | OURS), .resolve = RESOLVE_NO_MAGICLINKS_};
  int fd = (int)syscall(__NR_openat2, base->fd, opening->path, &how, sizeof how);
  if (fd < 0) {
    /* What our own /proc hides, and links that only the kernel can follow, take the other way. */
    if (errno == ELOOP || errno == EAGAIN || errno == ENOENT || errno == EACCES) return open_resolved(request, opening, base);
    return reply_error(request, errno);
  }
  int is_plain = fstat(fd, &stats) == 0 && (S_ISREG(stats.st_mode) || S_ISDIR(stats.st_mode)) && stats.st_dev != session.proc_device && real_path_of(fd, real) == 0;
  if (!is_plain) {
    close(fd);
    return open_resolved(request, opening, base);
  }
  int error = judge_file(request, ACTION_READ, opening->path, base->real, real);
  if (error == 0) return hand_over(request, fd, opening->flags, 1);
  close(fd);
  reply_error(request, error);
}

int create_at(const struct request *request, int folder, const char *name, const struct opening *opening) {
  mode_t mask;
  int error = process_umask(request->process, &mask);
  if (error < 0) return error;
  umask(mask);
  int fd = openat(folder, name, (opening->flags & ~O_NONBLOCK) | (IS_TMPFILE(opening->flags) ? 0 : O_EXCL) | O_CLOEXEC | O_NOCTTY, opening->mode);
  error = errno;
  umask(0);
  return fd < 0 ? -error : fd;
}

/* Follows a link that leads nowhere: creating through it creates what it points to. 1 when there is none. */
static int follow_dangling(const struct request *request, struct place *place, struct place *next) {
  char target[PATH_MAX];
  ssize_t length = readlinkat(place->fd, place->name, target, sizeof target - 1);
  if (length < 0) return 1;
  target[length] = '\0';
  struct base base = {.fd = target[0] == '/' ? AT_FDCWD : place->fd};
  return resolve_place(request, &base, target, next);
}

static void create(struct request *request, const struct opening *opening, const struct base *base, struct place *place) {
  int error = 0;
  for (int links = 0; (opening->flags & (O_EXCL | O_NOFOLLOW)) == 0 && links < 40; links++) {
    struct place next;
    error = follow_dangling(request, place, &next);
    if (error == 1) break;
    place_close(place);
    *place = next;
    if (error < 0) return reply_error(request, error);
  }
  if (place->is_odd) return reply_error(request, EISDIR);
  error = proc_rule(request, place->real, 1);
  if (error == 0) error = judge_file(request, ACTION_WRITE, opening->path, base->real, place->real);
  if (error < 0) return reply_error(request, error);
  int fd = create_at(request, place->fd, place->name, opening);
  /* Somebody was quicker: it is there now, and opened as what it is. */
  if (fd == -EEXIST && (opening->flags & O_EXCL) == 0) return;
  if (fd < 0) return reply_error(request, fd);
  if ((opening->flags & O_NONBLOCK) != 0) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  hand_over(request, fd, opening->flags, 0);
}

static void open_write(struct request *request, const struct opening *opening, const struct base *base) {
  for (int tries = 0; tries < 8; tries++) {
    struct object object = {.fd = -1};
    int is_exclusive = CREATES(opening->flags) && (opening->flags & O_EXCL) != 0;
    int error = resolve_object(request, base, opening->path, is_exclusive || (opening->flags & O_NOFOLLOW) != 0, &object);
    if (error == 0) {
      if (is_exclusive) reply_error(request, EEXIST);
      else if (IS_TMPFILE(opening->flags)) {
        /* A file without a name, in that folder; a link(2) that names it is judged then. */
        error = S_ISDIR(object.stat.st_mode) ? judge_file(request, ACTION_WRITE, opening->path, base->real, object.real) : -ENOTDIR;
        int folder = error < 0 ? -1 : openat(object.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int fd = error < 0 ? error : create_at(request, folder < 0 ? object.fd : folder, ".", opening);
        if (folder >= 0) close(folder);
        if (fd < 0) reply_error(request, fd);
        else hand_over(request, fd, opening->flags, 0);
      } else {
        object_close(&object);
        open_resolved(request, opening, base);
      }
      object_close(&object);
      return;
    }
    if (error != -ENOENT || !CREATES(opening->flags)) return reply_error(request, error);
    struct place place;
    error = resolve_place(request, base, opening->path, &place);
    if (error < 0) {
      place_close(&place);
      return reply_error(request, error);
    }
    if (place.name[strlen(place.name) - 1] == '/') error = EISDIR;
    if (error != 0) reply_error(request, error);
    else create(request, opening, base, &place);
    place_close(&place);
    if (request->is_answered) return;
  }
  reply_error(request, EAGAIN);
}

/* A file cannot be made by a name with a slash behind it, whatever stands there; `.` and `..` are no names. 0 when it can. */
static int refuse_slash(const struct request *request, const struct opening *opening, const struct base *base) {
  size_t length = strlen(opening->path);
  if (!CREATES(opening->flags) || opening->path[length - 1] != '/') return 0;
  struct place place;
  int error = resolve_place(request, base, opening->path, &place);
  place_close(&place);
  return error < 0 ? error : place.is_odd ? 0 : -EISDIR;
}

/* Flags that exclude each other, as this kernel sees it: it looks at them before it looks at the path, which is none here. */
int check_flags(const struct open_request *how, size_t size) { return syscall(__NR_openat2, -1, NULL, how, size) < 0 && errno != EFAULT ? -errno : 0; }

static int are_odd(int flags) { return (flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY) || IS_TMPFILE(flags); }

void open_judged(struct request *request, uint64_t path, struct opening *opening) {
  if (are_odd(opening->flags)) {
    struct open_request how = {.flags = (uint32_t)(opening->flags & KNOWN_FLAGS), .mode = opening->mode};
    int error = check_flags(&how, sizeof how);
    if (error < 0) return reply_error(request, error);
  }
  int length = read_string(request, path, opening->path, sizeof opening->path);
  if (length < 0) return reply_error(request, length);
  if (length == 0) return reply_error(request, ENOENT);
  if (!request_is_valid(request)) return;
  if (!is_write(opening->flags) && open_plainly(request, opening)) return;
  worker_step_down(request->worker);
  struct base base;
  int error = base_open(request, opening->dirfd, opening->path, &base);
  if (!request_is_valid(request)) return;
  if (error == 0) error = refuse_slash(request, opening, &base);
  if (error < 0) reply_error(request, error);
  else if (is_write(opening->flags)) open_write(request, opening, &base);
  else open_read(request, opening, &base);
  base_close(&base);
}

void on_openat(struct request *request) {
  struct opening opening = {.dirfd = (int)request->args[0], .flags = (int)request->args[2], .mode = (mode_t)request->args[3] & 07777};
  open_judged(request, request->args[1], &opening);
}

void on_open(struct request *request) {
  struct opening opening = {.dirfd = AT_FDCWD, .flags = (int)request->args[1], .mode = (mode_t)request->args[2] & 07777};
  open_judged(request, request->args[0], &opening);
}

void on_creat(struct request *request) {
  struct opening opening = {.dirfd = AT_FDCWD, .flags = O_CREAT | O_WRONLY | O_TRUNC, .mode = (mode_t)request->args[1] & 07777};
  open_judged(request, request->args[0], &opening);
}
