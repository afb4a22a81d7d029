/* Internet addresses as the kernel would take them, and what kind of socket something is. */
#include "relay.h"
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>

int socket_facts(int fd, struct socket_facts *facts) {
  const int names[] = {SO_DOMAIN, SO_TYPE, SO_PROTOCOL};
  int *const out[] = {&facts->domain, &facts->type, &facts->protocol};
  for (size_t i = 0; i < 3; i++) {
    socklen_t size = sizeof(int);
    if (getsockopt(fd, SOL_SOCKET, names[i], out[i], &size) < 0) return -errno;
  }
  return 0;
}

uint64_t socket_cookie(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) < 0 ? 0 : cookie;
}

int read_address(const struct request *request, uint64_t at, uint64_t length, struct address *address) {
  memset(address, 0, sizeof *address);
  if ((int)length < 0 || (uint32_t)length > sizeof(struct sockaddr_storage)) return -EINVAL;
  address->length = (socklen_t)length;
  return address->length == 0 ? 0 : read_memory(request, at, address->bytes, address->length);
}

enum { V6_LEAST = 24 }; /* SIN6_LEN_RFC2133: without the scope */

static void set_v4(struct address *address, in_addr_t host, in_port_t port) {
  memset(address, 0, sizeof *address);
  address->v4.sin_family = AF_INET;
  address->v4.sin_addr.s_addr = host == htonl(INADDR_ANY) ? htonl(INADDR_LOOPBACK) : host;
  address->v4.sin_port = port;
  address->length = sizeof address->v4;
}

int inet_normal(const struct address *given, int domain, struct address *normal) {
  int family = given->length < sizeof(sa_family_t) ? -1 : given->any.sa_family;
  /* udp_sendmsg() takes AF_UNSPEC for AF_INET. */
  if (family == AF_UNSPEC && domain == AF_INET) family = AF_INET;
  if (family == AF_INET) {
    if (given->length < sizeof given->v4) return -EINVAL;
    set_v4(normal, given->v4.sin_addr.s_addr, given->v4.sin_port);
    return 0;
  }
  if (family != AF_INET6 || domain != AF_INET6) return family < 0 ? -EINVAL : -EAFNOSUPPORT;
  if (given->length < V6_LEAST) return -EINVAL;
  if (IN6_IS_ADDR_V4MAPPED(&given->v6.sin6_addr)) {
    in_addr_t host;
    memcpy(&host, &given->v6.sin6_addr.s6_addr[12], sizeof host);
    set_v4(normal, host, given->v6.sin6_port);
    return 0;
  }
  memset(normal, 0, sizeof *normal);
  memcpy(&normal->v6, &given->v6, given->length < sizeof given->v6 ? V6_LEAST : sizeof given->v6);
  normal->length = sizeof normal->v6;
  if (IN6_IS_ADDR_UNSPECIFIED(&normal->v6.sin6_addr)) normal->v6.sin6_addr = in6addr_loopback;
  return 0;
}

void inet_text(const struct address *address, char text[INET6_ADDRSTRLEN]) {
  if (address->any.sa_family == AF_INET) inet_ntop(AF_INET, &address->v4.sin_addr, text, INET6_ADDRSTRLEN);
  else inet_ntop(AF_INET6, &address->v6.sin6_addr, text, INET6_ADDRSTRLEN);
}

int inet_port(const struct address *address) { return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port); }

