/*
 * setsockopt(2) that joins a multicast group: the kernel tells the whole link at once (IGMP, MLD), group and sources in so many
 * words. So it is judged as a datagram to that group.
 */
#include "relay.h"

enum { VALUE_MOST = 512, SOCKET_ADDRESS_AT = 8 /* in struct group_req, group_source_req */ };

/* Where the group stands in the value: an address, or a socket address. */
static const struct join {
  int level, name, is_socket_address;
} JOINS[] = {
  {IPPROTO_IP, 35, 0}, {IPPROTO_IP, 39, 0}, {IPPROTO_IPV6, 20, 0}, /* ADD_MEMBERSHIP, ADD_SOURCE_MEMBERSHIP, JOIN_GROUP */
  {IPPROTO_IP, 42, 1}, {IPPROTO_IP, 46, 1}, {IPPROTO_IPV6, 42, 1}, {IPPROTO_IPV6, 46, 1}, /* MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP */
};

static const struct join *join_of(int level, int name) {
  for (size_t i = 0; i < sizeof JOINS / sizeof *JOINS; i++) if (JOINS[i].level == level && JOINS[i].name == name) return &JOINS[i];
  return NULL;
}

int is_join(int level, int name) { return join_of(level, name) != NULL; }

/* 0 when there is no address in it: the kernel will say so. */
static int group_of(const struct join *join, const char *value, size_t length, char text[INET6_ADDRSTRLEN]) {
  int family = join->level == IPPROTO_IP ? AF_INET : AF_INET6;
  size_t at = 0;
  if (join->is_socket_address) {
    sa_family_t given;
    if (length < SOCKET_ADDRESS_AT + sizeof given) return 0;
    memcpy(&given, value + SOCKET_ADDRESS_AT, sizeof given);
    family = given;
    at = SOCKET_ADDRESS_AT + (family == AF_INET ? offsetof(struct sockaddr_in, sin_addr) : offsetof(struct sockaddr_in6, sin6_addr));
  }
  size_t size = family == AF_INET ? 4 : 16;
  return (family == AF_INET || family == AF_INET6) && length >= at + size && inet_ntop(family, value + at, text, INET6_ADDRSTRLEN) != NULL;
}

/* The socket's own: whoever joins a group listens to it there. */
static int port_of(int fd) {
  struct address own = {.length = sizeof own.bytes};
  return getsockname(fd, &own.any, &own.length) == 0 && (own.any.sa_family == AF_INET || own.any.sa_family == AF_INET6) ? inet_port(&own) : 0;
}

/* Carried out here: another thread could exchange the descriptor or the value. */
void on_join(struct request *request) {
  char value[VALUE_MOST], group[INET6_ADDRSTRLEN];
  int level = (int)request->args[1], name = (int)request->args[2], given = (int)request->args[4];
  size_t length = given < 0 ? 0 : given > VALUE_MOST ? VALUE_MOST : (size_t)given;
  int fd = take_descriptor(request, (int)request->args[0]), error = fd < 0 ? fd : given < 0 ? -EINVAL : 0;
  if (error == 0 && length > 0) error = read_memory(request, request->args[3], value, length);
  if (error == 0 && group_of(join_of(level, name), value, length, group)) {
    error = judge_host(request, group, port_of(fd), "udp");
    if (error == 0 && request->worker->answer.is_relayed) error = -EACCES;
  }
  if (error == 0 && !request_is_valid(request)) error = -ESRCH;
  if (error == 0 && setsockopt(fd, level, name, value, (socklen_t)length) < 0) error = -errno;
  if (fd >= 0) close(fd);
  if (error < 0) reply_error(request, error);
  else reply_value(request, 0);
}
