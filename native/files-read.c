/* Plain reads: the file is opened at once, and what was opened says what it is. */
#include "opening.h"

/* The real path of the folder that a relative path starts from; 0 when it has none. */
static size_t folder_of(const struct request *request, const struct opening *opening, char *folder) {
  char link[32];
  if (opening->dirfd == AT_FDCWD) strcpy(link, "cwd");
  else snprintf(link, sizeof link, "fd/%d", opening->dirfd);
  ssize_t got = readlinkat(request->process->folder, link, folder, PATH_MAX);
  /* ` (deleted)` leads nowhere, or to a folder of that name: what is opened is what was judged. */
  if (got <= 1 || got >= PATH_MAX || folder[0] != '/') return 0;
  folder[got] = '\0';
  return (size_t)got;
}

/* The absolute path that is meant, by its text. 0 when its text may mean something else to us than to the process. */
static int spell_out(const struct request *request, const struct opening *opening, char *path, char *folder) {
  if (!is_plain_path(opening->path)) return 0;
  size_t length = 0;
  strcpy(folder, "/");
  if (opening->path[0] != '/') {
    length = folder_of(request, opening, folder);
    if (length == 0) return 0;
    memcpy(path, folder, length);
    path[length++] = '/';
  }
  size_t rest = strlen(opening->path);
  if (length + rest >= PATH_MAX) return 0;
  memcpy(path + length, opening->path, rest + 1);
  size_t end = length + rest;
  if (path[end - 1] == '/') path[end - 1] = '\0';
  return strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/dev/", 5) != 0;
}

/* What the text of a path means, where it means the same to us and to the process. */
struct plain {
  char path[PATH_MAX + NAME_MAX + 2], folder[PATH_MAX];
  int is_linked; /* it began with a link of the root folder */
  int is_folder; /* the slash behind it says so */
};

/* Not asked of the kernel by O_DIRECTORY, which the caller would find among its flags. */
static int is_plain_kind(const struct plain *plain, const struct stat *stats) { return S_ISDIR(stats->st_mode) || (S_ISREG(stats->st_mode) && !plain->is_folder); }

static int is_known(const struct request *request, const struct opening *opening, const struct plain *plain) {
  return plain->is_linked ? is_read_known(request->process, opening->path, "/", plain->path) : is_read_known(request->process, plain->path, "/", plain->path);
}

static int judge_plain(struct request *request, const struct opening *opening, const struct plain *plain) {
  return plain->is_linked ? judge_file(request, ACTION_READ, opening->path, "/", plain->path) : judge_plain_read(request, opening->path, plain->folder, plain->path);
}

/*
 * What is known to be allowed, and cannot become another call meanwhile, goes on in the kernel: the text of the path stands
 * still (still.c), and so does what it leads through (walk.c). Devices and FIFOs are looked at more closely. 1 when it did.
 */
static int let_go_on(struct request *request, const struct opening *opening, const struct plain *plain) {
  if (!is_known(request, opening, plain)) return 0;
  struct open_request how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS_ | RESOLVE_CACHED_};
  struct stat stats;
  int fd = (int)syscall(__NR_openat2, AT_FDCWD, plain->path, &how, sizeof how);
  if (fd < 0) {
    if (errno == ENOENT) reply_error(request, ENOENT);
    return request->is_answered;
  }
  if (fstat(fd, &stats) == 0 && (S_ISREG(stats.st_mode) || S_ISDIR(stats.st_mode)) && stats.st_dev != session.proc_device) {
    process_let_open(request->process);
    reply_continue(request);
  }
  close(fd);
  return request->is_answered;
}

/*
 * Most reads of most programs: a file or folder that is opened by the text of its path, through no link, so that the text is
 * what it is. Done at once where the kernel has the walk in its cache. 0 when it takes the long way.
 */
