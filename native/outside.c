/* What /proc has of processes outside of the session: refused, with words and a record where somebody meant it. */
#include "guard.h"

/* They look at every process of the machine, and show what they are given: being refused is nothing to them. */
static int only_looks_around(const struct request *request) {
  static const char *const NAMES[] = {"ps", "pgrep", "pkill", "pidof", "pidwait", "pstree", "pmap", "killall", "killall5", "top", "htop", "w", "uptime", "vmstat", "lsof", "fuser", "ss", "netstat", "lsns", "lslocks", "systemd-cgls"};
  char exe[PATH_MAX];
  ssize_t length = readlinkat(request->process->folder, "exe", exe, sizeof exe - 1);
  if (length <= 0) return 0;
  exe[length] = '\0';
  if (strncmp(exe, "/usr/", 5) != 0 && strncmp(exe, "/bin/", 5) != 0 && strncmp(exe, "/sbin/", 6) != 0) return 0;
  const char *name = strrchr(exe, '/') + 1;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) if (strcmp(name, NAMES[i]) == 0) return 1;
  return 0;
}

/* Only what the process could have had without us. */
static int could_have(pid_t owner) {
  char environment[32];
  snprintf(environment, sizeof environment, "/proc/%d/environ", owner);
  return syscall(__NR_faccessat2, AT_FDCWD, environment, R_OK, AT_EACCESS) == 0;
}

int refuse_outside(const struct request *request, pid_t owner, const char *real, int is_write) {
  if (could_have(owner) && !only_looks_around(request)) explain_file_rule(request, is_write, real, "what /proc has of another process", "the process is none of this session");
  return -EACCES;
}
