/*
 * A folder deeper than a path can be long (PATH_MAX): the kernel gives no path for it. It is judged by the nearest folder above
 * that has one, and by the names nearest to it, which are looked for in the folders above. What lies between is marked.
 */
#include "guard.h"
#include <dirent.h>

enum { TAIL_SIZE = 1400, TAIL_NAMES = 64, HEAD_SIZE = REAL_SIZE - TAIL_SIZE - NAME_MAX - 16, BLOCKS_LIMIT = 256 };

struct entry {
  uint64_t inode;
  int64_t offset;
  unsigned short size;
  unsigned char type;
  char name[];
};

/* As far as 256 levels. */
static int up(int folder, int levels) {
  char parents[3 * 256 + 1];
  for (int i = 0; i < levels; i++) memcpy(parents + 3 * i, "../", 3);
  parents[3 * levels] = '\0';
  return openat(folder, parents, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int is_same(int folder, const char *name, const struct stat *child) {
  struct stat stats;
  return fstatat(folder, name, &stats, AT_SYMLINK_NOFOLLOW) == 0 && stats.st_ino == child->st_ino && stats.st_dev == child->st_dev;
}

/* In one list of a folder; by its number first, which is another one there where something is mounted. */
static int find_name(int listing, const struct stat *child, int by_number, char *name) {
  char block[8192] __attribute__((aligned(8)));
  for (int blocks = 0; blocks < BLOCKS_LIMIT; blocks++) {
    long size = syscall(__NR_getdents64, listing, block, sizeof block);
    if (size <= 0) return 0;
    for (long at = 0; at < size;) {
      const struct entry *entry = (const struct entry *)(const void *)(block + at);
      at += entry->size;
      if ((entry->type != DT_DIR && entry->type != DT_UNKNOWN) || (by_number && entry->inode != child->st_ino)) continue;
      if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0 || !is_same(listing, entry->name, child)) continue;
      snprintf(name, NAME_MAX + 1, "%s", entry->name);
      return 1;
    }
  }
  return 0;
}

/* By which name the folder above knows it. A name that cannot be found could be one that a rule denies. */
static int name_in(int above, int folder, char *name) {
  struct stat child;
  int listing = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (listing < 0) return -errno;
  int is_found = fstat(folder, &child) == 0 && (find_name(listing, &child, 1, name) || (lseek(listing, 0, SEEK_SET) == 0 && find_name(listing, &child, 0, name)));
  close(listing);
  return is_found ? 0 : -ENAMETOOLONG;
}

/* The path of what is no deeper than that, or 0. */
static size_t head_of(int folder, char *real) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
  ssize_t length = readlink(link, real, HEAD_SIZE);
  if (length <= 0 || length >= HEAD_SIZE) return 0;
  real[length] = '\0';
  return (size_t)length;
}

/* How many levels above the folder that has a path is. Not further up than need be: a rule may name what would be passed over. */
static int find_head(int fd, char *real) {
  int levels = 0, step = 256, at = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  while (at >= 0 && levels < 1 << 20) {
    int above = up(at, step), is_head = above >= 0 && head_of(above, real) > 0;
    if (is_head && step > 1) {
      step /= 16;
      close(above);
      continue;
    }
    close(at);
    at = above;
    levels += step;
    if (is_head) break;
  }
  if (at < 0) return -errno;
  close(at);
  return levels < 1 << 20 ? levels : -ENAMETOOLONG;
}

/* Writes to the front what stands before `start`; where the names begin, or -errno. */
static int find_tail(int fd, int levels, char *tail, int start) {
  char name[NAME_MAX + 1];
  int error = 0, at = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  for (int i = 0; at >= 0 && error == 0 && i < levels && i < TAIL_NAMES && start > NAME_MAX; i++) {
    int above = up(at, 1);
    error = above < 0 ? -errno : name_in(above, at, name);
    if (error == 0) {
      start -= (int)strlen(name) + 1;
      tail[start] = '/';
      memcpy(tail + start + 1, name, strlen(name));
    }
    close(at);
    at = above;
  }
  if (at >= 0) close(at);
  return error < 0 ? error : start;
}

int deep_path_of(int fd, char *real) {
  struct stat stats;
  /* Files do not know their folder. */
  if (fstat(fd, &stats) < 0 || !S_ISDIR(stats.st_mode)) return -ENAMETOOLONG;
  char tail[TAIL_SIZE + NAME_MAX + 1];
  tail[sizeof tail - 1] = '\0';
  int levels = find_head(fd, real), start = levels < 0 ? levels : find_tail(fd, levels, tail, sizeof tail - 1);
  if (start < 0) return start;
  int names = 0;
  for (const char *at = tail + start; *at != '\0'; at++) names += *at == '/';
  size_t length = strlen(real);
  snprintf(real + length, REAL_SIZE - length, "%s%s", names < levels ? "/(deep)" : "", tail + start);
  return 0;
}