int inet_is_loopback(const struct address *address) {
  if (address->any.sa_family == AF_INET) return ntohl(address->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

struct address inet_loopback(int family, int port) {
  struct address address;
  if (family == AF_INET) {
    set_v4(&address, htonl(INADDR_LOOPBACK), htons((uint16_t)port));
    return address;
  }
  memset(&address, 0, sizeof address);
  address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons((uint16_t)port)};
  address.length = sizeof address.v6;
  return address;
}

struct address inet_for_domain(const struct address *address, int domain) {
  if (domain != AF_INET6 || address->any.sa_family != AF_INET) return *address;
  struct address mapped;
  memset(&mapped, 0, sizeof mapped);
  mapped.v6.sin6_family = AF_INET6;
  mapped.v6.sin6_port = address->v4.sin_port;
  memset(&mapped.v6.sin6_addr.s6_addr[10], 0xff, 2);
  memcpy(&mapped.v6.sin6_addr.s6_addr[12], &address->v4.sin_addr, 4);
  mapped.length = sizeof mapped.v6;
  return mapped;
}

static void put(const struct address *address, __be32 host[4], __be16 *port) {
  if (address->any.sa_family == AF_INET) memcpy(host, &address->v4.sin_addr, 4);
  else memcpy(host, &address->v6.sin6_addr, 16);
  *port = address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port;
}

/* sock_diag(7), one socket looked up as the kernel looks it up for a packet. 0 and ENOENT where there is none. */
uint64_t inet_find(int protocol, const struct address *local, const struct address *remote) {
  static __thread int netlink = -1;
  if (netlink < 0) netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  errno = EIO;
  if (netlink < 0) return 0;
  struct {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
  } message = {.header = {.nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST}};
  message.request.sdiag_family = (__u8)local->any.sa_family;
  message.request.sdiag_protocol = (__u8)protocol;
  message.request.idiag_states = ~0U;
  /* For datagrams source and destination are those of the packet, for streams those of the socket (udp_dump_one()). */
  const struct address *source = protocol == IPPROTO_UDP ? remote : local, *destination = protocol == IPPROTO_UDP ? local : remote;
  if (source != NULL) put(source, message.request.id.idiag_src, &message.request.id.idiag_sport);
  if (destination != NULL) put(destination, message.request.id.idiag_dst, &message.request.id.idiag_dport);
  message.request.id.idiag_cookie[0] = message.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  union {
    struct nlmsghdr header;
    char bytes[1024];
  } answer;
  if (send(netlink, &message, sizeof message, 0) < 0) return 0;
  ssize_t length = recv(netlink, &answer, sizeof answer, 0);
  if (length >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && answer.header.nlmsg_type == NLMSG_ERROR) errno = -((const struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
  if (length < (ssize_t)NLMSG_LENGTH(sizeof(struct inet_diag_msg)) || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return 0;
  const struct inet_diag_msg *found = NLMSG_DATA(&answer.header);
  return (uint64_t)found->id.idiag_cookie[1] << 32 | found->id.idiag_cookie[0];
}

/* rtnetlink(7): what is sent there stays on this machine. */
int inet_is_local(const struct address *address) {
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (netlink < 0) return 0;
  int is_v4 = address->any.sa_family == AF_INET;
  struct {
    struct nlmsghdr header;
    struct rtmsg route;
    struct rtattr to;
    unsigned char host[16];
  } message = {.header = {.nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST}, .route = {.rtm_family = (unsigned char)address->any.sa_family, .rtm_dst_len = is_v4 ? 32 : 128}};
  size_t size = is_v4 ? 4 : 16;
  message.to = (struct rtattr){.rta_type = RTA_DST, .rta_len = (unsigned short)RTA_LENGTH(size)};
  memcpy(message.host, is_v4 ? (const void *)&address->v4.sin_addr : (const void *)&address->v6.sin6_addr, size);
  message.header.nlmsg_len = (__u32)(offsetof(__typeof__(message), host) + size);
  union {
    struct nlmsghdr header;
    char bytes[1024];
  } answer;
  ssize_t length = send(netlink, &message, message.header.nlmsg_len, 0) < 0 ? -1 : recv(netlink, &answer, sizeof answer, 0);
  close(netlink);
  return length >= (ssize_t)NLMSG_LENGTH(sizeof(struct rtmsg)) && answer.header.nlmsg_type == RTM_NEWROUTE && ((const struct rtmsg *)NLMSG_DATA(&answer.header))->rtm_type == RTN_LOCAL;
}

int inet_set_option(int fd, int level, int name, int value) { return setsockopt(fd, level, name, &value, sizeof value); }
