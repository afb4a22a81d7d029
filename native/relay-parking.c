/*
 * Where the sockets of programs wait until their host has answered, or for ever: a port of loopback whose listener takes nobody,
 * because its queue is full. A SYN to it is dropped, and whoever sent it waits as for any host that does not answer yet. Once the
 * host has answered, the relay binds a socket of its own to that very port and connects it to the program's: both have sent a
 * SYN by then (simultaneous open).
 */
#include "relay.h"
#include <netinet/tcp.h>

struct parking {
  int listener, filler;
  struct address address;
};
static struct parking parkings[2] = {{.listener = -1, .filler = -1}, {.listener = -1, .filler = -1}}; /* IPv4, IPv6 */

static int park(struct parking *parking, int family) {
  parking->address = inet_loopback(family, 0);
  parking->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  parking->filler = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = parking->address.length;
  if (parking->listener >= 0 && parking->filler >= 0 && inet_set_option(parking->listener, SOL_SOCKET, SO_REUSEPORT, 1) == 0 && bind(parking->listener, &parking->address.any, size) == 0
    && getsockname(parking->listener, &parking->address.any, &size) == 0 && listen(parking->listener, 0) == 0 && connect(parking->filler, &parking->address.any, size) == 0) return 0;
  int error = errno;
  if (parking->listener >= 0) close(parking->listener);
  if (parking->filler >= 0) close(parking->filler);
  parking->listener = parking->filler = -1;
  return -error;
}

/* 0 or -errno. A machine may be without IPv6. */
int parking_open(void) {
  park(&parkings[1], AF_INET6);
  return park(&parkings[0], AF_INET);
}

int parking_is_own_port(int port) {
  for (size_t i = 0; i < 2; i++) if (parkings[i].listener >= 0 && inet_port(&parkings[i].address) == port) return 1;
  return 0;
}

static const struct parking *parking_for(const struct connection *connection) { return &parkings[connection->original.any.sa_family == AF_INET6]; }

/* Begins to connect the program's socket to the parking. What others see of its mode for a moment is a socket without a peer. */
int parking_take(struct connection *connection) {
  int flags = fcntl(connection->program, F_GETFL);
  const struct parking *parking = parking_for(connection);
  struct address to = inet_for_domain(&parking->address, connection->domain);
  if (flags < 0 || parking->listener < 0) return -EADDRNOTAVAIL;
  /* With it the SYN would be sent with the first bytes, that is never. */
  inet_set_option(connection->program, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0);
  if ((flags & O_NONBLOCK) == 0) fcntl(connection->program, F_SETFL, flags | O_NONBLOCK);
  int result = connect(connection->program, &to.any, to.length), error = errno;
  if ((flags & O_NONBLOCK) == 0) fcntl(connection->program, F_SETFL, flags);
  if (result == 0 || error != EINPROGRESS) return result == 0 ? -EISCONN : -error;
  struct address given;
  given.length = sizeof(struct sockaddr_storage);
  if (getsockname(connection->program, &given.any, &given.length) < 0) return -errno;
  error = inet_normal(&given, connection->domain, &connection->local);
  peer_remember(connection->cookie, &connection->original);
  return error;
}

static int is_parked(const struct connection *connection) { return inet_find(IPPROTO_TCP, &connection->local, &parking_for(connection)->address) == connection->cookie; }

static int socket_at(const struct parking *parking) {
  int fd = socket(parking->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (inet_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) == 0 && bind(fd, &parking->address.any, parking->address.length) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

int parking_call(const struct connection *connection, int fd) {
  return connect(fd, &connection->local.any, connection->local.length) < 0 && errno != EINPROGRESS ? -errno : 0;
}

/* The relay's own end, at the parking's port; for the program's socket and for no other. -errno. */
int parking_socket(const struct connection *connection) { return is_parked(connection) ? socket_at(parking_for(connection)) : -ECONNABORTED; }

/* What comes with fewer hops left than a neighbour's is not heard (RFC 5082). A filter would do that too, but not everywhere for ordinary users. */
static int make_deaf(int fd, int family) { return family == AF_INET6 ? inet_set_option(fd, IPPROTO_IPV6, 73 /* IPV6_MINHOPCOUNT */, 255) : inet_set_option(fd, IPPROTO_IP, IP_MINTTL, 255); }

/*
 * Ends the program's attempt as a host does that refuses: by a reset before it is connected, so that nobody sees it writable first.
 * The first end takes the program's socket to SYN_RECV and hears nothing of its answer; the second one's SYN is out of place by then,
 * is answered with what belongs to the first, and so resets it (RFC 9293, 3.10.7.3 and 3.10.7.4). Were neither there any more when
 * an answer comes, the parking itself would reset it.
 */
void parking_turn_away(const struct connection *connection) {
  for (int i = 0; i < 2; i++) {
    int fd = i == 0 ? parking_socket(connection) : socket_at(parking_for(connection));
    if (fd < 0) return;
    if (i == 1 || make_deaf(fd, parking_for(connection)->address.any.sa_family) == 0) parking_call(connection, fd);
    close(fd);
  }
}
