/*
 * openat2(2) with a walk that is limited: beneath a folder, with that folder as the root, through no link, on one mount.
 * The kernel walks for us from the caller's own folder, with the same limits; what it found is judged, then opened.
 */
#include "guard.h"

enum { LINKS_LIMIT = 40, REQUEST_LIMIT = 4096 };

struct bounded {
  struct opening *opening;
  struct base base;
  uint64_t resolve;
};

/* Both are walks of the folder alone: the text of an absolute path means another file than it says. */
static int is_scoped(const struct bounded *bounded) { return (bounded->resolve & (RESOLVE_BENEATH_ | RESOLVE_IN_ROOT_)) != 0; }

/* By links of /proc, which lead somewhere else for us than for the caller. Callers fall back to openat(2). */
static int is_misled(const struct bounded *bounded, const char *path, const char *real) {
  char own[24];
  snprintf(own, sizeof own, "/proc/%d", session.guard);
  size_t length = strlen(own);
  if (real != NULL) return strncmp(real, own, length) == 0 && (real[length] == '/' || real[length] == '\0');
  const char *base = bounded->base.real;
  return strncmp(base, "/proc/", 6) == 0 || strcmp(base, "/proc") == 0 || (strcmp(base, "/") == 0 && strstr(path, "proc/") != NULL) || strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/", 5) == 0;
}

/* -errno; ENOSYS for what we cannot walk as the caller would. */
static int walk(const struct bounded *bounded, const char *path, int flags, struct object *object) {
  struct open_request how = {.flags = (uint64_t)(O_PATH | O_CLOEXEC | flags), .resolve = bounded->resolve | (is_scoped(bounded) ? 0 : RESOLVE_NO_MAGICLINKS_)};
  object->fd = (int)syscall(__NR_openat2, bounded->base.fd, path, &how, sizeof how);
  if (object->fd < 0) {
    /* Limits are the same for everybody; the limit that we set ourselves is not the caller's. */
    int error = errno, is_ours = error == ELOOP && !is_scoped(bounded) && (bounded->resolve & (RESOLVE_NO_MAGICLINKS_ | RESOLVE_NO_SYMLINKS_)) == 0;
    return (is_ours || (error != ELOOP && error != EXDEV)) && is_misled(bounded, path, NULL) ? -ENOSYS : -error;
  }
  if (fstat(object->fd, &object->stat) < 0) return -errno;
  int error = real_path_of(object->fd, object->real);
  return error == 0 && is_misled(bounded, path, object->real) ? -ENOSYS : error;
}

static int judge(struct request *request, const struct bounded *bounded, char *real, int is_write) {
  int error = proc_rule(request, real, is_write);
  if (error < 0) return error;
  const char *requested = is_scoped(bounded) ? real : bounded->opening->path;
  return judge_file(request, is_write ? ACTION_WRITE : ACTION_READ, requested, bounded->base.real, real);
}

/* The folder that the last name of `path` stands in; the length of its text. */
static int walk_parent(const struct bounded *bounded, const char *path, char *folder, struct object *parent) {
  size_t length = strlen(path);
  while (length > 0 && path[length - 1] == '/') length--;
  while (length > 0 && path[length - 1] != '/') length--;
  snprintf(folder, PATH_MAX, "%.*s", (int)length, path);
  return walk(bounded, length == 0 ? "." : folder, O_DIRECTORY, parent);
}

/* A file cannot be made by a name with a slash behind it, whatever stands there; `.` and `..` are no names. 0 when it can. */
static int refuse_slash(const struct bounded *bounded, const char *path) {
  size_t end = strlen(path);
  if (path[end - 1] != '/') return 0;
  while (end > 0 && path[end - 1] == '/') end--;
  size_t start = end;
  while (start > 0 && path[start - 1] != '/') start--;
  if (end - start <= 2 && strncmp(path + start, "..", end - start) == 0) return 0;
  char folder[PATH_MAX];
  struct object parent;
  int error = walk_parent(bounded, path, folder, &parent);
  object_close(&parent);
  return error < 0 ? error : -EISDIR;
}

