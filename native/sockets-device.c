/*
 * setsockopt(2) that ties a socket to a device. The kernel asks the table of local addresses for that device only then: what is
 * sent to 127.0.0.1 or to another address of this machine's own would leave by the device, to whoever answers for the address there.
 */
#include "relay.h"
#include <net/if.h>
#include <netinet/tcp.h>

enum { VALUE_MOST = 64 };

/* Its packets carry nothing before it is connected, and nobody outside can answer for an address of this machine's. */
static int is_unconnected_stream(int fd, const struct socket_facts *facts) {
  struct tcp_info info;
  socklen_t size = sizeof info;
  return facts->type == SOCK_STREAM && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && (info.tcpi_state == TCP_CLOSE || info.tcpi_state == TCP_LISTEN);
}

/* None, or loopback: what stays here. */
static int is_harmless(int level, int name, const char *value, size_t length) {
  uint32_t number = 0;
  if (level == SOL_SOCKET && name == SO_BINDTODEVICE) return value[0] == '\0' || strcmp(value, "lo") == 0;
  /* IPV6_PKTINFO: behind an address. */
  size_t at = level == IPPROTO_IPV6 && name == 50 ? 16 : 0;
  if (length < at + sizeof number) return length == 0 || at > 0;
  memcpy(&number, value + at, sizeof number);
  if (level != SOL_SOCKET && at == 0) number = ntohl(number);
  return number == 0 || number == if_nametoindex("lo");
}

/* Carried out here: another thread could exchange the descriptor or the value. */
void on_set_device(struct request *request) {
  char value[VALUE_MOST + 1] = "";
  struct socket_facts facts;
  int level = (int)request->args[1], name = (int)request->args[2];
  if (is_join(level, name)) return on_join(request);
  size_t length = (int)request->args[4] < 0 ? 0 : (uint32_t)request->args[4] > VALUE_MOST ? VALUE_MOST : (size_t)(uint32_t)request->args[4];
  int fd = take_descriptor(request, (int)request->args[0]), error = fd < 0 ? fd : socket_facts(fd, &facts);
  if (error == 0 && (int)request->args[4] < 0) error = -EINVAL;
  if (error == 0 && length > 0) error = read_memory(request, request->args[3], value, length);
  if (error == 0 && !request_is_valid(request)) error = -ESRCH;
  int is_inet = error == 0 && (facts.domain == AF_INET || facts.domain == AF_INET6);
  if (is_inet && !is_unconnected_stream(fd, &facts) && !is_harmless(level, name, value, length)) error = -EPERM;
  if (error == 0 && setsockopt(fd, level, name, value, (socklen_t)length) < 0) error = -errno;
  if (fd >= 0) close(fd);
  if (error < 0) reply_error(request, error);
  else reply_value(request, 0);
}
