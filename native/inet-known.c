/*
 * Sockets of the session by their cookies, which the kernel gives out in turn and never twice: a table with a place for
 * each of the last ones needs no removal. What falls out of it is judged as if it were a stranger's.
 */
#include "relay.h"

enum { LISTENERS = 1 << 16, DATAGRAMS = 1 << 14, PEERS = 1 << 14, FAILURES = 1 << 14, FAILURE_PLACES = 8, FAILURE_STEP = 4099 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t listeners[LISTENERS], datagrams[DATAGRAMS];
static struct {
  uint64_t cookie;
  int is_finished, has_failed;
  struct {
    sa_family_t family;
    in_port_t port;
    uint32_t scope;
    unsigned char host[16];
  } address;
} peers[PEERS];
static struct {
  uint64_t cookie;
  int error;
} failures[FAILURES];

static void set(uint64_t *table, size_t size, uint64_t cookie) {
  if (cookie == 0) return;
  pthread_mutex_lock(&lock);
  table[cookie % size] = cookie;
  pthread_mutex_unlock(&lock);
}

static int has(const uint64_t *table, size_t size, uint64_t cookie) {
  if (cookie == 0) return 0;
  pthread_mutex_lock(&lock);
  int found = table[cookie % size] == cookie;
  pthread_mutex_unlock(&lock);
  return found;
}

void known_listen(uint64_t cookie) { set(listeners, LISTENERS, cookie); }
void known_datagram(uint64_t cookie) { set(datagrams, DATAGRAMS, cookie); }
int known_is_listener(uint64_t cookie) { return has(listeners, LISTENERS, cookie); }
int known_is_datagram(uint64_t cookie) { return has(datagrams, DATAGRAMS, cookie); }

void peer_remember(uint64_t cookie, const struct address *address) {
  if (cookie == 0) return;
  int is_v4 = address->any.sa_family == AF_INET;
  pthread_mutex_lock(&lock);
  peers[cookie % PEERS].cookie = cookie;
  peers[cookie % PEERS].is_finished = peers[cookie % PEERS].has_failed = 0;
  peers[cookie % PEERS].address.family = address->any.sa_family;
  peers[cookie % PEERS].address.port = is_v4 ? address->v4.sin_port : address->v6.sin6_port;
  peers[cookie % PEERS].address.scope = is_v4 ? 0 : address->v6.sin6_scope_id;
  memcpy(peers[cookie % PEERS].address.host, is_v4 ? (const void *)&address->v4.sin_addr : (const void *)&address->v6.sin6_addr, is_v4 ? 4 : 16);
  pthread_mutex_unlock(&lock);
}

void peer_forget(uint64_t cookie) {
  pthread_mutex_lock(&lock);
  if (peers[cookie % PEERS].cookie == cookie) peers[cookie % PEERS].cookie = 0;
  pthread_mutex_unlock(&lock);
}

void peer_finish(uint64_t cookie) {
  pthread_mutex_lock(&lock);
  if (cookie != 0 && peers[cookie % PEERS].cookie == cookie) peers[cookie % PEERS].is_finished = 1;
  pthread_mutex_unlock(&lock);
}

void peer_fail(uint64_t cookie) {
  pthread_mutex_lock(&lock);
  if (cookie != 0 && peers[cookie % PEERS].cookie == cookie) peers[cookie % PEERS].has_failed = 1;
  pthread_mutex_unlock(&lock);
}

int peer_has_failed(uint64_t cookie) {
  pthread_mutex_lock(&lock);
  int has_failed = cookie != 0 && peers[cookie % PEERS].cookie == cookie && peers[cookie % PEERS].has_failed;
  pthread_mutex_unlock(&lock);
  return has_failed;
}

int peer_is_known(uint64_t cookie, int *is_finished) {
  pthread_mutex_lock(&lock);
  int found = cookie != 0 && peers[cookie % PEERS].cookie == cookie;
  *is_finished = found && peers[cookie % PEERS].is_finished;
  pthread_mutex_unlock(&lock);
  return found;
}

int peer_find(uint64_t cookie, struct address *address) {
  if (cookie == 0) return 0;
  memset(address, 0, sizeof *address);
  pthread_mutex_lock(&lock);
  int found = peers[cookie % PEERS].cookie == cookie, is_v4 = peers[cookie % PEERS].address.family == AF_INET;
  if (found && is_v4) {
    address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = peers[cookie % PEERS].address.port};
    memcpy(&address->v4.sin_addr, peers[cookie % PEERS].address.host, 4);
  } else if (found) {
    address->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = peers[cookie % PEERS].address.port, .sin6_scope_id = peers[cookie % PEERS].address.scope};
    memcpy(&address->v6.sin6_addr, peers[cookie % PEERS].address.host, 16);
  }
  pthread_mutex_unlock(&lock);
  address->length = is_v4 ? sizeof address->v4 : sizeof address->v6;
  return found;
}

/* Each processor hands out a few thousand numbers of its own: those of two may fall together. FAILURES when there is none. */
static size_t failure_place(uint64_t cookie, uint64_t wanted) {
  for (uint64_t i = 0; i < FAILURE_PLACES; i++) {
    size_t at = (size_t)((cookie + i * FAILURE_STEP) % FAILURES);
    if (failures[at].cookie == wanted) return at;
  }
  return FAILURES;
}

void failure_remember(uint64_t cookie, int error) {
  pthread_mutex_lock(&lock);
  size_t at = failure_place(cookie, cookie);
  if (at == FAILURES) at = failure_place(cookie, 0);
  if (at == FAILURES) at = cookie % FAILURES;
  failures[at].cookie = cookie;
  failures[at].error = error;
  pthread_mutex_unlock(&lock);
}

int failure_take(uint64_t cookie) {
  pthread_mutex_lock(&lock);
  size_t at = cookie == 0 ? FAILURES : failure_place(cookie, cookie);
  int error = at == FAILURES ? 0 : failures[at].error;
  if (at < FAILURES) failures[at].cookie = 0;
  pthread_mutex_unlock(&lock);
  return error;
}
