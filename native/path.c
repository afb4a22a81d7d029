/*
 * What a path is, as the kernel would see it from the process that asks: its folder, its descriptors, its /proc/self.
 * The fast way lets the kernel walk; where the walk meets a link of /proc that means something else to us than to the
 * process, we walk ourselves.
 */
#include "guard.h"

enum { LINKS_LIMIT = 40 };

/* The kernel marks a name that is gone. A rule means the file, which is still open: it is judged by the name that it had. */
static void strip_deleted(int fd, char *real, size_t length) {
  static const char MARK[] = " (deleted)";
  struct stat open_one, named;
  if (length <= sizeof MARK || strcmp(real + length - (sizeof MARK - 1), MARK) != 0 || strncmp(real, "/memfd:", 7) == 0) return;
  if (fstat(fd, &open_one) == 0 && lstat(real, &named) == 0 && open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino) return;
  real[length - (sizeof MARK - 1)] = '\0';
}

int real_path_of(int fd, char *real) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, real, REAL_SIZE - 1);
  if (length < 0) return errno == ENAMETOOLONG ? deep_path_of(fd, real) : -errno;
  if (length >= REAL_SIZE - 1) return -ENAMETOOLONG;
  real[length] = '\0';
  strip_deleted(fd, real, (size_t)length);
  return name_as_usual(real);
}

int base_open(const struct request *request, int dirfd, const char *path, struct base *base) {
  base->fd = AT_FDCWD;
  strcpy(base->real, "/");
  if (path[0] == '/') return 0;
  char name[24];
  if (dirfd == AT_FDCWD) strcpy(name, "cwd");
  else if (dirfd < 0) return -EBADF;
  else snprintf(name, sizeof name, "fd/%d", dirfd);
  base->fd = openat(request->process->folder, name, O_PATH | O_CLOEXEC);
  if (base->fd < 0) return dirfd == AT_FDCWD ? -ENOENT : -EBADF;
  return real_path_of(base->fd, base->real);
}

void base_close(struct base *base) {
  if (base->fd >= 0) close(base->fd);
  base->fd = AT_FDCWD;
}

void object_close(struct object *object) {
  if (object->fd >= 0) close(object->fd);
  object->fd = -1;
}

void place_close(struct place *place) {
  if (place->fd >= 0) close(place->fd);
  place->fd = -1;
}

static int finish(int fd, struct object *object) {
  if (fstat(fd, &object->stat) < 0) return -errno;
  int error = real_path_of(fd, object->real);
  object->fd = fd;
  return error;
}

/* A file that is deeper than a path can be long, which stands in `folder` itself. */
static int finish_deep(int folder, const char *name, struct object *object) {
  struct stat stats;
  char real[REAL_SIZE];
  if (fstatat(folder, name, &stats, AT_SYMLINK_NOFOLLOW) < 0 || stats.st_dev != object->stat.st_dev || stats.st_ino != object->stat.st_ino) return -ENAMETOOLONG;
  int error = real_path_of(folder, real);
  if (error == 0 && snprintf(object->real, sizeof object->real, "%s/%s", real, name) >= (int)sizeof object->real) error = -ENAMETOOLONG;
  return error;
}

/* The pid that a folder of /proc belongs to, 0 for none. `rest` is what stands behind it. */
static pid_t proc_owner(const char *real, const char **rest) {
  if (strncmp(real, "/proc/", 6) != 0) return 0;
  char *end;
  long pid = strtol(real + 6, &end, 10);
  if (end == real + 6 || (*end != '\0' && *end != '/')) return 0;
  if (rest != NULL) *rest = end;
  return (pid_t)pid;
}

/* What the link at `fd` in the folder `real` says to the process, in `target`; 1 for a link that has to be followed by the kernel. */
static int link_target(const struct request *request, int fd, const char *real, const char *name, char *target, size_t size) {
  struct stat stats;
  int is_proc = fstat(fd, &stats) == 0 && (stats.st_dev == session.proc_device || strcmp(real, "/proc") == 0 || strncmp(real, "/proc/", 6) == 0);
  if (is_proc && strcmp(real, "/proc") == 0 && strcmp(name, "self") == 0) return snprintf(target, size, "%d", request->process->tgid), 0;
  if (is_proc && strcmp(real, "/proc") == 0 && strcmp(name, "thread-self") == 0) return snprintf(target, size, "%d/task/%d", request->process->tgid, request->process->tid), 0;
  pid_t owner = is_proc ? proc_owner(real, NULL) : 0;
  if (owner != 0 && process_is_inside(owner)) return 1;
  if (owner != 0) {
    snprintf(target, size, "%s/%s", real, name);
    return refuse_outside(request, owner, target, 0);
  }
  ssize_t length = readlinkat(fd, "", target, size - 1);
  if (length < 0) return -errno;
  target[length] = '\0';
  return length == 0 ? -ENOENT : 0;
}

