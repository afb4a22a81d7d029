/*
 * A relayed connection from the call to its end: first to the host, then to the program's socket, which waits parked
 * meanwhile (relay-parking.c). A call that does not wait is answered with EINPROGRESS at once, and its socket becomes writable when the host
 * has answered, not before; one that waits is answered with what became of the host.
 */
#include "relay.h"
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>

enum { LOOK_MS = 20, LOOKS_MOST = 64, CONNECT_LIMIT_MS = 140000, JOIN_LIMIT_MS = 5000 };

enum { OWNERS = 4096 };

static atomic_int count, of_owner[OWNERS];
static int most = 256;
static struct connection *timed, *all;

/* Bytes that wait for a slow reader at most, in each direction: the kernel's memory for TCP is everybody's (tcp_mem). */
enum { WINDOW_BYTES = 4 * 1024 * 1024 };

/* One process cannot take all of them: five sixths. */
static int take_place(pid_t pid) {
  int all_of_them = atomic_fetch_add(&count, 1), own = atomic_fetch_add(&of_owner[pid % OWNERS], 1);
  return all_of_them < most && own < most / 6 * 5;
}

static void leave_place(pid_t pid) {
  atomic_fetch_sub(&count, 1);
  atomic_fetch_sub(&of_owner[pid % OWNERS], 1);
}

/* Two descriptors each, a third one while a call waits. */
void connection_limit(unsigned long descriptors) { most = (int)(descriptors / 2); }

/* ---- times ---- */
void connection_untime(struct connection *connection) {
  if (!connection->is_timed) return;
  connection->is_timed = 0;
  if (connection->timed_previous != NULL) connection->timed_previous->timed_next = connection->timed_next;
  else timed = connection->timed_next;
  if (connection->timed_next != NULL) connection->timed_next->timed_previous = connection->timed_previous;
}

void connection_time(struct connection *connection, uint64_t deadline) {
  connection->deadline = deadline;
  if (connection->is_timed) return;
  connection->is_timed = 1;
  connection->timed_previous = NULL;
  connection->timed_next = timed;
  if (timed != NULL) timed->timed_previous = connection;
  timed = connection;
}

/* ---- the end ---- */
static struct request request_of(const struct connection *connection) { return (struct request){.id = connection->notification, .process = connection->process}; }

static void answer(struct connection *connection, int error) {
  if (connection->program < 0) return;
  struct request request = request_of(connection);
  if (error == 0) peer_finish(connection->cookie);
  if (error < 0) reply_error(&request, error);
  else reply_value(&request, 0);
  close(connection->program);
  connection->program = -1;
}

static void release(void *context) {
  struct connection *connection = context;
  free(connection->text);
  free(connection->copy);
  free(connection->said);
  free(connection);
}

/* Freed later: events for it may be on their way. */
void connection_close(struct connection *connection, int is_reset) {
  if (connection->is_gone) return;
  connection->is_gone = 1;
  answer(connection, -ECONNREFUSED);
  connection_untime(connection);
  channel_forget(connection->is_resolver ? &dns_channel : &relay_channel, connection->question);
  splice_forget(connection);
  const struct linger none = {.l_onoff = 1, .l_linger = 0};
  int *const sockets[] = {&connection->client.fd, &connection->upstream.fd};
  for (size_t i = 0; i < 2; i++) {
    if (*sockets[i] < 0) continue;
    if (is_reset) setsockopt(*sockets[i], SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(*sockets[i]);
    *sockets[i] = -1;
  }
  process_release(connection->process);
  connection->process = NULL;
  if (connection->previous != NULL) connection->previous->next = connection->next;
  else all = connection->next;
  if (connection->next != NULL) connection->next->previous = connection->previous;
  leave_place(connection->pid);
  relay_later(release, connection);
}

static void on_client(struct watch *watch, uint32_t events);
static void on_upstream(struct watch *watch, uint32_t events);

static int join(struct connection *connection) {
  int fd = parking_socket(connection);
  if (fd < 0) return fd;
  connection->client = (struct watch){on_client, fd};
  inet_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  inet_set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, WINDOW_BYTES);
  return parking_call(connection, fd);
}

