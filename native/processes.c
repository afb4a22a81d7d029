/* Calls on other processes: within the session as always, at anybody outside never. */
#include "guard.h"
#include <linux/kcmp.h>
#include <sys/ptrace.h>

static void refuse(struct request *request, const char *what, const char *why) {
  explain_rule(request, what, why);
  reply_error(request, EPERM);
}

/* The numbers are in registers, so what goes on is what was looked at. */
static void only_inside(struct request *request, long pid, const char *what) {
  if (pid == 0 || pid == request->process->tgid || process_is_inside((pid_t)pid) || (kill((pid_t)pid, 0) < 0 && errno == ESRCH)) reply_continue(request);
  else refuse(request, what, "the process is none of this session");
}

struct group {
  pid_t group; /* 0 for everybody */
  pid_t except;
  int signal, sent;
};

static void signal_member(pid_t pid, void *context) {
  struct group *group = context;
  if (pid == group->except || (group->group != 0 && getpgid(pid) != group->group)) return;
  if (kill(pid, group->signal) == 0) group->sent++;
}

/* To a group, or to everybody: those of the session only. With Landlock's scope the kernel sees to it. */
static void signal_group(struct request *request, pid_t pgid, int signal) {
  if (session.is_scoped) return reply_continue(request);
  struct group group = {.group = pgid, .except = pgid == 0 ? request->process->tgid : 0, .signal = signal};
  process_each(signal_member, &group);
  if (group.sent > 0) reply_value(request, 0);
  else reply_error(request, ESRCH);
}

void on_kill(struct request *request) {
  long pid = (int)request->args[0];
  int signal = (int)request->args[1];
  if (pid > 0 && signal == 0) return reply_continue(request);
  if (pid > 0) only_inside(request, pid, "a signal");
  else if (pid == -1) signal_group(request, 0, signal);
  else signal_group(request, pid == 0 ? getpgid(request->process->tgid) : (pid_t)-pid, signal);
}

void on_signal_thread(struct request *request) { only_inside(request, (int)request->args[0], "a signal"); }
void on_pid_first(struct request *request) { only_inside(request, (int)request->args[0], "a change of another process"); }

/* setpriority(2), ioprio_set(2): which, who. */
void on_pid_second(struct request *request) {
  enum { PRIORITY_PROCESS = 0, IOPRIO_PROCESS = 1 };
  int which = (int)request->args[0];
  if (which == (request->number == __NR_ioprio_set ? IOPRIO_PROCESS : PRIORITY_PROCESS)) only_inside(request, (int)request->args[1], "a change of another process");
  else refuse(request, "a change of other processes", "only single processes of this session can be changed");
}

/* The limit that standings are written in (process.c): to the tree it is what it is everywhere, and cannot be changed. */
static void show_no_limit(struct request *request, uint64_t address) {
  struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  int error = address == 0 ? 0 : write_memory(request, address, &none, sizeof none);
  if (error < 0) reply_error(request, error);
  else reply_value(request, 0);
}

void on_getrlimit(struct request *request) { show_no_limit(request, request->args[1]); }
void on_setrlimit(struct request *request) { reply_value(request, 0); }

void on_prlimit(struct request *request) {
  if ((unsigned)request->args[1] == RLIMIT_LOCKS) show_no_limit(request, request->args[3]);
  else if (request->args[2] == 0) reply_continue(request);
  else only_inside(request, (int)request->args[0], "a limit of another process");
}

void on_pidfd_signal(struct request *request) {
  enum { SELF_THREAD = -10000, SELF = -10001, TO_GROUP = 4 }; /* linux/pidfd.h: PIDFD_SELF_THREAD, PIDFD_SELF_THREAD_GROUP, PIDFD_SIGNAL_PROCESS_GROUP */
  char name[32], info[512];
  /* Others may be in its group: a kernel that knows nothing of groups says so. */
  if (!session.is_scoped && ((unsigned)request->args[3] & TO_GROUP) != 0) return reply_error(request, EINVAL);
  if ((int)request->args[0] == SELF || (int)request->args[0] == SELF_THREAD) return reply_continue(request);
  snprintf(name, sizeof name, "fdinfo/%d", (int)request->args[0]);
  int fd = openat(request->process->folder, name, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, info, sizeof info - 1);
  if (fd >= 0) close(fd);
  if (length < 0) return reply_error(request, EBADF);
  info[length] = '\0';
  const char *pid = strstr(info, "\nPid:");
  /* The descriptor could be exchanged for another in between, but every one is checked by the kernel's scope where there is one. */
  if (pid == NULL) reply_continue(request);
  else if (strtol(pid + 5, NULL, 10) < 0) reply_error(request, ESRCH); /* it has ended, and was waited for */
  else only_inside(request, strtol(pid + 5, NULL, 10), "a signal");
}

void on_process_memory(struct request *request) {
  if ((int)request->args[0] == request->process->tgid) reply_continue(request);
  else refuse(request, "the memory of another process", "processes of a session keep their memory to themselves");
}

/* A guard that acts as somebody else has no power over his processes. */
static int shares_memory(struct request *request, pid_t other) {
  int was_somebody_else = worker_step_out(request->worker);
  int is_shared = syscall(SYS_kcmp, request->process->tid, other, KCMP_VM, 0, 0) == 0;
  worker_step_in(request->worker, was_somebody_else);
  return is_shared;
}

/*
 * Sanitizers look for leaks in a process that shares the memory of the one that it stops, and reads its registers. That is
 * no more than a thread can do; nothing can be changed by these calls, and a traced program starts no other (verify.c).
 */
void on_ptrace(struct request *request) {
  switch ((long)request->args[0]) {
    case PTRACE_ATTACH:
      if (!shares_memory(request, (pid_t)request->args[1])) break;
      return reply_continue(request);
    case PTRACE_CONT: case PTRACE_DETACH: case PTRACE_GETREGSET:
#ifdef __x86_64__
    case PTRACE_GETREGS: case PTRACE_GETFPREGS:
#endif
      return reply_continue(request);
  }
  refuse(request, "ptrace", "a tracer could change what was judged; debuggers do not work inside a session");
}
