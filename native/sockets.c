/*
 * connect(2), bind(2), listen(2): the address copied, judged, and carried out here on the caller's own socket.
 * Sockets that processes of the session bind are known, so that they reach each other; others are asked about.
 */
#include "relay.h"
#include <netinet/tcp.h>
#include <poll.h>

struct connecting {
  int socket;
  struct address address;
  struct judged judged;
};

static void connect_now(struct request *request, struct connecting *connecting, int is_aside) {
  /* Before it has a peer, or another thread would send meanwhile. The kernel says ENOTCONN, and shuts it. */
  if (connecting->judged.is_sealed) shutdown(connecting->socket, SHUT_WR);
  if (is_aside) let_interrupt(1);
  int result = connect(connecting->socket, &connecting->address.any, connecting->address.length), error = errno;
  if (is_aside) let_interrupt(0);
  if (result < 0) reply_error(request, is_aside && error == EINTR ? RESTART : error);
  else reply_value(request, 0);
  object_close(&connecting->judged.object);
  close(connecting->socket);
}

static void connect_aside(struct request *request) { connect_now(request, request_context(), 1); }

/* A connect that was begun before: the kernel looks at no address any more, so it is given one of no use. */
static void connect_again(struct request *request, int socket, int domain) {
  int error = failure_take(socket_cookie(socket)), is_finished;
  struct address nowhere = inet_loopback(AF_INET, 0);
  if (error != 0) return reply_error(request, error);
  if (peer_is_known(socket_cookie(socket), &is_finished) && is_finished) return reply_error(request, EISCONN);
  nowhere = inet_for_domain(&nowhere, domain);
  if (connect(socket, &nowhere.any, nowhere.length) < 0) reply_error(request, errno);
  else reply_value(request, 0);
}

/* A stream socket that was never connected, or is so no more. */
static int is_fresh(int socket) {
  struct tcp_info info;
  socklen_t size = sizeof info;
  return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_CLOSE;
}

/* After a connect that failed in the background the next one says so, and leaves the socket as new (inet_stream_connect()). */
static int has_failed(int socket) {
  uint64_t cookie = socket_cookie(socket);
  int is_finished, error = failure_take(cookie);
  if (!peer_is_known(cookie, &is_finished)) return error;
  if (is_finished) return EISCONN;
  connect(socket, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
  peer_forget(cookie);
  return error == 0 ? ECONNABORTED : error;
}

static void connect_stream(struct request *request, struct connecting *connecting, const struct socket_facts *facts) {
  struct judged *judged = &connecting->judged;
  int socket = connecting->socket, is_disconnect = connecting->address.any.sa_family == AF_UNSPEC;
  if (!is_disconnect && judged->is_relayed) return relay_connect(request, socket, facts, &judged->target);
  if (!is_disconnect && judged->is_resolver) return relay_resolve(request, socket, facts, &judged->target);
  peer_forget(socket_cookie(socket));
  /* With it a later send would connect. */
  setsockopt(socket, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &(int){0}, sizeof(int));
  connect_now(request, connecting, 0);
}

/* Hosts nearby answer while we ask; only for others a thread is worth its while. -EINPROGRESS when it takes longer. */
static int connect_at_once(const struct connecting *connecting) {
  int fd = connecting->socket, flags = fcntl(fd, F_GETFL);
  peer_forget(socket_cookie(fd));
  setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &(int){0}, sizeof(int));
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  int result = connect(fd, &connecting->address.any, connecting->address.length), error = errno;
  struct pollfd wait = {.fd = fd, .events = POLLOUT};
  if (result < 0 && error == EINPROGRESS && poll(&wait, 1, 0) == 1) {
    result = connect(fd, &connecting->address.any, connecting->address.length);
    error = errno == EALREADY ? EINPROGRESS : errno;
  }
  fcntl(fd, F_SETFL, flags);
  return result == 0 ? 0 : -error;
}

static int may_wait(const struct connecting *connecting, const struct socket_facts *facts) {
  if ((fcntl(connecting->socket, F_GETFL) & O_NONBLOCK) != 0 || connecting->address.any.sa_family == AF_UNSPEC || facts->type == SOCK_DGRAM) return 0;
  /* The evaluator takes whoever comes. Others may let their queues fill, and wait for one of us meanwhile. */
  if (connecting->judged.is_evaluator) return 0;
  return !connecting->judged.is_relayed && !connecting->judged.is_resolver;
}

static void carry_out(struct request *request, struct connecting *connecting, const struct socket_facts *facts) {
  struct judged *judged = &connecting->judged;
  int is_inet = facts->domain == AF_INET || facts->domain == AF_INET6, is_connect = connecting->address.any.sa_family != AF_UNSPEC;
  if (is_inet && facts->type == SOCK_STREAM) return connect_stream(request, connecting, facts);
  if (is_inet) {
    uint64_t cookie = socket_cookie(connecting->socket);
    known_datagram(cookie);
    peer_forget(cookie);
    if (is_connect && judged->is_resolver) {
      int error = dns_connect(request, connecting->socket, facts, &judged->target);
      close(connecting->socket);
      if (error < 0) return reply_error(request, error);
      return reply_value(request, 0);
    }
  }
  connect_now(request, connecting, 0);
}