static int watch_client(struct connection *connection) { return relay_watch(&connection->client, WATCHED | EPOLLOUT); }
static int watch_upstream(struct connection *connection) { return relay_watch(&connection->upstream, WATCHED | EPOLLOUT); }

/* Somebody does not read as fast as the other writes. */
void connection_watch_out(struct connection *connection) {
  if (connection->is_watched_out) return;
  connection->is_watched_out = 1;
  if (relay_watch_again(&connection->client, WATCHED | EPOLLOUT) < 0 || relay_watch_again(&connection->upstream, WATCHED | EPOLLOUT) < 0) connection_close(connection, 1);
}

static void start_joining(struct connection *connection) {
  connection->stage = STAGE_JOINING;
  connection_time(connection, relay_now_ms() + JOIN_LIMIT_MS);
  int error = connection->is_blocking ? parking_take(connection) : 0;
  if (error == 0) error = join(connection);
  if (error == 0) error = watch_client(connection);
  if (error == 0) return;
  answer(connection, error);
  connection_close(connection, 1);
}

static void joined(struct connection *connection) {
  connection_untime(connection);
  answer(connection, 0);
  judge_begin(connection);
}

static void on_client(struct watch *watch, uint32_t events) {
  struct connection *connection = (struct connection *)((char *)watch - offsetof(struct connection, client));
  if (connection->is_gone) return;
  if (connection->stage == STAGE_JOINING) {
    int error = 0;
    socklen_t size = sizeof error;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 || getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0) return connection_close(connection, 1);
    if ((events & EPOLLOUT) != 0) joined(connection);
    return;
  }
  if (connection->stage == STAGE_OPEN || connection->stage == STAGE_REQUESTS || connection->stage == STAGE_DRAINING || connection->was_silent_allowed) splice_run(connection);
  if (connection->stage != STAGE_OPEN && !connection->is_gone) judge_look(connection);
}

/* ---- the host ---- */
static void connected(struct connection *connection, int error) {
  if (error == 0) return start_joining(connection);
  if (connection->is_blocking) {
    answer(connection, -error);
    return connection_close(connection, 1);
  }
  /* The program was told to wait: it finds the reason where it looks for it (SO_ERROR). */
  failure_remember(connection->cookie, error);
  peer_fail(connection->cookie);
  parking_turn_away(connection);
  connection_close(connection, 1);
}

static void on_upstream(struct watch *watch, uint32_t events) {
  struct connection *connection = (struct connection *)((char *)watch - offsetof(struct connection, upstream));
  if (connection->is_gone) return;
  if (connection->stage == STAGE_DRAINING) requests_drain(connection);
  else if (connection->stage == STAGE_OPEN || connection->stage == STAGE_REQUESTS || connection->was_silent_allowed) splice_run(connection);
  else if (connection->stage == STAGE_HTTP) judge_write(connection);
  else if (connection->stage == STAGE_CONNECTING && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
    connected(connection, error);
  }
}

/* ---- the call ---- */
static void begin(void *context) {
  struct connection *connection = context;
  connection->next = all;
  if (all != NULL) all->previous = connection;
  all = connection;
  if (connection->is_resolver) return start_joining(connection);
  if (connection->is_joining) {
    connection->stage = STAGE_JOINING;
    connection_time(connection, relay_now_ms() + JOIN_LIMIT_MS);
    if (watch_client(connection) < 0 || watch_upstream(connection) < 0) connection_close(connection, 1);
    return;
  }
  if (connection->is_joined) return judge_begin(connection);
  connection_time(connection, connection->deadline);
  if (watch_upstream(connection) < 0) connection_close(connection, 1);
}

