/* The workers: each takes one notification at a time from the kernel, hands it to its handler, and answers it. */
#include "guard.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static int is_gone(int error) { return error == ENOENT; }

static void request_close(struct request *request) {
  if (request->taken > 0) close(request->taken);
  request->taken = 0;
}

static void send_answer(struct request *request, struct seccomp_notif_resp *response) {
  request->is_answered = 1;
  request_close(request);
  response->id = request->id;
  if (ioctl(session.listener, SECCOMP_IOCTL_NOTIF_SEND, response) == 0 || is_gone(errno)) return;
  /* A reply that the kernel does not take leaves the caller waiting for ever. */
  struct seccomp_notif_resp refusal = {.id = request->id, .error = -EACCES};
  ioctl(session.listener, SECCOMP_IOCTL_NOTIF_SEND, &refusal);
}

void reply_value(struct request *request, int64_t value) { send_answer(request, &(struct seccomp_notif_resp){.val = value}); }
void reply_error(struct request *request, int error) { send_answer(request, &(struct seccomp_notif_resp){.error = error < 0 ? error : -error}); }
void reply_continue(struct request *request) { send_answer(request, &(struct seccomp_notif_resp){.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE}); }

/*
 * In two steps, for ours is closed before the caller goes on: as long as we hold it open he cannot execute the file (ETXTBSY), and a lock
 * that he takes and gives up by it is still taken (flock(2)). Between them he can only be killed (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV).
 */
void reply_descriptor(struct request *request, int fd, int is_cloexec) {
  struct near near;
  near_begin(&near, (pid_t)request->notification->pid);
  struct seccomp_notif_addfd addfd = {.id = request->id, .srcfd = (__u32)fd, .newfd_flags = is_cloexec ? O_CLOEXEC : 0};
  int theirs = ioctl(session.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd), error = errno;
  near_end(&near);
  close(fd);
  if (theirs >= 0) reply_value(request, theirs);
  else if (is_gone(error)) request->is_answered = 1;
  else reply_error(request, error);
}

int request_is_valid(const struct request *request) { return ioctl(session.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &request->id) == 0; }

/*
 * Some bytes from the beginning of that range, up to what is not there; -errno. Where its memory is held open (proc_pid_mem(5)), by that:
 * process_vm_readv(2) pins pages, and copies those that a child still shares with its parent.
 */
ssize_t read_some(const struct request *request, uint64_t address, void *buffer, size_t size) {
  enum { PAGE = 4096, PAGES = 9 };
  ssize_t got = request->process == NULL || request->process->memory < 0 ? -1 : pread(request->process->memory, buffer, size, (off_t)address);
  if (got > 0) return got;
  /* Page by page: it gives whole elements or nothing. */
  struct iovec ours = {buffer, size}, theirs[PAGES];
  size_t count = 0;
  for (uint64_t at = address; at < address + size && count < PAGES; count++) {
    size_t chunk = PAGE - (at & (PAGE - 1));
    if (chunk > address + size - at) chunk = address + size - at;
    theirs[count] = (struct iovec){(void *)(uintptr_t)at, chunk};
    at += chunk;
  }
  got = process_vm_readv((pid_t)request->notification->pid, &ours, 1, theirs, count, 0);
  return got > 0 ? got : got < 0 && errno != EFAULT ? -EPERM : -EFAULT;
}

int read_memory(const struct request *request, uint64_t address, void *buffer, size_t size) {
  size_t length = 0;
  while (length < size) {
    ssize_t got = read_some(request, address + length, (char *)buffer + length, size - length);
    if (got < 0) return (int)got;
    length += (size_t)got;
  }
  return 0;
}

