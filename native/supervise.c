/* The guard's main thread: hands signals on, reaps, and ends as the agent ended, after everything that it left behind. */
#include "guard.h"
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { GRACE_MS = 400, STEP_MS = 20, OWNER_CHECK_S = 1 };

static atomic_int has_ended;
static atomic_int agent_status;

/* Also called by a worker that was the agent's tracer when it died. */
void agent_ended(pid_t pid, int status) {
  if (pid != session.agent || WIFSTOPPED(status)) return;
  atomic_store(&agent_status, status);
  atomic_store(&has_ended, 1);
  kill(session.guard, SIGCHLD);
}

void let_go(pid_t tid, int signal) {
  for (int status; ptrace(PTRACE_DETACH, tid, 0, signal) < 0 && errno == ESRCH;) {
    pid_t pid = waitpid(tid, &status, __WALL | __WNOTHREAD);
    if (pid == tid && !WIFSTOPPED(status)) return agent_ended(tid, status);
    if (pid < 0 && errno != EINTR) return;
  }
}

/*
 * Takes the dead only. A wait for anything would also take the stop of a child that one of our workers traces at that
 * moment (wait(2) sees those of the whole thread group), and the worker would wait for it for ever. So it looks first.
 * 0 when such a stop was in the way of others.
 */
static int reap(void) {
  for (int tries = 0; tries < 1000; tries++) {
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD) < 0 || info.si_pid == 0) return 1;
    int status;
    if (info.si_code != CLD_EXITED && info.si_code != CLD_KILLED && info.si_code != CLD_DUMPED) sched_yield();
    else if (waitpid(info.si_pid, &status, WNOHANG | __WALL | __WNOTHREAD) > 0) agent_ended(info.si_pid, status);
  }
  return 0;
}

static void send_signal(pid_t pid, void *context) { kill(pid, *(const int *)context); }

static void pause_ms(int milliseconds) { nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L}, NULL); }

/*
 * Everybody at one stroke, in which nobody can fork: who is found in /proc first and signalled then may be gone by that time, and
 * have a child. Never where a signal of ours could reach anybody outside (wall.c).
 */
static int kill_all(void) { return session.is_apart && (kill(-1, SIGKILL) == 0 || errno == ESRCH); }

/* Nobody would answer their questions any more. How many there were. */
static int end_tree(void) {
  siginfo_t info;
  /* Whoever is left without a parent is ours (PR_SET_CHILD_SUBREAPER). */
  if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT | __WALL) < 0 && errno == ECHILD) return 0;
  int found = process_each(NULL, NULL);
  if (found == 0 && !session.is_apart) return 0;
  for (size_t i = 0; i < 2; i++) process_each(send_signal, &(int){i == 0 ? SIGTERM : SIGCONT});
  for (int waited = 0; waited < GRACE_MS && process_each(NULL, NULL) > 0; waited += STEP_MS) {
    pause_ms(STEP_MS);
    reap();
  }
  kill_all();
  for (int tries = 0; tries < 500 && process_each(send_signal, &(int){SIGKILL}) > 0; tries++) {
    pause_ms(2);
    reap();
  }
  return found;
}

void end_tree_and_exit(void) {
  kill(session.agent, SIGKILL);
  end_tree();
  _exit(126);
}

/* The same end as the agent's: its code, or its signal, without a second core. */
static void end_like_agent(int status) __attribute__((noreturn));
static void end_like_agent(int status) {
  if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  int number = WTERMSIG(status);
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  kill(getpid(), number);
  pause_ms(50);
  _exit(128 + number);
}

/* By itself or by somebody, and nobody has continued it. A stop for a worker that traces it is another thing. */
static int is_agent_stopped(void) {
  siginfo_t info = {.si_pid = 0};
  return waitid(P_PID, session.agent, &info, WSTOPPED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD) == 0 && info.si_pid == session.agent && info.si_code == CLD_STOPPED;
}

/* With its group, which may have been stopped with it. */
static void continue_agent(void) {
  if (is_agent_stopped()) kill(getpgid(session.agent) == session.agent ? -session.agent : session.agent, SIGCONT);
}

/* What the terminal sends it sends to the agent as well; what somebody sent to us is meant for the agent. */
static void hand_on(const siginfo_t *info) {
  switch (info->si_signo) {
    /* Said at each key: to an agent that is not stopped it would mean that it was. */
    case SIGCONT: continue_agent(); return;
    case SIGCHLD: case SIGPIPE: case SIGWINCH: case SIGTTOU: case SIGTTIN: case SIGTSTP: case SIGURG: return;
    default:
      if (info->si_code <= 0 && info->si_pid != session.guard) kill(session.agent, info->si_signo);
  }
}

int supervise(const sigset_t *signals) {
  int are_all_reaped = 1;
  while (!atomic_load(&has_ended)) {
    siginfo_t info;
    int number = sigtimedwait(signals, &info, are_all_reaped ? &(struct timespec){OWNER_CHECK_S, 0} : &(struct timespec){0, 1000000});
    if (number > 0) hand_on(&info);
    are_all_reaped = reap();
    elsewhere_look();
    /* Without the session there is no evaluator, and nothing is allowed any more. */
    if (getppid() != session.owner) end_tree_and_exit();
  }
  notices_flush();
  int left = end_tree();
  refusals_tell_counts(1);
  notices_end(left);
  end_like_agent(atomic_load(&agent_status));
}