/* What the program set before it connected, where that is cheap to hand on. */
static void copy_options(int from, int to) {
  static const struct {
    int level, name;
  } OPTIONS[] = {{IPPROTO_TCP, TCP_KEEPIDLE}, {IPPROTO_TCP, TCP_KEEPINTVL}, {IPPROTO_TCP, TCP_KEEPCNT}, {SOL_SOCKET, SO_KEEPALIVE}};
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(from, SOL_SOCKET, SO_KEEPALIVE, &value, &size) < 0 || value == 0) return;
  for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++) {
    size = sizeof value;
    if (getsockopt(from, OPTIONS[i].level, OPTIONS[i].name, &value, &size) == 0) inet_set_option(to, OPTIONS[i].level, OPTIONS[i].name, value);
  }
}

/* From the address that the program's socket is bound to, if it is; its port is taken by itself. */
static int bind_like(int from, int domain, int to) {
  struct address given = {.length = sizeof(struct sockaddr_storage)}, own;
  if (getsockname(from, &given.any, &given.length) < 0) return -errno;
  int is_any = given.any.sa_family == AF_INET ? given.v4.sin_addr.s_addr == htonl(INADDR_ANY) : IN6_IS_ADDR_UNSPECIFIED(&given.v6.sin6_addr);
  if (is_any || inet_normal(&given, domain, &own) < 0) return 0;
  if (own.any.sa_family == AF_INET) own.v4.sin_port = 0;
  else own.v6.sin6_port = 0;
  inet_set_option(to, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  return bind(to, &own.any, own.length) < 0 ? -errno : 0;
}

/* A socket that is tied to a device reaches no loopback: the tie passes over to ours. Ordinary users cannot undo one (EPERM). */
static int take_device(int from, int to) {
  char name[IFNAMSIZ] = "";
  socklen_t size = sizeof name;
  if (getsockopt(from, SOL_SOCKET, SO_BINDTODEVICE, name, &size) < 0 || name[0] == '\0') return 0;
  return setsockopt(to, SOL_SOCKET, SO_BINDTODEVICE, name, size) < 0 || setsockopt(from, SOL_SOCKET, SO_BINDTODEVICE, "", 0) < 0 ? -errno : 0;
}

static int connect_upstream(struct connection *connection, int socket_of_program) {
  int fd = socket(connection->original.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  connection->upstream = (struct watch){on_upstream, fd};
  inet_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  inet_set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, WINDOW_BYTES);
  copy_options(socket_of_program, fd);
  int error = take_device(socket_of_program, fd);
  if (error == 0) error = bind_like(socket_of_program, connection->domain, fd);
  if (error < 0) return error;
  return connect(fd, &connection->original.any, connection->original.length) < 0 && errno != EINPROGRESS ? -errno : 0;
}

static uint64_t call_limit(int fd) {
  struct timeval limit = {0, 0};
  socklen_t size = sizeof limit;
  getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &size);
  uint64_t ms = (uint64_t)limit.tv_sec * 1000 + (uint64_t)limit.tv_usec / 1000;
  return ms == 0 || ms > CONNECT_LIMIT_MS ? CONNECT_LIMIT_MS : ms;
}

static int is_connected(int fd) {
  struct pollfd wait = {.fd = fd, .events = POLLOUT};
  return poll(&wait, 1, 0) == 1 && wait.revents == POLLOUT;
}

/* Hosts nearby have answered by now: the program need not wait for the relay's thread to come round. 0 or -errno. */
static int join_at_once(struct connection *connection) {
  if (connection->is_resolver || !is_connected(connection->upstream.fd)) return 0;
  int error = connection->is_blocking ? parking_take(connection) : 0;
  if (error == 0) error = join(connection);
  if (error < 0) return error;
  connection->is_joined = is_connected(connection->client.fd);
  if (connection->is_joined) return 0;
  /* Parked, and waited for as any other. */
  connection->is_joining = 1;
  return 0;
}

