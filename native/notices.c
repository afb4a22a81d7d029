/* What happened unasked, told to the evaluator: several at once, since each message wakes it. Before any question, and within a moment. */
#include "guard.h"
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

enum { PENDING_LIMIT = 1024 * 1024, LATEST_MS = 20 };

/* `sending` before `lock`: nobody who has something to tell waits for what is on its way. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, sending = PTHREAD_MUTEX_INITIALIZER, settling = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_something = PTHREAD_COND_INITIALIZER;
static struct evaluator evaluator; /* for what has no answer, and for the last word */
static struct text pending, leaving;
static size_t gone; /* of what leaves */
static int has_ended;
static int is_idle; /* the thread waits to be woken */
static atomic_int is_waiting; /* something is pending, or leaves */

static int events_within(int milliseconds, short wanted) {
  struct pollfd wait = {.fd = evaluator.fd, .events = wanted};
  return poll(&wait, 1, milliseconds) < 0 ? POLLERR : wait.revents;
}

static int events_of(short wanted) { return events_within(0, wanted); }

/* The evaluator is behind: better to wait for it with a question. */
static int has_room(void) { return (events_of(POLLOUT) & (POLLOUT | POLLERR | POLLHUP)) == POLLOUT; }

/* 0 while some of it is left. Once it was waited for in vain, only whoever `must` waits as long again. */
static int push(int must) {
  int is_behind = gone > 0 && !must;
  if (is_behind) events_within(PATIENCE_MS, POLLOUT);
  gone += send_most(evaluator.fd, leaving.bytes + gone, leaving.length - gone, is_behind ? MSG_DONTWAIT : 0);
  if (gone < leaving.length) return 0;
  text_reset(&leaving);
  gone = 0;
  return 1;
}

/* 0 when nobody hears it. Unless it `must` go, what an evaluator is behind with stays. */
static int flush(int must) {
  pthread_mutex_lock(&sending);
  int is_heard = push(must);
  pthread_mutex_lock(&lock);
  if (is_heard && pending.length > 0 && (must || has_room())) {
    struct text empty = leaving;
    leaving = pending;
    pending = empty;
  }
  pthread_mutex_unlock(&lock);
  is_heard = is_heard && push(must);
  pthread_mutex_lock(&lock);
  if (is_heard && pending.length == 0) atomic_store(&is_waiting, 0);
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&sending);
  return is_heard;
}

/* What is on its way is waited for: the question may be about it. */
int notices_flush(void) { return !atomic_load(&is_waiting) || flush(0); }

/* Under the lock. */
static void add(const char *bytes, size_t length) {
  text_add_bytes(&pending, bytes, length);
  atomic_store(&is_waiting, 1);
}

/* A long one goes alone: a question would be as long, and have to be waited for. */
static int is_room_for(size_t length) { return pending.length == 0 || pending.length + length <= PENDING_LIMIT; }

/* Takes the lock, with as much room as there can be. */
static void lock_for(size_t length) {
  pthread_mutex_lock(&lock);
  if (is_room_for(length)) return;
  pthread_mutex_unlock(&lock);
  flush(0);
  pthread_mutex_lock(&lock);
}

/* 0 when there is no room for it. */
int notice_add(const struct text *notice) {
  lock_for(notice->length);
  int is_taken = !has_ended && is_room_for(notice->length), is_first = is_taken && is_idle;
  if (is_taken) add(notice->bytes, notice->length);
  if (is_first) is_idle = 0;
  pthread_mutex_unlock(&lock);
  /* Out of the lock, which the thread would wait for as soon as it is awake. */
  if (is_first) pthread_cond_signal(&is_something);
  return is_taken;
}

/* Written down first where it has to be. 0 when nobody hears it, or it could not be written. */
int notice_pass(const struct text *facts, const struct text *more, const char *path, size_t length) {
  enum { ENVELOPE = 64 };
  unsigned long number = 0;
  size_t size = facts->length + more->length + ENVELOPE;
  lock_for(size);
  int may_pass = !has_ended && is_room_for(size) && (events_of(0) & (POLLERR | POLLHUP)) == 0;
  if (may_pass && ahead_is_wanted()) may_pass = (number = ahead_write(facts, path, length)) > 0;
  int is_first = may_pass && is_idle;
  if (may_pass) {
    is_idle = 0;
    text_add(&pending, "{\"v\":1,\"id\":0,\"pep\":\"guard\"");
    if (number > 0) text_add(&pending, ",\"ahead\":%lu", number);
    text_add_bytes(&pending, facts->bytes, facts->length);
    text_add_bytes(&pending, more->bytes, more->length);
    add("}\n", 2);
  }
  pthread_mutex_unlock(&lock);
  if (is_first) pthread_cond_signal(&is_something);
  return may_pass;
}

int notice_pass_split(const struct text *notice, size_t facts) {
  return notice_pass(&(struct text){notice->bytes, facts, 0}, &(struct text){notice->bytes + facts, notice->length - facts, 0}, "", 0);
}

/* What was written ahead is put on record: asked on this very connection, behind all that it was told. 0 when there is no more. */
static int settle_half(void) {
  static const char QUESTION[] = "{\"v\":1,\"id\":1,\"op\":\"settle\",\"pep\":\"guard\",\"pid\":0}\n";
  struct answer answer;
  pthread_mutex_lock(&lock);
  int half = has_room() ? ahead_take() : -1;
  if (half >= 0) add(QUESTION, sizeof QUESTION - 1);
  pthread_mutex_unlock(&lock);
  int is_asked = flush(half >= 0);
  if (half < 0) return 0;
  int is_recorded = is_asked && evaluator_hear(&evaluator, &answer) == 0 && answer.is_allowed;
  pthread_mutex_lock(&lock);
  ahead_give(half, is_recorded);
  pthread_mutex_unlock(&lock);
  return 1;
}

/* Its answer says that the evaluator has read all that came before it. */
void notices_end(int left) {
  /* Nobody else waits for an answer here. */
  pthread_mutex_lock(&settling);
  pthread_mutex_lock(&lock);
  has_ended = 1;
  pthread_mutex_unlock(&lock);
  while (flush(1) && settle_half()) {}
  /* Also that there are none: then the session need not look for them itself. */
  if (flush(1)) evaluator_say_left(&evaluator, left);
}

static void *run(void *nothing) {
  (void)nothing;
  for (;;) {
    pthread_mutex_lock(&lock);
    while (pending.length == 0 && !ahead_holds()) is_idle = 1, pthread_cond_wait(&is_something, &lock);
    is_idle = 0;
    pthread_mutex_unlock(&lock);
    nanosleep(&(struct timespec){0, LATEST_MS * 1000000L}, NULL);
    pthread_mutex_lock(&settling);
    settle_half();
    pthread_mutex_unlock(&settling);
  }
  return NULL;
}

void notices_greet(const char *path, const char *token) { evaluator.fd = evaluator_greet(path, token); }

int notices_are_admitted(void) { return evaluator_admits(evaluator.fd, 0); }

void notices_start(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, NULL) != 0) die("a thread cannot be started");
}
