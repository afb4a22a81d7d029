/*
 * Calls that make, move and remove names. The folder is held open, its real path judged, and the call made here on that
 * very folder: a link that is swapped meanwhile changes nothing. Result and errno are the kernel's own.
 */
#include "guard.h"
#include <sys/sysmacros.h>

/* renameat2(2) */
enum { RENAME_NO_REPLACE_ = 1, RENAME_EXCHANGE_ = 2, RENAME_WHITEOUT_ = 4 };

struct name {
  struct base base;
  struct place place;
  char path[PATH_MAX];
};

static int open_name(struct request *request, int dirfd, uint64_t address, struct name *name) {
  name->base.fd = AT_FDCWD;
  name->place.fd = -1;
  int length = read_string(request, address, name->path, sizeof name->path);
  if (length < 0) return length;
  int error = base_open(request, dirfd, name->path, &name->base);
  return error < 0 ? error : resolve_place(request, &name->base, name->path, &name->place);
}

static void close_name(struct name *name) {
  base_close(&name->base);
  place_close(&name->place);
}

/* `.`, `..` and `/` cannot be made, moved or removed: the kernel says so in its own words. */
static int judge_name(struct request *request, enum action action, struct name *name) {
  if (name->place.is_odd) return 0;
  int error = proc_rule(request, name->place.real, 1);
  return error < 0 ? error : judge_file(request, action, name->path, name->base.real, name->place.real);
}

static void finish(struct request *request, long result) {
  if (result < 0) reply_error(request, errno);
  else reply_value(request, result);
}

static int with_umask(const struct request *request) {
  mode_t mask;
  int error = process_umask(request->process, &mask);
  if (error == 0) umask(mask);
  return error;
}

static void remove_name(struct request *request, int dirfd, uint64_t path, int flags) {
  if ((flags & ~AT_REMOVEDIR) != 0) return reply_error(request, EINVAL);
  struct name name;
  int error = open_name(request, dirfd, path, &name);
  /* A folder goes only when nothing is in it. */
  if (error == 0) error = judge_name(request, ACTION_UNLINK, &name);
  if (error == 0) worker_step_down_unless_local(request->worker, name.place.fd);
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error < 0) reply_error(request, error);
  else finish(request, act_for(request, -1, __NR_unlinkat, name.place.fd, (long)name.place.name, flags, 0, 0));
  close_name(&name);
}

void on_unlink(struct request *request) { remove_name(request, AT_FDCWD, request->args[0], 0); }
void on_rmdir(struct request *request) { remove_name(request, AT_FDCWD, request->args[0], AT_REMOVEDIR); }
void on_unlinkat(struct request *request) { remove_name(request, (int)request->args[0], request->args[1], (int)request->args[2]); }