static void take_over(struct request *request, int socket, const struct socket_facts *facts, const struct address *target, enum stage stage) {
  struct connection *connection = take_place(request->process->tgid) ? calloc(1, sizeof *connection) : NULL;
  int error = connection == NULL ? -ENOBUFS : 0;
  if (connection != NULL) {
    *connection = (struct connection){.client.fd = -1, .upstream.fd = -1, .stage = stage, .is_resolver = stage == STAGE_RESOLVING, .original = *target, .cookie = socket_cookie(socket), .domain = facts->domain, .pid = request->process->tgid, .standing = request->process->standing, .program = socket, .notification = request->id};
    connection->is_blocking = (fcntl(socket, F_GETFL) & O_NONBLOCK) == 0;
    connection->deadline = relay_now_ms() + (connection->is_blocking ? call_limit(socket) : CONNECT_LIMIT_MS);
    connection->process = process_acquire(request->process->tid);
    if (connection->process == NULL) error = -ESRCH;
    if (error == 0 && stage == STAGE_CONNECTING) error = connect_upstream(connection, socket);
    if (error == 0 && !connection->is_blocking) error = parking_take(connection);
    if (error == 0) error = join_at_once(connection);
  }
  if (error < 0) {
    reply_error(request, error);
    close(socket);
    leave_place(request->process->tgid);
    if (connection == NULL) return;
    if (connection->upstream.fd >= 0) close(connection->upstream.fd);
    if (connection->client.fd >= 0) close(connection->client.fd);
    process_release(connection->process);
    free(connection);
    return;
  }
  int is_blocking = connection->is_blocking, is_over = connection->is_joined || !is_blocking, program = connection->program;
  if (is_over) {
    if (is_blocking) peer_finish(connection->cookie);
    connection->program = -1;
    close(program);
  }
  /* From here on it is the relay's. One that is joined does not wake it: there is nothing to do before somebody says something. */
  if (!connection->is_joined) relay_soon(begin, connection);
  else if (relay_adopt(begin, connection, &connection->client, &connection->upstream) < 0) {
    connection->is_joined = 0;
    connection->is_joining = 1;
    relay_soon(begin, connection);
  }
  request->is_answered = 1;
  if (!is_over) return;
  if (is_blocking) reply_value(request, 0);
  else reply_error(request, EINPROGRESS);
}

void relay_connect(struct request *request, int socket, const struct socket_facts *facts, const struct address *target) { take_over(request, socket, facts, target, STAGE_CONNECTING); }
void relay_resolve(struct request *request, int socket, const struct socket_facts *facts, const struct address *target) { take_over(request, socket, facts, target, STAGE_RESOLVING); }

/* ---- times that are over, callers that were called elsewhere ---- */
static void late(struct connection *connection) {
  if (connection->stage == STAGE_CONNECTING || connection->stage == STAGE_JOINING) {
    /* Limits of the caller's own (SO_SNDTIMEO) end so; the kernel's own are over before ours. */
    if (connection->stage == STAGE_CONNECTING) connected(connection, connection->is_blocking ? EINPROGRESS : ETIMEDOUT);
    else connection_close(connection, 1);
  } else judge_time(connection);
}

void connection_tick(void) {
  uint64_t now = relay_now_ms();
  int looks = 0;
  for (struct connection *at = timed, *next; at != NULL; at = next) {
    next = at->timed_next;
    if (at->program >= 0 && now >= at->next_look && looks < LOOKS_MOST) {
      struct request request = request_of(at);
      looks++;
      at->next_look = now + LOOK_MS;
      if (!request_is_valid(&request) || process_has_signal(at->process)) {
        answer(at, -RESTART);
        connection_close(at, 1);
        continue;
      }
    }
    if (now >= at->deadline) late(at);
  }
}
