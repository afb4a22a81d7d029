/* What a program sees of a socket that is joined to the relay or to the resolver: the host that it asked for. */
#include "relay.h"

enum { DATAGRAM_MOST = 65536 };

/* As the kernel hands addresses out: cut to the caller's room, with the whole length told. */
static int give_address(const struct request *request, uint64_t at, uint64_t length_at, const struct address *address) {
  int room;
  int error = read_memory(request, length_at, &room, sizeof room);
  if (error < 0) return error;
  if (room < 0) return -EINVAL;
  int length = (int)address->length;
  if (room > length) room = length;
  if (room > 0) error = write_memory(request, at, address->bytes, (size_t)room);
  return error < 0 ? error : write_memory(request, length_at, &length, sizeof length);
}

/* The socket, if it is one of those; -1 when the kernel knows better. */
static int take_known(const struct request *request, struct socket_facts *facts, struct address *peer) {
  int fd = take_descriptor(request, (int)request->args[0]);
  if (fd < 0) return -1;
  if (socket_facts(fd, facts) == 0 && (facts->domain == AF_INET || facts->domain == AF_INET6) && peer_find(socket_cookie(fd), peer)) {
    *peer = inet_for_domain(peer, facts->domain);
    return fd;
  }
  close(fd);
  return -1;
}

void on_getpeername(struct request *request) {
  struct socket_facts facts;
  struct address peer, real = {.length = sizeof(struct sockaddr_storage)};
  int fd = take_known(request, &facts, &peer);
  if (fd < 0) return reply_continue(request);
  int error = getpeername(fd, &real.any, &real.length) < 0 ? -errno : give_address(request, request->args[1], request->args[2], &peer);
  close(fd);
  if (error < 0) reply_error(request, error);
  else reply_value(request, 0);
}

/* getsockopt(SO_ERROR): why a connect failed that went on in the background. */
void on_socket_error(struct request *request) {
  int fd = take_descriptor(request, (int)request->args[0]), error = fd < 0 ? 0 : failure_take(socket_cookie(fd)), room;
  if (error != 0) {
    int own;
    socklen_t size = sizeof own;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &own, &size);
  }
  if (fd >= 0) close(fd);
  if (error == 0) return reply_continue(request);
  int result = read_memory(request, request->args[4], &room, sizeof room);
  if (result == 0 && room < 0) result = -EINVAL;
  if (room > (int)sizeof error) room = sizeof error;
  if (result == 0) result = write_memory(request, request->args[3], &error, (size_t)room);
  if (result == 0) result = write_memory(request, request->args[4], &room, sizeof room);
  if (result < 0) reply_error(request, result);
  else reply_value(request, 0);
}

/* ---- answers of the resolver come from the server that was asked ---- */
struct receiving {
  int socket, flags;
  struct address peer;
};

static ssize_t receive(const struct request *request, const struct receiving *receiving, int flags) {
  char *bytes = malloc(DATAGRAM_MOST);
  struct address from = {.length = sizeof(struct sockaddr_storage)}, real;
  if (bytes == NULL) return -ENOMEM;
  size_t room = request->args[2] < DATAGRAM_MOST ? (size_t)request->args[2] : DATAGRAM_MOST;
  ssize_t got = recvfrom(receiving->socket, bytes, room, receiving->flags | flags, &from.any, &from.length);
  if (got < 0) got = -errno;
  int error = 0;
  size_t length = got < 0 ? 0 : (size_t)got < room ? (size_t)got : room;
  if (length > 0) error = write_memory(request, request->args[1], bytes, length);
  int is_ours = got >= 0 && inet_normal(&from, from.any.sa_family, &real) == 0 && inet_is_loopback(&real) && dns_is_own_port(inet_port(&real));
  if (got >= 0 && error == 0 && request->args[5] != 0) error = give_address(request, request->args[4], request->args[5], is_ours ? &receiving->peer : &from);
  free(bytes);
  return error < 0 ? error : got;
}

static void finish(struct request *request, ssize_t result) {
  if (result < 0) reply_error(request, (int)result);
  else reply_value(request, result);
}

static void receive_aside(struct request *request) {
  struct receiving *receiving = request_context();
  let_interrupt(1);
  ssize_t result = receive(request, receiving, 0);
  let_interrupt(0);
  close(receiving->socket);
  finish(request, result == -EINTR ? -RESTART : result);
}

void on_recvfrom(struct request *request) {
  struct socket_facts facts;
  struct receiving *receiving = calloc(1, sizeof *receiving);
  if (receiving == NULL) return reply_error(request, ENOMEM);
  receiving->flags = (int)request->args[3];
  receiving->socket = take_known(request, &facts, &receiving->peer);
  if (receiving->socket < 0 || facts.type != SOCK_DGRAM) {
    if (receiving->socket >= 0) close(receiving->socket);
    free(receiving);
    return reply_continue(request);
  }
  ssize_t result = receive(request, receiving, MSG_DONTWAIT);
  if (result == -EAGAIN && (receiving->flags & MSG_DONTWAIT) == 0 && (fcntl(receiving->socket, F_GETFL) & O_NONBLOCK) == 0) return run_aside(request, receive_aside, receiving);
  close(receiving->socket);
  free(receiving);
  finish(request, result);
}
