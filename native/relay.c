/* The relay's thread: one epoll loop for all connections, for the resolver, and for the answers of the evaluator. */
#include "relay.h"
#include <sys/eventfd.h>
#include <time.h>

enum { TICK_MS = 20, EVENTS = 256 };

/* Whether the evaluator takes what is for the record alone. */
atomic_int relay_can_tell;
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

int relay_watch(struct watch *watch, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = watch};
  return epoll_ctl(poller, EPOLL_CTL_ADD, watch->fd, &event) < 0 ? -errno : 0;
}

/* Whether the thread is to be woken for it. */
static int add_errand(void (*run)(void *context), void *context, int is_hasty) {
  struct errand *errand = malloc(sizeof *errand);
  if (errand == NULL) die("there is no memory");
  *errand = (struct errand){run, context, NULL};
  pthread_mutex_lock(&lock);
  *last = errand;
  last = &errand->next;
  int is_first = is_hasty && !is_woken;
  is_woken |= is_hasty;
  pthread_mutex_unlock(&lock);
  return is_first;
}

void relay_soon(void (*run)(void *context), void *context) {
  if (add_errand(run, context, 1) && write(wake, &(uint64_t){1}, sizeof(uint64_t)) < 0) return;
}

void relay_later(void (*run)(void *context), void *context) { add_errand(run, context, 0); }

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
    for (int i = 0; i < count; i++) {
      struct watch *watch = events[i].data.ptr;
      watch->run(watch, events[i].events);
    }
    run_errands();
    splice_again();
    relay_can_tell = channel_has_room(&relay_channel) && relay_channel.fd >= 0;
    uint64_t now = relay_now_ms();
    if (now - ticked >= TICK_MS) {
      ticked = now;
      connection_tick();
      channel_flush(&relay_channel);
    }
  }
  return NULL;
}

int relay_is_own_port(int port) { return connection_is_own_port(port) || dns_is_own_port(port); }

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
  int error = connection_open();
  if (error == 0) error = dns_open();
  if (error < 0) die("the relay cannot be started: %s", strerror(-error));
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, NULL) != 0) die("a thread cannot be started");
}