/* -EEXIST when something stands there: if it is a link, `path` is then what it leads to. */
static int create(struct request *request, const struct bounded *bounded, char *path) {
  struct opening *opening = bounded->opening;
  char folder[PATH_MAX], real[REAL_SIZE + NAME_MAX + 2];
  struct object parent;
  int error = walk_parent(bounded, path, folder, &parent);
  size_t length = strlen(folder);
  const char *name = path + length;
  if (error == 0) {
    snprintf(real, sizeof real, "%s/%s", strcmp(parent.real, "/") == 0 ? "" : parent.real, name);
    error = judge(request, bounded, real, 1);
  }
  int fd = error < 0 ? error : create_at(request, parent.fd, name, opening);
  if (fd >= 0) reply_descriptor(request, fd, (opening->flags & O_CLOEXEC) != 0);
  if (fd == -EEXIST && (opening->flags & O_EXCL) == 0) {
    char target[PATH_MAX];
    ssize_t size = readlinkat(parent.fd, name, target, sizeof target - 1);
    if (size >= 0 && ((bounded->resolve & RESOLVE_NO_SYMLINKS_) != 0 || (opening->flags & O_NOFOLLOW) != 0)) fd = -ELOOP;
    else if (size >= 0) {
      target[size] = '\0';
      if (length + (size_t)size >= PATH_MAX) fd = -ENAMETOOLONG;
      else snprintf(path, PATH_MAX, "%s%s", target[0] == '/' ? "" : folder, target);
    }
  }
  object_close(&parent);
  return fd < 0 ? fd : 0;
}

static void open_bounded(struct request *request, const struct bounded *bounded) {
  struct opening *opening = bounded->opening;
  int flags = opening->flags, creates = (flags & O_CREAT) != 0, is_exclusive = creates && (flags & O_EXCL) != 0, is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
  int is_write = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0 || is_nameless;
  char path[PATH_MAX];
  strcpy(path, opening->path);
  for (int links = 0; links <= LINKS_LIMIT; links++) {
    struct object object = {.fd = -1};
    int error = creates ? refuse_slash(bounded, path) : 0;
    if (error == 0) error = walk(bounded, path, (flags & O_DIRECTORY) | (is_exclusive ? O_NOFOLLOW : flags & O_NOFOLLOW), &object);
    if (error == -ENOENT && creates) {
      error = create(request, bounded, path);
      if (error == -EEXIST && !is_exclusive) continue;
    } else if (error == 0 && is_exclusive) error = -EEXIST;
    else if (error == 0) error = judge(request, bounded, object.real, is_write);
    if (!request_is_valid(request)) request->is_answered = 1;
    else if (error < 0) reply_error(request, error);
    else if (!request->is_answered && is_nameless) {
      int fd = create_at(request, object.fd, ".", opening);
      if (fd < 0) reply_error(request, fd);
      else reply_descriptor(request, fd, (flags & O_CLOEXEC) != 0);
    } else if (!request->is_answered) open_object(request, &object, flags);
    object_close(&object);
    return;
  }
  reply_error(request, ELOOP);
}

/* struct open_how may grow: what is beyond our knowledge of it must be zero. */
static int read_how(const struct request *request, struct open_request *how) {
  size_t size = (size_t)request->args[3];
  char bytes[REQUEST_LIMIT] = {0};
  if (size < sizeof *how) return -EINVAL;
  if (size > sizeof bytes) return -E2BIG;
  int error = read_memory(request, request->args[2], bytes, size);
  if (error < 0) return error;
  for (size_t i = sizeof *how; i < size; i++) if (bytes[i] != 0) return -E2BIG;
  memcpy(how, bytes, sizeof *how);
  return check_flags(how, sizeof *how);
}

void on_openat2(struct request *request) {
  struct open_request how;
  int error = read_how(request, &how);
  if (error < 0) return reply_error(request, error);
  /* A descriptor that is O_PATH cannot be handed over, and these flags lie in memory; openat(2) does it. */
  if ((how.flags & O_PATH) != 0) return reply_error(request, ENOSYS);
  struct opening opening = {.dirfd = (int)request->args[0], .flags = (int)how.flags, .mode = (mode_t)how.mode};
  if (how.resolve == 0) return open_judged(request, request->args[1], &opening);
  int length = read_string(request, request->args[1], opening.path, sizeof opening.path);
  if (length <= 0) return reply_error(request, length == 0 ? ENOENT : length);
  if ((how.flags & (O_CREAT | O_TRUNC)) != 0 && process_is_full(request->process)) return reply_error(request, EMFILE);
  struct bounded bounded = {.opening = &opening, .resolve = how.resolve};
  error = base_open(request, opening.dirfd, is_scoped(&bounded) ? "." : opening.path, &bounded.base);
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error < 0) reply_error(request, error);
  else open_bounded(request, &bounded);
  base_close(&bounded.base);
}