/* What has that name, be there a slash behind it or not. -errno. */
static int stat_name(const struct place *place, struct stat *stats) {
  char bare[NAME_MAX + 2];
  snprintf(bare, sizeof bare, "%s", place->name);
  size_t length = strlen(bare);
  if (length > 1 && bare[length - 1] == '/') bare[length - 1] = '\0';
  return fstatat(place->fd, bare, stats, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int are_apart(const struct place *one, const struct place *other) {
  struct stat stats[2];
  return fstat(one->fd, &stats[0]) == 0 && fstat(other->fd, &stats[1]) == 0 && stats[0].st_dev != stats[1].st_dev;
}

/* What a folder holds gets other names with it, some of which a rule may name. */
static int judge_arrival(struct request *request, struct name *name, const struct name *from, int is_folder, int is_taken) {
  if (!is_folder || name->place.is_odd) return judge_name(request, is_taken ? ACTION_WRITE : ACTION_CREATE, name);
  int error = proc_rule(request, name->place.real, 1);
  return error < 0 ? error : judge_folder(request, name->path, name->base.real, name->place.real, from->place.real);
}

static int is_file(const struct place *place) {
  struct stat stats;
  int error = stat_name(place, &stats);
  return error == -ENOENT || (error == 0 && !S_ISLNK(stats.st_mode) && !S_ISDIR(stats.st_mode));
}

static int is_top(const struct place *place) { return strrchr(place->real, '/') == place->real; }

/* A file in another one's place leads no path elsewhere; a folder or a link may. */
static void exchange_names(struct request *request, const struct place *old, const struct place *new, unsigned flags) {
  walk_begin();
  int error = 0;
  if (!is_file(old) || ((flags & RENAME_EXCHANGE_) != 0 && !is_file(new))) {
    walk_end();
    error = walk_begin_change();
    if (is_top(old) || is_top(new)) walk_forget_links();
  }
  walk_rename_begin();
  if (error < 0) reply_error(request, error);
  else finish(request, act_for(request, -1, __NR_renameat2, old->fd, (long)old->name, new->fd, (long)new->name, flags));
  walk_rename_end();
  walk_end();
}

/* Moving takes what is there away and puts it elsewhere; an exchange does both on both sides. */
static void move_name(struct request *request, int from_fd, uint64_t from, int to_fd, uint64_t to, unsigned flags) {
  if ((flags & ~(unsigned)(RENAME_NO_REPLACE_ | RENAME_EXCHANGE_ | RENAME_WHITEOUT_)) != 0 || ((flags & RENAME_EXCHANGE_) != 0 && (flags & (RENAME_NO_REPLACE_ | RENAME_WHITEOUT_)) != 0)) return reply_error(request, EINVAL);
  struct name old, new = {.base = {.fd = AT_FDCWD}, .place = {.fd = -1}};
  int error = open_name(request, from_fd, from, &old);
  if (error == 0) error = open_name(request, to_fd, to, &new);
  struct stat stats = {.st_mode = 0}, there;
  if (error == 0 && !old.place.is_odd && (error = stat_name(&old.place, &stats)) < 0 && are_apart(&old.place, &new.place)) error = -EXDEV;
  int is_taken = error == 0 && stat_name(&new.place, &there) == 0;
  if (error == 0) error = judge_name(request, S_ISDIR(stats.st_mode) ? ACTION_DELETE : ACTION_UNLINK, &old);
  if (error == 0) error = judge_arrival(request, &new, &old, S_ISDIR(stats.st_mode), is_taken);
  if (error == 0 && (flags & RENAME_EXCHANGE_) != 0) error = judge_arrival(request, &old, &new, is_taken && S_ISDIR(there.st_mode), 1);
  /* What stands where it goes to is gone afterwards. */
  if (error == 0 && is_taken) error = judge_name(request, S_ISDIR(there.st_mode) ? ACTION_DELETE : ACTION_UNLINK, &new);
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error < 0) reply_error(request, error);
  else exchange_names(request, &old.place, &new.place, flags);
  close_name(&old);
  close_name(&new);
}

void on_rename(struct request *request) { move_name(request, AT_FDCWD, request->args[0], AT_FDCWD, request->args[1], 0); }
void on_renameat(struct request *request) { move_name(request, (int)request->args[0], request->args[1], (int)request->args[2], request->args[3], 0); }
void on_renameat2(struct request *request) { move_name(request, (int)request->args[0], request->args[1], (int)request->args[2], request->args[3], (unsigned)request->args[4]); }

/* A second name is as good as the first: whoever may not write the file may not name it anew. */
static void link_object(struct request *request, const struct object *object, const char *path, const char *base, struct name *new) {
  char link[40], real[REAL_SIZE];
  snprintf(link, sizeof link, "/proc/self/fd/%d", object->fd);
  strcpy(real, object->real);
  int error = S_ISLNK(object->stat.st_mode) ? 0 : proc_rule(request, real, 1);
  /* A file without a name yet (O_TMPFILE) has nothing to be judged by. */
  if (error == 0 && object->stat.st_nlink > 0 && !S_ISDIR(object->stat.st_mode)) error = judge_file(request, ACTION_WRITE, path, base, real);
  if (error == 0) error = judge_name(request, ACTION_CREATE, new);
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error < 0) reply_error(request, error);
  else {
    walk_rename_begin();
    finish(request, act_for(request, -1, __NR_linkat, AT_FDCWD, (long)link, new->place.fd, (long)new->place.name, AT_SYMLINK_FOLLOW));
    walk_rename_end();
  }
}

static void add_link(struct request *request, int from_fd, uint64_t from, int to_fd, uint64_t to, int flags) {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) return reply_error(request, EINVAL);
  char path[PATH_MAX];
  struct base base = {.fd = AT_FDCWD};
  struct object object = {.fd = -1};
  struct name new = {.base = {.fd = AT_FDCWD}, .place = {.fd = -1}};
  int length = read_string(request, from, path, sizeof path), error = length < 0 ? length : 0;
  if (error == 0 && length == 0 && (flags & AT_EMPTY_PATH) != 0) {
    error = base_open(request, from_fd, "", &base);
    if (error == 0) {
      object.fd = fcntl(base.fd, F_DUPFD_CLOEXEC, 3);
      if (object.fd < 0 || fstat(object.fd, &object.stat) < 0) error = -EBADF;
      strcpy(object.real, base.real);
      snprintf(path, sizeof path, "%s", base.real);
    }
  } else if (error == 0) {
    error = base_open(request, from_fd, path, &base);
    if (error == 0) error = resolve_object(request, &base, path, (flags & AT_SYMLINK_FOLLOW) == 0, &object);
  }
  if (error == 0) error = open_name(request, to_fd, to, &new);
  if (error < 0) reply_error(request, error);
  else if (S_ISLNK(object.stat.st_mode)) {
    /* A link to a link: by name, since a link cannot be followed to itself. The name is judged, whatever it stands for by now. */
    struct place old;
    error = resolve_place(request, &base, path, &old);
    if (error == 0) error = proc_rule(request, old.real, 1);
    if (error == 0) error = judge_file(request, ACTION_WRITE, path, base.real, old.real);
    if (error == 0) error = judge_name(request, ACTION_CREATE, &new);
    if (error < 0) reply_error(request, error);
    else {
      error = walk_begin_change();
      if (is_top(&new.place)) walk_forget_links();
      walk_rename_begin();
      if (error < 0) reply_error(request, error);
      else finish(request, act_for(request, -1, __NR_linkat, old.fd, (long)old.name, new.place.fd, (long)new.place.name, 0));
      walk_rename_end();
      walk_end();
    }
    place_close(&old);
  } else link_object(request, &object, path, base.real, &new);
  object_close(&object);
  base_close(&base);
  close_name(&new);
}

