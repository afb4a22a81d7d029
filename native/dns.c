/*
 * The session's resolver, as programs see it: each DNS message that a program sends to any server's port 53 is handed to
 * the evaluator instead, which answers it. A datagram socket that connects is connected to a port of ours, so that sends
 * need not be held; a message that comes with an address is taken as it is sent, and answered to the socket's own port.
 */
#include "relay.h"

enum { UDP_MOST = 65507, HEADER = 12, IDLE_MS = 30000, PORTS = 65536, SERVERS = 8 };

struct resolver {
  struct watch watch;
  struct address address;
};
static struct resolver resolvers[2] = {{.watch.fd = -1}, {.watch.fd = -1}}; /* IPv4, IPv6 */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  uint64_t cookie;
  pid_t pid;
  int standing;
} askers[2][PORTS];
static struct address servers[SERVERS];
static size_t server_count;

static int family_index(const struct address *address) { return address->any.sa_family == AF_INET6; }

int dns_is_own_port(int port) {
  for (size_t i = 0; i < 2; i++) if (resolvers[i].watch.fd >= 0 && inet_port(&resolvers[i].address) == port) return 1;
  return 0;
}

/* The machine's name servers (resolv.conf(5)); what is sent to others never leaves. */
static void learn_servers(void) {
  FILE *file = fopen("/etc/resolv.conf", "re");
  char line[512], host[128];
  while (file != NULL && server_count < SERVERS && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, " nameserver %127[0-9a-fA-F:.]", host) != 1) continue;
    struct address *at = &servers[server_count];
    *at = inet_loopback(AF_INET, DNS_PORT);
    if (inet_pton(AF_INET, host, &at->v4.sin_addr) == 1) server_count++;
    else {
      *at = inet_loopback(AF_INET6, DNS_PORT);
      if (inet_pton(AF_INET6, host, &at->v6.sin6_addr) == 1) server_count++;
    }
  }
  if (file != NULL) fclose(file);
}

static int is_machines_server(const struct address *server) {
  for (size_t i = 0; i < server_count; i++) {
    if (servers[i].any.sa_family != server->any.sa_family) continue;
    if (server->any.sa_family == AF_INET ? servers[i].v4.sin_addr.s_addr == server->v4.sin_addr.s_addr : IN6_ARE_ADDR_EQUAL(&servers[i].v6.sin6_addr, &server->v6.sin6_addr)) return 1;
  }
  return 0;
}

void dns_question(struct text *out, pid_t pid, int standing, const struct address *server, const unsigned char *message, size_t length, int is_tcp) {
  char host[INET6_ADDRSTRLEN];
  inet_text(server, host);
  text_reset(out);
  text_add(out, ",\"op\":\"dns\",\"pid\":%d,\"standing\":%d,\"host\":\"%s\",\"tcp\":%d,\"bytes\":\"", pid, standing, host, is_tcp);
  text_add_base64(out, message, length);
  text_add(out, "\"");
}

/* A question that is answered to an address. */
struct asked {
  struct address to, server;
  pid_t pid;
  int standing;
  int program; /* the asker's socket, or -1 */
  size_t length;
  unsigned char message[];
};

static void forget(struct asked *asked) {
  if (asked->program >= 0) close(asked->program);
  free(asked);
}

/* Refused, without a record in it: what no evaluator answers is not resolved. */
static void refuse(const struct asked *asked) {
  unsigned char message[DNS_MESSAGE];
  memcpy(message, asked->message, asked->length);
  message[2] = (unsigned char)(message[2] | 0x80);
  message[3] = (unsigned char)((message[3] & 0xf0) | 5);
  sendto(resolvers[family_index(&asked->to)].watch.fd, message, asked->length, MSG_DONTWAIT | MSG_NOSIGNAL, &asked->to.any, asked->to.length);
}

/*
 * Programs that compare where an answer comes from, and read it with recvmsg(2), take none of ours (musl 1.2.4 and
 * later). Theirs comes from the server itself: to a permitted question the program's own words, to another one a
 * question for a name that cannot exist, with the same number. Only the machine's own servers are asked.
 */
static void ask_server_itself(const struct asked *asked, int is_resolved) {
  if (asked->program < 0 || !is_machines_server(&asked->server)) return;
  unsigned char other[] = {asked->message[0], asked->message[1], 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'i', 'n', 'v', 'a', 'l', 'i', 'd', 0, 0, 1, 0, 1};
  struct socket_facts facts;
  if (socket_facts(asked->program, &facts) < 0) return;
  struct address server = inet_for_domain(&asked->server, facts.domain);
  sendto(asked->program, is_resolved ? asked->message : other, is_resolved ? asked->length : sizeof other, MSG_DONTWAIT | MSG_NOSIGNAL, &server.any, server.length);
}

