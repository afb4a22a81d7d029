/* Writes: what is there is resolved, judged and opened; what is not is created under its judged name, in the folder that was resolved. */
#include "opening.h"

int create_at(const struct request *request, int folder, const char *name, const struct opening *opening) {
  mode_t mask;
  int error = process_umask(request->process, &mask);
  if (error < 0) return error;
  worker_step_down_unless_local(request->worker, folder);
  umask(mask);
  int flags = opening->flags | (IS_TMPFILE(opening->flags) ? 0 : O_EXCL) | O_CLOEXEC | O_NOCTTY;
  int fd = (int)act_for(request, -1, __NR_openat, folder, (long)name, flags, opening->mode, 0);
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
  if (error == 0) error = judge_file(request, ACTION_CREATE, opening->path, base->real, place->real);
  if (error < 0) return reply_error(request, error);
  int fd = create_at(request, place->fd, place->name, opening);
  /* Somebody was quicker: it is there now, and opened as what it is. */
  if (fd == -EEXIST && (opening->flags & O_EXCL) == 0) return;
  if (fd < 0) return reply_error(request, fd);
  hand_over(request, fd, opening->flags, 0);
}

void open_write(struct request *request, const struct opening *opening, const struct base *base) {
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
