/* Whether the guard can work here, found out by doing it: a child behind the filter, one call answered, one program verified. */
#include "guard.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static int fail(const char *why) {
  printf("{\"works\":false,\"why\":\"%s\"}\n", why);
  return 1;
}

static int take(int listener, struct seccomp_notif *notification) {
  struct pollfd wait = {.fd = listener, .events = POLLIN};
  memset(notification, 0, sizeof *notification);
  return poll(&wait, 1, 2000) == 1 && ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notification) == 0;
}

/* The child opens a file that is not there and must be handed one; then it executes, and must stop on the way. */
static int try_calls(int listener, pid_t child) {
  struct seccomp_notif notification;
  if (!take(listener, &notification)) return fail("the kernel does not hand held calls over");
  const struct request request = {.notification = &notification};
  char path[32];
  if (read_string(&request, notification.data.args[notification.data.nr == __NR_openat], path, sizeof path) < 0) return fail("process_vm_readv(2) is not permitted here");
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  struct seccomp_notif_addfd addfd = {.id = notification.id, .srcfd = (__u32)fd};
  struct seccomp_notif_resp opened = {.id = notification.id, .val = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd)};
  close(fd);
  if (opened.val < 0 || ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &opened) < 0) return fail("the kernel does not let us open files for others (Linux 5.9)");
  if (!take(listener, &notification)) return fail("a second call is not handed over");
  if (ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEEXEC) < 0 || ptrace(PTRACE_INTERRUPT, child, 0, 0) < 0) return fail("ptrace(2) is not permitted here");
  struct seccomp_notif_resp go_on = {.id = notification.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &go_on) < 0) return fail("a held call is not let go on");
  int status;
  if (waitpid(child, &status, __WALL) != child || status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8)) return fail("a program cannot be stopped before it runs");
  return 0;
}

int probe(void) {
  session.guard = getpid();
  int pipes[2];
  if (pipe2(pipes, O_CLOEXEC) < 0) return fail("no pipe");
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) return fail("no process");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int facts[2] = {0, landlock_scope()};
    facts[0] = filter_install(facts[1], 0);
    if (write(pipes[1], facts, sizeof facts) != sizeof facts || facts[0] < 0) _exit(1);
    int fd = open("/patchwork/probe", O_RDONLY);
    execl("/proc/self/exe", "guard", (char *)NULL);
    _exit(fd);
  }
  close(pipes[1]);
  int facts[2];
  if (read(pipes[0], facts, sizeof facts) != sizeof facts) return fail("no answer from the child");
  if (facts[0] == -EBUSY) return fail("this session runs inside another one, whose guard holds here as well");
  if (facts[0] < 0) return fail(facts[0] == -EINVAL ? "the kernel is too old (Linux 5.19 is needed)" : "seccomp filters cannot be installed here");
  int pidfd = (int)syscall(__NR_pidfd_open, child, 0);
  int listener = pidfd < 0 ? -1 : (int)syscall(__NR_pidfd_getfd, pidfd, facts[0], 0);
  int result = listener < 0 ? fail("pidfd_getfd(2) is not permitted here") : try_calls(listener, child);
  if (result == 0) {
    uint64_t sync = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
    int has_sync = ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, sync) == 0;
    int has_wall = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= WALL_ABI;
    int goes_on = still_has_own_memory(child, getpid()) && access("/proc/self/pagemap", R_OK) == 0;
    static const char *const words[] = {"false", "true"};
    printf("{\"works\":true,\"syncWakeUp\":%s,\"scopes\":%s,\"wall\":%s,\"goesOn\":%s}\n", words[has_sync], words[facts[1] != 0], words[has_wall], words[goes_on]);
  }
  kill(child, SIGKILL);
  return result;
}
