/* The relay's thread: one epoll loop for all connections, for the resolver, and for the answers of the evaluator. */
#include "relay.h"
#include <sys/eventfd.h>
#include <time.h>

enum { TICK_MS = 20, EVENTS = 256 };

/* Counts changes of what answers hang on: what was remembered before one is not good after it. */
atomic_uint relay_news;
struct channel relay_channel = {.fd = -1}, dns_channel = {.fd = -1};

static int poller = -1, wake = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct errand {
  void (*run)(void *context);
  void *context;
  struct errand *next;
} *first, **last = &first;
static int is_woken; /* since the errands were last run */

uint64_t relay_now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static int control(int what, struct watch *watch, uint32_t events) { return epoll_ctl(poller, what, watch->fd, &(struct epoll_event){.events = events, .data.ptr = watch}) < 0 ? -errno : 0; }

int relay_watch(struct watch *watch, uint32_t events) { return control(EPOLL_CTL_ADD, watch, events); }
int relay_watch_again(struct watch *watch, uint32_t events) { return control(EPOLL_CTL_MOD, watch, events); }

static struct errand *make_errand(void (*run)(void *context), void *context) {
  struct errand *errand = malloc(sizeof *errand);
  if (errand == NULL) die("there is no memory");
  *errand = (struct errand){run, context, NULL};
  return errand;
}

/* The lock is held. */
static void add_errand(struct errand *errand) {
  *last = errand;
  last = &errand->next;
}

void relay_later(void (*run)(void *context), void *context) {
  struct errand *errand = make_errand(run, context);
  pthread_mutex_lock(&lock);
  add_errand(errand);
  pthread_mutex_unlock(&lock);
}

void relay_soon(void (*run)(void *context), void *context) {
  struct errand *errand = make_errand(run, context);
  pthread_mutex_lock(&lock);
  add_errand(errand);
  int is_first = !is_woken;
  is_woken = 1;
  pthread_mutex_unlock(&lock);
  if (is_first && write(wake, &(uint64_t){1}, sizeof(uint64_t)) < 0) return;
}

/* Errands are run before events are: with the lock held, none of theirs comes first. */
int relay_adopt(void (*run)(void *context), void *context, struct watch *one, struct watch *other) {
  struct errand *errand = make_errand(run, context);
  pthread_mutex_lock(&lock);
  int error = relay_watch(one, WATCHED);
  if (error == 0 && (error = relay_watch(other, WATCHED)) < 0) control(EPOLL_CTL_DEL, one, 0);
  if (error == 0) add_errand(errand);
  pthread_mutex_unlock(&lock);
  if (error < 0) free(errand);
  return error;
}

static void run_errands(void) {
  pthread_mutex_lock(&lock);
  struct errand *at = first;
  first = NULL;
  last = &first;
  is_woken = 0;
  pthread_mutex_unlock(&lock);
  while (at != NULL) {
    struct errand *next = at->next;
    at->run(at->context);
    free(at);
    at = next;
  }
}

static void on_wake(struct watch *watch, uint32_t events) {
  (void)events;
  uint64_t news;
  if (read(watch->fd, &news, sizeof news) < 0) return;
}

static void on_relay_channel(struct watch *watch, uint32_t events) { (void)watch, channel_ready(&relay_channel, events); }
static void on_dns_channel(struct watch *watch, uint32_t events) { (void)watch, channel_ready(&dns_channel, events); }

static void *run(void *nothing) {
  static struct watch on_wakes, on_relay, on_dns;
  struct epoll_event events[EVENTS];
  (void)nothing;
  on_wakes = (struct watch){on_wake, wake};
  on_relay = (struct watch){on_relay_channel, relay_channel.fd};
  on_dns = (struct watch){on_dns_channel, dns_channel.fd};
  if (relay_watch(&on_wakes, EPOLLIN) < 0 || relay_watch(&on_relay, EPOLLIN | EPOLLOUT | EPOLLET) < 0 || relay_watch(&on_dns, EPOLLIN | EPOLLOUT | EPOLLET) < 0) die("the relay cannot wait: %s", strerror(errno));
  dns_watch();
  uint64_t ticked = 0;
  for (;;) {
    int count = epoll_wait(poller, events, EVENTS, splice_has_ready() ? 0 : TICK_MS);
    /* First: what is watched already may be begun by an errand, and what is freed by one has no events any more. */
    run_errands();
    for (int i = 0; i < count; i++) {
      struct watch *watch = events[i].data.ptr;
      watch->run(watch, events[i].events);
    }
    splice_again();
    uint64_t now = relay_now_ms();
    if (now - ticked >= TICK_MS) {
      ticked = now;
      connection_tick();
      channel_flush(&relay_channel);
    }
  }
  return NULL;
}

int relay_is_own_port(int port) { return parking_is_own_port(port) || dns_is_own_port(port); }

/* Before the agent starts: only until then the evaluator takes somebody for its guard. */
void relay_greet(const char *socket_path, const char *token) {
  relay_channel.fd = evaluator_greet(socket_path, token);
  dns_channel.fd = evaluator_greet(socket_path, token);
}

void relay_open(void) {
  if (!evaluator_admits(relay_channel.fd, 0) || !evaluator_admits(dns_channel.fd, 0)) die("the evaluator of this session does not take the relay");
}

void relay_start(unsigned long descriptors) {
  poller = epoll_create1(EPOLL_CLOEXEC);
  wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (poller < 0 || wake < 0) die("the relay cannot be started: %s", strerror(errno));
  connection_limit(descriptors);
  int error = parking_open();
  if (error == 0) error = dns_open();
  if (error < 0) die("the relay cannot be started: %s", strerror(-error));
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, NULL) != 0) die("a thread cannot be started");
}