/* Component by component. Consumes `at`, a descriptor of its own. */
static int walk(const struct request *request, int at, const char *path, int is_nofollow, struct object *object) {
  int parent = -1;
  char *rest = malloc(2 * PATH_MAX + NAME_MAX + 2), *next = malloc(2 * PATH_MAX + NAME_MAX + 2), real[REAL_SIZE], name[NAME_MAX + 1];
  int links = 0, result = rest == NULL || next == NULL ? -ENOMEM : 0;
  if (result == 0) snprintf(rest, PATH_MAX, "%s", path);
  while (result == 0) {
    const char *from = rest;
    if (*from == '/') {
      int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
      close(at);
      at = root;
      while (*from == '/') from++;
    }
    if (*from == '\0') break;
    size_t length = strcspn(from, "/");
    if (length > NAME_MAX) { result = -ENAMETOOLONG; break; }
    memcpy(name, from, length);
    name[length] = '\0';
    from += length;
    int wants_folder = *from == '/';
    while (*from == '/') from++;
    int is_last = *from == '\0';
    int child = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat stats;
    if (child < 0 || fstat(child, &stats) < 0) { result = -errno; break; }
    if (S_ISLNK(stats.st_mode) && (!is_last || !is_nofollow || wants_folder)) {
      char target[PATH_MAX];
      if (++links > LINKS_LIMIT) result = -ELOOP;
      else if ((result = real_path_of(at, real)) == 0) result = link_target(request, child, real, name, target, sizeof target);
      close(child);
      child = -1;
      if (result < 0) break;
      if (result == 1) {
        result = 0;
        child = openat(at, name, O_PATH | O_CLOEXEC);
        if (child < 0) { result = -errno; break; }
        memmove(rest, from, strlen(from) + 1);
      } else {
        if (strlen(target) + strlen(from) + 2 > 2 * PATH_MAX) { result = -ENAMETOOLONG; break; }
        snprintf(next, 2 * PATH_MAX, "%s%s%s", target, is_last && !wants_folder ? "" : "/", from);
        char *swap = rest;
        rest = next;
        next = swap;
        continue;
      }
    } else {
      if (wants_folder && !S_ISDIR(stats.st_mode)) { result = -ENOTDIR; close(child); break; }
      memmove(rest, from, strlen(from) + 1);
    }
    if (parent >= 0) close(parent);
    parent = at;
    at = child;
  }
  free(rest);
  free(next);
  if (result == 0) result = finish(at, object);
  if (result == -ENAMETOOLONG && parent >= 0) result = finish_deep(parent, name, object);
  if (parent >= 0) close(parent);
  if (result < 0) close(at), object->fd = -1;
  return result;
}

/* Every component a plain name; a slash behind the last one says only that it is a folder. */
int is_plain_path(const char *path) {
  if (strcmp(path, ".") == 0 || strncmp(path, "./", 2) == 0 || strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0) return 0;
  for (const char *at = path; *at != '\0'; at++) {
    if (*at == '/' && (at[1] == '/' || (at[1] == '\0' && at == path) || (at[1] == '.' && (at[2] == '/' || at[2] == '\0' || (at[2] == '.' && (at[3] == '/' || at[3] == '\0')))))) return 0;
  }
  return 1;
}

/* By its text, where that says what it is: no link on the way but those of the root folder. 1 when that was done. */
static int resolve_spelled(const struct base *base, const char *path, int is_nofollow, struct object *object) {
  if (base->fd != AT_FDCWD || !is_plain_path(path) || strncmp(path, "/proc", 5) == 0 || strncmp(path, "/dev", 4) == 0) return 0;
  strcpy(object->real, path);
  walk_follow_link(object->real, sizeof object->real);
  if (is_mounted_again(object->real)) return 0;
  struct open_request how = {.flags = O_PATH | O_CLOEXEC | (is_nofollow ? O_NOFOLLOW : 0), .resolve = RESOLVE_NO_SYMLINKS_ | RESOLVE_CACHED_};
  int fd = (int)syscall(__NR_openat2, AT_FDCWD, object->real, &how, sizeof how);
  if (fd < 0) return 0;
  if (fstat(fd, &object->stat) < 0 || object->stat.st_dev == session.proc_device) {
    close(fd);
    return 0;
  }
  size_t end = strlen(object->real) - 1;
  if (object->real[end] == '/') object->real[end] = '\0';
  object->fd = fd;
  return 1;
}

static int is_ours(const char *real) { return proc_owner(real, NULL) == session.guard; }

/* Nothing is there, and no link on the way could have led us elsewhere than the process. */
int is_missing(const struct base *base, const char *path) {
  struct open_request how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS_};
  int fd = (int)syscall(__NR_openat2, base->fd, path, &how, sizeof how);
  if (fd >= 0) close(fd);
  return fd < 0 && errno == ENOENT;
}