void on_link(struct request *request) { add_link(request, AT_FDCWD, request->args[0], AT_FDCWD, request->args[1], 0); }
void on_linkat(struct request *request) { add_link(request, (int)request->args[0], request->args[1], (int)request->args[2], request->args[3], (int)request->args[4]); }

static void add_symlink(struct request *request, uint64_t target, int dirfd, uint64_t path) {
  char text[PATH_MAX];
  struct name name = {.base = {.fd = AT_FDCWD}, .place = {.fd = -1}};
  int length = read_string(request, target, text, sizeof text), error = length < 0 ? length : length == 0 ? -ENOENT : 0;
  if (error == 0) error = open_name(request, dirfd, path, &name);
  if (error == 0) error = judge_name(request, ACTION_CREATE, &name);
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error < 0) reply_error(request, error);
  else {
    error = walk_begin_change();
    if (is_top(&name.place)) walk_forget_links();
    walk_rename_begin();
    if (error < 0) reply_error(request, error);
    else finish(request, act_for(request, -1, __NR_symlinkat, (long)text, name.place.fd, (long)name.place.name, 0, 0));
    walk_rename_end();
    walk_end();
  }
  close_name(&name);
}

void on_symlink(struct request *request) { add_symlink(request, request->args[0], AT_FDCWD, request->args[1]); }
void on_symlinkat(struct request *request) { add_symlink(request, request->args[0], (int)request->args[1], request->args[2]); }

static void make(struct request *request, int dirfd, uint64_t path, mode_t mode, int is_folder, dev_t device) {
  static const mode_t TYPES[] = {0, S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK};
  int is_type = is_folder || S_ISDIR(mode);
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) is_type |= (mode & S_IFMT) == TYPES[i];
  if (!is_type) return reply_error(request, EINVAL);
  /* A node of a device is the device, wherever it lies. Overlays mark what is gone with 0:0. */
  if (!is_folder && (S_ISBLK(mode) || (S_ISCHR(mode) && device != 0))) {
    explain_rule(request, "a device node", "it is the device itself, by a path that no rule names");
    return reply_error(request, EPERM);
  }
  struct name name;
  int error = open_name(request, dirfd, path, &name);
  struct stat stats;
  if (error == 0 && fstatat(name.place.fd, name.place.name, &stats, AT_SYMLINK_NOFOLLOW) == 0) error = -EEXIST;
  if (error == 0 && (error = judge_name(request, ACTION_CREATE, &name)) < 0 && fstatat(name.place.fd, name.place.name, &stats, AT_SYMLINK_NOFOLLOW) == 0) error = -EEXIST; /* Another thread was quicker. */
  if (error == 0) worker_step_down_unless_local(request->worker, name.place.fd);
  if (error == 0) error = with_umask(request);
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (error < 0) reply_error(request, error);
  else finish(request, is_folder ? act_for(request, -1, __NR_mkdirat, name.place.fd, (long)name.place.name, mode, 0, 0) : act_for(request, -1, __NR_mknodat, name.place.fd, (long)name.place.name, mode, (long)device, 0));
  umask(0);
  close_name(&name);
}

void on_mkdir(struct request *request) { make(request, AT_FDCWD, request->args[0], (mode_t)request->args[1], 1, 0); }
void on_mkdirat(struct request *request) { make(request, (int)request->args[0], request->args[1], (mode_t)request->args[2], 1, 0); }
void on_mknod(struct request *request) { make(request, AT_FDCWD, request->args[0], (mode_t)request->args[1], 0, (dev_t)request->args[2]); }
void on_mknodat(struct request *request) { make(request, (int)request->args[0], request->args[1], (mode_t)request->args[2], 0, (dev_t)request->args[3]); }
