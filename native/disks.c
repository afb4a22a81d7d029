/* What is known of the file system that something lies on. */
#include "guard.h"
#include <sys/vfs.h>

/* linux/magic.h, and those that are not there */
enum { TMPFS = 0x01021994, EXT = 0xef53, XFS = 0x58465342, OVERLAY = 0x794c7630 };
static const uint32_t RAMFS = 0x858458f6, BTRFS = 0x9123683e;

static uint32_t type_of(int fd) {
  struct statfs system;
  return fstatfs(fd, &system) == 0 ? (uint32_t)system.f_type : 0;
}

/* Files in memory are written through a mapping without a newer time (shmem notices no write to a page that was read before). */
int keeps_times(int fd) {
  uint32_t type = type_of(fd);
  return type != 0 && type != TMPFS && type != RAMFS;
}

/* Its own memory or disk: nobody has to be waited for, neither a server nor a program (FUSE). */
int is_disk_local(int fd) {
  uint32_t type = type_of(fd);
  return type == EXT || type == XFS || type == BTRFS || type == TMPFS || type == OVERLAY;
}