int resolve_object(const struct request *request, const struct base *base, const char *path, int is_nofollow, struct object *object) {
  object->fd = -1;
  if (path[0] == '\0') return -ENOENT;
  if (resolve_spelled(base, path, is_nofollow, object)) return 0;
  struct open_request how = {.flags = O_PATH | O_CLOEXEC | (is_nofollow ? O_NOFOLLOW : 0), .resolve = RESOLVE_NO_MAGICLINKS_};
  /* What the kernel has to look for may take long: then somebody else receives meanwhile. */
  int is_leading = request->worker != NULL && request->worker->is_leading;
  if (is_leading) how.resolve |= RESOLVE_CACHED_;
  int fd = (int)syscall(__NR_openat2, base->fd, path, &how, sizeof how);
  if (fd < 0 && errno == EAGAIN && is_leading) {
    worker_step_down(request->worker);
    how.resolve &= ~(__u64)RESOLVE_CACHED_;
    fd = (int)syscall(__NR_openat2, base->fd, path, &how, sizeof how);
  }
  if (fd >= 0) {
    int error = finish(fd, object);
    if (error == 0 && !is_ours(object->real)) return 0;
    close(fd);
    object->fd = -1;
    if (error < 0 && error != -ENAMETOOLONG) return error;
  } else if (errno != ELOOP && errno != EAGAIN && errno != EACCES && errno != ENOENT) return -errno;
  else if (errno == ENOENT && is_missing(base, path)) return -ENOENT;
  /* The walk met our own /proc, or a link that only the kernel can follow. */
  int start = base->fd == AT_FDCWD ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : fcntl(base->fd, F_DUPFD_CLOEXEC, 3);
  return start < 0 ? -errno : walk(request, start, path, is_nofollow, object);
}

int resolve_place(const struct request *request, const struct base *base, const char *path, struct place *place) {
  place->fd = -1;
  place->is_odd = 0;
  size_t end = strlen(path);
  if (end == 0) return -ENOENT;
  int has_slash = 0;
  while (end > 0 && path[end - 1] == '/') end--, has_slash = 1;
  size_t start = end;
  while (start > 0 && path[start - 1] != '/') start--;
  if (end - start > NAME_MAX) return -ENAMETOOLONG;
  char folder[PATH_MAX];
  memcpy(folder, path, start);
  folder[start] = '\0';
  struct object object;
  int error;
  if (start == 0 && end > 0) {
    object.fd = fcntl(base->fd, F_DUPFD_CLOEXEC, 3);
    error = object.fd < 0 ? -errno : finish(object.fd, &object);
  } else error = resolve_object(request, base, start == 0 ? "/" : folder, 0, &object);
  if (error < 0) return error;
  place->fd = object.fd;
  if (!S_ISDIR(object.stat.st_mode)) return -ENOTDIR;
  snprintf(place->name, sizeof place->name, "%.*s%s", (int)(end - start), path + start, has_slash && end > start ? "/" : "");
  place->is_odd = end == start || strncmp(place->name, ".", end - start) == 0 || strncmp(place->name, "..", end - start) == 0;
  if (end == start) strcpy(place->name, "/");
  snprintf(place->real, sizeof place->real, "%s%s%.*s", object.real, strcmp(object.real, "/") == 0 ? "" : "/", (int)(end - start), path + start);
  return 0;
}

/* What of somebody else's /proc/PID everybody may know: what ps(1) shows. */
static const char *const PUBLIC[] = {"", "/", "/stat", "/status", "/statm", "/cmdline", "/comm", "/cgroup", "/wchan", "/loginuid", "/sessionid", "/oom_score", "/limits", "/schedstat", "/sched", "/task", NULL};
/* What programs set for those that they start (browsers: who goes first when memory runs out). */
static const char *const SETTINGS[] = {"/oom_score_adj", "/autogroup", "/comm", "/coredump_filter", "/timerslack_ns", NULL};

static int is_among(const char *rest, const char *const *names) {
  if (strncmp(rest, "/task/", 6) == 0) rest += 6 + strspn(rest + 6, "0123456789");
  for (; *names != NULL; names++) if (strcmp(rest, *names) == 0) return 1;
  return 0;
}

static int name_own(char *real, const char *rest) {
  char own[REAL_SIZE];
  /* The longest pid is no shorter than `self` by more than the buffers allow for. */
  if (snprintf(own, sizeof own, "/proc/self%s", rest) >= (int)sizeof own) return -ENAMETOOLONG;
  strcpy(real, own);
  return 0;
}

int proc_rule(const struct request *request, char *real, int is_write) {
  const char *rest = "";
  pid_t owner = proc_owner(real, &rest);
  if (owner == 0) return 0;
  const struct process *process = request->process;
  const char *last = strrchr(rest, '/');
  int is_memory = last != NULL && strcmp(last, "/mem") == 0;
  /* A descriptor of its memory may be handed on. */
  if (is_memory && is_write) still_never();
  if (owner == process->tgid || owner == process->tid) return name_own(real, rest);
  if (process_is_inside(owner)) {
    if (is_memory) return explain_file_rule(request, is_write, real, "the memory of another process", "processes of a session keep their memory to themselves"), -EACCES;
    /* What a session's processes may know of themselves they may know of each other. */
    return is_write && !is_among(rest, SETTINGS) ? 0 : name_own(real, rest);
  }
  return is_write || !is_among(rest, PUBLIC) ? refuse_outside(request, owner, real, is_write) : 0;
}