int open_plainly(struct request *request, const struct opening *opening, int is_still) {
  struct plain plain;
  struct stat stats;
  /* The folder that a relative path starts from stands still from here on, too. */
  int is_held = is_still && walk_try_begin(), is_spelled = spell_out(request, opening, plain.path, plain.folder);
  plain.is_folder = opening->path[strlen(opening->path) - 1] == '/';
  plain.is_linked = is_spelled && walk_follow_link(plain.path, PATH_MAX);
  is_spelled = is_spelled && !is_mounted_again(plain.path);
  int is_done = is_held && is_spelled && let_go_on(request, opening, &plain);
  if (is_held) walk_end();
  if (is_done) return 1;
  /* What is opened for a sandbox is opened in it, by what is judged already. */
  if (!is_spelled || request->process->domain != 0) return 0;
  if (fstatat(AT_FDCWD, plain.path, &stats, AT_SYMLINK_NOFOLLOW) < 0) {
    if (errno != ENOENT || !is_missing(&(struct base){.fd = AT_FDCWD}, plain.path)) return 0;
    reply_error(request, ENOENT);
    return 1;
  }
  /* FIFOs and devices notice being opened. */
  if (!is_plain_kind(&plain, &stats)) return 0;
  struct open_request how = {.flags = (uint64_t)((opening->flags & READ_FLAGS) | OURS), .resolve = RESOLVE_NO_SYMLINKS_ | RESOLVE_CACHED_};
  int fd = (int)syscall(__NR_openat2, AT_FDCWD, plain.path, &how, sizeof how);
  if (fd < 0 && errno == EAGAIN) {
    worker_step_down(request->worker);
    how.resolve = RESOLVE_NO_SYMLINKS_;
    fd = (int)syscall(__NR_openat2, AT_FDCWD, plain.path, &how, sizeof how);
  }
  if (fd < 0) return 0;
  /* Who is gone by now may have left his number to somebody else: nobody is asked about him. */
  if (fstat(fd, &stats) < 0 || !is_plain_kind(&plain, &stats) || stats.st_dev == session.proc_device || (!is_known(request, opening, &plain) && !request_is_valid(request))) {
    close(fd);
    return 0;
  }
  int error = judge_plain(request, opening, &plain);
  if (error == 0) hand_over(request, fd, opening->flags, 1);
  else {
    close(fd);
    reply_error(request, error);
  }
  return 1;
}

/* A plain read opens the file at once, and what was opened says what it is. FIFOs and devices notice being opened. */
void open_read(struct request *request, const struct opening *opening, const struct base *base) {
  struct stat stats = {0};
  char real[REAL_SIZE];
  if (fstatat(base->fd, opening->path, &stats, (opening->flags & O_NOFOLLOW) != 0 ? AT_SYMLINK_NOFOLLOW : 0) < 0 && errno == ENOENT && is_missing(base, opening->path)) return reply_error(request, ENOENT);
  if ((!S_ISREG(stats.st_mode) && !S_ISDIR(stats.st_mode)) || request->process->domain != 0) return open_resolved(request, opening, base);
  struct open_request how = {.flags = (uint64_t)((opening->flags & READ_FLAGS) | OURS), .resolve = RESOLVE_NO_MAGICLINKS_ | RESOLVE_CACHED_};
  int fd = (int)syscall(__NR_openat2, base->fd, opening->path, &how, sizeof how);
  if (fd < 0 && errno == EAGAIN) {
    worker_step_down(request->worker);
    how.resolve = RESOLVE_NO_MAGICLINKS_;
    fd = (int)syscall(__NR_openat2, base->fd, opening->path, &how, sizeof how);
  }
  if (fd < 0) {
    /* What our own /proc hides, and links that only the kernel can follow, take the other way. */
    if (errno == ELOOP || errno == EAGAIN || errno == ENOENT || errno == EACCES) return open_resolved(request, opening, base);
    return reply_error(request, errno);
  }
  int is_plain = fstat(fd, &stats) == 0 && (S_ISREG(stats.st_mode) || S_ISDIR(stats.st_mode)) && stats.st_dev != session.proc_device && real_path_of(fd, real) == 0 && strncmp(real, "/proc/", 6) != 0;
  if (!is_plain) {
    close(fd);
    return open_resolved(request, opening, base);
  }
  int error = judge_file(request, ACTION_READ, opening->path, base->real, real);
  if (error == 0) return hand_over(request, fd, opening->flags, 1);
  close(fd);
  reply_error(request, error);
}
