/* open(2) in all its forms: opened here, judged by what was opened, and handed over, so that nothing can be swapped in between. */
#include "opening.h"
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

static int is_write(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0 || IS_TMPFILE(flags); }

void hand_over(struct request *request, int fd, int flags, int was_nonblocking) {
  if (was_nonblocking && (flags & O_NONBLOCK) == 0) fcntl(fd, F_SETFL, flags & (O_APPEND | O_DIRECT | O_NOATIME));
  reply_descriptor(request, fd, (flags & O_CLOEXEC) != 0);
}

static int reopen(const struct request *request, int fd, int flags) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  int opened = (int)act_for(request, -1, __NR_openat, AT_FDCWD, (long)link, (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC | O_NOCTTY, 0, 0);
  return opened < 0 ? -errno : opened;
}

struct waiting {
  int fd, flags;
};

static void open_aside(struct request *request) {
  const struct waiting *waiting = request_context();
  let_interrupt(1);
  int fd = reopen(request, waiting->fd, waiting->flags);
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
  if (type == S_IFLNK) return reply_error(request, (flags & O_DIRECTORY) != 0 ? ENOTDIR : ELOOP);
  if (type == S_IFDIR && CREATES(flags)) return reply_error(request, EISDIR);
  if (is_closed(request, &object->stat, is_write(flags), object->real)) return reply_error(request, EACCES);
  int source = object->fd, terminal = -1;
  if (type == S_IFCHR && object->stat.st_rdev == makedev(5, 0)) {
    source = terminal = own_terminal(request);
    if (terminal < 0) return reply_error(request, -terminal);
  }
  if (type == S_IFCHR) still_note_device(object->stat.st_rdev);
  unsigned device = major(object->stat.st_rdev);
  /* Memory devices (null, zero, random) wait for nobody either. */
  if (type == S_IFREG) worker_step_down_unless_local(request->worker, source);
  else if (type != S_IFCHR || device != 1) worker_step_down(request->worker);
  if (type == S_IFCHR && is_terminal(device) && is_others_terminal(request, object->stat.st_rdev)) {
    explain_file_rule(request, is_write(flags), object->real, "a terminal", "somebody outside of this session works there");
    return reply_error(request, EACCES);
  }
  /* A FIFO that is opened for both waits for nobody (fifo(7)). */
  int may_wait = (flags & O_NONBLOCK) == 0 && ((type == S_IFIFO && (flags & O_ACCMODE) != O_RDWR) || type == S_IFBLK || (type == S_IFCHR && device != 1 && device != 5 && (device < 136 || device > 143)));
  /* Only a lease makes a file wait (fcntl(2)): whoever holds it is given his time, but none of ours. */
  int fd = may_wait ? -EAGAIN : reopen(request, source, type == S_IFREG ? flags | O_NONBLOCK : flags);
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

void open_resolved(struct request *request, const struct opening *opening, const struct base *base) {
  struct object object;
  int error = resolve_object(request, base, opening->path, (opening->flags & O_NOFOLLOW) != 0, &object);
  if (error == 0 && is_shut(&object, opening->flags)) error = -EACCES;
  if (error == 0) error = proc_rule(request, object.real, is_write(opening->flags));
  if (error == 0) error = judge_file(request, is_write(opening->flags) ? ACTION_WRITE : ACTION_READ, opening->path, base->real, object.real);
  if (error < 0) reply_error(request, error);
  else open_object(request, &object, opening->flags);
  object_close(&object);
}

/* All that open(2) knows (VALID_OPEN_FLAGS); it ignores the others. */
#define KNOWN_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | READ_FLAGS | O_CLOEXEC | O_PATH | O_TMPFILE)

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
  /* Before it is read: what was read earlier may have been changed by a thread that is gone by now. */
  int is_still = !is_write(opening->flags) && still_is_worth_it(request->process) && still_is(request->process, path);
  int length = read_string(request, path, opening->path, sizeof opening->path);
  if (length < 0) return reply_error(request, length);
  if (length == 0) return reply_error(request, ENOENT);
  /* Before anything is made or emptied: handing it over would fail too late. */
  if ((opening->flags & (O_CREAT | O_TRUNC)) != 0 && process_is_full(request->process)) return reply_error(request, EMFILE);
  is_still = is_still && path / still_page() == (path + (uint64_t)length) / still_page();
  if (!is_write(opening->flags) && open_plainly(request, opening, is_still)) return;
  if (!request_is_valid(request)) return;
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