/* Only what the process could write itself. */
int write_memory(const struct request *request, uint64_t address, const void *buffer, size_t size) {
  struct iovec ours = {(void *)(uintptr_t)buffer, size}, theirs = {(void *)(uintptr_t)address, size};
  return request_is_valid(request) && process_vm_writev((pid_t)request->notification->pid, &ours, 1, &theirs, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

int read_string(const struct request *request, uint64_t address, char *buffer, size_t size) {
  size_t length = 0;
  while (length < size) {
    /* Up to the end of the page: most strings end there, and the next one may not be there. */
    size_t chunk = 4096 - ((address + length) & 4095);
    if (chunk > size - length) chunk = size - length;
    ssize_t got = read_some(request, address + length, buffer + length, chunk);
    if (got < 0) return (int)got;
    const char *end = memchr(buffer + length, '\0', (size_t)got);
    if (end != NULL) return (int)(end - buffer);
    length += (size_t)got;
  }
  return -ENAMETOOLONG;
}

int take_descriptor(const struct request *request, int fd) {
  /* A thread may have a table of its own; pidfd_open(2) names threads since Linux 6.9 (PIDFD_THREAD). */
  const struct process *process = request->process;
  if (process->pidfd >= 0) {
    int own = (int)syscall(__NR_pidfd_getfd, process->pidfd, fd, 0);
    return own < 0 ? -errno : own;
  }
  int pidfd = (int)syscall(__NR_pidfd_open, process->tid, O_EXCL);
  if (pidfd < 0) pidfd = (int)syscall(__NR_pidfd_open, process->tgid, 0);
  if (pidfd < 0) return -errno;
  int taken = (int)syscall(__NR_pidfd_getfd, pidfd, fd, 0);
  int error = errno;
  close(pidfd);
  if (taken < 0) return -error;
  return taken;
}

static void handle(struct worker *worker, const struct seccomp_notif *notification) {
  struct request request = {.notification = notification, .args = (const uint64_t *)notification->data.args, .id = notification->id, .number = notification->data.nr, .worker = worker};
  request.process = process_arrive((pid_t)notification->pid);
  handler *handle_call = handler_for(request.number);
  /* What is quick asks for itself, after it has read what it needs. */
  if (!is_quick(request.number)) {
    worker_step_down(worker);
    if (!request_is_valid(&request)) {
      process_release(request.process);
      return;
    }
  }
  /* A change waits for it (walk.c): it stops, and then asks again. */
  if (request.process != NULL && request.process->is_seized) reply_error(&request, RESTART);
  else if (request.process == NULL || !request.process->is_inside || handle_call == NULL) reply_error(&request, EPERM);
  else if (worker_become(worker, request.process) == 0) {
    handle_call(&request);
    worker_restore(worker);
  }
  if (!request.is_answered) reply_error(&request, EPERM);
  request_close(&request);
  process_release(request.process);
}

/*
 * One worker receives, so that a call wakes one thread, and handles at once what takes no time. Before anything that
 * may take long it steps down, and the next one receives.
 */
/* Nobody is left whose calls could be held. */
static int is_over(void) {
  struct pollfd wait = {.fd = session.listener, .events = POLLIN};
  return poll(&wait, 1, 0) > 0 && (wait.revents & POLLHUP) != 0;
}

static pthread_mutex_t lead = PTHREAD_MUTEX_INITIALIZER;

void worker_step_down(struct worker *worker) {
  if (!worker->is_leading) return;
  worker->is_leading = 0;
  pthread_mutex_unlock(&lead);
}

/* What is done on a disk of this machine is done at once; waking another one would take longer. */
void worker_step_down_unless_local(struct worker *worker, int fd) {
  if (worker->is_leading && !is_disk_local(fd)) worker_step_down(worker);
}

void *worker_run(void *context) {
  struct worker *worker = context;
  /* A umask and a folder of its own. */
  if (unshare(CLONE_FS) < 0) die("a worker cannot have a umask of its own: %s", strerror(errno));
  near_take_short_turns();
  struct seccomp_notif notification;
  for (;;) {
    if (!worker->is_leading) pthread_mutex_lock(&lead);
    worker->is_leading = 1;
    memset(&notification, 0, sizeof notification);
    if (ioctl(session.listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) == 0) handle(worker, &notification);
    else if (errno != EINTR && (errno != ENOENT || is_over())) break;
  }
  worker_step_down(worker);
  return NULL;
}
