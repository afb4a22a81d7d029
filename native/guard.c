/*
 * guard SOCKET NAME FILE [ARGUMENT…]: runs FILE as NAME behind the filter and judges what it and its descendants do.
 * guard --probe: tries whether all of this works here.
 * guard --peers NUMBER…: to whom the sockets lead that it was given.
 * PATCHWORK_GUARD holds the one-time token that makes our connections the guard's, PATCHWORK_AHEAD under fail-closed the file
 * for what passes unasked (ahead.c); the agent never sees them.
 */
#include "relay.h"
#include <sys/prctl.h>
#include <sys/resource.h>

struct session session;

enum { RELAY_DESCRIPTORS_MOST = 32768 };
static unsigned long relay_descriptors = 512;

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("patchwork: guard: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  if (session.agent > 0) kill(session.agent, SIGKILL);
  _exit(126);
}

/* Blocked in every thread; the supervising one waits for them. */
static void block_signals(sigset_t *blocked, sigset_t *before) {
  sigfillset(blocked);
  for (size_t i = 0; i < 5; i++) sigdelset(blocked, (const int[]){SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}[i]);
  sigprocmask(SIG_SETMASK, blocked, before);
  /* The main thread waits for those that end, not for those that a worker stops. */
  sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP}, NULL);
}

static void raise_limits(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  /* Five eighths for the relay's connections, two a connection; the rest for what is known of processes. */
  relay_descriptors = limit.rlim_cur / 8 * 5;
  if (relay_descriptors > RELAY_DESCRIPTORS_MOST) relay_descriptors = RELAY_DESCRIPTORS_MOST;
  process_limit(limit.rlim_cur - relay_descriptors);
}

static void learn_session(const char *socket_path) {
  session.socket_path = socket_path;
  session.guard = getpid();
  session.owner = getppid();
  char folder[PATH_MAX], launcher[PATH_MAX + 8];
  snprintf(folder, sizeof folder, "%s", socket_path);
  char *end = strrchr(folder, '/');
  if (end == NULL) die("%s is no socket of a session", socket_path);
  *end = '\0';
  if (realpath(folder, session.runtime) == NULL) die("%s: %s", folder, strerror(errno));
  snprintf(launcher, sizeof launcher, "%s/launch", folder);
  struct stat stats;
  if (stat(launcher, &stats) < 0) die("%s: %s", launcher, strerror(errno));
  session.launcher_device = stats.st_dev;
  session.launcher_inode = stats.st_ino;
  if (stat("/proc/self/", &stats) < 0) die("there is no /proc");
  session.proc_device = stats.st_dev;
  session.may_change_ids = geteuid() == 0;
}

static void start_workers(struct worker *workers) {
  for (int i = 0; i < WORKERS; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker_run, &workers[i]) != 0) die("a thread cannot be started");
    pthread_detach(thread); /* It ends when nobody is left, and nobody waits for it. */
  }
}

/* All connections at once, and then the answers: one wait instead of one for each. */
static void greet(const char *path, const char *token, struct worker *workers) {
  for (int i = 0; i < WORKERS; i++) workers[i].evaluator.fd = evaluator_greet(path, token);
  notices_greet(path, token);
  relay_greet(path, token);
  int is_taken = 1;
  for (int i = 0; i < WORKERS; i++) is_taken &= evaluator_admits(workers[i].evaluator.fd, i == 0);
  if (!is_taken || !notices_are_admitted()) die("the evaluator of this session does not take us for its guard");
  relay_open();
}

int main(int argc, char *argv[], char *envp[]) {
  if (argc == 2 && strcmp(argv[1], "--probe") == 0) return probe();
  if (argc > 1 && strcmp(argv[1], "--peers") == 0) return tell_peers(argc - 2, &argv[2]);
  const char *given = getenv("PATCHWORK_GUARD");
  if (argc < 4 || given == NULL) die("started by `patchwork run` only");
  char token[256];
  snprintf(token, sizeof token, "%s", given);
  unsetenv("PATCHWORK_GUARD");
  ahead_open(getenv("PATCHWORK_AHEAD"));
  unsetenv("PATCHWORK_AHEAD");

  sigset_t blocked, before;
  block_signals(&blocked, &before);
  learn_session(argv[1]);
  elf_learn_loaders();
  walk_prepare();
  walk_learn_links();
  closed_learn();
  elsewhere_look();
  static struct worker workers[WORKERS];
  greet(argv[1], token, workers);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  int error = wall_build(settled[SETTLED_WALL].folders, settled[SETTLED_WALL].folder_count);
  if (error < 0 && settled[SETTLED_WALL].folder_count > 0) die("the wall around the folders of work cannot be built: %s", strerror(-error));
  char **agent_argv = &argv[3];
  const char *file = argv[3];
  agent_argv[0] = argv[2];
  session.agent = agent_start(agent_argv, file, environ == NULL ? envp : environ, &before);
  if (session.agent < 0) die("the agent cannot be started behind the filter: %s", strerror(-session.agent));
  raise_limits();
  near_learn();
  /* From here on nobody of the same user can look into us or trace us. */
  prctl(PR_SET_DUMPABLE, 0);
  relay_start(relay_descriptors);
  notices_start();
  refusals_start();
  start_workers(workers);
  if (!agent_release()) die("the agent is gone before it began");
  return supervise(&blocked);
}
