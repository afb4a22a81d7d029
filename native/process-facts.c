/* What the kernel says of processes: parent, thread group, umask, credentials; which there are. */
#include "guard.h"
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static ssize_t read_status(int folder, char *buffer, size_t size) {
  int fd = openat(folder, "status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, buffer, size - 1);
  close(fd);
  if (length >= 0) buffer[length] = '\0';
  return length;
}

static long field(const char *status, const char *name, int base, int index) {
  const char *at = strstr(status, name);
  if (at == NULL) return -1;
  at += strlen(name);
  char *end;
  long value = -1;
  for (int i = 0; i <= index; i++) {
    value = strtol(at, &end, base);
    if (end == at) return -1;
    at = end;
  }
  return value;
}

/* linux/pidfd.h, as of Linux 6.13; the kernel fills in as much as there is room for. */
struct process_info {
  __u64 mask, cgroup;
  __u32 pid, tgid, ppid, rest[9];
};
#define PROCESS_INFO _IOWR(0xff, 11, struct process_info)
enum { INFO_PID = 1 };

int process_family(int folder, int pidfd, pid_t *tgid, pid_t *parent) {
  struct process_info info = {.mask = INFO_PID};
  if (pidfd >= 0 && ioctl(pidfd, PROCESS_INFO, &info) == 0 && (info.mask & INFO_PID) != 0) {
    *tgid = (pid_t)info.tgid, *parent = (pid_t)info.ppid;
    return 0;
  }
  char status[4096];
  if (read_status(folder, status, sizeof status) < 0) return -1;
  *tgid = (pid_t)field(status, "\nTgid:", 10, 0);
  *parent = (pid_t)field(status, "\nPPid:", 10, 0);
  return 0;
}

int process_umask(const struct process *process, mode_t *mask) {
  char status[4096];
  if (read_status(process->folder, status, sizeof status) < 0) return -ESRCH;
  long value = field(status, "\nUmask:", 8, 0);
  if (value < 0) return -ENOSYS;
  *mask = (mode_t)value;
  return 0;
}

int process_is_full(const struct process *process) {
  enum { HIGH = 1 << 16 };
  struct rlimit limit;
  struct stat table;
  if (prlimit(process->tid, RLIMIT_NOFILE, NULL, &limit) < 0 || limit.rlim_cur >= HIGH) return 0;
  if (fstatat(process->folder, "fd", &table, 0) < 0 || (rlim_t)table.st_size < limit.rlim_cur) return 0;
  /* Some may lie above a limit that was lowered. */
  for (unsigned number = 0; number < limit.rlim_cur; number++) {
    char link[24];
    snprintf(link, sizeof link, "fd/%u", number);
    if (fstatat(process->folder, link, &table, AT_SYMLINK_NOFOLLOW) < 0) return 0;
  }
  return 1;
}

int process_credentials(const struct process *process, struct credentials *credentials) {
  char status[8192];
  if (read_status(process->folder, status, sizeof status) < 0) return -ESRCH;
  credentials->euid = (uid_t)field(status, "\nUid:", 10, 1);
  credentials->fsuid = (uid_t)field(status, "\nUid:", 10, 3);
  credentials->egid = (gid_t)field(status, "\nGid:", 10, 1);
  credentials->fsgid = (gid_t)field(status, "\nGid:", 10, 3);
  const char *capabilities = strstr(status, "\nCapEff:"), *groups = strstr(status, "\nGroups:");
  if (capabilities == NULL || groups == NULL) return -ENOSYS;
  credentials->effective = strtoull(capabilities + 8, NULL, 16);
  credentials->group_count = 0;
  for (const char *at = groups + 8; *at != '\n' && *at != '\0';) {
    char *end;
    unsigned long group = strtoul(at, &end, 10);
    while (*end == ' ') end++;
    if (end == at || credentials->group_count == sizeof credentials->groups / sizeof *credentials->groups) break;
    credentials->groups[credentials->group_count++] = (gid_t)group;
    at = end;
  }
  return 0;
}

/* Its first thread has ended; others may go on. A process that is dead as a whole has one. */
static int has_other_threads(pid_t pid) {
  char path[32];
  struct stat tasks;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  return stat(path, &tasks) == 0 && tasks.st_nlink > 3;
}

int process_each(void (*visit)(pid_t pid, void *context), void *context) {
  DIR *folder = opendir("/proc");
  int found = 0;
  if (folder == NULL) return 0;
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    char *end;
    long pid = strtol(entry->d_name, &end, 10);
    if (pid <= 1 || *end != '\0' || pid == session.guard || !process_is_inside((pid_t)pid)) continue;
    char path[32], stat[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, stat, sizeof stat - 1);
    if (fd >= 0) close(fd);
    if (length <= 0) continue;
    stat[length] = '\0';
    const char *name_end = strrchr(stat, ')');
    if (name_end != NULL && (name_end[2] == 'Z' || name_end[2] == 'X') && !has_other_threads((pid_t)pid)) continue;
    found++;
    if (visit != NULL) visit((pid_t)pid, context);
  }
  closedir(folder);
  return found;
}
