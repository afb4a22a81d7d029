/* Terminals by their paths: those of the session, and those at which somebody else works, who would be listened to. */
#include "guard.h"
#include <dirent.h>

/* The controlling terminal of the process whose folder in /proc it is; 0 for none, or when it is gone (proc_pid_stat(5), field 7). */
static unsigned terminal_of(int folder, unsigned unknown) {
  char stat[1024];
  int fd = openat(folder, "stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT || errno == ESRCH ? 0 : unknown;
  ssize_t length = read(fd, stat, sizeof stat - 1);
  close(fd);
  if (length <= 0) return 0;
  stat[length] = '\0';
  const char *name_end = strrchr(stat, ')');
  int number = 0;
  if (name_end == NULL || sscanf(name_end + 2, "%*c %*d %*d %*d %d", &number) != 1) return 0;
  return (unsigned)number;
}

/* One of its standard streams is that terminal already. */
static int was_given(const struct process *process, dev_t device) {
  struct stat stats;
  for (int fd = 0; fd < 3; fd++) {
    char name[8];
    snprintf(name, sizeof name, "fd/%d", fd);
    if (fstatat(process->folder, name, &stats, 0) == 0 && S_ISCHR(stats.st_mode) && stats.st_rdev == device) return 1;
  }
  return 0;
}

/* Documentation/admin-guide/devices.txt: tty and ttyS, pts, ttyUSB, ttyAMA and the like, hvc. */
int is_terminal(unsigned device_major) { return device_major == 4 || (device_major >= 136 && device_major <= 143) || device_major == 188 || device_major == 204 || device_major == 229; }

int is_others_terminal(const struct request *request, dev_t device) {
  /* As the kernel writes it there: the minor's upper bits above the major (new_encode_dev). */
  unsigned device_major = (unsigned)(device >> 8) & 0xfff, device_minor = (unsigned)(device & 0xff) | ((unsigned)(device >> 12) & 0xfff00);
  unsigned number = (device_minor & 0xff) | device_major << 8 | (device_minor & ~0xffu) << 12;
  if (terminal_of(request->process->folder, 0) == number || was_given(request->process, device)) return 0;
  DIR *processes = opendir("/proc");
  if (processes == NULL) return 1;
  int is_others = 0;
  for (const struct dirent *entry; !is_others && (entry = readdir(processes)) != NULL;) {
    char *end;
    long pid = strtol(entry->d_name, &end, 10);
    if (pid <= 0 || *end != '\0') continue;
    int folder = openat(dirfd(processes), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* Without a descriptor left nobody can be looked at: then it may be anybody's. */
    is_others = folder < 0 ? errno != ENOENT : terminal_of(folder, number) == number && !process_is_inside((pid_t)pid);
    if (folder >= 0) close(folder);
  }
  closedir(processes);
  return is_others;
}
