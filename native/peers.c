/* guard --peers NUMBER…: to whom sockets that were open before the session lead. Three words each: number, host, port; every word ends with a NUL. */
#include "guard.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

union address {
  struct sockaddr any;
  struct sockaddr_un local;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
};

/* A socket that listens, or was made as one of a pair, leads to nobody that has a name. */
static int host_of(union address *address, socklen_t length, char *host, size_t size, int *port) {
  *port = 0;
  switch (address->any.sa_family) {
    case AF_INET:
      *port = ntohs(address->four.sin_port);
      return inet_ntop(AF_INET, &address->four.sin_addr, host, (socklen_t)size) != NULL;
    case AF_INET6:
      *port = ntohs(address->six.sin6_port);
      return inet_ntop(AF_INET6, &address->six.sin6_addr, host, (socklen_t)size) != NULL;
    case AF_UNIX: {
      char real[PATH_MAX];
      size_t named = length - offsetof(struct sockaddr_un, sun_path);
      if (length <= offsetof(struct sockaddr_un, sun_path)) return 0;
      if (address->local.sun_path[0] == '\0') snprintf(host, size, "unix:@%.*s", (int)(named - 1), address->local.sun_path + 1);
      else snprintf(host, size, "unix:%s", realpath(address->local.sun_path, real) == NULL ? address->local.sun_path : real);
      return 1;
    }
    default:
      return 0;
  }
}

int tell_peers(int count, char *const numbers[]) {
  for (int i = 0; i < count; i++) {
    char host[REAL_SIZE + 8];
    int port;
    union address address;
    memset(&address, 0, sizeof address);
    /* A path may fill it to the last byte. */
    socklen_t length = sizeof address - 1;
    if (getpeername(atoi(numbers[i]), &address.any, &length) == 0 && host_of(&address, length, host, sizeof host, &port)) printf("%s%c%s%c%d%c", numbers[i], 0, host, 0, port, 0);
  }
  return 0;
}