/* Why a name is not resolved: a program itself says no more than that it was not. */
static void tell(pid_t pid, const char *message) {
  struct request request = {.process = message[0] == '\0' ? NULL : process_acquire(pid)};
  if (request.process != NULL) explain(&request, message);
  process_release(request.process);
}

static void on_answer(void *context, const struct reply *reply) {
  struct asked *asked = context;
  tell(asked->pid, reply->message);
  if (reply->effect != REPLY_ALLOW || reply->data_length < HEADER) refuse(asked);
  else {
    size_t length = reply->data_length > UDP_MOST ? UDP_MOST : reply->data_length;
    sendto(resolvers[family_index(&asked->to)].watch.fd, reply->data, length, MSG_DONTWAIT | MSG_NOSIGNAL, &asked->to.any, asked->to.length);
    ask_server_itself(asked, (reply->data[3] & 15) == 0);
  }
  forget(asked);
}

static void ask(void *context) {
  static struct text fields;
  struct asked *asked = context;
  if (!channel_has_room(&dns_channel)) return forget(asked); /* As a datagram is lost: it is asked again. */
  dns_question(&fields, asked->pid, asked->standing, &asked->server, asked->message, asked->length, 0);
  if (channel_ask(&dns_channel, &fields, on_answer, asked) != 0) return;
  refuse(asked);
  forget(asked);
}

static struct asked *remember(const struct address *to, const struct address *server, pid_t pid, int standing, int program, const unsigned char *message, size_t length) {
  struct asked *asked = malloc(sizeof *asked + length);
  if (asked == NULL) return NULL;
  *asked = (struct asked){.to = *to, .server = *server, .pid = pid, .standing = standing, .program = program, .length = length};
  memcpy(asked->message, message, length);
  return asked;
}

/* Datagrams of sockets that were connected to us. */
static void on_datagram(struct watch *watch, uint32_t events) {
  static unsigned char message[DNS_MESSAGE];
  const struct resolver *resolver = (const struct resolver *)((const char *)watch - offsetof(struct resolver, watch));
  (void)events;
  for (int i = 0; i < 64; i++) {
    struct address from = {.length = sizeof(struct sockaddr_storage)}, server;
    ssize_t got = recvfrom(watch->fd, message, sizeof message, MSG_DONTWAIT, &from.any, &from.length);
    if (got < 0) return;
    if (got < HEADER || !inet_is_loopback(&from)) continue;
    pthread_mutex_lock(&lock);
    uint64_t cookie = askers[family_index(&from)][inet_port(&from)].cookie;
    pid_t pid = askers[family_index(&from)][inet_port(&from)].pid;
    int standing = askers[family_index(&from)][inet_port(&from)].standing;
    pthread_mutex_unlock(&lock);
    /* The port is that socket's still, and not somebody else's by now. */
    if (cookie == 0 || inet_find(IPPROTO_UDP, &from, &resolver->address) != cookie || !peer_find(cookie, &server)) continue;
    struct asked *asked = remember(&from, &server, pid, standing, -1, message, (size_t)got);
    if (asked != NULL) ask(asked);
  }
}

