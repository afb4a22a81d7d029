/* Calls that may wait for ever (a FIFO without a writer, a host that does not answer) run in threads of their own. */
#include "guard.h"
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>

enum { ASIDE_LIMIT = 256, SIGNAL_CHECK_MS = 20 };

struct aside {
  struct seccomp_notif notification;
  struct request request;
  handler *run;
  void *context;
  pthread_t thread;
  int pidfd;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct aside *running[ASIDE_LIMIT];
static int is_watched, wake_watcher = -1;
static __thread struct aside *mine;

void *request_context(void) { return mine->context; }

static void interrupted(int signal) { (void)signal; }

/* A signal that the waiting process would take now: the call ends with EINTR, as it would have. */
int process_has_signal(const struct process *process) {
  char status[4096];
  int fd = openat(process->folder, "status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 1;
  ssize_t length = read(fd, status, sizeof status - 1);
  close(fd);
  if (length <= 0) return 1;
  status[length] = '\0';
  uint64_t sets[4];
  static const char *const names[] = {"\nSigPnd:", "\nShdPnd:", "\nSigBlk:", "\nSigIgn:"};
  for (size_t i = 0; i < 4; i++) {
    const char *at = strstr(status, names[i]);
    if (at == NULL) return 0;
    sets[i] = strtoull(at + 8, NULL, 16);
  }
  return ((sets[0] | sets[1]) & ~sets[2] & ~sets[3]) != 0;
}

/*
 * Wakes the threads whose callers are gone or are called elsewhere. At once when one is gone: its open of a FIFO would
 * take the next writer's words to nobody.
 */
static void *watch(void *nothing) {
  (void)nothing;
  for (;;) {
    struct pollfd wait[ASIDE_LIMIT + 1] = {{.fd = wake_watcher, .events = POLLIN}};
    nfds_t count = 1;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < ASIDE_LIMIT; i++) if (running[i] != NULL) wait[count++] = (struct pollfd){.fd = running[i]->pidfd, .events = POLLIN};
    pthread_mutex_unlock(&lock);
    /* A descriptor that is closed meanwhile wakes us for nothing. */
    if (poll(wait, count, count > 1 ? SIGNAL_CHECK_MS : -1) > 0 && wait[0].revents != 0) {
      uint64_t news;
      if (read(wake_watcher, &news, sizeof news) < 0) continue;
    }
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < ASIDE_LIMIT; i++) {
      const struct aside *at = running[i];
      if (at != NULL && (!request_is_valid(&at->request) || process_has_signal(at->request.process))) pthread_kill(at->thread, WAKE);
    }
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

/* Only around the call that may wait: an answer to the kernel that is interrupted would be half an answer. */
void let_interrupt(int is_on) {
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, WAKE);
  pthread_sigmask(is_on ? SIG_UNBLOCK : SIG_BLOCK, &wake, NULL);
}

static void *run(void *context) {
  struct aside *aside = context;
  mine = aside;
  if (unshare(CLONE_FS) == 0) aside->run(&aside->request);
  if (!aside->request.is_answered) reply_error(&aside->request, EPERM);
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < ASIDE_LIMIT; i++) if (running[i] == aside) running[i] = NULL;
  pthread_mutex_unlock(&lock);
  close(aside->pidfd);
  process_release(aside->request.process);
  free(aside->request.worker);
  free(aside->context);
  free(aside);
  return NULL;
}

/* `context` is the thread's to free. */
void run_aside(struct request *request, handler *handler, void *context) {
  struct aside *aside = calloc(1, sizeof *aside);
  struct worker *worker = calloc(1, sizeof *worker);
  if (aside == NULL || worker == NULL) {
    free(aside), free(worker), free(context);
    return reply_error(request, ENOMEM);
  }
  aside->notification = *request->notification;
  aside->request = *request;
  aside->request.notification = &aside->notification;
  aside->request.args = (const uint64_t *)aside->notification.data.args;
  aside->request.process = process_acquire(request->process->tid);
  /* A thread begins as whom the one acts that makes it. */
  worker->is_somebody_else = request->worker->is_somebody_else;
  worker->own = request->worker->own, worker->as = request->worker->as;
  aside->request.worker = worker;
  aside->pidfd = (int)syscall(__NR_pidfd_open, request->process->tgid, 0);
  aside->run = handler;
  aside->context = context;
  pthread_mutex_lock(&lock);
  if (!is_watched) {
    pthread_t watcher;
    struct sigaction action = {.sa_handler = interrupted};
    sigaction(WAKE, &action, NULL);
    wake_watcher = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    is_watched = wake_watcher >= 0 && pthread_create(&watcher, NULL, watch, NULL) == 0;
  }
  size_t slot = 0;
  while (slot < ASIDE_LIMIT && running[slot] != NULL) slot++;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  int is_started = slot < ASIDE_LIMIT && aside->request.process != NULL && is_watched && pthread_create(&aside->thread, &attributes, run, aside) == 0;
  if (is_started) running[slot] = aside;
  if (is_started && write(wake_watcher, &(uint64_t){1}, sizeof(uint64_t)) < 0) is_started = 1;
  pthread_attr_destroy(&attributes);
  pthread_mutex_unlock(&lock);
  if (is_started) {
    request->is_answered = 1;
    return;
  }
  if (aside->pidfd >= 0) close(aside->pidfd);
  process_release(aside->request.process);
  free(aside), free(worker), free(context);
  reply_error(request, EAGAIN);
}
