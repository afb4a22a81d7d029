/* What a path is, as the kernel would see it from that process, and what may lead it elsewhere. */
#ifndef PATCHWORK_PATH_H
#define PATCHWORK_PATH_H

#include "common.h"
#include "request.h"

/* ---- walk.c: paths that the kernel walks after they were judged, and changes that would lead it elsewhere ---- */
void walk_prepare(void);
int walk_try_begin(void);
void walk_begin(void);
int walk_begin_change(void);
void walk_end(void);
/* Around whatever gives a file another name. */
void walk_rename_begin(void);
void walk_rename_end(void);
/* Whether a name may have been given in between. */
struct names {
  unsigned long changes;
  int is_quiet;
};
struct names names_look(void);
int names_are_same(const struct names *since);
/* Links of the root folder (/lib, /bin): by what they stand for. */
void walk_learn_links(void);
void walk_forget_links(void);
int walk_follow_link(char *path, size_t size);

/* ---- path.c: what a path is, as the kernel would see it from that process ---- */
struct object {
  int fd; /* O_PATH */
  struct stat stat;
  char real[REAL_SIZE];
};
struct place {
  int fd; /* O_PATH on the folder */
  char name[NAME_MAX + 2]; /* the last component, with its slash if one stood behind it */
  char real[REAL_SIZE + NAME_MAX + 2];
  int is_odd; /* `.`, `..` or nothing: the kernel has an errno of its own for each call */
};
/* Where a relative path starts. For an absolute one fd is AT_FDCWD. */
struct base {
  int fd;
  char real[REAL_SIZE];
};
/* Every component a plain name; a slash behind the last one says only that it is a folder. */
int is_plain_path(const char *path);
int base_open(const struct request *request, int dirfd, const char *path, struct base *base);
void base_close(struct base *base);
int resolve_object(const struct request *request, const struct base *base, const char *path, int is_nofollow, struct object *object);
int is_missing(const struct base *base, const char *path);
int resolve_place(const struct request *request, const struct base *base, const char *path, struct place *place);
void object_close(struct object *object);
void place_close(struct place *place);
int real_path_of(int fd, char *real);
int deep_path_of(int fd, char *real);
/* `/proc/PID` is the process's own: as it calls itself. -EACCES when it belongs to somebody outside. */
int proc_rule(const struct request *request, char *real, int is_write);

/* ---- elsewhere.c: /proc, /sys and the like that are mounted a second time ---- */
/* What is mounted by now. Only the main thread looks. */
void elsewhere_look(void);
int is_mounted_again(const char *path);
/* A real path that lies in such a place gets the name that it has in the usual one. 0, or -ENAMETOOLONG. */
int name_as_usual(char *real);

#endif