int dns_open(void) {
  learn_servers();
  for (size_t i = 0; i < 2; i++) {
    struct resolver *resolver = &resolvers[i];
    resolver->address = inet_loopback(i == 0 ? AF_INET : AF_INET6, 0);
    int fd = socket(resolver->address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = resolver->address.length;
    if (fd >= 0 && bind(fd, &resolver->address.any, size) == 0 && getsockname(fd, &resolver->address.any, &size) == 0) resolver->watch = (struct watch){on_datagram, fd};
    else if (i == 0) return -errno;
    else if (fd >= 0) close(fd);
  }
  return 0;
}

void dns_watch(void) {
  for (size_t i = 0; i < 2; i++) if (resolvers[i].watch.fd >= 0 && relay_watch(&resolvers[i].watch, EPOLLIN) < 0) die("the resolver cannot wait: %s", strerror(errno));
}

/* The address where the socket can be answered, bound if it was not. */
static int own_address(int socket, int domain, struct address *own) {
  struct address given = {.length = sizeof(struct sockaddr_storage)};
  if (getsockname(socket, &given.any, &given.length) < 0) return -errno;
  if ((given.any.sa_family == AF_INET ? given.v4.sin_port : given.v6.sin6_port) == 0) {
    if (bind(socket, &given.any, given.length) < 0 || getsockname(socket, &given.any, &given.length) < 0) return -errno;
  }
  return inet_normal(&given, domain, own);
}

int dns_connect(struct request *request, int socket, const struct socket_facts *facts, const struct address *server) {
  const struct resolver *resolver = &resolvers[family_index(server)];
  if (resolver->watch.fd < 0) return -ENETUNREACH;
  struct address to = inet_for_domain(&resolver->address, facts->domain), own;
  uint64_t cookie = socket_cookie(socket);
  if (cookie == 0 || connect(socket, &to.any, to.length) < 0) return cookie == 0 ? -EACCES : -errno;
  int error = own_address(socket, facts->domain, &own);
  if (error < 0) return error;
  peer_remember(cookie, server);
  pthread_mutex_lock(&lock);
  askers[family_index(&own)][inet_port(&own)].cookie = cookie;
  askers[family_index(&own)][inet_port(&own)].pid = request->process->tgid;
  askers[family_index(&own)][inet_port(&own)].standing = request->process->standing;
  pthread_mutex_unlock(&lock);
  return 0;
}

int dns_ask_for(struct request *request, int socket, const struct address *server, const unsigned char *message, size_t length) {
  struct socket_facts facts;
  struct address own;
  if (length > UDP_MOST) return -EMSGSIZE;
  if (length < HEADER) return (int)length;
  int error = socket_facts(socket, &facts);
  if (error == 0) error = own_address(socket, facts.domain, &own);
  if (error < 0) return error;
  /* Bound to no address of its own, it is reached at loopback. */
  if (own.any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&own.v6.sin6_addr) && server->any.sa_family == AF_INET) own = inet_loopback(AF_INET, inet_port(&own));
  if (resolvers[family_index(&own)].watch.fd < 0) return -ENETUNREACH;
  peer_remember(socket_cookie(socket), server);
  struct asked *asked = remember(&own, server, request->process->tgid, request->process->standing, fcntl(socket, F_DUPFD_CLOEXEC, 0), message, length);
  if (asked == NULL) return -ENOMEM;
  relay_soon(ask, asked);
  return (int)length;
}

/* ---- over TCP: two bytes of length before each message (RFC 1035, 4.2.2) ---- */
static void tcp_flush(struct connection *connection) {
  while (connection->text_sent < connection->text_length) {
    ssize_t sent = send(connection->client.fd, connection->text + connection->text_sent, connection->text_length - connection->text_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) return connection_close(connection, 1);
    connection->text_sent += (size_t)sent;
  }
  free(connection->text);
  connection->text = NULL;
  connection->text_length = connection->text_sent = 0;
}

static void on_tcp_answer(void *context, const struct reply *reply) {
  struct connection *connection = context;
  connection->question = 0;
  connection->is_waiting = 0;
  size_t length = reply->data_length;
  tell(connection->pid, reply->message);
  if (reply->effect != REPLY_ALLOW || length < HEADER || length > DNS_MESSAGE || (connection->text = malloc(length + 2)) == NULL) return connection_close(connection, 1);
  connection->text[0] = (char)(length >> 8);
  connection->text[1] = (char)length;
  memcpy(connection->text + 2, reply->data, length);
  connection->text_length = length + 2;
  connection_time(connection, relay_now_ms() + IDLE_MS);
  dns_tcp_look(connection);
}

/* One question at a time; the next one waits in the socket. */
void dns_tcp_look(struct connection *connection) {
  static unsigned char framed[2 + DNS_MESSAGE];
  static struct text fields;
  tcp_flush(connection);
  if (connection->is_gone || connection->is_waiting || connection->text != NULL) return;
  if (connection->seen == 0) {
    connection->seen = 1;
    connection_time(connection, relay_now_ms() + IDLE_MS);
  }
  ssize_t got = recv(connection->client.fd, framed, sizeof framed, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return connection_close(connection, got < 0);
  size_t length = got < 2 ? 0 : (size_t)framed[0] << 8 | framed[1];
  if (got < 2 || (size_t)got < length + 2) return;
  if (length < HEADER || recv(connection->client.fd, framed, length + 2, MSG_DONTWAIT) != (ssize_t)length + 2) return connection_close(connection, 1);
  dns_question(&fields, connection->pid, connection->standing, &connection->original, framed + 2, length, 1);
  connection->question = channel_ask(&dns_channel, &fields, on_tcp_answer, connection);
  if (connection->question == 0) return connection_close(connection, 1);
  connection->is_waiting = 1;
}
