/* The agent's process: born behind the filter, released when the guard holds the notification descriptor. */
#include "guard.h"
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>

static int release_pipe = -1;

/* Keeps signals and abstract sockets of the agent's tree inside it; 0 where the kernel has no such scopes. */
int landlock_scope(void) {
  long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < LANDLOCK_SCOPE_ABI) return 0;
  struct landlock_scopes scopes = {.scoped = LANDLOCK_SCOPE_ABSTRACT | LANDLOCK_SCOPE_SIGNALS};
  int ruleset = (int)syscall(__NR_landlock_create_ruleset, &scopes, sizeof scopes, 0);
  if (ruleset < 0) return 0;
  int is_done = syscall(__NR_landlock_restrict_self, ruleset, 0) == 0;
  close(ruleset);
  return is_done;
}

/* A terminal that is the guard's becomes the agent's, as if the guard were not between: session, foreground, hang-ups. */
static void take_terminal(int terminal) {
  if (terminal < 0) return;
  if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) < 0) _exit(126);
}

static int leave_terminal(void) {
  if (getsid(0) != getpid()) return -1;
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return -1;
  /* The leader that gives its terminal up is sent SIGHUP and SIGCONT: both are blocked, and taken away here. */
  ioctl(terminal, TIOCNOTTY);
  sigset_t hang_up;
  sigemptyset(&hang_up);
  sigaddset(&hang_up, SIGHUP);
  sigaddset(&hang_up, SIGCONT);
  const struct timespec none = {0, 0};
  while (sigtimedwait(&hang_up, NULL, &none) > 0) {}
  close(terminal);
  return isatty(0) ? 0 : isatty(1) ? 1 : isatty(2) ? 2 : -1;
}

/* The superuser inside changes no addresses, routes or filters, and makes no packets of its own (capabilities(7)). */
static void drop_network_rights(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  const uint32_t rights = 1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW;
  prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN);
  prctl(PR_CAPBSET_DROP, CAP_NET_RAW);
  if (syscall(__NR_capget, &header, data) < 0) _exit(126);
  data[0].effective &= ~rights, data[0].permitted &= ~rights, data[0].inheritable &= ~rights;
  if (syscall(__NR_capset, &header, data) < 0) _exit(126);
}

/*
 * Node raises its own limit of open files to the most that it may have, and its children inherit that. The agent's is
 * that of whoever started the session, as long as both may have the same.
 */
static void restore_limit(void) {
  char path[32], stat[512];
  snprintf(path, sizeof path, "/proc/%d/stat", session.owner);
  int fd = open(path, O_RDONLY | O_CLOEXEC), parent = 0;
  ssize_t length = fd < 0 ? -1 : read(fd, stat, sizeof stat - 1);
  if (fd >= 0) close(fd);
  stat[length < 0 ? 0 : length] = '\0';
  const char *name_end = strrchr(stat, ')');
  struct rlimit own, theirs;
  if (name_end == NULL || sscanf(name_end + 2, "%*c %d", &parent) != 1 || parent <= 1) return;
  if (prlimit(parent, RLIMIT_NOFILE, NULL, &theirs) < 0 || getrlimit(RLIMIT_NOFILE, &own) < 0) return;
  if (own.rlim_max == theirs.rlim_max && own.rlim_cur == own.rlim_max) setrlimit(RLIMIT_NOFILE, &theirs);
}

static void run_agent(char *const argv[], const char *file, char *const envp[], const sigset_t *mask, int terminal, const int pipes[4]) __attribute__((noreturn));
static void run_agent(char *const argv[], const char *file, char *const envp[], const sigset_t *mask, int terminal, const int pipes[4]) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != session.guard) _exit(126);
  take_terminal(terminal);
  restore_limit();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) _exit(126);
  drop_network_rights();
  /* No core files: the filter keeps it at that. */
  const struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) < 0) _exit(126);
  int facts[2];
  facts[1] = landlock_scope();
  sigprocmask(SIG_SETMASK, mask, NULL);
  facts[0] = filter_install(facts[1], session.may_change_ids);
  if (write(pipes[1], facts, sizeof facts) != sizeof facts || facts[0] < 0) _exit(126);
  /* The guard takes its copy; ours must not reach the agent. */
  char go;
  if (read(pipes[2], &go, 1) != 1) _exit(126);
  close(facts[0]);
  close(pipes[0]), close(pipes[1]), close(pipes[2]), close(pipes[3]);
  execve(file, argv, envp);
  int error = errno;
  dprintf(2, "patchwork: %s cannot be started: %s\n", file, error == ENOENT ? "ENOENT" : error == EACCES ? "EACCES" : error == ENOEXEC ? "ENOEXEC" : strerror(error));
  _exit(error == ENOENT ? 127 : 126);
}

/* The agent's pid, or -errno. It waits until agent_release. */
pid_t agent_start(char *const argv[], const char *file, char *const envp[], const sigset_t *mask) {
  int facts_pipe[2], go_pipe[2];
  if (pipe2(facts_pipe, O_CLOEXEC) < 0 || pipe2(go_pipe, O_CLOEXEC) < 0) return -errno;
  int terminal = leave_terminal();
  pid_t pid = fork();
  if (pid < 0) return -errno;
  if (pid == 0) run_agent(argv, file, envp, mask, terminal, (const int[4]){facts_pipe[0], facts_pipe[1], go_pipe[0], go_pipe[1]});
  close(facts_pipe[1]);
  close(go_pipe[0]);
  int facts[2];
  ssize_t got = read(facts_pipe[0], facts, sizeof facts);
  close(facts_pipe[0]);
  if (got != sizeof facts) return -EIO;
  if (facts[0] < 0) return facts[0];
  int pidfd = (int)syscall(__NR_pidfd_open, pid, 0);
  if (pidfd < 0) return -errno;
  session.listener = (int)syscall(__NR_pidfd_getfd, pidfd, facts[0], 0);
  int error = errno;
  close(pidfd);
  if (session.listener < 0) return -error;
  session.is_scoped = facts[1];
  /* The worker wakes on the processor of the caller, where the kernel can do that (Linux 6.6). */
  ioctl(session.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, (uint64_t)SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  release_pipe = go_pipe[1];
  return pid;
}

int agent_release(void) {
  int is_released = write(release_pipe, "", 1) == 1;
  close(release_pipe);
  return is_released;
}
