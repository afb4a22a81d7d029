/* What is closed by what it is, whatever path leads to it: disks, ways into the network, and the code that watches over the session. */
#include "guard.h"
#include <sys/sysmacros.h>

enum { MOST = 256 };

/* Files that the session's own process runs from: libraries are read from them as long as it lives. */
static struct {
  dev_t device;
  ino_t inode;
} running[MOST];
static size_t count;

static void learn_file(const char *path) {
  struct stat stats;
  if (count == MOST || stat(path, &stats) < 0 || !S_ISREG(stats.st_mode)) return;
  for (size_t i = 0; i < count; i++) if (running[i].device == stats.st_dev && running[i].inode == stats.st_ino) return;
  running[count].device = stats.st_dev;
  running[count++].inode = stats.st_ino;
}

/* proc_pid_maps(5): address, permissions, offset, device, inode, path. Devices stand there otherwise than stat(2) says them. */
void closed_learn(void) {
  char path[32], line[PATH_MAX + 128];
  snprintf(path, sizeof path, "/proc/%d/maps", session.owner);
  FILE *maps = fopen(path, "re");
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    const char *file = strchr(line, '/');
    if (file != NULL && strstr(line, " r-xp ") != NULL) learn_file(file);
  }
  if (maps != NULL) fclose(maps);
}

static int is_running(const struct stat *stats) {
  for (size_t i = 0; i < count; i++) if (running[i].device == stats->st_dev && running[i].inode == stats->st_ino) return 1;
  return 0;
}

/* By number (Documentation/admin-guide/devices.txt): packets of any kind are written into an interface, or handed to a machine's other side. */
static int is_network(const struct stat *stats) {
  static const unsigned NUMBERS[][2] = {{10, 200} /* net/tun */, {10, 238} /* vhost-net */, {10, 241} /* vhost-vsock */, {108, 0} /* ppp */};
  for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) if (major(stats->st_rdev) == NUMBERS[i][0] && minor(stats->st_rdev) == NUMBERS[i][1]) return 1;
  return 0;
}

int is_closed(struct request *request, const struct stat *stats, int is_write, const char *real) {
  /* It holds the content of every file, also of those that a rule denies. */
  if (S_ISBLK(stats->st_mode)) return explain_file_rule(request, is_write, real, "a disk", "it holds every file at once, the policy and the log among them"), 1;
  if (S_ISCHR(stats->st_mode) && is_network(stats)) return explain_file_rule(request, is_write, real, "a device of the network", "what is written there passes every rule about hosts"), 1;
  /* Replacing it by another file is the system's business; what is written into this one, the session would run. */
  if (is_write && S_ISREG(stats->st_mode) && is_running(stats)) return explain_file_rule(request, 1, real, "a change of a library", "the session itself runs from this file"), 1;
  return 0;
}
