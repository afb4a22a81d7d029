/* What started unasked, told to the evaluator: several at once, since each message wakes it. Before any question, and within a moment. */
#include "guard.h"
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

enum { PENDING_LIMIT = 64 * 1024, LATEST_MS = 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_something = PTHREAD_COND_INITIALIZER;
static struct text pending;
static int has_ended;
static int is_idle; /* the thread waits to be woken */

/* The evaluator is behind: better to wait for it with a question. */
static int has_room(void) {
  struct pollfd wait = {.fd = session.notice_connection, .events = POLLOUT};
  return poll(&wait, 1, 0) == 1 && (wait.revents & (POLLOUT | POLLERR | POLLHUP)) == POLLOUT;
}

static void flush(void) {
  if (pending.length == 0 || !has_room()) return;
  send_all(session.notice_connection, pending.bytes, pending.length);
  text_reset(&pending);
}

void notices_flush(void) {
  if (__atomic_load_n(&pending.length, __ATOMIC_RELAXED) == 0) return;
  pthread_mutex_lock(&lock);
  flush();
  pthread_mutex_unlock(&lock);
}

/* 0 when there is no room for it. */
int notice_add(const struct text *notice) {
  pthread_mutex_lock(&lock);
  if (has_ended) {
    pthread_mutex_unlock(&lock);
    return 0;
  }
  if (pending.length + notice->length > PENDING_LIMIT) flush();
  /* A long one goes alone: a question would be as long, and have to be waited for. */
  int is_taken = pending.length == 0 || pending.length + notice->length <= PENDING_LIMIT, is_first = is_taken && is_idle;
  if (is_taken) text_add_bytes(&pending, notice->bytes, notice->length);
  if (is_first) is_idle = 0;
  pthread_mutex_unlock(&lock);
  /* Out of the lock, which the thread would wait for as soon as it is awake. */
  if (is_first) pthread_cond_signal(&is_something);
  return is_taken;
}

/* Its answer says that the evaluator has read all that came before it. */
void notices_end(int left) {
  pthread_mutex_lock(&lock);
  has_ended = 1;
  int is_there = send_all(session.notice_connection, pending.bytes, pending.length);
  text_reset(&pending);
  pthread_mutex_unlock(&lock);
  /* Also that there are none: then the session need not look for them itself. */
  if (is_there) evaluator_say_left(session.notice_connection, left);
}

static void *run(void *nothing) {
  (void)nothing;
  for (;;) {
    pthread_mutex_lock(&lock);
    while (pending.length == 0) is_idle = 1, pthread_cond_wait(&is_something, &lock);
    is_idle = 0;
    pthread_mutex_unlock(&lock);
    nanosleep(&(struct timespec){0, LATEST_MS * 1000000L}, NULL);
    notices_flush();
  }
  return NULL;
}

void notices_start(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, NULL) != 0) die("a thread cannot be started");
}