void on_connect(struct request *request) {
  struct connecting *connecting = calloc(1, sizeof *connecting);
  if (connecting == NULL) return reply_error(request, ENOMEM);
  struct socket_facts facts = {0, 0, 0};
  int error = read_address(request, request->args[1], request->args[2], &connecting->address);
  connecting->judged.object.fd = -1;
  connecting->socket = take_descriptor(request, (int)request->args[0]);
  if (connecting->socket < 0) error = connecting->socket;
  else if (error == 0) error = socket_facts(connecting->socket, &facts);
  if (!request_is_valid(request)) error = -ESRCH;
  /* Connections of TCP are made without waiting, as far as nobody is asked (judge.c); files may lie anywhere. */
  if (facts.domain == AF_UNIX) worker_step_down(request->worker);
  int is_stream = (facts.domain == AF_INET || facts.domain == AF_INET6) && facts.type == SOCK_STREAM && connecting->address.any.sa_family != AF_UNSPEC;
  if (error == 0 && is_stream && !is_fresh(connecting->socket) && !peer_has_failed(socket_cookie(connecting->socket))) {
    connect_again(request, connecting->socket, facts.domain);
    error = 1;
  } else if (error == 0 && is_stream) error = -has_failed(connecting->socket);
  if (error == 0) error = judge_address(request, &facts, &connecting->address, 1, &connecting->judged);
  if (error != 0) {
    if (error < 0) reply_error(request, error);
    object_close(&connecting->judged.object);
    if (connecting->socket >= 0) close(connecting->socket);
    free(connecting);
    return;
  }
  if (may_wait(connecting, &facts)) {
    if (is_stream) error = connect_at_once(connecting);
    if (!is_stream || error == -EINPROGRESS) return run_aside(request, connect_aside, connecting);
    object_close(&connecting->judged.object);
    close(connecting->socket);
    if (error < 0) reply_error(request, error);
    else reply_value(request, 0);
  } else carry_out(request, connecting, &facts);
  free(connecting);
}

/* Who listens at a port is known by the socket that was told to; the kernel does the rest. */
void on_listen(struct request *request) {
  int fd = take_descriptor(request, (int)request->args[0]), is_listening = 1;
  socklen_t size = sizeof is_listening;
  if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 && !is_listening) known_listen(socket_cookie(fd));
  if (fd >= 0) close(fd);
  reply_continue(request);
}

static void finish(struct request *request, long result) {
  if (result < 0) reply_error(request, errno);
  else reply_value(request, result);
}

/* The name of a socket is a file that is made: judged as one, and remembered as the session's. */
static void bind_file(struct request *request, int fd, struct address *address) {
  struct base base;
  struct place place = {.fd = -1};
  mode_t mask = 0;
  address->bytes[address->length] = '\0';
  char path[sizeof address->local.sun_path + 1];
  snprintf(path, sizeof path, "%s", address->local.sun_path);
  int error = base_open(request, AT_FDCWD, path, &base);
  if (error == 0) error = resolve_place(request, &base, path, &place);
  struct stat stats;
  if (error == 0 && fstatat(place.fd, place.name, &stats, AT_SYMLINK_NOFOLLOW) == 0) error = -EADDRINUSE;
  if (error == 0) error = judge_file(request, ACTION_WRITE, path, base.real, place.real);
  if (error == 0) error = process_umask(request->process, &mask);
  /* getsockname(2) gives the name back as it was given, so it is bound by that name, from the caller's folder. */
  if (error == 0 && base.fd >= 0 && fchdir(base.fd) < 0) error = -errno;
  if (error < 0) reply_error(request, error);
  else {
    umask(mask);
    int result = (int)act_for(request, base.fd, __NR_bind, fd, (long)&address->any, address->length, 0, 0);
    int failure = errno;
    umask(0);
    if (result == 0 && fstatat(place.fd, place.name, &stats, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(stats.st_mode)) sockets_remember(stats.st_dev, stats.st_ino);
    errno = failure;
    finish(request, result);
  }
  /* With the guard's own rights: who was acted for may have none to the root folder. Nothing is looked up from where a worker is. */
  worker_restore(request->worker);
  int ignored = chdir("/");
  (void)ignored;
  base_close(&base);
  place_close(&place);
}

static void bind_inet(struct request *request, int fd, const struct socket_facts *facts, const struct address *address) {
  int is_inet = facts->domain == AF_INET || facts->domain == AF_INET6;
  /* A second socket at one of our ports would be given what is meant for us. */
  if (is_inet && address->length >= sizeof address->v4 && relay_is_own_port(inet_port(address))) return reply_error(request, EADDRINUSE);
  if (is_inet && facts->type == SOCK_DGRAM) known_datagram(socket_cookie(fd));
  finish(request, act_for(request, -1, __NR_bind, fd, (long)&address->any, address->length, 0, 0));
}

void on_bind(struct request *request) {
  struct address address;
  int error = read_address(request, request->args[1], request->args[2], &address);
  if (error < 0) return reply_error(request, error);
  int fd = take_descriptor(request, (int)request->args[0]);
  if (fd < 0) return reply_error(request, fd);
  request->taken = fd;
  struct socket_facts facts = {0, 0, 0};
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (socket_facts(fd, &facts) < 0) reply_error(request, ENOTSOCK);
  else if (facts.domain != AF_UNIX || !is_local(&address)) bind_inet(request, fd, &facts, &address);
  else if (is_abstract(&address)) {
    int result = bind(fd, &address.any, address.length);
    if (result == 0) is_own_name(address.local.sun_path, name_length(&address), 1);
    finish(request, result);
  } else bind_file(request, fd, &address);
}
